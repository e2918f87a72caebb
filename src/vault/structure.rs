//! Sections come and go.

use std::sync::Arc;

use super::Vault;
use super::change::ChangeError;
use super::name::{Id, SecretName};
use super::record::Stamp;
use super::section::{Kind, Section};

type Result<T> = std::result::Result<T, ChangeError>;

impl Vault {
    /// Makes a section. What an earlier one of that name left in its history is there again.
    pub fn create_section(&mut self, kind: Kind, id: &Id, stamp: &Stamp) -> Result<()> {
        let section = kind.with(id.clone());
        if self.sections.get(&section).is_some() {
            return Err(ChangeError::SectionExists(section));
        }
        Arc::make_mut(self.sections.0.entry(section).or_default()).created = Some(stamp.at);
        Ok(())
    }

    /// Deletes a section; what it holds only if forced, and then it stays in the history.
    pub fn delete_section(&mut self, kind: Kind, id: &Id, force: bool, stamp: &Stamp) -> Result<()> {
        let id = kind.with(id.clone());
        let section = self.sections.existing_mut(&id)?;
        let (secrets, entries) = (section.secrets.len(), section.env.len());
        if secrets + entries > 0 && !force {
            return Err(ChangeError::SectionNotEmpty { section: id, secrets, entries });
        }
        for records in [&mut section.env, &mut section.secrets] {
            let names = records.iter().map(|(name, _)| name).chain(records.disputed().map(|(name, _)| name));
            let names: Vec<SecretName> = names.cloned().collect();
            for name in &names {
                records.delete(name, Some(format!("{id} was deleted")), stamp);
            }
        }
        let left = Section { created: None, extra: toml::Table::new(), ..std::mem::take(section) };
        self.sections.0.remove(&id);
        if left != Section::default() {
            self.sections.0.insert(id, Arc::new(left));
        }
        Ok(())
    }

    /// Renames a section, with all it holds and held.
    pub fn rename_section(&mut self, kind: Kind, old: &Id, new: &Id) -> Result<()> {
        let (old, new) = (kind.with(old.clone()), kind.with(new.clone()));
        self.sections.existing(&old)?;
        if old == new {
            return Ok(());
        }
        if self.sections.get(&new).is_some() {
            return Err(ChangeError::SectionExists(new));
        }
        let mut section = Arc::unwrap_or_clone(self.sections.0.remove(&old).expect("it was just found"));
        if let Some(left) = self.sections.0.remove(&new).map(Arc::unwrap_or_clone) {
            section.env.absorb(left.env);
            section.secrets.absorb(left.secrets);
        }
        self.sections.0.insert(new, Arc::new(section));
        Ok(())
    }
}
