//! The larger errors, each with its kinds.

use crate::keys::Purpose;
use crate::vault::{Distrust, Fingerprint, MemberName, ResolveError, SectionId, TeamName};

/// An environment that cannot be told.
#[derive(Debug)]
pub struct Unresolved {
    pub error: ResolveError,
    /// Where a file refers to what is missing, and what does: `deploy.yaml:3: API_KEY`.
    pub by: Option<String>,
    pub team: TeamName,
    /// The context, in words.
    pub place: String,
    /// The strongest section of the context.
    pub section: SectionId,
    /// The sections that have the secret that is missing.
    pub elsewhere: Vec<SectionId>,
}

/// What is wrong with a vault's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    NotAge,
    Sealing,
    NotText,
    Trailer,
    Signature {
        by: MemberName,
    },
    SignedByReader {
        by: MemberName,
    },
    Text {
        line: Option<usize>,
    },
    /// It is the other of the two things that are signed.
    Other {
        found: Purpose,
    },
    /// A sealed environment of another machine.
    OtherMachine,
}

/// Why a vault is not the one that this laptop knows.
#[derive(Debug, Clone, PartialEq)]
pub enum Strange {
    /// Another vault belongs to this path, or to this team.
    Vault {
        team: TeamName,
        found: Option<Fingerprint>,
        /// The other one, and where else it was seen.
        known: Option<Fingerprint>,
        at: Option<String>,
    },
    /// `ETUI_TRUST` demands another.
    Demanded {
        demanded: Fingerprint,
        found: Option<Fingerprint>,
    },
    Distrust(Distrust),
}
