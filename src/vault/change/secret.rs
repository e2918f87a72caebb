//! Setting, deleting, restoring and purging secrets.

use super::{ChangeError, Precondition, Result};
use crate::vault::name::SecretName;
use crate::vault::record::{Change, Details, Stamp};
use crate::vault::section::{SectionId, Sections};
use crate::vault::value::Value;

impl Sections {
    /// Sets a secret.
    ///
    /// # Errors
    /// As [`Sections::check`].
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

    /// Checks whether a secret of that name could be set.
    ///
    /// # Errors
    /// If the section is missing, the name is disputed or an entry, or the precondition does not hold.
    pub fn check(&self, id: &SectionId, name: &SecretName, when: Precondition) -> Result<()> {
        let exists = self.existing(id)?.secrets.get(name).is_some();
        self.check_undisputed(id, name)?;
        match (when, exists) {
            (Precondition::Present, false) => Err(self.missing_secret(id, name)),
            (Precondition::Absent, _) | (Precondition::Any, false) => self.check_free(id, name),
            (Precondition::Any | Precondition::Present, true) => Ok(()),
        }
    }

    /// Deletes a secret.
    ///
    /// # Errors
    /// If it is missing or disputed; if it is in use, unless forced.
    pub fn delete(&mut self, id: &SectionId, name: &SecretName, force: bool, stamp: &Stamp) -> Result<()> {
        self.secret(id, name)?;
        let by = if force { Vec::new() } else { self.users(id, name) };
        if !by.is_empty() {
            return Err(ChangeError::InUse { name: name.clone(), section: id.clone(), by });
        }
        self.existing_mut(id)?.secrets.delete(name, None, stamp);
        Ok(())
    }

    /// Makes an earlier value of a secret or an entry the current one, also after a deletion.
    ///
    /// # Errors
    /// If the section or the version is missing, or the name is disputed.
    pub fn restore(&mut self, id: &SectionId, name: &SecretName, number: usize, stamp: &Stamp) -> Result<Change> {
        self.existing(id)?;
        self.check_undisputed(id, name)?;
        let missing = self.missing_version(id, name, number);
        self.existing_mut(id)?.records_mut(name).restore(name, number, stamp).ok_or(missing)
    }

    /// Makes the error for an earlier value that does not exist.
    pub fn missing_version(&self, id: &SectionId, name: &SecretName, number: usize) -> ChangeError {
        let records = self.get(id).map(|section| section.records(name));
        let Some(records) = records.filter(|records| records.knows(name)) else {
            return self.missing_secret(id, name);
        };
        let there = records.earlier(name).iter().filter(|earlier| earlier.value.is_some()).count();
        ChangeError::VersionMissing { name: name.clone(), section: id.clone(), number, there }
    }

    /// Erases the earlier values of one name, secret and entry alike, or of all names in the section, and
    /// returns how many there were.
    ///
    /// # Errors
    /// If the section or the name is missing.
    pub fn purge(&mut self, id: &SectionId, only: Option<&SecretName>) -> Result<usize> {
        let section = self.existing(id)?;
        if let Some(name) = only.filter(|name| !section.records(name).knows(name)) {
            return Err(self.missing_secret(id, name));
        }
        let section = self.existing_mut(id)?;
        Ok(section.secrets.purge(only) + section.env.purge(only))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::record::Records;
    use crate::vault::tests::{name, sections, stamp};
    use crate::vault::time::Timestamp;

    #[test]
    fn restores_a_name_as_the_kind_that_it_last_was_and_purges_both_kinds() {
        let (team, level) = (SectionId::Team, name("LEVEL"));
        let at = |second: u8| {
            let at = Timestamp::parse(&format!("2026-11-21T10:00:{second:02}Z")).unwrap();
            Stamp { at, ..stamp() }
        };
        let value = |text: &str| Value::text(text.as_bytes().to_vec().into()).unwrap();
        let mut sections = sections(&["team: LEVEL=secret"]);
        let check = |sections: &Sections, secret: Option<&str>, entry: Option<&str>| {
            let section = sections.get(&SectionId::Team).unwrap();
            let current = |records: &Records| records.get(&level).map(|record| record.value.clone());
            assert_eq!((current(&section.secrets), current(&section.env)), (secret.map(value), entry.map(value)));
        };

        sections.delete(&team, &level, false, &at(1)).unwrap();
        sections.set_entry(&team, &level, value("info"), &at(2)).unwrap();
        sections.delete_entry(&team, &level, &at(3)).unwrap();
        sections.restore(&team, &level, 1, &at(4)).unwrap();
        check(&sections, None, Some("info"));

        sections.delete_entry(&team, &level, &at(5)).unwrap();
        sections.set(&team, &level, value("newer"), Details::default(), Precondition::Any, &at(6)).unwrap();
        sections.delete(&team, &level, false, &at(7)).unwrap();
        sections.restore(&team, &level, 1, &at(8)).unwrap();
        check(&sections, Some("newer"), None);

        // Two earlier values of the secret (one of them equal to the current value), and two of the entry.
        assert_eq!(sections.purge(&team, Some(&level)).unwrap(), 4);
    }
}
