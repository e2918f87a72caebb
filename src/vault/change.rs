//! Changes to secrets, env entries and sections. One that would break something is refused.
//!
//! Changes to members are in `membership`.

mod entry;
mod relocate;
mod secret;
mod settle;
mod structure;

use std::fmt;

use super::dispute::Dispute;
use super::name::{Id, MemberName, SecretName};
use super::near::nearest;
use super::record::Record;
use super::section::{Section, SectionId, Sections};

/// Why a change was refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeError {
    /// There is no such section.
    SectionMissing {
        section: SectionId,
        /// The existing ids of the same kind.
        there: Vec<Id>,
    },
    SectionExists(SectionId),
    /// The section is closed, and the key at hand does not open it. These members can let somebody in.
    Locked {
        section: SectionId,
        by: Vec<MemberName>,
    },
    /// The section still holds this many secrets and entries.
    SectionNotEmpty {
        section: SectionId,
        secrets: usize,
        entries: usize,
        /// Whether it is closed: what it holds then does not stay in the history.
        is_closed: bool,
    },
    /// The section has no such secret.
    SecretMissing {
        name: SecretName,
        section: SectionId,
        /// The sections that do have one of this name.
        elsewhere: Vec<SectionId>,
        /// Whether this section has an entry of this name.
        is_entry: bool,
        near: Option<SecretName>,
    },
    /// The section has no such entry.
    EntryMissing {
        name: SecretName,
        section: SectionId,
        /// Whether this section has a secret of this name.
        is_secret: bool,
        near: Option<SecretName>,
    },
    /// A secret or an entry already has the name.
    NameTaken {
        name: SecretName,
        section: SectionId,
        by_entry: bool,
    },
    /// References would go missing.
    InUse {
        name: SecretName,
        section: SectionId,
        /// The entries that hold these references.
        by: Vec<(SectionId, SecretName)>,
    },
    /// The name must be settled first.
    Disputed(Dispute),
    NotDisputed {
        name: SecretName,
        section: SectionId,
    },
    /// The choice fits no candidate of a dispute, or several.
    NoCandidate {
        dispute: Dispute,
        fitting: usize,
    },
    /// There is no earlier value with this number.
    VersionMissing {
        name: SecretName,
        section: SectionId,
        number: usize,
        /// How many earlier values there are.
        there: usize,
    },
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangeError::SectionMissing { section, .. } => write!(f, "there is no section {section}"),
            ChangeError::SectionExists(section) => write!(f, "section {section} already exists"),
            ChangeError::Locked { section, .. } => write!(f, "{section} is closed, and this key does not open it"),
            ChangeError::SectionNotEmpty { section, secrets, entries, .. } => {
                write!(f, "section {section} is not empty: secrets: {secrets}, entries: {entries}")
            }
            ChangeError::SecretMissing { name, section, .. } => write!(f, "{name} is not set in {section}"),
            ChangeError::EntryMissing { name, section, .. } => write!(f, "{section} has no env entry {name}"),
            ChangeError::NameTaken { name, section, by_entry } => {
                let kind = if *by_entry { "an env entry" } else { "a secret" };
                write!(f, "{section} already has {kind} {name}")
            }
            ChangeError::InUse { name, section, by } => {
                write!(f, "{name} in {section} is in use by ")?;
                for (at, (section, entry)) in by.iter().enumerate() {
                    let comma = if at > 0 { ", " } else { "" };
                    write!(f, "{comma}{entry} in {section}")?;
                }
                Ok(())
            }
            ChangeError::Disputed(dispute) => write!(f, "{} in {} is disputed", dispute.name, dispute.section),
            ChangeError::NotDisputed { name, section } => write!(f, "{name} in {section} is not disputed"),
            ChangeError::NoCandidate { dispute, fitting } => {
                let (name, section) = (&dispute.name, &dispute.section);
                write!(f, "the choice fits {fitting} candidates for {name} in {section}; it must fit one")
            }
            ChangeError::VersionMissing { name, section, number, there } => {
                write!(f, "{name} in {section} has no earlier value {number}; it has {there}")
            }
        }
    }
}

impl std::error::Error for ChangeError {}

type Result<T> = std::result::Result<T, ChangeError>;

/// What a change expects of a secret before it sets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    Any,
    Absent,
    Present,
}

impl Sections {
    /// Gets a section that must exist.
    ///
    /// # Errors
    /// [`ChangeError::SectionMissing`], with the sections that exist; [`ChangeError::Locked`].
    pub fn existing(&self, id: &SectionId) -> Result<&Section> {
        let section = self.get(id).ok_or_else(|| missing_section(id, self.iter().map(|(id, _)| id)))?;
        match section.is_locked() {
            true => Err(section.locked(id)),
            false => Ok(section),
        }
    }

    pub(in crate::vault) fn existing_mut(&mut self, id: &SectionId) -> Result<&mut Section> {
        self.existing(id)?;
        Ok(self.get_mut(id).expect("the section was just found"))
    }

    /// Gets the section's own secret of that name.
    ///
    /// # Errors
    /// [`ChangeError::SectionMissing`], or as [`Sections::missing_secret`].
    pub fn secret(&self, id: &SectionId, name: &SecretName) -> Result<&Record> {
        self.existing(id)?.secrets.get(name).ok_or_else(|| self.missing_secret(id, name))
    }

    /// The sections that have a secret of that name.
    pub fn holders(&self, name: &SecretName) -> Vec<SectionId> {
        let holders = self.iter().filter(|(_, section)| section.secrets.holds(name));
        holders.map(|(id, _)| id.clone()).collect()
    }

    /// Makes the error for a secret that the section does not have, or that is disputed there.
    pub fn missing_secret(&self, id: &SectionId, name: &SecretName) -> ChangeError {
        if let Some(dispute) = self.dispute(id, name) {
            return ChangeError::Disputed(dispute);
        }
        let section = self.get(id);
        let names = section.into_iter().flat_map(|section| section.secrets.iter().map(|(name, _)| name));
        ChangeError::SecretMissing {
            name: name.clone(),
            section: id.clone(),
            elsewhere: self.holders(name),
            is_entry: section.is_some_and(|section| section.env.get(name).is_some()),
            near: nearest(name.as_str(), names.map(|name| (name.as_str(), name))).cloned(),
        }
    }

    /// Refuses a disputed name.
    fn check_undisputed(&self, id: &SectionId, name: &SecretName) -> Result<()> {
        match self.dispute(id, name) {
            Some(dispute) => Err(ChangeError::Disputed(dispute)),
            None => Ok(()),
        }
    }

    /// Refuses a name that the section already has.
    fn check_free(&self, id: &SectionId, name: &SecretName) -> Result<()> {
        let section = self.existing(id)?;
        self.check_undisputed(id, name)?;
        if !section.holds(name) {
            return Ok(());
        }
        let by_entry = section.env.get(name).is_some();
        Err(ChangeError::NameTaken { name: name.clone(), section: id.clone(), by_entry })
    }
}

/// Makes the error for a section that is not among the existing ones.
pub fn missing_section<'a>(id: &SectionId, there: impl IntoIterator<Item = &'a SectionId>) -> ChangeError {
    let same_kind = there.into_iter().filter(|there| there.kind() == id.kind());
    ChangeError::SectionMissing { section: id.clone(), there: same_kind.filter_map(|id| id.id()).cloned().collect() }
}
