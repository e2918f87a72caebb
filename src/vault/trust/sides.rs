//! Trust in the sides of a merge. They are at no place: what counts is who wrote them.

use super::{Checkout, Distrust, Pins, Verify};
use crate::vault::Head;
use crate::vault::clock::ActorId;

impl Pins {
    /// Trusts what two sides merge to: every member of it is vouched for, and both sides were written by writers who
    /// are trusted and whom neither side removed. A member of one side whom the other removed is no reason against
    /// it: merging puts him out.
    ///
    /// # Errors
    /// As [`Pins::accept`], without those of a place.
    pub fn merge(known: Option<&Pins>, merged: &Head, sides: [&Head; 2], verify: Verify<'_>) -> Result<Pins, Distrust> {
        let mut pins = match known {
            Some(known) => known.clone(),
            None => Pins::first(merged)?,
        };
        pins.take_members(merged, verify)?;
        for side in sides {
            let writer = side.members.get(&side.written_by).and_then(|member| member.key);
            if let Some(key) = writer.filter(|key| !pins.writers.contains(key)) {
                let (by, key) = (side.written_by.clone(), key.fingerprint());
                let was_removed = pins.removed.contains(&key);
                return Err(if was_removed { Distrust::Gone { by } } else { Distrust::Writer { by, key } });
            }
        }
        Ok(pins)
    }

    /// Whether an older vault was good in its time: its writer, who may have been removed since, is vouched for in
    /// it, back to a root that is or was this vault's.
    pub fn trusted_once(&self, old: &Head, verify: Verify<'_>) -> Result<(), Distrust> {
        let mut then = Pins::first(old)?;
        let is_known = then.root == self.root || self.writers.contains(&then.root);
        if !is_known && !self.removed.contains(&then.root.fingerprint()) {
            return Err(Distrust::Root { found: Some(then.root.fingerprint()) });
        }
        then.take_members(old, verify)
    }

    /// Remembers how often this laptop wrote, where what it wrote may yet be thrown away: a merge can be given up.
    pub fn counted(&mut self, place: Option<&Checkout>, actor: ActorId, count: u64) {
        if let Some(seen) = place.and_then(|place| self.places.get_mut(place)) {
            seen.actor = Some((actor, count));
        }
    }
}
