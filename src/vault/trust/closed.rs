//! What a laptop has seen of closed sections.

use crate::vault::clock::Clock;
use crate::vault::fingerprint::VaultFingerprint;
use crate::vault::section::SectionId;

/// What a laptop knows of a section that is closed, or was.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedSeen {
    /// The fingerprint of the inner vault; none if the section was opened or deleted, as this laptop accepts.
    pub vault: Option<VaultFingerprint>,
    /// The writes of the version in which that was seen first. Versions that lack some of them are from before.
    pub clock: Clock,
}

/// What is in the place of a closed section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InItsPlace {
    /// It is open or gone. What the vault holds is not read, to tell which.
    NotClosed,
    /// It has another id.
    Renamed { now: SectionId },
    /// Another inner vault.
    Other { found: VaultFingerprint },
}
