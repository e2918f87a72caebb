//! Trust: what a laptop remembers of a vault, and what it accepts because of it.
//!
//! age says nothing of who made a file. So every write is signed, every member is vouched for by a writer,
//! back to the root, and a laptop remembers whom it trusts and what it has seen: nothing older, and nothing
//! of a stranger, passes for the vault.

mod sides;

use std::collections::{BTreeMap, BTreeSet};

use super::Head;
use super::clock::{ActorId, Clock};
use super::member::{Fingerprint, Member, Removed, Signature, WriterKey, endorsed};
use super::name::MemberName;
use super::time::Timestamp;

/// A SHA-256 of a vault's signed text.
pub type Digest = [u8; 32];

/// Checks a signature of these bytes by that key.
pub type Verify<'f> = &'f dyn Fn(&WriterKey, &[u8], &Signature) -> bool;

/// What a laptop remembers of one vault.
#[derive(Debug, Clone, PartialEq)]
pub struct Pins {
    /// The writer that vouches for itself.
    pub root: WriterKey,
    /// The writers that are trusted, the root among them.
    pub writers: BTreeSet<WriterKey>,
    /// Who was removed, for good: fingerprints of their keys and of their recipients.
    pub removed: BTreeSet<Fingerprint>,
    pub places: BTreeMap<Checkout, LastSeen>,
}

/// Where a file was: its path, and the branch of the repository that it is in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkout {
    pub path: String,
    pub branch: Option<String>,
}

/// What was last seen at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct LastSeen {
    pub clock: Clock,
    pub digest: Digest,
    pub by: MemberName,
    pub at: Timestamp,
    /// As whom this laptop writes there, and how often it did.
    pub actor: Option<(ActorId, u64)>,
}

/// A vault that opened, as far as trust is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    pub head: &'a Head,
    pub digest: &'a Digest,
}

/// Why a vault is not accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Distrust {
    /// It has another root than is known, or none, or several.
    Root { found: Option<Fingerprint> },
    /// Its writer is nobody who is trusted.
    Writer { by: MemberName, key: Fingerprint },
    /// Its writer was removed.
    Gone { by: MemberName },
    /// Nobody who is trusted vouches for these members.
    Unendorsed { names: Vec<MemberName> },
    /// These members were removed, and are there again; what is newer was seen on that branch of the same file.
    Back { names: Vec<MemberName>, newer: Option<String> },
    /// It lacks changes that were seen at this place.
    Behind(MissingChanges),
    /// It lacks changes that were seen at this place, and has others.
    Beside(MissingChanges),
}

/// Changes that were seen, and are not in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingChanges {
    /// How many.
    pub changes: u64,
    /// Who made the last of them, and when.
    pub by: MemberName,
    pub at: Timestamp,
}

/// What accepting a vault comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptance {
    pub pins: Pins,
    /// At a place that is new: what it lacks of what was seen elsewhere.
    pub lacks: Option<MissingChanges>,
}

impl Pins {
    /// Accepts what was found at a place, or says why not. Nothing known yet means the first time: then its
    /// root is trusted as found.
    ///
    /// Without a place, as on a detached HEAD, it is compared as at a new one, and not remembered.
    pub fn accept(
        known: Option<&Pins>,
        place: Option<&Checkout>,
        found: Snapshot<'_>,
        verify: Verify<'_>,
    ) -> Result<Acceptance, Distrust> {
        let mut pins = match known {
            Some(known) => known.clone(),
            None => Pins::first(found.head)?,
        };
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

    /// Trusts the writer of something that is no vault of its own, as a sealed environment, if what is known
    /// vouches for it, or nothing is known yet.
    ///
    /// # Errors
    /// As [`Pins::accept`], without those of a place.
    pub fn vouch(known: Option<&Pins>, head: &Head, verify: Verify<'_>) -> Result<Pins, Distrust> {
        let mut pins = match known {
            Some(known) => known.clone(),
            None => Pins::first(head)?,
        };
        pins.take_members(head, verify)?;
        Ok(pins)
    }

    /// Trusts a vault as it is, whatever was known of it: who was removed stays removed.
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
            // Whoever goes back begins a line of his own.
            pins.places.remove(place);
            pins.see(place, found);
        }
        Ok(pins)
    }

    /// What the founder remembers, who wrote it just now.
    pub fn founded(place: Option<&Checkout>, found: Snapshot<'_>) -> Option<Pins> {
        let mut pins = Pins::first(found.head).ok()?;
        if let Some((actor, _)) = found.head.clock.iter().next() {
            pins.wrote(place, found, actor);
        }
        Some(pins)
    }

    fn first(head: &Head) -> Result<Pins, Distrust> {
        let root = *head.root().ok_or(Distrust::Root { found: None })?;
        Ok(Pins { root, writers: [root].into(), removed: BTreeSet::new(), places: BTreeMap::new() })
    }

    /// Checks that the writer is trusted and every member vouched for, and trusts those that are.
    fn take_members(&mut self, head: &Head, verify: Verify<'_>) -> Result<(), Distrust> {
        self.removed.extend(head.removed.values().flat_map(Removed::fingerprints));
        self.writers.retain(|key| !self.removed.contains(&key.fingerprint()));
        let is_removed = |member: &Member| member.fingerprints().iter().any(|print| self.removed.contains(print));
        let back = head.members.iter().filter(|(_, member)| is_removed(member));
        let names: Vec<_> = back.map(|(name, _)| name.clone()).collect();
        if !names.is_empty() {
            return Err(Distrust::Back { names, newer: None });
        }
        let mut roots =
            head.members.values().filter_map(|member| member.key.filter(|key| key.fingerprint() == member.endorsed_by));
        let root = match (roots.next(), roots.next()) {
            (Some(root), None) => root,
            (root, _) => return Err(Distrust::Root { found: root.map(|root| root.fingerprint()) }),
        };
        // Whoever removes the root becomes it; so does nobody else.
        let inherits = self.writers.contains(&root) && self.removed.contains(&self.root.fingerprint());
        if root != self.root && !inherits {
            return Err(Distrust::Root { found: Some(root.fingerprint()) });
        }
        self.root = root;
        let unendorsed = self.endorse(head, verify);
        let by = head.members.get(&head.written_by).and_then(|member| member.key);
        if let Some(key) = by.filter(|key| !self.writers.contains(key)) {
            return Err(Distrust::Writer { by: head.written_by.clone(), key: key.fingerprint() });
        }
        if unendorsed.is_empty() { Ok(()) } else { Err(Distrust::Unendorsed { names: unendorsed }) }
    }

    /// Trusts every writer that somebody trusted vouches for, and so on; returns the members that nobody does.
    fn endorse(&mut self, head: &Head, verify: Verify<'_>) -> Vec<MemberName> {
        let mut rest: Vec<(&MemberName, &Member)> = head.members.iter().collect();
        loop {
            let trusted: BTreeMap<Fingerprint, WriterKey> =
                self.writers.iter().map(|key| (key.fingerprint(), *key)).collect();
            let before = rest.len();
            let mut new = Vec::new();
            rest.retain(|(name, member)| {
                let signed = endorsed(&head.id, name, &member.recipient, member.key.as_ref());
                let is_good = |key: &WriterKey| verify(key, &signed, &member.endorsement);
                let is_endorsed = trusted.get(&member.endorsed_by).is_some_and(is_good);
                new.extend(member.key.filter(|_| is_endorsed));
                !is_endorsed
            });
            self.writers.extend(new);
            if rest.is_empty() || rest.len() == before {
                return rest.into_iter().map(|(name, _)| name.clone()).collect();
            }
        }
    }

    /// Compares the clock with what was seen at this place; at a new one with all others.
    fn compare(&self, place: Option<&Checkout>, found: Snapshot<'_>) -> Result<Option<MissingChanges>, Distrust> {
        let clock = &found.head.clock;
        if let Some(seen) = place.and_then(|place| self.places.get(place)) {
            let lack = |changes| MissingChanges { changes, by: seen.by.clone(), at: seen.at };
            return match (seen.clock.beyond(clock), clock.beyond(&seen.clock)) {
                (0, 0) if seen.digest != *found.digest => Err(Distrust::Beside(lack(1))),
                (0, _) => Ok(None),
                (changes, 0) => Err(Distrust::Behind(lack(changes))),
                (changes, _) => Err(Distrust::Beside(lack(changes))),
            };
        }
        let mut all = Clock::default();
        for seen in self.places.values() {
            all.raise(&seen.clock);
        }
        let last = self.places.values().filter(|seen| seen.clock.beyond(clock) > 0).max_by_key(|seen| seen.at);
        Ok(last.map(|seen| MissingChanges { changes: all.beyond(clock), by: seen.by.clone(), at: seen.at }))
    }

    /// The branch of the same file where writes were seen last that a clock does not count.
    fn newer_branch(&self, place: &Checkout, clock: &Clock) -> Option<String> {
        let is_newer = |at: &Checkout, seen: &LastSeen| at.path == place.path && seen.clock.beyond(clock) > 0;
        let newer = self.places.iter().filter(|(at, seen)| at.branch != place.branch && is_newer(at, seen));
        newer.rev().max_by_key(|(_, seen)| seen.at)?.0.branch.clone()
    }

    /// Remembers what was found at a place, unless more is known of it already.
    fn see(&mut self, place: &Checkout, found: Snapshot<'_>) {
        let head = found.head;
        let actor = self.places.get(place).and_then(|seen| seen.actor);
        let seen = LastSeen {
            clock: head.clock.clone(),
            digest: *found.digest,
            by: head.written_by.clone(),
            at: head.written_at,
            actor,
        };
        self.places.insert(place.clone(), seen);
    }

    /// As whom this laptop writes at a place: as before, if the file counts as much for that one as this laptop wrote,
    /// and none that was seen there counted more. If one does, the state was lost or copied; if the file counts less,
    /// some of what was written is not in it, and a higher count would say that it is. Then `new` begins another line.
    pub fn actor(&self, place: Option<&Checkout>, clock: &Clock, new: impl FnOnce() -> ActorId) -> ActorId {
        let own = |seen: &LastSeen| {
            let (actor, written) = seen.actor?;
            (clock.count(actor) == written && seen.clock.count(actor) <= written).then_some(actor)
        };
        place.and_then(|place| self.places.get(place)).and_then(own).unwrap_or_else(new)
    }

    /// Remembers what this laptop wrote, and at which place: whom it put out is out from now on.
    pub fn wrote(&mut self, place: Option<&Checkout>, found: Snapshot<'_>, actor: ActorId) {
        let head = found.head;
        self.removed.extend(head.removed.values().flat_map(Removed::fingerprints));
        self.writers.extend(head.members.values().filter_map(|member| member.key));
        self.writers.retain(|key| !self.removed.contains(&key.fingerprint()));
        self.root = head.root().copied().unwrap_or(self.root);
        let Some(place) = place else { return };
        self.see(place, found);
        if let Some(seen) = self.places.get_mut(place) {
            seen.actor = Some((actor, head.clock.count(actor)));
        }
    }

    /// What two processes of one laptop remember, together: neither takes anything back from the other.
    pub fn join(&mut self, other: &Pins) {
        self.removed.extend(other.removed.iter().cloned());
        self.writers.extend(&other.writers);
        let removed = &self.removed;
        self.writers.retain(|key| !removed.contains(&key.fingerprint()));
        if removed.contains(&self.root.fingerprint()) {
            self.root = other.root;
        }
        for (place, theirs) in &other.places {
            let ours = self.places.entry(place.clone()).or_insert_with(|| theirs.clone());
            if ours.clock.beyond(&theirs.clock) == 0 && theirs.clock.beyond(&ours.clock) > 0 {
                *ours = LastSeen { actor: ours.actor.or(theirs.actor), ..theirs.clone() };
            }
            let written = |actor: Option<(ActorId, u64)>| actor.map_or(0, |(_, written)| written);
            if written(theirs.actor) > written(ours.actor) {
                ours.actor = theirs.actor;
            }
        }
    }
}

#[cfg(test)]
mod tests;
