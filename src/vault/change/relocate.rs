//! Renaming, moving and copying secrets. Their history goes along, except out of a closed section.

use std::collections::BTreeSet;

use super::{ChangeError, Result};
use crate::vault::contents::FormerReader;
use crate::vault::name::SecretName;
use crate::vault::record::Stamp;
use crate::vault::section::{SectionId, Sections};

impl Sections {
    /// Renames a secret. With `follow`, the entries that refer to it are changed too; returns how many were.
    ///
    /// # Errors
    /// If the secret is missing, the new name is taken, or a reference would go missing.
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
        self.check_free(id, new)?;

        let users = self.users(id, old);
        let in_use = |by| ChangeError::InUse { name: old.clone(), section: id.clone(), by };
        if !users.is_empty() && !follow {
            return Err(in_use(users));
        }

        let mut after = self.clone();
        let secrets = &mut after.existing_mut(id)?.secrets;
        if let Some(moved) = secrets.take(old, format!("renamed to {new}"), stamp) {
            secrets.put(new, moved);
        }
        for (section, entry) in &users {
            after.existing_mut(section)?.env.retarget(entry, new, stamp);
        }

        // An entry that found secrets of the old name in several sections cannot follow just one of them.
        let broken = after.missing_since(self);
        if !broken.is_empty() {
            return Err(in_use(broken));
        }
        *self = after;
        Ok(users.len())
    }

    /// Moves a secret to another section. Its earlier values stay in a closed section, for nobody asked to show them to
    /// others. With `follow`, the entries whose references would go missing move
    /// along.
    ///
    /// # Errors
    /// If the secret or a section is missing, the name is taken there, or a reference would still go missing.
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
        self.check_free(to, name)?;

        let mut after = self.clone();
        let note = || format!("moved to {to}");
        let moved = match after.existing(from)?.closed.is_some() {
            true => after.existing_mut(from)?.secrets.take_current(name, note(), stamp),
            false => after.existing_mut(from)?.secrets.take(name, note(), stamp),
        };
        if let Some(moved) = moved {
            after.existing_mut(to)?.secrets.put(name, moved);
        }

        let users = if follow { after.missing_since(self) } else { Vec::new() };
        for (section, entry) in users {
            if after.check_free(to, &entry).is_ok()
                && let Some(moved) = after.existing_mut(&section)?.env.take(&entry, note(), stamp)
            {
                after.existing_mut(to)?.env.put(&entry, moved);
            }
        }

        let by = after.missing_since(self);
        if !by.is_empty() {
            return Err(ChangeError::InUse { name: name.clone(), section: from.clone(), by });
        }
        after.was_read_in(from, name, to);
        *self = after;
        Ok(())
    }

    /// Copies a secret to another section, with its earlier values unless the section is closed.
    ///
    /// # Errors
    /// If the secret or a section is missing, or the name is taken there.
    pub fn copy(&mut self, from: &SectionId, name: &SecretName, to: &SectionId) -> Result<()> {
        self.secret(from, name)?;
        self.existing(to)?;
        self.check_free(to, name)?;
        let source = self.existing(from)?;
        let copy =
            source.secrets.copy(name).map(|copy| if source.closed.is_some() { copy.without_history() } else { copy });
        if let Some(copy) = copy {
            self.existing_mut(to)?.secrets.put(name, copy);
        }
        self.was_read_in(from, name, to);
        Ok(())
    }

    /// Records that every member of the vault could read what came from an open section into a closed one.
    fn was_read_in(&mut self, from: &SectionId, name: &SecretName, to: &SectionId) {
        if self.get(from).is_some_and(|section| section.closed.is_none())
            && let Some(section) = self.get_mut(to)
            && let Some(inner) = section.inner()
        {
            let key = inner.head.hash_key;
            let values = section.secrets.values().filter(|(of, _)| *of == name);
            let hashes: BTreeSet<String> = values.map(|(_, value)| key.hash(value)).collect();
            section.add_readers(FormerReader::Closing, hashes);
        }
    }
}
