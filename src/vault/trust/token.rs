//! Tokens: what one laptop trusts of a vault, for a machine without pins.

use std::collections::{BTreeMap, BTreeSet};

use super::closed::ClosedSeen;
use super::pins::Pins;
use crate::vault::clock::Clock;
use crate::vault::fingerprint::{Fingerprint, VaultFingerprint};
use crate::vault::key::WriterKey;
use crate::vault::label::Digest;
use crate::vault::member::Removed;
use crate::vault::name::VaultId;
use crate::vault::section::SectionId;

/// What one laptop trusts of a vault.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub id: VaultId,
    pub founder: WriterKey,
    /// The digests of the root steps that the laptop accepted.
    pub roots: BTreeSet<Digest>,
    pub removed: BTreeMap<Fingerprint, Removed>,
    /// The vault must have all of these writes.
    pub clock: Option<Clock>,
    /// The sections that are closed, as the laptop knows. Whether it opens them does not matter.
    pub sections: BTreeMap<SectionId, ClosedSeen>,
    /// The same of the inner vault of each closed section that the laptop opens.
    pub closed: Vec<Token>,
}

impl Token {
    /// The fingerprint of the vault.
    pub fn fingerprint(&self) -> VaultFingerprint {
        VaultFingerprint::of(&self.id, &self.founder)
    }
}

impl Pins {
    /// What these pins trust of their vault, for another machine. `clock` makes older vaults count as replaced.
    pub fn export(&self, id: VaultId, clock: Option<Clock>) -> Token {
        let Pins { founder, roots, removed, closed, .. } = self.clone();
        let sections = closed.into_iter().filter(|(_, seen)| seen.vault.is_some()).collect();
        Token { id, founder, roots, removed, clock, sections, closed: Vec::new() }
    }

    /// The pins of a machine that knows nothing but a token.
    pub fn of_token(token: &Token) -> Pins {
        let mut pins = Pins::new(token.founder);
        pins.learn(token);
        pins
    }

    /// Takes over what a token says.
    pub fn learn(&mut self, token: &Token) {
        self.roots.extend(&token.roots);
        for (print, removed) in &token.removed {
            self.removed.entry(print.clone()).or_insert_with(|| removed.clone());
        }
        for (section, seen) in &token.sections {
            self.closed.entry(section.clone()).or_insert_with(|| seen.clone());
        }
    }
}
