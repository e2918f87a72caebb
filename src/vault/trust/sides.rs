//! Trusting the two sides of a merge. They are in no checkout: what counts is who signed them.

use super::accept::Verify;
use super::distrust::Distrust;
use super::pins::Pins;
use crate::vault::head::Head;

impl Pins {
    /// Trusts the result of a merge.
    ///
    /// Every member of the result must be endorsed, and both sides signed by trusted writers whom neither
    /// side removed. A side may still have a member whom the other side removed: merging drops such a member.
    ///
    /// # Errors
    /// As [`Pins::accept`], except that no clock is compared; [`Distrust::Gone`].
    pub fn merge(known: Option<&Pins>, merged: &Head, sides: [&Head; 2], verify: Verify<'_>) -> Result<Pins, Distrust> {
        let mut pins = Pins::known_or_first(known, merged)?;
        pins.take_members(merged, verify)?;

        for side in sides {
            let signer = side.members.get(&side.written_by).and_then(|member| member.key);
            if let Some(key) = signer.filter(|key| !pins.writers.contains(key)) {
                let (by, key) = (side.written_by.clone(), key.fingerprint());
                let was_removed = pins.removed.contains(&key);
                return Err(if was_removed { Distrust::Gone { by } } else { Distrust::Writer { by, key } });
            }
        }
        Ok(pins)
    }

    /// Checks that an older vault was valid in its time. Its writer may have been removed since, but must be
    /// endorsed in it, up to a root that this laptop knows or knew.
    ///
    /// # Errors
    /// As [`Pins::accept`], except that no clock is compared.
    pub fn trusted_once(&self, old: &Head, verify: Verify<'_>) -> Result<(), Distrust> {
        let mut then = Pins::first(old)?;
        let is_known = then.root == self.root
            || self.writers.contains(&then.root)
            || self.removed.contains(&then.root.fingerprint());
        if !is_known {
            return Err(Distrust::Root { found: Some(then.root.fingerprint()) });
        }
        then.take_members(old, verify)
    }
}
