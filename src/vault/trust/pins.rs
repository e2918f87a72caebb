//! The pins: what a laptop has recorded about one vault.

use std::collections::{BTreeMap, BTreeSet};

use super::checkout::{Checkout, LastSeen, Place};
use super::closed::ClosedSeen;
use super::news::Roster;
use crate::vault::clock::{ActorId, Clock};
use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::key::{Signature, WriterKey};
use crate::vault::label::Digest;
use crate::vault::member::{PublicKeys, Removed};
use crate::vault::section::SectionId;

/// The most commits without a branch that are remembered of one work tree.
const KEPT_COMMITS: usize = 20;

/// What a laptop has recorded about one vault.
#[derive(Debug, Clone, PartialEq)]
pub struct Pins {
    pub founder: WriterKey,
    /// The digests of the root steps that were accepted.
    pub roots: BTreeSet<Digest>,
    /// The members as last seen.
    pub roster: Roster,
    /// The removals that were seen anywhere. Only a person takes one back.
    pub removed: BTreeMap<Fingerprint, Removed>,
    pub checkouts: BTreeMap<Checkout, LastSeen>,
    /// The sealed environments that were opened here, by their context.
    pub sealed: BTreeMap<String, SealedSeen>,
    /// The sections that are closed, or were, as far as this laptop has seen.
    pub closed: BTreeMap<SectionId, ClosedSeen>,
}

/// What was last seen of the sealed environments of one context.
#[derive(Debug, Clone, PartialEq)]
pub struct SealedSeen {
    pub clock: Clock,
    /// The files that held it.
    pub files: BTreeSet<String>,
}

/// One version of a vault, as far as trust is concerned.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    pub head: &'a Head,
    /// The digest of what the signature covers.
    pub digest: &'a Digest,
    pub signature: &'a Signature,
}

/// The digest of what a signature covers, and the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedDigest {
    pub digest: Digest,
    pub signature: Signature,
}

impl SignedDigest {
    /// The version of a vault with this head.
    pub fn of<'a>(&'a self, head: &'a Head) -> Snapshot<'a> {
        Snapshot { head, digest: &self.digest, signature: &self.signature }
    }
}

impl Pins {
    /// Trusts a founder, and knows nothing else yet.
    pub fn new(founder: WriterKey) -> Pins {
        Pins {
            founder,
            roots: BTreeSet::new(),
            roster: Roster::default(),
            removed: BTreeMap::new(),
            checkouts: BTreeMap::new(),
            sealed: BTreeMap::new(),
            closed: BTreeMap::new(),
        }
    }

    /// The removal that bans these keys, if this laptop knows of one.
    pub fn removal_of(&self, keys: &PublicKeys) -> Option<&Removed> {
        self.removed.values().find(|removed| removed.bans(keys))
    }

    /// Whether this laptop accepted, or wrote, a version with this digest.
    pub fn has_seen(&self, digest: &Digest) -> bool {
        self.checkouts.values().any(|seen| seen.digest == *digest)
    }

    /// Whether this laptop verified, or made, this signature.
    pub fn has_verified(&self, SignedDigest { digest, signature }: &SignedDigest) -> bool {
        let is_same = |seen: &LastSeen| seen.digest == *digest && seen.signature.as_ref() == Some(signature);
        self.checkouts.values().any(is_same)
    }

    pub(super) fn roster_of(&self, head: &Head) -> Roster {
        Roster::of(head, &|member| self.removal_of(&member.keys).is_some())
    }

    /// The writes that were seen in any checkout.
    pub(super) fn seen(&self) -> Clock {
        let mut all = Clock::default();
        self.checkouts.values().for_each(|seen| all.raise(&seen.clock));
        all
    }

    /// Whether the members in a head are those to compare with from now on. Those of a branch from before a
    /// change of the members are not, even if others write there.
    pub(super) fn has_new_members(&self, head: &Head) -> bool {
        let is_outdated = head.members.values().any(|member| self.removal_of(&member.keys).is_some());
        self.roster.members.is_empty() || !is_outdated && head.clock.beyond(&self.seen()) > 0
    }

    /// Records an accepted version. It never goes back: in the checkout, what contains the other stays.
    /// `noted` is how many changes it lacks that were seen in unrelated checkouts.
    pub fn see(&mut self, place: &Place, found: Snapshot<'_>, noted: u64) {
        if place.is_passing {
            return;
        }
        let head = found.head;
        if self.has_new_members(head) {
            self.roster = self.roster_of(head);
        }
        self.learn_head(head);
        self.see_closed(head);

        let known = self.checkouts.remove(&place.checkout);
        let mut seen = LastSeen {
            locations: place.locations.clone(),
            clock: head.clock.clone(),
            digest: *found.digest,
            signature: Some(*found.signature),
            by: head.written_by.clone(),
            at: head.written_at,
            actor: None,
            noted,
        };
        if let Some(known) = known {
            let locations = &known.locations | &seen.locations;
            // Two processes may have accepted versions of which none contains the other.
            let mut clock = known.clock.clone();
            clock.raise(&seen.clock);
            let actor = known.actor;
            if known.clock.beyond(&seen.clock) > 0 {
                seen = known;
            }
            (seen.locations, seen.clock, seen.actor, seen.noted) = (locations, clock, actor, noted);
        }
        self.checkouts.insert(place.checkout.clone(), seen);
        self.drop_old_commits(&place.checkout);
    }

    /// Whether a sealed environment of this vault was last seen in one of these files.
    pub fn holds_sealed(&self, files: &BTreeSet<String>) -> bool {
        self.sealed.values().any(|seen| !seen.files.is_disjoint(files))
    }

    /// Forgets that these files held sealed environments of this vault. Their clocks stay.
    pub fn forget_sealed(&mut self, files: &BTreeSet<String>) {
        self.sealed.values_mut().for_each(|seen| seen.files.retain(|file| !files.contains(file)));
    }

    /// Records a sealed environment: its clock, the paths of its file, the removals that it tells of, and the sections
    /// that were closed.
    pub fn see_sealed(&mut self, context: String, files: &BTreeSet<String>, head: &Head) {
        self.learn_head(head);
        self.see_closed(head);
        let none = SealedSeen { clock: Clock::default(), files: BTreeSet::new() };
        let seen = self.sealed.entry(context).or_insert(none);
        seen.clock.raise(&head.clock);
        seen.files.extend(files.iter().cloned());
    }

    fn learn_head(&mut self, head: &Head) {
        self.roots.extend(head.roots.iter().map(|step| step.digest()));
        for (print, removed) in &head.removed {
            self.removed.entry(print.clone()).or_insert_with(|| removed.clone());
        }
    }

    /// Forgets the oldest commits without a branch. A build machine passes thousands of them.
    fn drop_old_commits(&mut self, current: &Checkout) {
        let Checkout::Commit { tree, .. } = current else { return };
        let is_commit = |(checkout, _): &(&Checkout, &LastSeen)| {
            *checkout != current && matches!(checkout, Checkout::Commit { tree: other, .. } if other == tree)
        };
        let mut commits: Vec<(&Checkout, &LastSeen)> = self.checkouts.iter().filter(is_commit).collect();
        commits.sort_by_key(|(_, seen)| std::cmp::Reverse(seen.at));
        let old: Vec<Checkout> = commits.into_iter().skip(KEPT_COMMITS).map(|(checkout, _)| checkout.clone()).collect();
        self.checkouts.retain(|checkout, _| !old.contains(checkout));
    }

    /// The actor under which this laptop writes next.
    ///
    /// That is the actor of the checkout, while the file counts exactly as many writes by it as this laptop
    /// made, and no version seen there counted more. If one did, the pins were lost or copied. If the file
    /// counts fewer, it lacks writes that a higher count would claim it has. In both cases `new` makes
    /// another actor.
    pub fn actor(&self, place: &Place, clock: &Clock, new: impl FnOnce() -> ActorId) -> ActorId {
        let own = |seen: &LastSeen| {
            let (actor, written) = seen.actor?;
            let is_current = clock.count(actor) == written && seen.clock.count(actor) <= written;
            is_current.then_some(actor)
        };
        let seen = self.checkouts.get(&place.checkout).filter(|_| !place.is_passing);
        seen.and_then(own).unwrap_or_else(new)
    }

    /// Records a write of this laptop. Its author knows of all changes to the members in it.
    pub fn wrote(&mut self, place: &Place, found: Snapshot<'_>, actor: ActorId) {
        let noted = self.checkouts.get(&place.checkout).map_or(0, |seen| seen.noted);
        self.see(place, found, noted);
        if !place.is_passing {
            self.write_closed(found.head);
        }
        self.counted(place, actor, found.head.clock.count(actor));
    }

    /// Records how often this laptop has written, and nothing else: git can still discard the result of a
    /// merge.
    pub fn counted(&mut self, place: &Place, actor: ActorId, count: u64) {
        if let Some(seen) = self.checkouts.get_mut(&place.checkout).filter(|_| !place.is_passing) {
            seen.actor = Some((actor, count));
        }
    }
}
