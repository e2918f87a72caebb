//! Merging: two vaults of one team become one, with the vault that both came from, if there is one.
//!
//! What one side changed is taken, what both changed alike is one, a change beats a deletion, and what both changed
//! differently is disputed. No value of either side is lost: what is neither current nor disputed is an earlier value,
//! unless somebody purged it. No clock of a laptop decides anything but the order in which concurrent earlier values
//! are listed.

mod members;
mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::clock::Clock;
use super::member::Fingerprint;
use super::name::{MemberName, SecretName};
use super::record::Records;
use super::section::{Section, SectionId};
use super::time::Timestamp;
use super::value::Value;
use super::{Head, Sections, Vault};

/// What merging came to.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeOutcome {
    /// Its clock counts what both count; who wrote it and when is still that of the first side.
    pub vault: Vault,
    /// Members that only somebody vouched for who was removed on the other side.
    pub left_out: Vec<MemberName>,
}

/// Why two vaults cannot be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeError {
    /// They are two vaults.
    Other,
    /// The first, or the second, lacks so many changes of the vault that both came from.
    Behind { is_first: bool, changes: u64 },
    /// Nobody would be left who may write.
    NoWriter,
    /// Two people have this name.
    TwoMembers { name: MemberName },
}

/// The same part of the base, where there is one, and of both sides.
#[derive(Debug)]
struct Three<'a, T> {
    base: Option<&'a T>,
    sides: [&'a T; 2],
}

impl<T> Clone for Three<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Three<'_, T> {}

impl<'a, T> Three<'a, T> {
    fn map<U>(self, part: impl Fn(&'a T) -> &'a U) -> Three<'a, U> {
        Three { base: self.base.map(&part), sides: self.sides.map(part) }
    }
}

impl<'a, T: PartialEq> Three<'a, T> {
    /// What both say, or what the one says that changed it; none if both changed it, differently.
    fn settled(self) -> Option<&'a T> {
        let [first, second] = self.sides;
        if first == second || self.base == Some(second) {
            Some(first)
        } else if self.base == Some(first) {
            Some(second)
        } else {
            None
        }
    }
}

impl Vault {
    /// Merges two vaults: three ways with a base, or two ways, where the deletions and the earlier values that each
    /// of them keeps stand in for it.
    ///
    /// # Errors
    /// If they cannot be one; nothing is merged then.
    pub fn merge(base: Option<&Vault>, first: &Vault, second: &Vault) -> Result<MergeOutcome, MergeError> {
        let all = Three { base, sides: [first, second] };
        if base.into_iter().chain([second]).any(|other| (&other.head.id, &other.head.team) != first.head.names()) {
            return Err(MergeError::Other);
        }
        for (side, is_first) in [(first, true), (second, false)] {
            let changes = base.map_or(0, |base| base.head.clock.beyond(&side.head.clock));
            if changes > 0 {
                return Err(MergeError::Behind { is_first, changes });
            }
        }
        let mut clock = first.head.clock.clone();
        clock.raise(&second.head.clock);
        if base.is_none()
            && let Some(newer) = newer(first, second)
        {
            return Ok(MergeOutcome { vault: newer.clone(), left_out: Vec::new() });
        }
        let heads = all.map(|vault| &vault.head);
        let (members, left_out) = members::merge(heads)?;
        let removed = members::removed(all);
        let extra = tables(heads.map(|head| &head.extra));
        let head = Head { clock, members, removed, extra, ..first.head.clone() };
        let sections = sections(all.map(|vault| &vault.sections), &|value| head.hash(value));
        Ok(MergeOutcome { vault: Vault { head, sections }, left_out })
    }
}

impl Head {
    fn names(&self) -> (&super::VaultId, &super::TeamName) {
        (&self.id, &self.team)
    }
}

/// The one that has every write of the other, if they are not as old.
fn newer<'v>(first: &'v Vault, second: &'v Vault) -> Option<&'v Vault> {
    let lacks = |one: &Clock, other: &Clock| other.beyond(one) > 0;
    match (lacks(&first.head.clock, &second.head.clock), lacks(&second.head.clock, &first.head.clock)) {
        (false, true) => Some(first),
        (true, false) => Some(second),
        _ => None,
    }
}

/// A value's hash, by which candidates are ordered alike on every laptop.
type Hash<'f> = &'f dyn Fn(&Value) -> String;

fn sections(all: Three<'_, Sections>, hash: Hash<'_>) -> Sections {
    let none = Arc::default();
    let ids: BTreeSet<&SectionId> = all.sides.iter().flat_map(|sections| sections.0.keys()).collect();
    let merge = |id: &SectionId| {
        let section = section(all.map(|sections| sections.0.get(id).unwrap_or(&none)), hash);
        (*id == SectionId::Team || section != none).then(|| (id.clone(), section))
    };
    Sections(ids.into_iter().filter_map(merge).collect())
}

fn section(all: Three<'_, Arc<Section>>, hash: Hash<'_>) -> Arc<Section> {
    if let Some(settled) = all.settled() {
        return settled.clone();
    }
    let all = all.map(|section| &**section);
    let mut section = Section {
        created: None,
        env: records::merge(all.map(|section| &section.env), hash),
        secrets: records::merge(all.map(|section| &section.secrets), hash),
        extra: tables(all.map(|section| &section.extra)),
    };
    section.created = created(all, &section);
    // A name is one thing: where one side made it a secret and the other an entry, that is what is disputed.
    let names: Vec<SecretName> = names(&section.env).filter(|name| section.secrets.holds(name)).cloned().collect();
    for name in &names {
        section.env.dispute(name);
        section.secrets.dispute(name);
    }
    Arc::new(section)
}

fn names(records: &Records) -> impl Iterator<Item = &SecretName> {
    records.iter().map(|(name, _)| name).chain(records.disputed().map(|(name, _)| name))
}

/// When the merged section was made; none if it is gone: somebody deleted it, and nothing in it was changed since.
fn created(all: Three<'_, Section>, merged: &Section) -> Option<Timestamp> {
    let [first, second] = all.sides;
    match (first.created, second.created) {
        (Some(first), Some(second)) => Some(first.min(second)),
        (None, None) => None,
        (made, deleted) => {
            let other = if made.is_some() { second } else { first };
            // Without a base, one that has a history and is not there was deleted.
            let was_deleted = match all.base {
                Some(base) => base.created.is_some(),
                None => *other != Section::default(),
            };
            made.or(deleted).filter(|_| !was_deleted || !merged.is_empty())
        }
    }
}

/// Keys that this version does not know: each as the one side has it that changed it; if both did, the larger text.
fn tables(all: Three<'_, toml::Table>) -> toml::Table {
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

/// Fingerprints of everybody whom one of the sides removed.
fn removed_prints(sides: [&Head; 2]) -> BTreeSet<Fingerprint> {
    sides.iter().flat_map(|head| head.removed.values()).flat_map(|removed| removed.fingerprints()).collect()
}

type ByName<T> = BTreeMap<SecretName, T>;

#[cfg(test)]
mod tests;
