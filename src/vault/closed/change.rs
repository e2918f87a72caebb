//! Closing and opening sections, and changes to their members.

use std::fmt;
use std::sync::Arc;

use super::sealed::{Access, Closed, Inner, Within};
use crate::vault::change::ChangeError;
use crate::vault::contents::{FormerReader, Vault};
use crate::vault::endorser::Endorser;
use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::member::{Member, PublicKeys};
use crate::vault::membership::MemberError;
use crate::vault::name::{MemberName, VaultId};
use crate::vault::record::Stamp;
use crate::vault::section::{Section, SectionId, Sections};

/// Why a change to a closed section was refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosedError {
    Change(ChangeError),
    Member(MemberError),
    /// The team's own section cannot be closed.
    Team,
    /// The section is closed already.
    AlreadyClosed(SectionId),
    /// The section is not closed.
    NotClosed(SectionId),
    /// The writer may read the closed section, and not write it.
    Reader {
        section: SectionId,
        by: Vec<MemberName>,
    },
    /// This member of the vault is not one of the section.
    NotInside {
        section: SectionId,
        name: MemberName,
    },
}

impl fmt::Display for ClosedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClosedError::Change(error) => error.fmt(f),
            ClosedError::Member(error) => error.fmt(f),
            ClosedError::Team => f.write_str("the team's own section cannot be closed"),
            ClosedError::AlreadyClosed(section) => write!(f, "{section} is closed already"),
            ClosedError::NotClosed(section) => write!(f, "{section} is not closed"),
            ClosedError::Reader { section, .. } => write!(f, "this key may read {section}, and not write it"),
            ClosedError::NotInside { section, name } => write!(f, "{name} is not a member of {section}"),
        }
    }
}

impl std::error::Error for ClosedError {}

impl From<ChangeError> for ClosedError {
    fn from(error: ChangeError) -> ClosedError {
        ClosedError::Change(error)
    }
}

impl From<MemberError> for ClosedError {
    fn from(error: MemberError) -> ClosedError {
        ClosedError::Member(error)
    }
}

/// What a change of a member did in the closed sections that list this member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InSections {
    /// The sections where it was done too.
    pub done: Vec<SectionId>,
    /// The sections where others must do it, each with its members who write the vault.
    pub left: Vec<(SectionId, Vec<MemberName>)>,
}

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
        if *id == SectionId::Team {
            return Err(ClosedError::Team);
        }
        if self.sections.get(id).is_some_and(|section| section.closed.is_some()) {
            return Err(ClosedError::AlreadyClosed(id.clone()));
        }
        self.sections.existing(id)?;
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

    /// Lets a member of the vault into a closed section.
    ///
    /// # Errors
    /// If the member or the section is missing, the section is not closed or may not be written by this writer, or
    /// the member is in it, or was and is removed.
    pub fn add_to_section(&mut self, id: &SectionId, name: &MemberName, by: &Endorser<'_>) -> Result<(), ClosedError> {
        let keys = self.head.member(name)?.keys.clone();
        self.change_members(id, by, |inner, by| inner.add_member(name, keys, by))
    }

    /// Removes a member from a closed section, for good. It stays a member of the vault.
    ///
    /// # Errors
    /// As [`Vault::add_to_section`], and if the member is not in the section, or this writer may not remove it.
    pub fn remove_from_section(
        &mut self,
        id: &SectionId,
        name: &MemberName,
        by: &Endorser<'_>,
    ) -> Result<(), ClosedError> {
        let keys = self.head.member(name)?.keys.clone();
        self.check_inner_writer(id, by)?;
        let inside = self.sections.existing(id)?.inner().and_then(|inner| named(&inner.head, &keys));
        let Some(inside) = inside else {
            return Err(ClosedError::NotInside { section: id.clone(), name: name.clone() });
        };
        self.change_members(id, by, |inner, by| inner.remove_member(&inside, by))
    }

    /// Makes a change of a member in every closed section that lists these keys, as far as this writer may.
    pub fn in_sections(
        &mut self,
        keys: &PublicKeys,
        by: &Endorser<'_>,
        change: impl Fn(&mut Vault, &MemberName, &Endorser<'_>) -> Result<(), MemberError>,
    ) -> InSections {
        let mut outcome = InSections::default();
        let closed: Vec<SectionId> = self.head.closed.keys().cloned().collect();
        for id in closed {
            let Some(section) = self.sections.get(&id) else { continue };
            let Some(closed) = &section.closed else { continue };
            let inside = section.inner().and_then(|inner| named(&inner.head, keys));
            if inside.is_none() && !closed.members.contains(&keys.fingerprint()) {
                continue;
            }
            let members = closed.members.clone();
            let inside = inside.filter(|_| self.check_inner_writer(&id, by).is_ok());
            let changed = inside.map(|name| self.change_members(&id, by, |inner, by| change(inner, &name, by)));
            match changed {
                Some(Ok(())) => outcome.done.push(id),
                _ => outcome.left.push((id, self.head.writers_of(&members))),
            }
        }
        outcome
    }

    /// Refuses a writer of the vault who is not one of the section's inner vault.
    pub fn check_inner_writer(&self, id: &SectionId, by: &Endorser<'_>) -> Result<(), ClosedError> {
        let section = self.sections.existing(id)?;
        let closed = section.closed.as_ref().ok_or_else(|| ClosedError::NotClosed(id.clone()))?;
        let key = by.keys.key();
        let is_writer = |inner: &Inner| key.is_some_and(|key| inner.head.writer_with(key).is_some());
        match section.inner().is_some_and(is_writer) {
            true => Ok(()),
            false => Err(ClosedError::Reader { section: id.clone(), by: self.head.writers_of(&closed.members) }),
        }
    }

    /// Changes the members of an inner vault, in the name that this writer has there.
    fn change_members(
        &mut self,
        id: &SectionId,
        by: &Endorser<'_>,
        change: impl FnOnce(&mut Vault, &Endorser<'_>) -> Result<(), MemberError>,
    ) -> Result<(), ClosedError> {
        self.check_inner_writer(id, by)?;
        let changed = self.change_inner(id, |inner| {
            let own = by.keys.key().and_then(|key| inner.head.writer_with(key));
            let name = own.map_or_else(|| by.stamp.by.clone(), |(name, _)| name.clone());
            let stamp = Stamp { by: name, at: by.stamp.at };
            // A refused change may have begun.
            let before = inner.clone();
            change(inner, &Endorser { stamp: &stamp, keys: by.keys.clone(), ..*by }).inspect_err(|_| *inner = before)
        });
        Ok(changed.unwrap_or(Ok(()))?)
    }
}

impl Head {
    /// The writers of the vault among these keys: they may be able to let somebody into a closed section.
    pub fn writers_of(&self, prints: &[Fingerprint]) -> Vec<MemberName> {
        let is_one = |member: &Member| member.keys.writer.is_some() && prints.contains(&member.fingerprint());
        self.members.iter().filter(|(_, member)| is_one(member)).map(|(name, _)| name.clone()).collect()
    }
}

/// The name of the member with these keys.
fn named(head: &Head, keys: &PublicKeys) -> Option<MemberName> {
    let found = head.members.iter().find(|(_, member)| member.keys.recipient == keys.recipient);
    found.map(|(name, _)| name.clone())
}

/// Renames a section: its inner vault, if it has one, is then of the section with the new name.
pub(in crate::vault) fn rename(section: &mut Arc<Section>, new: &SectionId) {
    let Some(mut inner) = section.inner_vault() else { return };
    if let Some(within) = inner.head.within() {
        inner.head.set_within(&Within { section: new.clone(), ..within });
        Arc::make_mut(section).hold(inner);
    }
}
