//! Why a change to a closed section was refused.

use std::fmt;

use crate::vault::change::ChangeError;
use crate::vault::membership::MemberError;
use crate::vault::name::MemberName;
use crate::vault::section::SectionId;

/// Why a change to a closed section was refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosedError {
    Change(ChangeError),
    /// A member of the vault.
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
    /// This member of the vault is one of the section already.
    Inside {
        section: SectionId,
        name: MemberName,
    },
    /// This key was removed from the section, where it cannot come back.
    Barred {
        section: SectionId,
        name: MemberName,
    },
    /// A member of the section may not be changed by this writer.
    Within {
        section: SectionId,
        error: MemberError,
        /// The writers who may.
        by: Vec<MemberName>,
    },
    /// The section lists a key that was removed from the vault, and this writer may not remove it there: it is the
    /// writer's own earlier key, or the writer is a member of the section through it.
    Outsider {
        section: SectionId,
        name: MemberName,
        is_own: bool,
        /// The writers who may.
        by: Vec<MemberName>,
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
            ClosedError::Inside { section, name } => write!(f, "{name} is a member of {section} already"),
            ClosedError::Barred { section, name } => write!(f, "{name} was removed from {section} with this key"),
            ClosedError::Within { section, error, .. } => write!(f, "in {section}: {error}"),
            ClosedError::Outsider { section, name, .. } => {
                write!(f, "{section} lists {name}, whom the vault removed and this writer may not remove")
            }
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
