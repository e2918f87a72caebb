//! Setting and deleting env entries.

use super::{ChangeError, Result};
use crate::vault::name::SecretName;
use crate::vault::near::nearest;
use crate::vault::record::{Change, Details, Record, Stamp};
use crate::vault::reference::Entry;
use crate::vault::section::{SectionId, Sections};
use crate::vault::value::Value;

impl Sections {
    /// Gets the section's own entry of that name.
    ///
    /// # Errors
    /// If the section or the entry is missing, or the name is disputed.
    pub fn entry(&self, id: &SectionId, name: &SecretName) -> Result<&Record> {
        let section = self.existing(id)?;
        self.check_undisputed(id, name)?;
        section.env.get(name).ok_or_else(|| ChangeError::EntryMissing {
            name: name.clone(),
            section: id.clone(),
            is_secret: section.secrets.get(name).is_some(),
            near: nearest(name.as_str(), section.env.iter().map(|(name, _)| (name.as_str(), name))).cloned(),
        })
    }

    /// Sets an entry.
    ///
    /// # Errors
    /// If the section is missing, the name is disputed, or a secret of the section has it.
    pub fn set_entry(&mut self, id: &SectionId, name: &SecretName, value: Value, stamp: &Stamp) -> Result<Change> {
        let section = self.existing(id)?;
        self.check_undisputed(id, name)?;
        if section.secrets.get(name).is_some() {
            return Err(ChangeError::NameTaken { name: name.clone(), section: id.clone(), by_entry: false });
        }
        Ok(self.existing_mut(id)?.env.set(name, value, Details::default(), stamp))
    }

    /// Turns a secret into an entry of the same name, with the same plain value. Its history goes along.
    ///
    /// # Errors
    /// If the secret is missing or disputed, or in use: a reference cannot name an entry.
    pub fn turn_into_entry(&mut self, id: &SectionId, name: &SecretName, stamp: &Stamp) -> Result<()> {
        self.secret(id, name)?;
        let mut after = self.clone();
        let section = after.existing_mut(id)?;
        if let Some(moved) = section.secrets.take(name, "turned into an env entry".to_owned(), stamp) {
            section.env.put(name, moved.map_values(Entry::plain));
        }

        let by = after.missing_since(self);
        if !by.is_empty() {
            return Err(ChangeError::InUse { name: name.clone(), section: id.clone(), by });
        }
        *self = after;
        Ok(())
    }

    /// Deletes an entry. Nothing can refer to one.
    ///
    /// # Errors
    /// As [`Sections::entry`].
    pub fn delete_entry(&mut self, id: &SectionId, name: &SecretName, stamp: &Stamp) -> Result<()> {
        self.entry(id, name)?;
        self.existing_mut(id)?.env.delete(name, None, stamp);
        Ok(())
    }
}
