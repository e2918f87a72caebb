//! Disputes: names that two sides of a merge changed differently.
//!
//! Laptop clocks are unreliable, so no timestamp ever chooses a secret. Both values stay, the name does not
//! resolve, and a person settles it.

use std::collections::BTreeSet;

use super::name::{MemberName, SecretName};
use super::record::{Details, Record};
use super::section::{Section, SectionId, Sections};
use super::time::Timestamp;
use super::value::Value;

/// A disputed name, as errors carry it: where it is, and who wrote each candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub name: SecretName,
    pub section: SectionId,
    /// The writer and date of each candidate, in the order of their numbers.
    pub by: Vec<(MemberName, Timestamp)>,
}

/// One of the records between which a dispute is to be settled.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'v> {
    pub record: &'v Record,
    pub is_entry: bool,
}

/// How to settle a dispute.
#[derive(Debug, Clone)]
pub enum Choice {
    /// Take the candidate with this number, from 1.
    Number(usize),
    /// Take the candidate that this member wrote.
    By(MemberName),
    /// Take a new value.
    Value(Value, Details),
}

impl Section {
    /// The disputed names.
    pub fn disputes(&self) -> BTreeSet<&SecretName> {
        self.secrets.disputed().chain(self.env.disputed()).map(|(name, _)| name).collect()
    }

    /// The candidates of a name, in the order of their numbers: secrets, then entries. Empty if the name is
    /// not disputed.
    pub fn candidates(&self, name: &SecretName) -> Vec<Candidate<'_>> {
        let mut candidates = Vec::new();
        for (records, is_entry) in [(&self.secrets, false), (&self.env, true)] {
            candidates.extend(records.candidates(name).iter().map(|record| Candidate { record, is_entry }));
        }
        candidates
    }
}

impl Sections {
    /// Finds the dispute about a name.
    pub fn dispute(&self, id: &SectionId, name: &SecretName) -> Option<Dispute> {
        let candidates = self.get(id)?.candidates(name);
        let by = candidates.iter().map(|candidate| (candidate.record.by.clone(), candidate.record.updated)).collect();
        (!candidates.is_empty()).then(|| Dispute { name: name.clone(), section: id.clone(), by })
    }
}
