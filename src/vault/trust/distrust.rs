//! Why a vault is not accepted.

use std::fmt;

use super::closed::InItsPlace;
use crate::vault::fingerprint::VaultFingerprint;
use crate::vault::name::MemberName;
use crate::vault::section::SectionId;
use crate::vault::time::Timestamp;

/// Why a vault is not accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Distrust {
    /// It was founded by another key than the pinned one.
    Founder { found: VaultFingerprint },
    /// No member endorses itself, or several do.
    NoRoot,
    /// Its root steps do not lead from the founder to the root.
    BadStep,
    /// It has a new root by the word of this member, whom the laptop knows to be removed.
    StepByRemoved { name: MemberName },
    /// Nobody in it endorses these members.
    Unendorsed { names: Vec<MemberName> },
    /// The key and the recipient of this member do not belong together.
    Card { name: MemberName },
    /// The recipient or the key of this member belongs to another member too.
    Twice { name: MemberName },
    /// It lists these members as removed, and has them as members.
    Back { names: Vec<MemberName> },
    /// This laptop knows that its signer, or one through whom the signer is endorsed, was removed.
    SignedByRemoved { signer: MemberName, removed: MemberName },
    /// It lacks changes that were seen in a related checkout: it is an older version.
    Behind(MissingChanges),
    /// It lacks changes that were seen in a related checkout, and has others instead.
    Beside(MissingChanges),
    /// This section was closed, as this inner vault, and is not now.
    Unclosed { section: SectionId, known: VaultFingerprint, place: InItsPlace },
    /// It lacks this many changes that the token in `ETUI_TRUST` demands.
    BehindToken { changes: u64 },
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Distrust::Founder { found } => write!(f, "another member founded the vault: {found}"),
            Distrust::NoRoot => f.write_str("the vault does not have exactly one root"),
            Distrust::BadStep => f.write_str("the vault does not prove how its root got there"),
            Distrust::StepByRemoved { name } => write!(f, "the root changed by the word of {name}, who was removed"),
            Distrust::Unendorsed { names } => {
                f.write_str("no member endorses these members: ")?;
                list(f, names)
            }
            Distrust::Card { name } => write!(f, "the key and the recipient of {name} do not belong together"),
            Distrust::Twice { name } => write!(f, "another member has the key or the recipient of {name}"),
            Distrust::Back { names } => {
                f.write_str("these members were removed, and are back: ")?;
                list(f, names)
            }
            Distrust::SignedByRemoved { signer, removed } if signer == removed => {
                write!(f, "{signer} signed the vault, but was removed")
            }
            Distrust::SignedByRemoved { signer, removed } => {
                write!(f, "{signer} signed the vault, endorsed through {removed}, who was removed")
            }
            Distrust::Behind(missing) => write!(f, "the vault is an older version: {missing}"),
            Distrust::Beside(missing) => write!(f, "the vault has diverged: {missing}"),
            Distrust::Unclosed { section, place: InItsPlace::NotClosed, .. } => {
                write!(f, "{section} was closed, and is open or gone")
            }
            Distrust::Unclosed { section, place: InItsPlace::Renamed { now }, .. } => {
                write!(f, "closed {section} has become {now}")
            }
            Distrust::Unclosed { section, place: InItsPlace::Other { found }, .. } => {
                write!(f, "another vault is in the place of closed {section}: {found}")
            }
            Distrust::BehindToken { changes } => write!(f, "the vault lacks changes of the token: {changes}"),
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
