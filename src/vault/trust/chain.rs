//! What a head proves by itself: that its root descends from the founder, and that every member from the root.

use std::collections::{BTreeMap, BTreeSet};

use super::distrust::Distrust;
use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::key::{Signature, WriterKey};
use crate::vault::member::{Member, carded, endorsed};
use crate::vault::name::MemberName;
use crate::vault::roots::RootStep;

/// Verifies a signature of these bytes by that key.
pub type Verify<'f> = &'f dyn Fn(&WriterKey, &[u8], &Signature) -> bool;

impl Head {
    /// Checks the members against nothing but the head, and returns the founder's key.
    ///
    /// There is one root, the root steps lead from the founder to it, and endorsements from it to every
    /// member. Only members of this head may endorse. Nobody is both a member and removed, no recipient or
    /// key is there twice, and the cards of all writers are good.
    ///
    /// # Errors
    /// The first rule that does not hold.
    pub fn check_members(&self, verify: Verify<'_>) -> Result<WriterKey, Distrust> {
        let mut roots = self.members.values().filter(|member| member.is_root());
        let (Some(root), None) = (roots.next(), roots.next()) else { return Err(Distrust::NoRoot) };
        let root = root.key().ok_or(Distrust::NoRoot)?;
        let founder = self.check_steps(root, verify)?;

        let banned = self.members.iter().filter(|(_, member)| self.removal_of(&member.keys).is_some());
        let banned: Vec<MemberName> = banned.map(|(name, _)| name.clone()).collect();
        if !banned.is_empty() {
            return Err(Distrust::Back { names: banned });
        }
        self.check_distinct()?;
        self.check_cards(verify)?;

        let unendorsed = self.unendorsed(verify);
        if !unendorsed.is_empty() {
            return Err(Distrust::Unendorsed { names: unendorsed });
        }
        Ok(founder)
    }

    /// Follows the root steps from the founder to the root.
    fn check_steps(&self, root: &WriterKey, verify: Verify<'_>) -> Result<WriterKey, Distrust> {
        let Some(first) = self.roots.first() else { return Ok(*root) };
        let mut at = first.from;
        for step in &self.roots {
            if step.from != at || !self.is_step_good(step, verify) {
                return Err(Distrust::BadStep);
            }
            at = step.to;
        }
        if at == *root { Ok(first.from) } else { Err(Distrust::BadStep) }
    }

    fn is_step_good(&self, step: &RootStep, verify: Verify<'_>) -> bool {
        let signed = RootStep::signed(&self.id, &step.from, &step.to);
        // The list of removed members still has the recipient of the old root, and so its fingerprint.
        let old = self.removed.values().find(|removed| removed.bans_key(Some(&step.from)));
        let Some(old) = old.filter(|_| verify(step.signer(), &signed, &step.signature)) else { return false };

        let mut endorser = (step.from, old.fingerprint());
        for (name, member) in &step.vouchers {
            let (key, print) = endorser;
            if member.endorsed_by != print || !self.is_endorsed_by(&key, name, member, verify) {
                return false;
            }
            let Some(key) = member.key() else { return false };
            endorser = (*key, member.fingerprint());
        }
        !step.is_takeover() || endorser.0 == step.to
    }

    fn is_endorsed_by(&self, key: &WriterKey, name: &MemberName, member: &Member, verify: Verify<'_>) -> bool {
        verify(key, &endorsed(&self.id, name, &member.keys), &member.endorsement)
    }

    fn check_distinct(&self) -> Result<(), Distrust> {
        let (mut recipients, mut keys) = (BTreeSet::new(), BTreeSet::new());
        for (name, member) in &self.members {
            let is_new = recipients.insert(member.recipient()) && member.key().is_none_or(|key| keys.insert(key));
            if !is_new {
                return Err(Distrust::Twice { name: name.clone() });
            }
        }
        Ok(())
    }

    fn check_cards(&self, verify: Verify<'_>) -> Result<(), Distrust> {
        for (name, member) in &self.members {
            let Some(writer) = &member.keys.writer else { continue };
            if !verify(&writer.key, &carded(member.recipient(), &writer.key), &writer.card_signature) {
                return Err(Distrust::Card { name: name.clone() });
            }
        }
        Ok(())
    }

    /// The members that the root endorses neither directly nor through others. Each signature is checked once, and each
    /// fingerprint made once: others choose how long the chains are.
    fn unendorsed(&self, verify: Verify<'_>) -> Vec<MemberName> {
        let mut by_endorser: BTreeMap<&Fingerprint, Vec<(&MemberName, &Member)>> = BTreeMap::new();
        let mut next: Vec<(&MemberName, &Member)> = Vec::new();
        for (name, member) in &self.members {
            match member.is_root() {
                true => next.push((name, member)),
                false => by_endorser.entry(&member.endorsed_by).or_default().push((name, member)),
            }
        }
        next.retain(|(name, root)| root.key().is_some_and(|key| self.is_endorsed_by(key, name, root, verify)));

        let mut reached: BTreeSet<&MemberName> = BTreeSet::new();
        while let Some((name, endorser)) = next.pop() {
            reached.insert(name);
            let Some(key) = endorser.key() else { continue };
            let endorsed = by_endorser.remove(&endorser.fingerprint()).unwrap_or_default();
            let is_endorsed = |(name, member): &(&MemberName, &Member)| self.is_endorsed_by(key, name, member, verify);
            next.extend(endorsed.into_iter().filter(is_endorsed));
        }
        self.members.keys().filter(|name| !reached.contains(name)).cloned().collect()
    }
}
