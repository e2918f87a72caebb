//! What a merge returns.

use std::fmt;

use super::kept::Kept;
use crate::vault::contents::Vault;
use crate::vault::name::MemberName;
use crate::vault::section::SectionId;

/// The result of a merge.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeOutcome {
    /// The merged vault. Its clock counts what both sides count; its writer and date are still those of the
    /// first side.
    pub vault: Vault,
    /// Members that are left out, because the only one who endorsed them was removed on the other side.
    pub left_out: Vec<MemberName>,
    /// Names that one side deleted and the other changed. They stay.
    pub kept: Vec<Kept>,
    /// Whether it is one of the sides, since that contains every write of the other.
    pub is_side: bool,
}

/// Why two vaults cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergeError {
    /// They are not versions of one vault.
    Other,
    /// Their side lacks this many changes of the base.
    Behind { changes: u64 },
    /// The merged vault would have no writer.
    NoWriter,
    /// The writer who merges is not a member of the merged vault.
    LeavesOut { name: MemberName },
    /// The sides added two different members under this name.
    TwoMembers { name: MemberName },
    /// The sides closed or opened this section in different ways, or one changed it in the open. Only these can merge
    /// that: writers who read it on both sides.
    Closed { section: SectionId, by: Vec<MemberName> },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::Other => f.write_str("these are not two versions of one vault"),
            MergeError::Behind { changes } => {
                write!(f, "their version lacks changes of the common base: {changes}")
            }
            MergeError::LeavesOut { name } => write!(f, "{name} would not be a member of the merged vault"),
            MergeError::NoWriter => f.write_str("the merged vault would have no writer"),
            MergeError::Closed { section, .. } => write!(f, "only a member of closed {section} can merge it"),
            MergeError::TwoMembers { name } => write!(f, "the two versions have different members named {name}"),
        }
    }
}

impl std::error::Error for MergeError {}
