//! Merging: two versions of a vault become one, with their common base if there is one.
//!
//! A change on one side is taken, and so is the same change on both. A change beats a deletion. Different
//! changes on both sides are a dispute. No value of either side is lost: one that is neither current nor
//! disputed becomes an earlier value, unless it was purged. Laptop clocks decide only how earlier values are
//! ordered.

mod closed;
mod kept;
mod members;
mod outcome;
mod records;
mod renamed;
mod three;
mod versions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use kept::{Kept, kept};
use members::Members;
pub use outcome::{MergeError, MergeOutcome};
use records::Hash;
use renamed::Renamed;
use three::Three;
pub use versions::{Newest, removed_author};

use super::contents::{FormerReader, ReadHashes, Vault};
use super::endorser::Endorser;
use super::exposure::renew;
use super::fingerprint::{Fingerprint, VaultFingerprint};
use super::head::{HashKey, Head};
use super::member::Removed;
use super::name::SecretName;
use super::section::{Section, SectionId, Sections};
use super::time::Timestamp;

impl Vault {
    /// Merges two versions: three ways with a base, or two ways. Without a base, the deletions and earlier
    /// values that each side keeps stand in for it.
    ///
    /// `ours` is the current side. If it lacks writes of the base, as in a cherry-pick, what `theirs` changed
    /// since the base is applied to it, and only its own writes are counted.
    ///
    /// `by` is the writer who merges, and becomes the root if none is left.
    ///
    /// # Errors
    /// If they are different vaults, `theirs` lacks changes of the base, or the members cannot be merged.
    pub fn merge(
        base: Option<&Vault>,
        ours: &Vault,
        theirs: &Vault,
        by: Option<&Endorser<'_>>,
    ) -> Result<MergeOutcome, MergeError> {
        Vault::merge_knowing(base, ours, theirs, by, &BTreeMap::new())
    }

    /// The same on a laptop that knows these inner vaults of closed sections.
    ///
    /// # Errors
    /// As [`Vault::merge`].
    pub fn merge_knowing(
        base: Option<&Vault>,
        ours: &Vault,
        theirs: &Vault,
        by: Option<&Endorser<'_>>,
        known: &BTreeMap<SectionId, VaultFingerprint>,
    ) -> Result<MergeOutcome, MergeError> {
        let is_other = |vault: &Vault| vault.head.id != ours.head.id || vault.head.team != ours.head.team;
        if is_other(theirs) || base.is_some_and(is_other) {
            return Err(MergeError::Other);
        }
        let lacks = |side: &Vault| base.map_or(0, |base| base.head.clock.beyond(&side.head.clock));
        if lacks(theirs) > 0 {
            return Err(MergeError::Behind { changes: lacks(theirs) });
        }
        if let Some(newer) = Vault::newer(base, ours, theirs) {
            return Ok(MergeOutcome { vault: newer.clone(), left_out: Vec::new(), kept: Vec::new(), is_side: true });
        }

        let all = Three { base, sides: [ours, theirs] };
        let heads = all.map(|vault| &vault.head);
        let mut clock = ours.head.clock.clone();
        if lacks(ours) == 0 {
            clock.raise(&theirs.head.clock);
        }
        let Members { roots, members, mut removed, left_out } = members::merge(heads, by)?;
        vouch_for_closed(&mut removed, [ours, theirs]);
        let hash_key = match heads.map(|head| &head.hash_key).settled() {
            Some(key) => *key,
            None => ours.head.hash_key.merged(theirs.head.hash_key),
        };
        let extra = extra(heads.map(|head| &head.extra));
        // Candidates stand in the same order on every laptop, also after the hash key was renewed.
        let order = HashKey::for_order(&ours.head.id);
        let merging = Merging { hash: &|value| order.hash(value), by, is_pick: lacks(ours) > 0, known };
        let sections = merging.sections(all.map(|vault| &vault.sections))?;
        let closed = sections.closed().map(|(id, closed)| (id.clone(), closed.vault.clone())).collect();
        let head = Head { clock, hash_key, roots, members, removed, closed, extra, ..ours.head.clone() };
        let kept = kept([&ours.sections, &theirs.sections], &sections);
        let mut vault = Vault { head, sections, read: ReadHashes::new() };
        vault.read = read(all, &vault);
        Ok(MergeOutcome { vault, left_out, kept, is_side: false })
    }

    /// The side that contains every write of the other, if both contain every write of the base. It is the result
    /// of merging them: the other is no change. None if neither does, or if both do and differ.
    ///
    /// A side that lacks a removal of the other does not contain its writes, whatever it counts: somebody who was
    /// removed since may have counted writes that nobody had made. Only removals by a side whose own signer was
    /// removed need not be there. The same goes for a closed section in it that is older than that of the other.
    pub fn newer<'v>(base: Option<&Vault>, ours: &'v Vault, theirs: &'v Vault) -> Option<&'v Vault> {
        let lacks = |one: &Vault, other: &Vault| {
            let signer = other.head.endorsers(&other.head.written_by);
            let is_out = signer.iter().any(|(_, member)| one.head.removal_of(&member.keys).is_some());
            let has_removals = other.head.removed.keys().all(|print| one.head.removed.contains_key(print));
            other.head.clock.beyond(&one.head.clock) > 0 || !has_removals && !is_out || lacks_inside(one, other)
        };
        if base.is_some_and(|base| lacks(ours, base) || lacks(theirs, base)) {
            return None;
        }
        match (lacks(ours, theirs), lacks(theirs, ours)) {
            (false, true) => Some(ours),
            (true, false) => Some(theirs),
            (false, false) if ours == theirs => Some(ours),
            _ => None,
        }
    }

    /// Whether a side counts every write of the other and more, truly or not, if both count every write of the base.
    pub fn counts_more(base: Option<&Vault>, side: &Vault, other: &Vault) -> bool {
        let lacks = |one: &Vault, other: &Vault| other.head.clock.beyond(&one.head.clock) > 0;
        let lacks_base = base.is_some_and(|base| lacks(side, base) || lacks(other, base));
        !lacks_base && !lacks(side, other) && lacks(other, side)
    }
}

/// Whether an inner vault lacks writes that the other has, as far as can be told: one that does not open, or does not
/// count, in the place of one that does, may lack all of them.
fn lacks_inside(one: &Vault, other: &Vault) -> bool {
    other.head.closed.iter().filter(|(id, print)| one.head.closed.get(id) == Some(print)).any(|(id, _)| {
        let [one, other] = [one, other].map(|vault| vault.sections.get(id));
        let Some((one, other)) = one.zip(other) else { return false };
        // It has the very bytes, whether all of them count or not.
        if !other.versions().is_empty() && other.versions().is_subset(&one.versions()) {
            return false;
        }
        match (one.inner(), other.inner()) {
            (Some(one), Some(other)) => other.head.clock.beyond(&one.head.clock) > 0,
            (None, Some(_)) => one.versions().len() == 1,
            (_, None) => false,
        }
    })
}

/// Vouches for the inner vaults of a side that does not know of a removal yet: what that member wrote there before
/// counts, as in open sections.
fn vouch_for_closed(removed: &mut BTreeMap<Fingerprint, Removed>, sides: [&Vault; 2]) {
    for (print, removed) in removed {
        for side in sides.iter().filter(|side| !side.head.removed.contains_key(print)) {
            removed.closed.extend(side.sections.sealed_digests());
        }
    }
}

/// Merges the hashes of what removed members could read, for the values that the merged vault holds. A removed
/// member could also read everything on a side that still has that member.
fn read(all: Three<'_, Vault>, merged: &Vault) -> ReadHashes {
    let mut read = ReadHashes::new();
    if merged.head.removed.is_empty() && all.sides.iter().all(|side| side.read.is_empty()) {
        return read;
    }
    let key = merged.head.hash_key;
    let held = merged.hashes(key);
    for side in all.sides {
        let old = side.head.hash_key;
        let renewed: BTreeMap<String, String> = side
            .values()
            .map(|value| (old.hash(value), key.hash(value)))
            .filter(|(_, new)| held.contains(new))
            .collect();
        for (print, hashes) in renew(&side.read, &renewed) {
            read.entry(print).or_default().extend(hashes);
        }
        for (print, removed) in &merged.head.removed {
            if !renewed.is_empty() && side.head.members.values().any(|member| removed.bans(&member.keys)) {
                let reader = FormerReader::Removed(print.clone());
                read.entry(reader).or_default().extend(renewed.values().cloned());
            }
        }
        // What was changed inside a closed section that the other side opened.
        for (id, section) in side.sections.iter() {
            let is_open = merged.sections.get(id).is_some_and(|section| section.closed.is_none());
            let Some(inner) = section.inner().filter(|_| is_open) else { continue };
            let old = inner.head.hash_key;
            let values = section.env.values().chain(section.secrets.values());
            let renewed = values.map(|(_, value)| (old.hash(value), key.hash(value)));
            let renewed = renewed.filter(|(_, new)| held.contains(new)).collect();
            for (reader, hashes) in inner.read_outside(&renewed, &merged.head) {
                read.entry(reader).or_default().extend(hashes);
            }
        }
    }
    read
}

/// How sections are merged.
struct Merging<'m> {
    hash: Hash<'m>,
    by: Option<&'m Endorser<'m>>,
    /// Whether our side lacks writes of the base, as in a cherry-pick.
    is_pick: bool,
    /// The inner vaults that the laptop of whoever merges knows.
    known: &'m BTreeMap<SectionId, VaultFingerprint>,
}

impl Merging<'_> {
    fn sections(&self, all: Three<'_, Sections>) -> Result<Sections, MergeError> {
        let renamed = renamed::align(all);
        let all = renamed.as_ref().map_or(all, Renamed::all);
        let is_renamed = |id: &SectionId| renamed.as_ref().is_some_and(|renamed| renamed.names.contains(id));
        let none = Arc::default();
        let ids: BTreeSet<&SectionId> = all.sides.iter().flat_map(|sections| sections.0.keys()).collect();
        let mut merged = BTreeMap::new();
        for id in ids {
            let all = all.map(|sections| sections.0.get(id).unwrap_or(&none));
            let section = self.section(id, all, is_renamed(id))?;
            if *id == SectionId::Team || section != none {
                merged.insert(id.clone(), section);
            }
        }
        Ok(Sections(merged))
    }

    fn section(
        &self,
        id: &SectionId,
        all: Three<'_, Arc<Section>>,
        is_renamed: bool,
    ) -> Result<Arc<Section>, MergeError> {
        if all.sides.iter().chain(&all.base).any(|section| section.closed.is_some()) {
            return self.closed(id, all, is_renamed);
        }
        let merge = || Arc::new(self.records(all.map(|section| &**section)));
        Ok(all.settled().cloned().unwrap_or_else(merge))
    }

    /// Merges the records of a section, and what else an open one has.
    fn records(&self, all: Three<'_, Section>) -> Section {
        let mut section = Section {
            created: None,
            env: records::merge(all.map(|section| &section.env), self.hash),
            secrets: records::merge(all.map(|section| &section.secrets), self.hash),
            closed: None,
            extra: extra(all.map(|section| &section.extra)),
        };
        section.created = created(all, &section);

        // A name is either a secret or an entry. If the sides made it different kinds, that is a dispute.
        let names = section.env.names().filter(|name| section.secrets.holds(name));
        let names: Vec<SecretName> = names.cloned().collect();
        for name in &names {
            section.env.dispute(name);
            section.secrets.dispute(name);
        }
        section
    }
}

/// When the merged section was created; none if one side deleted it and nothing in it was changed.
fn created(all: Three<'_, Section>, merged: &Section) -> Option<Timestamp> {
    let [first, second] = all.sides;
    let (created, other) = match (first.created, second.created) {
        (Some(first), Some(second)) => return Some(first.min(second)),
        (None, None) => return None,
        (Some(created), None) => (created, second),
        (None, Some(created)) => (created, first),
    };
    let was_deleted = match all.base {
        Some(base) => base.created.is_some(),
        // Without a base, a section with a history was deleted, and one without never existed there.
        None => *other != Section::default(),
    };
    (!was_deleted || !merged.is_empty()).then_some(created)
}

/// Merges the fields that this version does not know. If both sides changed one, the larger text wins, so
/// that every laptop merges alike.
fn extra(all: Three<'_, toml::Table>) -> toml::Table {
    let keys: BTreeSet<&String> = all.sides.iter().flat_map(|table| table.keys()).collect();
    let value = |key: &String| {
        let [first, second] = all.sides.map(|table| table.get(key));
        let base = all.base.map(|table| table.get(key));
        let settled = if first == second || base == Some(second) {
            first
        } else if base == Some(first) {
            second
        } else {
            first.into_iter().chain(second).max_by_key(|value| value.to_string())
        };
        Some((key.clone(), settled?.clone()))
    };
    keys.into_iter().filter_map(value).collect()
}

#[cfg(test)]
mod tests;
