//! Settling disputes.

use super::{ChangeError, Result};
use crate::vault::dispute::{Candidate, Choice};
use crate::vault::name::SecretName;
use crate::vault::record::Stamp;
use crate::vault::section::{SectionId, Sections};

impl Sections {
    /// Settles a dispute. The candidates that were not chosen become earlier values.
    ///
    /// # Errors
    /// If the section or the name is missing, the name is not disputed, or the choice does not fit exactly
    /// one candidate.
    pub fn settle(&mut self, id: &SectionId, name: &SecretName, choice: Choice, stamp: &Stamp) -> Result<()> {
        let candidates = self.existing(id)?.candidates(name);
        if candidates.is_empty() {
            self.secret(id, name).or_else(|missing| self.entry(id, name).map_err(|_| missing))?;
            return Err(ChangeError::NotDisputed { name: name.clone(), section: id.clone() });
        }

        let fits = |(at, candidate): &(usize, &Candidate<'_>)| match &choice {
            Choice::Number(number) => at + 1 == *number,
            Choice::By(member) => candidate.record.by == *member,
            Choice::Value(..) => false,
        };
        let fitting: Vec<usize> = candidates.iter().enumerate().filter(fits).map(|(at, _)| at).collect();
        let chosen = match (&choice, &fitting[..]) {
            (Choice::Value(..), _) => None,
            (_, [one]) => Some(*one),
            _ => {
                let dispute = self.dispute(id, name).expect("a name with candidates is disputed");
                return Err(ChangeError::NoCandidate { dispute, fitting: fitting.len() });
            }
        };

        // The numbers of the entries follow those of the secrets.
        let secrets = candidates.iter().filter(|candidate| !candidate.is_entry).count();
        let section = self.existing_mut(id)?;
        section.secrets.settle(name, chosen.filter(|at| *at < secrets));
        section.env.settle(name, chosen.and_then(|at| at.checked_sub(secrets)));
        if let Choice::Value(value, details) = choice {
            let records = if secrets > 0 { &mut section.secrets } else { &mut section.env };
            records.set(name, value, details, stamp);
        }
        Ok(())
    }
}
