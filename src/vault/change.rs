//! Changes of secrets, each refused if it would break something.

use super::Sections;
use super::dispute::Dispute;
use super::name::{Id, SecretName};
use super::near::nearest;
use super::record::{Change, Details, Record, Stamp};
use super::section::{Section, SectionId};
use super::value::Value;

/// Why a change was refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeError {
    /// There is no such section; these are, of the same kind.
    SectionMissing {
        section: SectionId,
        there: Vec<Id>,
    },
    SectionExists(SectionId),
    /// It holds this many secrets and entries.
    SectionNotEmpty {
        section: SectionId,
        secrets: usize,
        entries: usize,
    },
    /// No such secret in this section; it is set in these.
    SecretMissing {
        name: SecretName,
        section: SectionId,
        elsewhere: Vec<SectionId>,
        is_entry: bool,
        near: Option<SecretName>,
    },
    /// No such entry in this section; perhaps a secret.
    EntryMissing {
        name: SecretName,
        section: SectionId,
        is_secret: bool,
        near: Option<SecretName>,
    },
    /// The name is taken, by a secret or by an entry.
    NameTaken {
        name: SecretName,
        section: SectionId,
        by_entry: bool,
    },
    /// References would go missing: these entries.
    InUse {
        name: SecretName,
        section: SectionId,
        by: Vec<(SectionId, SecretName)>,
    },
    /// Two sides of a merge changed it differently.
    Disputed(Dispute),
    NotDisputed {
        name: SecretName,
        section: SectionId,
    },
    /// None of what a disputed name is said to be was chosen, or so many.
    NoCandidate {
        dispute: Dispute,
        fitting: usize,
    },
    /// No earlier value of this number; there are so many.
    VersionMissing {
        name: SecretName,
        section: SectionId,
        number: usize,
        there: usize,
    },
}

type Result<T> = std::result::Result<T, ChangeError>;

/// Whether a secret may be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    Any,
    Absent,
    Present,
}

impl Sections {
    /// The section, or an error that knows its neighbours.
    pub fn existing(&self, id: &SectionId) -> Result<&Section> {
        self.get(id).ok_or_else(|| missing_section(id, self.iter().map(|(id, _)| id)))
    }

    pub(in crate::vault) fn existing_mut(&mut self, id: &SectionId) -> Result<&mut Section> {
        self.existing(id)?;
        Ok(self.get_mut(id).expect("it was just found"))
    }

    /// The section's own secret of that name, or an error that knows where else it is.
    pub fn secret(&self, id: &SectionId, name: &SecretName) -> Result<&Record> {
        self.existing(id)?.secrets.get(name).ok_or_else(|| self.missing_secret(id, name))
    }

    /// The sections that have a secret of that name.
    pub fn holders(&self, name: &SecretName) -> Vec<SectionId> {
        let has = |(id, section): (&SectionId, &Section)| section.secrets.holds(name).then(|| id.clone());
        self.iter().filter_map(has).collect()
    }

    /// The error for a secret that is not there, or is disputed.
    pub fn missing_secret(&self, id: &SectionId, name: &SecretName) -> ChangeError {
        if let Some(dispute) = self.dispute(id, name) {
            return ChangeError::Disputed(dispute);
        }
        let names = self.get(id).into_iter().flat_map(|section| section.secrets.iter().map(|(name, _)| name));
        ChangeError::SecretMissing {
            name: name.clone(),
            section: id.clone(),
            elsewhere: self.holders(name),
            is_entry: self.get(id).is_some_and(|section| section.env.get(name).is_some()),
            near: nearest(name.as_str(), names.map(|name| (name.as_str(), name))).cloned(),
        }
    }

    /// Sets a secret, if what is there already is as it should be.
    pub fn set(
        &mut self,
        id: &SectionId,
        name: &SecretName,
        value: Value,
        details: Details,
        when: Precondition,
        stamp: &Stamp,
    ) -> Result<Change> {
        self.check(id, name, when)?;
        Ok(self.existing_mut(id)?.secrets.set(name, value, details, stamp))
    }

    /// Whether a secret of that name may be set: an error says why not.
    pub fn check(&self, id: &SectionId, name: &SecretName, when: Precondition) -> Result<()> {
        let is_there = self.existing(id)?.secrets.get(name).is_some();
        self.undisputed(id, name)?;
        match when {
            Precondition::Present if !is_there => Err(self.missing_secret(id, name)),
            Precondition::Absent => self.free(id, name),
            _ if !is_there => self.free(id, name),
            _ => Ok(()),
        }
    }

    /// Deletes a secret. Unless forced, refuses while references need it.
    pub fn delete(&mut self, id: &SectionId, name: &SecretName, force: bool, stamp: &Stamp) -> Result<()> {
        self.secret(id, name)?;
        if !force {
            self.unused(id, name)?;
        }
        self.existing_mut(id)?.secrets.delete(name, None, stamp);
        Ok(())
    }

    /// Makes an earlier value the current one, of a secret or else of an entry, also of a deleted one.
    pub fn restore(&mut self, id: &SectionId, name: &SecretName, number: usize, stamp: &Stamp) -> Result<Change> {
        self.existing(id)?;
        self.undisputed(id, name)?;
        let missing = self.missing_version(id, name, number);
        self.existing_mut(id)?.records_mut(name).restore(name, number, stamp).ok_or(missing)
    }

    /// The error for an earlier value that is not there.
    pub fn missing_version(&self, id: &SectionId, name: &SecretName, number: usize) -> ChangeError {
        let held = self.get(id).map(|section| section.records(name));
        match held.filter(|held| held.knows(name)) {
            None => self.missing_secret(id, name),
            Some(held) => ChangeError::VersionMissing {
                name: name.clone(),
                section: id.clone(),
                number,
                there: held.earlier(name).iter().filter(|earlier| earlier.value.is_some()).count(),
            },
        }
    }

    /// Forgets the earlier values of one name, of a secret and of an entry alike, or of all in the section. Returns how
    /// many went.
    pub fn purge(&mut self, id: &SectionId, only: Option<&SecretName>) -> Result<usize> {
        let section = self.existing(id)?;
        if let Some(name) = only.filter(|name| !section.records(name).knows(name)) {
            return Err(self.missing_secret(id, name));
        }
        let section = self.existing_mut(id)?;
        Ok(section.secrets.purge(only) + section.env.purge(only))
    }

    /// Renames a secret, with its history. Refuses while references need the old name, unless they are
    /// to follow; returns how many did.
    pub fn rename(
        &mut self,
        id: &SectionId,
        old: &SecretName,
        new: &SecretName,
        follow: bool,
        stamp: &Stamp,
    ) -> Result<usize> {
        self.secret(id, old)?;
        if old == new {
            return Ok(0);
        }
        self.free(id, new)?;
        let by = self.users(id, old);
        let in_use = |by| ChangeError::InUse { name: old.clone(), section: id.clone(), by };
        if !by.is_empty() && !follow {
            return Err(in_use(by));
        }
        let mut after = self.clone();
        let secrets = &mut after.existing_mut(id)?.secrets;
        if let Some(moved) = secrets.take(old, format!("renamed to {new}"), stamp) {
            secrets.put(new, moved);
        }
        for (section, entry) in &by {
            after.existing_mut(section)?.env.refer(entry, new, stamp);
        }
        // An entry that found the old name in several sections cannot follow one of them.
        let torn = after.missing_since(self);
        if !torn.is_empty() {
            return Err(in_use(torn));
        }
        *self = after;
        Ok(by.len())
    }

    /// Moves a secret to another section, with its history. Refuses while references would go missing,
    /// unless those entries are to move along.
    pub fn shift(
        &mut self,
        from: &SectionId,
        name: &SecretName,
        to: &SectionId,
        follow: bool,
        stamp: &Stamp,
    ) -> Result<()> {
        self.secret(from, name)?;
        self.existing(to)?;
        if from == to {
            return Ok(());
        }
        self.free(to, name)?;
        let mut after = self.clone();
        if let Some(moved) = after.existing_mut(from)?.secrets.take(name, format!("moved to {to}"), stamp) {
            after.existing_mut(to)?.secrets.put(name, moved);
        }
        for (section, entry) in if follow { after.missing_since(self) } else { Vec::new() } {
            if after.free(to, &entry).is_ok()
                && let Some(moved) = after.existing_mut(&section)?.env.take(&entry, format!("moved to {to}"), stamp)
            {
                after.existing_mut(to)?.env.put(&entry, moved);
            }
        }
        let by = after.missing_since(self);
        if !by.is_empty() {
            return Err(ChangeError::InUse { name: name.clone(), section: from.clone(), by });
        }
        *self = after;
        Ok(())
    }

    /// Copies a secret to another section, with its history.
    pub fn copy(&mut self, from: &SectionId, name: &SecretName, to: &SectionId) -> Result<()> {
        self.secret(from, name)?;
        self.existing(to)?;
        self.free(to, name)?;
        if let Some(copy) = self.existing(from)?.secrets.copy(name) {
            self.existing_mut(to)?.secrets.put(name, copy);
        }
        Ok(())
    }

    /// An error if the name is taken in the section.
    fn free(&self, id: &SectionId, name: &SecretName) -> Result<()> {
        let section = self.existing(id)?;
        self.undisputed(id, name)?;
        if !section.holds(name) {
            return Ok(());
        }
        let by_entry = section.env.get(name).is_some();
        Err(ChangeError::NameTaken { name: name.clone(), section: id.clone(), by_entry })
    }

    /// An error if references need the secret.
    fn unused(&self, id: &SectionId, name: &SecretName) -> Result<()> {
        let by = self.users(id, name);
        if by.is_empty() {
            return Ok(());
        }
        Err(ChangeError::InUse { name: name.clone(), section: id.clone(), by })
    }
}

/// The error for a section that is not among those that are there.
pub fn missing_section<'a>(id: &SectionId, there: impl IntoIterator<Item = &'a SectionId>) -> ChangeError {
    let same = there.into_iter().filter(|there| there.kind() == id.kind());
    ChangeError::SectionMissing { section: id.clone(), there: same.filter_map(|id| id.id()).cloned().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::tests::{name, sections, stamp};
    use crate::vault::{SectionId, Timestamp};

    #[test]
    fn a_name_of_both_kinds_comes_back_as_what_it_was_last_and_is_purged_as_both() {
        let (team, level) = (SectionId::Team, name("LEVEL"));
        let at = |second: u8| {
            let at = Timestamp::parse(&format!("2026-11-21T10:00:{second:02}Z")).unwrap();
            Stamp { at, ..stamp() }
        };
        let value = |text: &str| Value::text(text.as_bytes().to_vec().into()).unwrap();
        let mut sections = sections(&["team: LEVEL=secret"]);
        let says = |sections: &Sections, secret: Option<&str>, entry: Option<&str>| {
            let section = sections.get(&SectionId::Team).unwrap();
            let of = |records: &crate::vault::Records| records.get(&level).map(|record| record.value.clone());
            assert_eq!((of(&section.secrets), of(&section.env)), (secret.map(value), entry.map(value)));
        };
        sections.delete(&team, &level, false, &at(1)).unwrap();
        sections.set_entry(&team, &level, value("info"), &at(2)).unwrap();
        sections.delete_entry(&team, &level, &at(3)).unwrap();
        sections.restore(&team, &level, 1, &at(4)).unwrap();
        says(&sections, None, Some("info"));
        sections.delete_entry(&team, &level, &at(5)).unwrap();
        sections.set(&team, &level, value("newer"), Details::default(), Precondition::Any, &at(6)).unwrap();
        sections.delete(&team, &level, false, &at(7)).unwrap();
        sections.restore(&team, &level, 1, &at(8)).unwrap();
        says(&sections, Some("newer"), None);
        // The secret's two, of which one is what stands there, and the entry's two.
        assert_eq!(sections.purge(&team, Some(&level)).unwrap(), 4);
    }
}
