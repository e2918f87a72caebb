//! What is read of a vault: all of it, or what one purpose needs.

use std::collections::{BTreeMap, BTreeSet};

use super::fingerprint::Fingerprint;
use super::head::Head;
use super::section::{SectionId, Sections};

/// Keyed hashes of what each removed member could read, by the member's fingerprint.
pub type ReadHashes = BTreeMap<Fingerprint, BTreeSet<String>>;

/// A team's whole vault. Only a whole vault can be changed and written again.
#[derive(Debug, Clone, PartialEq)]
pub struct Vault {
    pub head: Head,
    pub sections: Sections,
    pub read: ReadHashes,
}

/// A part of a vault: its head, and the sections that were asked for.
#[derive(Debug, Clone)]
pub struct View {
    pub head: Head,
    /// Those of the requested sections that exist.
    pub sections: Sections,
    /// The ids of all sections, also of those that were not read.
    pub all: Vec<SectionId>,
}
