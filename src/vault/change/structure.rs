//! Creating, deleting and renaming sections.

use std::sync::Arc;

use super::{ChangeError, Result};
use crate::vault::closed;
use crate::vault::contents::Vault;
use crate::vault::name::{Id, SecretName};
use crate::vault::record::Stamp;
use crate::vault::section::{Kind, Section};

impl Vault {
    /// Creates a section. If one of that name was deleted, its history is back.
    ///
    /// # Errors
    /// If the section exists.
    pub fn create_section(&mut self, kind: Kind, id: &Id, stamp: &Stamp) -> Result<()> {
        let id = kind.with(id.clone());
        if self.sections.get(&id).is_some() {
            return Err(ChangeError::SectionExists(id));
        }
        let section = self.sections.0.entry(id).or_default();
        Arc::make_mut(section).created = Some(stamp.at);
        Ok(())
    }

    /// Deletes a section. Forced, it deletes what the section holds too; all of that stays in the history.
    ///
    /// # Errors
    /// If the section is missing; if it is not empty, unless forced; if it is closed to the key at hand, unless forced
    /// and closed to every writer of the vault.
    pub fn delete_section(&mut self, kind: Kind, id: &Id, force: bool, stamp: &Stamp) -> Result<()> {
        let id = kind.with(id.clone());
        // Nobody is left who could open it first.
        if force && self.sections.get(&id).is_some_and(|section| section.is_locked() && section.is_lost(&self.head)) {
            self.head.closed.remove(&id);
            self.sections.0.remove(&id);
            return Ok(());
        }
        let section = self.sections.existing_mut(&id)?;
        let (secrets, entries) = (section.secrets.len(), section.env.len());
        if secrets + entries > 0 && !force {
            let is_closed = section.closed.is_some();
            return Err(ChangeError::SectionNotEmpty { section: id, secrets, entries, is_closed });
        }

        for records in [&mut section.env, &mut section.secrets] {
            let names: Vec<SecretName> = records.names().cloned().collect();
            for name in &names {
                records.delete(name, Some(format!("{id} was deleted")), stamp);
            }
        }

        // What is in an inner vault stays there, and nobody but its members has it.
        if section.closed.is_some() {
            self.head.closed.remove(&id);
            self.sections.0.remove(&id);
            return Ok(());
        }
        let history = Section { created: None, extra: toml::Table::new(), ..std::mem::take(section) };
        self.sections.0.remove(&id);
        if history != Section::default() {
            self.sections.0.insert(id, Arc::new(history));
        }
        Ok(())
    }

    /// Renames a section, with its history.
    ///
    /// # Errors
    /// If the section is missing, or the new name is taken.
    pub fn rename_section(&mut self, kind: Kind, old: &Id, new: &Id) -> Result<()> {
        let (old, new) = (kind.with(old.clone()), kind.with(new.clone()));
        self.sections.existing(&old)?;
        if old == new {
            return Ok(());
        }
        if self.sections.get(&new).is_some() {
            return Err(ChangeError::SectionExists(new));
        }

        let mut section = self.sections.0.remove(&old).expect("the section was just found");
        closed::rename(&mut section, &new);
        if let Some(print) = self.head.closed.remove(&old) {
            self.head.closed.insert(new.clone(), print);
        }
        let mut section = Arc::unwrap_or_clone(section);
        if let Some(deleted) = self.sections.0.remove(&new).map(Arc::unwrap_or_clone) {
            section.env.absorb(deleted.env);
            section.secrets.absorb(deleted.secrets);
        }
        self.sections.0.insert(new, Arc::new(section));
        Ok(())
    }
}
