//! The head of a vault: everything in it that belongs to no section.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::clock::Clock;
use super::member::{Fingerprint, Member, Removed, WriterKey};
use super::name::{MemberName, TeamName, VaultId};
use super::time::Timestamp;
use super::value::Value;

/// A vault's identity, its members, and who wrote it last.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    pub team: TeamName,
    pub id: VaultId,
    pub written_by: MemberName,
    pub written_at: Timestamp,
    pub clock: Clock,
    pub members: BTreeMap<MemberName, Member>,
    /// Removed members, by the fingerprint of their key or, for readers, of their recipient.
    pub removed: BTreeMap<Fingerprint, Removed>,
    /// Fields that this version does not know, kept as they are.
    pub extra: toml::Table,
}

impl Head {
    /// The key of the root: the writer that endorses itself, at first the founder.
    pub fn root(&self) -> Option<&WriterKey> {
        let is_root = |member: &&Member| member.key.is_some_and(|key| key.fingerprint() == member.endorsed_by);
        self.members.values().find(is_root)?.key.as_ref()
    }

    /// The vault's fingerprint, over its id and its root.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of_vault(&self.id, self.root()?))
    }

    /// Hashes a value with the vault's id as the key: 72 bits, in base64. Whoever does not have the vault
    /// learns nothing from it.
    pub(in crate::vault) fn hash(&self, value: &Value) -> String {
        self.keyed_hash(b"etui read v1\n", &[value.expose()])
    }

    /// Hashes a value together with the path of the one file in which it is allowed to appear. Anybody may be
    /// able to read where this hash is kept.
    pub fn hash_in(&self, path: &[u8], value: &Value) -> String {
        let length = (path.len() as u64).to_le_bytes();
        self.keyed_hash(b"etui found v1\n", &[&length, path, value.expose()])
    }

    fn keyed_hash(&self, label: &[u8], parts: &[&[u8]]) -> String {
        // The hasher buffers the end of the value. On the heap it is wiped; on the stack it would not be.
        let mut hasher = Box::new(Sha256::new());
        hasher.update(label);
        hasher.update(self.id.0);
        parts.iter().for_each(|part| hasher.update(part));
        BASE64_STANDARD_NO_PAD.encode(&hasher.finalize_reset()[..9])
    }
}
