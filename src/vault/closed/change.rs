//! Closing and opening sections.

use std::sync::Arc;

use super::error::ClosedError;
use super::sealed::{Access, Closed, Within};
use crate::vault::change::ChangeError;
use crate::vault::contents::{FormerReader, Vault};
use crate::vault::endorser::Endorser;
use crate::vault::membership::MemberError;
use crate::vault::name::{MemberName, VaultId};
use crate::vault::section::{Section, SectionId, Sections};

impl Vault {
    /// Closes a section to all but these members and the writer who closes it. Everything in it moves into an inner
    /// vault with this id. What the others could read until now is recorded there.
    ///
    /// # Errors
    /// If the section or a member is missing, or the section is closed already.
    pub fn close_section(
        &mut self,
        id: &SectionId,
        vault: VaultId,
        names: &[MemberName],
        by: &Endorser<'_>,
    ) -> Result<(), ClosedError> {
        self.check_closing(id, names)?;
        let mut inner = Vault::found(self.head.team.clone(), vault, by);
        inner.head.set_within(&Within { vault: self.head.id, section: id.clone() });
        for name in names.iter().filter(|name| **name != by.stamp.by) {
            if !inner.head.members.contains_key(name) {
                inner.add_member(name, self.head.member(name)?.keys.clone(), by)?;
            }
        }

        let section = self.sections.existing_mut(id)?;
        let (env, secrets) = (std::mem::take(&mut section.env), std::mem::take(&mut section.secrets));
        let team = Section { env, secrets, ..Section::default() };
        inner.sections = Sections([(SectionId::Team, team.into())].into());
        let hashes = inner.hashes(inner.head.hash_key);
        if !hashes.is_empty() {
            inner.read.insert(FormerReader::Closing, hashes);
        }
        let print =
            inner.head.fingerprint().ok_or(MemberError::Missing { name: by.stamp.by.clone(), there: vec![] })?;
        section.closed = Some(Box::new(Closed {
            vault: print.clone(),
            members: Vec::new(),
            updated: by.stamp.at,
            by: by.stamp.by.clone(),
            sealed: Vec::new(),
            access: Access::Untried,
        }));
        section.hold(inner);
        self.head.closed.insert(id.clone(), print);
        self.drop_hashes();
        Ok(())
    }

    /// Refuses to close a section that cannot be closed, or for somebody who is no member.
    ///
    /// # Errors
    /// As [`Vault::close_section`].
    pub fn check_closing(&self, id: &SectionId, names: &[MemberName]) -> Result<(), ClosedError> {
        if *id == SectionId::Team {
            return Err(ClosedError::Team);
        }
        if self.sections.get(id).is_some_and(|section| section.closed.is_some()) {
            return Err(ClosedError::AlreadyClosed(id.clone()));
        }
        self.sections.existing(id)?;
        for name in names {
            self.head.member(name)?;
        }
        Ok(())
    }

    /// Opens a closed section: everything in it moves back into the vault, where every member reads it.
    ///
    /// # Errors
    /// If the section is missing, is not closed, or may not be written by this writer.
    pub fn open_section(&mut self, id: &SectionId, by: &Endorser<'_>) -> Result<(), ClosedError> {
        self.check_inner_writer(id, by)?;
        let section = self.sections.existing_mut(id)?;
        let closed = section.closed.take();
        let Some(Closed { access: Access::Open(inner), .. }) = closed.map(|closed| *closed) else {
            return Err(ClosedError::NotClosed(id.clone()));
        };
        self.head.closed.remove(id);

        let (old, new) = (inner.head.hash_key, self.head.hash_key);
        let values = self.sections.existing(id)?;
        let values = values.env.values().chain(values.secrets.values());
        let renewed = values.map(|(_, value)| (old.hash(value), new.hash(value))).collect();
        for (reader, hashes) in inner.read_outside(&renewed, &self.head) {
            self.read.entry(reader).or_default().extend(hashes);
        }
        Ok(())
    }

    /// Puts a closed section back, as an older version of the vault had it. Whatever is closed in its place is dropped. The
    /// history of what was open there, or is deleted, goes into the section.
    ///
    /// # Errors
    /// If an open section of this id holds something.
    pub fn put_back(&mut self, id: &SectionId, mut section: Section) -> Result<(), ChangeError> {
        let Some(print) = section.closed.as_ref().map(|closed| closed.vault.clone()) else { return Ok(()) };
        if let Some(present) = self.sections.0.remove(id).filter(|present| present.closed.is_none()) {
            if !present.is_empty() {
                let (secrets, entries) = (present.secrets.len(), present.env.len());
                self.sections.0.insert(id.clone(), present);
                return Err(ChangeError::SectionNotEmpty { section: id.clone(), secrets, entries, is_closed: false });
            }
            let present = Arc::unwrap_or_clone(present);
            if !present.known().is_empty() {
                section.closed.iter_mut().for_each(|closed| closed.sealed.clear());
                section.env.absorb(present.env);
                section.secrets.absorb(present.secrets);
            }
        }
        self.head.closed.insert(id.clone(), print);
        self.sections.0.insert(id.clone(), Arc::new(section));
        Ok(())
    }
}

/// Renames a section: its inner vault, if it has one, is then of the section with the new name.
pub(in crate::vault) fn rename(section: &mut Arc<Section>, new: &SectionId) {
    let Some(mut inner) = section.inner_vault() else { return };
    if let Some(within) = inner.head.within() {
        inner.head.set_within(&Within { section: new.clone(), ..within });
        let section = Arc::make_mut(section);
        section.hold(inner);
        section.closed.iter_mut().for_each(|closed| closed.sealed.clear());
    }
}
