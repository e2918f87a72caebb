//! What is read of a vault: all of it, or what one purpose needs.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use super::fingerprint::Fingerprint;
use super::head::Head;
use super::malformed::Malformed;
use super::section::{SectionId, Sections};

/// Keyed hashes of what could be read by those who may no longer read it.
pub type ReadHashes = BTreeMap<FormerReader, BTreeSet<String>>;

/// Somebody who could read values, and can read no newer ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormerReader {
    /// Every member of the vault around a closed section, before it was closed.
    Closing,
    /// A removed member, by the fingerprint of its keys.
    Removed(Fingerprint),
}

const CLOSING: &str = "closing";

impl FormerReader {
    /// Its text: `closing`, or the fingerprint.
    pub fn as_str(&self) -> &str {
        match self {
            FormerReader::Closing => CLOSING,
            FormerReader::Removed(print) => print.as_str(),
        }
    }

    /// The fingerprint of a removed member.
    pub fn removed(&self) -> Option<&Fingerprint> {
        match self {
            FormerReader::Closing => None,
            FormerReader::Removed(print) => Some(print),
        }
    }
}

impl FromStr for FormerReader {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<FormerReader, Malformed> {
        match text {
            CLOSING => Ok(FormerReader::Closing),
            print => print.parse().map(FormerReader::Removed),
        }
    }
}

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
