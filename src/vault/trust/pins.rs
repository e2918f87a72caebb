//! The pins: what a laptop has recorded about one vault.

use std::collections::{BTreeMap, BTreeSet};

use super::distrust::Distrust;
use crate::vault::clock::{ActorId, Clock};
use crate::vault::head::Head;
use crate::vault::member::{Fingerprint, Removed, WriterKey};
use crate::vault::name::MemberName;
use crate::vault::time::Timestamp;

/// The SHA-256 digest of a vault's signed text.
pub type Digest = [u8; 32];

/// What a laptop has recorded about one vault.
#[derive(Debug, Clone, PartialEq)]
pub struct Pins {
    /// The writer that endorses itself.
    pub root: WriterKey,
    /// The trusted writers, the root included.
    pub writers: BTreeSet<WriterKey>,
    /// The fingerprints of removed members: of their keys, and of their recipients. Nothing is ever taken
    /// out.
    pub removed: BTreeSet<Fingerprint>,
    /// What was last seen in each checkout.
    pub places: BTreeMap<Checkout, LastSeen>,
}

/// Where a vault file was seen: its path, and the branch if it is in a git repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkout {
    pub path: String,
    pub branch: Option<String>,
}

/// What was last seen in a checkout.
#[derive(Debug, Clone, PartialEq)]
pub struct LastSeen {
    pub clock: Clock,
    pub digest: Digest,
    pub by: MemberName,
    pub at: Timestamp,
    /// The actor under which this laptop writes in this checkout, with the count of its writes.
    pub actor: Option<(ActorId, u64)>,
}

/// One version of a vault, as far as trust is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    pub head: &'a Head,
    pub digest: &'a Digest,
}

impl Pins {
    /// The pins of the founder, who has just written the first version.
    pub fn founded(place: Option<&Checkout>, found: Snapshot<'_>) -> Option<Pins> {
        let mut pins = Pins::first(found.head).ok()?;
        if let Some((actor, _)) = found.head.clock.iter().next() {
            pins.wrote(place, found, actor);
        }
        Some(pins)
    }

    /// Trusts the root of a vault as found, and nothing else yet.
    pub(super) fn first(head: &Head) -> Result<Pins, Distrust> {
        let root = *head.root().ok_or(Distrust::Root { found: None })?;
        Ok(Pins { root, writers: [root].into(), removed: BTreeSet::new(), places: BTreeMap::new() })
    }

    /// Records the removals of a vault. Nothing ever takes one back.
    pub(super) fn record_removals(&mut self, head: &Head) {
        self.removed.extend(head.removed.values().flat_map(Removed::fingerprints));
        self.drop_removed_writers();
    }

    fn drop_removed_writers(&mut self) {
        self.writers.retain(|key| !self.removed.contains(&key.fingerprint()));
    }

    /// Records what was seen in a checkout, and keeps the actor.
    pub(super) fn see(&mut self, place: &Checkout, found: Snapshot<'_>) {
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

    /// The actor under which this laptop writes next.
    ///
    /// That is the actor of the checkout, while the file counts exactly as many writes by it as this laptop
    /// made, and no version seen there counted more. If one did, the pins were lost or copied. If the file
    /// counts fewer, it lacks writes that a higher count would claim it has. In both cases `new` makes
    /// another actor.
    pub fn actor(&self, place: Option<&Checkout>, clock: &Clock, new: impl FnOnce() -> ActorId) -> ActorId {
        let own = |seen: &LastSeen| {
            let (actor, written) = seen.actor?;
            let is_current = clock.count(actor) == written && seen.clock.count(actor) <= written;
            is_current.then_some(actor)
        };
        place.and_then(|place| self.places.get(place)).and_then(own).unwrap_or_else(new)
    }

    /// Records a write of this laptop. It trusts the members as written from now on.
    pub fn wrote(&mut self, place: Option<&Checkout>, found: Snapshot<'_>, actor: ActorId) {
        let head = found.head;
        self.writers.extend(head.members.values().filter_map(|member| member.key));
        self.record_removals(head);
        self.root = head.root().copied().unwrap_or(self.root);

        if let Some(place) = place {
            self.see(place, found);
            self.counted(Some(place), actor, head.clock.count(actor));
        }
    }

    /// Records how often this laptop has written, and nothing else: git can still discard the result of a
    /// merge.
    pub fn counted(&mut self, place: Option<&Checkout>, actor: ActorId, count: u64) {
        if let Some(seen) = place.and_then(|place| self.places.get_mut(place)) {
            seen.actor = Some((actor, count));
        }
    }

    /// Joins the pins of two processes of one laptop. Neither undoes what the other recorded.
    pub fn join(&mut self, other: &Pins) {
        self.removed.extend(other.removed.iter().cloned());
        self.writers.extend(&other.writers);
        self.drop_removed_writers();
        if self.removed.contains(&self.root.fingerprint()) {
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
