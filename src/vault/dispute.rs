//! Disputes: names that two sides of a merge changed differently.
//!
//! Clocks of laptops lie, so none of them chooses a secret: what both wrote stays, the name refuses to resolve, and a
//! person settles it.

use std::collections::BTreeSet;

use super::Sections;
use super::change::ChangeError;
use super::name::{MemberName, SecretName};
use super::record::{Details, Record, Stamp};
use super::section::{Section, SectionId};
use super::time::Timestamp;
use super::value::Value;

/// A disputed name, as an error tells it: where, and who wrote what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    pub name: SecretName,
    pub section: SectionId,
    /// In the order of their numbers.
    pub by: Vec<(MemberName, Timestamp)>,
}

/// One of the things that a disputed name is said to be.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'v> {
    pub record: &'v Record,
    pub is_entry: bool,
}

/// How a dispute is ended.
#[derive(Debug, Clone)]
pub enum Choice {
    /// By the candidate of this number, from 1.
    Number(usize),
    /// By what this member wrote.
    By(MemberName),
    /// By a new value.
    Value(Value, Details),
}

impl Section {
    /// The names that are disputed.
    pub fn disputes(&self) -> BTreeSet<&SecretName> {
        self.secrets.disputed().chain(self.env.disputed()).map(|(name, _)| name).collect()
    }

    /// What a disputed name is said to be, by number; nothing if it is not disputed.
    pub fn candidates(&self, name: &SecretName) -> Vec<Candidate<'_>> {
        let of = |is_entry: bool| {
            let records = if is_entry { &self.env } else { &self.secrets };
            let candidates = records.disputed.get(name).into_iter().flatten();
            candidates.map(move |record| Candidate { record, is_entry })
        };
        of(false).chain(of(true)).collect()
    }
}

impl Sections {
    /// The dispute about a name, if there is one.
    pub fn dispute(&self, id: &SectionId, name: &SecretName) -> Option<Dispute> {
        let candidates = self.get(id)?.candidates(name);
        let by = candidates.iter().map(|one| (one.record.by.clone(), one.record.updated)).collect();
        (!candidates.is_empty()).then(|| Dispute { name: name.clone(), section: id.clone(), by })
    }

    /// An error if the name is disputed.
    pub(in crate::vault) fn undisputed(&self, id: &SectionId, name: &SecretName) -> Result<(), ChangeError> {
        self.dispute(id, name).map_or(Ok(()), |dispute| Err(ChangeError::Disputed(dispute)))
    }

    /// Ends a dispute. What was not chosen becomes an earlier value.
    pub fn settle(
        &mut self,
        id: &SectionId,
        name: &SecretName,
        choice: Choice,
        stamp: &Stamp,
    ) -> Result<(), ChangeError> {
        let candidates = self.existing(id)?.candidates(name);
        if candidates.is_empty() {
            self.secret(id, name).or_else(|missing| self.entry(id, name).map_err(|_| missing))?;
            return Err(ChangeError::NotDisputed { name: name.clone(), section: id.clone() });
        }
        let fits = |at: usize, candidate: &Candidate<'_>| match &choice {
            Choice::Number(number) => at + 1 == *number,
            Choice::By(member) => candidate.record.by == *member,
            Choice::Value(..) => false,
        };
        let fitting: Vec<usize> = (0..candidates.len()).filter(|at| fits(*at, &candidates[*at])).collect();
        let secrets = candidates.iter().filter(|candidate| !candidate.is_entry).count();
        let (is_value, fitting) = match (&choice, &fitting[..]) {
            (Choice::Value(..), _) => (true, None),
            (_, [one]) => (false, Some(*one)),
            _ => {
                let dispute = self.dispute(id, name).expect("it has candidates");
                return Err(ChangeError::NoCandidate { dispute, fitting: fitting.len() });
            }
        };
        let section = self.existing_mut(id)?;
        section.secrets.settle(name, fitting.filter(|at| *at < secrets));
        section.env.settle(name, fitting.and_then(|at| at.checked_sub(secrets)));
        if let (true, Choice::Value(value, details)) = (is_value, choice) {
            let records = if secrets > 0 { &mut section.secrets } else { &mut section.env };
            records.set(name, value, details, stamp);
        }
        Ok(())
    }
}
