//! Why a vault is not accepted.

use std::fmt;

use crate::vault::member::Fingerprint;
use crate::vault::name::MemberName;
use crate::vault::time::Timestamp;

/// Why a vault is not accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Distrust {
    /// Its root is not the pinned one, or it has no root, or several.
    Root { found: Option<Fingerprint> },
    /// A trusted writer did not sign it.
    Writer { by: MemberName, key: Fingerprint },
    /// A writer signed it who was removed.
    Gone { by: MemberName },
    /// No trusted writer endorses these members.
    Unendorsed { names: Vec<MemberName> },
    /// These members were removed, and are back. `newer` is a branch of the same file with later writes.
    Back { names: Vec<MemberName>, newer: Option<String> },
    /// It lacks changes that were seen in this checkout: it is an older version.
    Behind(MissingChanges),
    /// It lacks changes that were seen in this checkout, and has others instead.
    Beside(MissingChanges),
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distrust::Root { found: Some(found) } => write!(f, "the vault has another root: {found}"),
            Distrust::Root { found: None } => f.write_str("the vault has no root"),
            Distrust::Writer { by, key } => write!(f, "{by} signed the vault with an untrusted key: {key}"),
            Distrust::Gone { by } => write!(f, "{by} signed the vault, but was removed"),
            Distrust::Unendorsed { names } => {
                f.write_str("no trusted writer endorses these members: ")?;
                list(f, names)
            }
            Distrust::Back { names, .. } => {
                f.write_str("these members were removed, and are back: ")?;
                list(f, names)
            }
            Distrust::Behind(missing) => write!(f, "the vault is an older version: {missing}"),
            Distrust::Beside(missing) => write!(f, "the vault has diverged: {missing}"),
        }
    }
}

impl std::error::Error for Distrust {}

fn list(f: &mut fmt::Formatter<'_>, names: &[MemberName]) -> fmt::Result {
    for (at, name) in names.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        write!(f, "{comma}{name}")?;
    }
    Ok(())
}

/// Changes that were seen before and are not in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct MissingChanges {
    /// How many.
    pub changes: u64,
    /// Who made the last of them, and when.
    pub by: MemberName,
    pub at: Timestamp,
}

impl fmt::Display for MissingChanges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MissingChanges { changes, by, at } = self;
        write!(f, "missing changes: {changes}, the last by {by} at {at}")
    }
}
