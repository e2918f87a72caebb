//! Accepting a vault that was found in a checkout.

use std::collections::BTreeMap;

use super::distrust::{Distrust, MissingChanges};
use super::pins::{Checkout, LastSeen, Pins, Snapshot};
use crate::vault::clock::Clock;
use crate::vault::head::Head;
use crate::vault::member::{Fingerprint, Member, Signature, WriterKey, endorsed};
use crate::vault::name::MemberName;

/// Verifies a signature of these bytes by that key.
pub type Verify<'f> = &'f dyn Fn(&WriterKey, &[u8], &Signature) -> bool;

/// The result of accepting a vault.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptance {
    pub pins: Pins,
    /// In a new checkout only: the changes seen elsewhere that the file lacks.
    pub lacks: Option<MissingChanges>,
}

impl Pins {
    /// Accepts what was found in a checkout.
    ///
    /// Without pins, this is the first time: the root is trusted as found. Without a checkout, as on a
    /// detached HEAD, the file is compared as in a new one, and its clock is not pinned.
    ///
    /// # Errors
    /// If its root, its signer or one of its members is not trusted, or if it lacks changes that were seen in
    /// this checkout.
    pub fn accept(
        known: Option<&Pins>,
        place: Option<&Checkout>,
        found: Snapshot<'_>,
        verify: Verify<'_>,
    ) -> Result<Acceptance, Distrust> {
        let mut pins = Pins::known_or_first(known, found.head)?;
        pins.take_members(found.head, verify).map_err(|distrust| match (distrust, place) {
            (Distrust::Back { names, .. }, Some(place)) => {
                Distrust::Back { names, newer: pins.newer_branch(place, &found.head.clock) }
            }
            (distrust, _) => distrust,
        })?;

        let lacks = pins.compare(place, found)?;
        if let Some(place) = place {
            pins.see(place, found);
        }
        Ok(Acceptance { pins, lacks })
    }

    /// Trusts the writer of something that is signed like a vault and has no checkout, such as a sealed
    /// environment.
    ///
    /// # Errors
    /// As [`Pins::accept`], except that no clock is compared.
    pub fn vouch(known: Option<&Pins>, head: &Head, verify: Verify<'_>) -> Result<Pins, Distrust> {
        let mut pins = Pins::known_or_first(known, head)?;
        pins.take_members(head, verify)?;
        Ok(pins)
    }

    /// Trusts a vault as it is, on a person's word. Of the old pins only the removals still count.
    ///
    /// # Errors
    /// If a removed member is back, there is not exactly one root, or a member is not endorsed.
    pub fn trust(
        known: Option<&Pins>,
        place: Option<&Checkout>,
        found: Snapshot<'_>,
        verify: Verify<'_>,
    ) -> Result<Pins, Distrust> {
        let mut pins = Pins::first(found.head)?;
        pins.removed = known.map(|known| known.removed.clone()).unwrap_or_default();
        pins.take_members(found.head, verify)?;

        if let Some(known) = known {
            pins.places = known.places.clone();
        }
        if let Some(place) = place {
            // After going back to an older version, this laptop must write as another actor.
            pins.places.remove(place);
            pins.see(place, found);
        }
        Ok(pins)
    }

    pub(super) fn known_or_first(known: Option<&Pins>, head: &Head) -> Result<Pins, Distrust> {
        match known {
            Some(known) => Ok(known.clone()),
            None => Pins::first(head),
        }
    }

    /// Checks root, members and signer, and trusts the writers among the members.
    pub(super) fn take_members(&mut self, head: &Head, verify: Verify<'_>) -> Result<(), Distrust> {
        self.record_removals(head);
        let is_removed = |member: &Member| member.fingerprints().iter().any(|print| self.removed.contains(print));
        let back = head.members.iter().filter(|(_, member)| is_removed(member));
        let names: Vec<MemberName> = back.map(|(name, _)| name.clone()).collect();
        if !names.is_empty() {
            return Err(Distrust::Back { names, newer: None });
        }

        self.take_root(head)?;
        let unendorsed = self.take_endorsed(head, verify);
        let signer = head.members.get(&head.written_by).and_then(|member| member.key);
        if let Some(key) = signer.filter(|key| !self.writers.contains(key)) {
            return Err(Distrust::Writer { by: head.written_by.clone(), key: key.fingerprint() });
        }
        match unendorsed.is_empty() {
            true => Ok(()),
            false => Err(Distrust::Unendorsed { names: unendorsed }),
        }
    }

    /// Checks the root. It is the pinned one, or the trusted writer who removed the pinned one.
    fn take_root(&mut self, head: &Head) -> Result<(), Distrust> {
        let own = |member: &Member| member.key.filter(|key| key.fingerprint() == member.endorsed_by);
        let mut roots = head.members.values().filter_map(own);
        let root = match (roots.next(), roots.next()) {
            (Some(root), None) => root,
            (root, _) => return Err(Distrust::Root { found: root.map(|root| root.fingerprint()) }),
        };

        let inherits = self.writers.contains(&root) && self.removed.contains(&self.root.fingerprint());
        if root != self.root && !inherits {
            return Err(Distrust::Root { found: Some(root.fingerprint()) });
        }
        self.root = root;
        Ok(())
    }

    /// Trusts every writer that a trusted writer endorses, and so on; returns the members that none endorses.
    fn take_endorsed(&mut self, head: &Head, verify: Verify<'_>) -> Vec<MemberName> {
        let mut rest: Vec<(&MemberName, &Member)> = head.members.iter().collect();
        loop {
            let trusted: BTreeMap<Fingerprint, WriterKey> =
                self.writers.iter().map(|key| (key.fingerprint(), *key)).collect();
            let before = rest.len();
            let mut new = Vec::new();
            rest.retain(|(name, member)| {
                let signed = endorsed(&head.id, name, &member.recipient, member.key.as_ref());
                let is_valid = |key: &WriterKey| verify(key, &signed, &member.endorsement);
                let is_endorsed = trusted.get(&member.endorsed_by).is_some_and(is_valid);
                new.extend(member.key.filter(|_| is_endorsed));
                !is_endorsed
            });

            self.writers.extend(new);
            if rest.is_empty() || rest.len() == before {
                return rest.into_iter().map(|(name, _)| name.clone()).collect();
            }
        }
    }

    /// Compares the clock with that of the checkout; in a new checkout, with those of all others.
    fn compare(&self, place: Option<&Checkout>, found: Snapshot<'_>) -> Result<Option<MissingChanges>, Distrust> {
        let clock = &found.head.clock;
        let missing = |seen: &LastSeen, changes| MissingChanges { changes, by: seen.by.clone(), at: seen.at };

        if let Some(seen) = place.and_then(|place| self.places.get(place)) {
            return match (seen.clock.beyond(clock), clock.beyond(&seen.clock)) {
                (0, 0) if seen.digest != *found.digest => Err(Distrust::Beside(missing(seen, 1))),
                (0, _) => Ok(None),
                (changes, 0) => Err(Distrust::Behind(missing(seen, changes))),
                (changes, _) => Err(Distrust::Beside(missing(seen, changes))),
            };
        }

        let mut all = Clock::default();
        for seen in self.places.values() {
            all.raise(&seen.clock);
        }
        let newer = self.places.values().filter(|seen| seen.clock.beyond(clock) > 0);
        let last = newer.max_by_key(|seen| seen.at);
        Ok(last.map(|seen| missing(seen, all.beyond(clock))))
    }

    /// The branch of the same file on which the last writes were seen that the clock does not count.
    fn newer_branch(&self, place: &Checkout, clock: &Clock) -> Option<String> {
        let is_newer = |(other, seen): &(&Checkout, &LastSeen)| {
            other.path == place.path && other.branch != place.branch && seen.clock.beyond(clock) > 0
        };
        let newer = self.places.iter().filter(is_newer);
        newer.rev().max_by_key(|(_, seen)| seen.at)?.0.branch.clone()
    }
}
