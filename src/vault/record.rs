//! Records: what a name holds now, and what it held before.
//!
//! Changing them, which moves old values to the history, is in `history`.

mod acknowledgement;
pub(in crate::vault) mod by_name;
mod history;

use std::collections::BTreeMap;
use std::fmt;

pub use acknowledgement::Acknowledgement;
use by_name::ByName;

use super::name::{MemberName, SecretName};
use super::time::Timestamp;
use super::value::Value;

/// How many earlier values of one name are kept.
pub const KEPT: usize = 10;

/// The current state of a secret or an env entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub value: Value,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub by: MemberName,
    pub note: Option<String>,
    pub expires: Option<Timestamp>,
    /// That the value may stay, whatever is found about it. Boxed, since hardly any record has one.
    pub acknowledged: Option<Box<Acknowledgement>>,
    /// Fields that this version does not know, kept as they are. Boxed, since hardly any record has one.
    pub extra: Option<Box<toml::Table>>,
}

/// One step in the history of a name: an earlier value, or a deletion.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    /// None marks a deletion.
    pub value: Option<Value>,
    /// Set for a deletion only: when the deleted record was created.
    pub created: Option<Timestamp>,
    pub updated: Timestamp,
    pub by: MemberName,
    pub note: Option<String>,
    pub expires: Option<Timestamp>,
    /// Fields that this version does not know, kept as they are. Boxed, since hardly any record has one.
    pub extra: Option<Box<toml::Table>>,
}

impl From<Record> for Earlier {
    fn from(record: Record) -> Earlier {
        Earlier {
            value: Some(record.value),
            created: None,
            updated: record.updated,
            by: record.by,
            note: record.note,
            expires: record.expires,
            extra: record.extra,
        }
    }
}

/// Who makes a change, and when.
#[derive(Debug, Clone)]
pub struct Stamp {
    pub by: MemberName,
    pub at: Timestamp,
}

/// What a change sets besides the value.
///
/// Without a note, the old note stays. Without an expiry, the old one stays only if the value does.
#[derive(Debug, Clone, Default)]
pub struct Details {
    pub note: Option<String>,
    pub expires: Option<Expiry>,
}

/// When a value must be replaced, as a change sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    Never,
    At(Timestamp),
}

impl Expiry {
    /// The moment, if there is one.
    pub fn moment(self) -> Option<Timestamp> {
        match self {
            Expiry::Never => None,
            Expiry::At(at) => Some(at),
        }
    }
}

/// The effect of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Created,
    Updated,
    Unchanged,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Change::Created => "created",
            Change::Updated => "updated",
            Change::Unchanged => "unchanged",
        })
    }
}

/// The secrets or the env entries of one section, each name with its history.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    pub(in crate::vault) current: ByName<Record>,
    /// Names that two sides of a merge changed differently, with the record of each side. None of these names
    /// is in `current`.
    pub(in crate::vault) disputed: BTreeMap<SecretName, Vec<Record>>,
    /// Newest first.
    pub(in crate::vault) history: BTreeMap<SecretName, Vec<Earlier>>,
}

impl Records {
    /// Finds the record of a name that is set and not disputed.
    pub fn get(&self, name: &SecretName) -> Option<&Record> {
        self.current.get(name)
    }

    /// The records that are set and not disputed, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&SecretName, &Record)> {
        self.current.iter()
    }

    /// The disputed names, each with its candidates.
    pub fn disputed(&self) -> impl Iterator<Item = (&SecretName, &[Record])> {
        self.disputed.iter().map(|(name, candidates)| (name, candidates.as_slice()))
    }

    /// The records between which a disputed name is to be settled.
    pub fn candidates(&self, name: &SecretName) -> &[Record] {
        self.disputed.get(name).map_or(&[], Vec::as_slice)
    }

    /// The records of all names that are set: one for each, or several for a disputed name.
    pub fn standing(&self) -> impl Iterator<Item = (&SecretName, &Record)> {
        let candidates = |(name, all)| std::iter::repeat(name).zip(all);
        self.iter().chain(self.disputed.iter().flat_map(candidates))
    }

    /// The number of names that are set, disputed ones included.
    pub fn len(&self) -> usize {
        self.current.len() + self.disputed.len()
    }

    /// Whether no name is set.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names that are set: first the undisputed ones, then the disputed ones.
    pub(in crate::vault) fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.current.keys().chain(self.disputed.keys())
    }

    /// Whether the name is set, perhaps disputed.
    pub fn holds(&self, name: &SecretName) -> bool {
        self.current.contains_key(name) || self.disputed.contains_key(name)
    }

    /// Whether the name is set or has a history.
    pub fn knows(&self, name: &SecretName) -> bool {
        self.holds(name) || self.history.contains_key(name)
    }

    /// Every value, current, disputed or earlier.
    pub fn values(&self) -> impl Iterator<Item = (&SecretName, &Value)> {
        let standing = self.standing().map(|(name, record)| (name, &record.value));
        let earlier = self.history.iter().flat_map(|(name, all)| std::iter::repeat(name).zip(all));
        standing.chain(earlier.filter_map(|(name, earlier)| Some((name, earlier.value.as_ref()?))))
    }

    /// The names that have a history and no current record.
    pub fn deleted(&self) -> impl Iterator<Item = &SecretName> {
        self.history.keys().filter(|name| !self.current.contains_key(name))
    }

    /// The history of a name, deletions included, newest first.
    pub fn earlier(&self, name: &SecretName) -> &[Earlier] {
        self.history.get(name).map_or(&[], Vec::as_slice)
    }

    /// Finds the earlier value with this number, 1 the newest. Deletions have no number.
    pub fn version(&self, name: &SecretName, number: usize) -> Option<&Earlier> {
        let values = self.earlier(name).iter().filter(|earlier| earlier.value.is_some());
        values.into_iter().nth(number.checked_sub(1)?)
    }
}
