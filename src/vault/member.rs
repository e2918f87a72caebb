//! Members: who can read a vault, who can write it, and who endorsed them.
//!
//! Nothing is signed or verified here.

use std::collections::BTreeSet;

use super::fingerprint::Fingerprint;
use super::key::{Recipient, Signature, WriterKey};
use super::label::{Digest, labelled};
use super::name::{MemberName, VaultId};
use super::time::Timestamp;

/// A person or a machine that the vault is encrypted to.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub keys: PublicKeys,
    pub added: Timestamp,
    /// The member that made the endorsement.
    pub endorsed_by: Fingerprint,
    /// A signature of the bytes that [`endorsed`] makes.
    pub endorsement: Signature,
    /// Fields that this version does not know, kept as they are.
    pub extra: toml::Table,
}

/// The public keys of a member. A writer has a verifying key, a reader does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    pub recipient: Recipient,
    pub writer: Option<WriterHalf>,
}

/// What a writer has besides its recipient, copied from its card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterHalf {
    pub key: WriterKey,
    /// A signature by that key of the bytes that [`carded`] makes. It proves that one holder has both keys.
    pub card_signature: Signature,
}

impl PublicKeys {
    /// The keys of a reader.
    pub fn reader(recipient: Recipient) -> PublicKeys {
        PublicKeys { recipient, writer: None }
    }

    /// The key that verifies a writer's signatures.
    pub fn key(&self) -> Option<&WriterKey> {
        self.writer.as_ref().map(|writer| &writer.key)
    }

    /// The fingerprint that people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.recipient, self.key())
    }
}

impl Member {
    /// The key that verifies its signatures; none for a reader.
    pub fn key(&self) -> Option<&WriterKey> {
        self.keys.key()
    }

    pub fn recipient(&self) -> &Recipient {
        &self.keys.recipient
    }

    /// The fingerprint of its keys.
    pub fn fingerprint(&self) -> Fingerprint {
        self.keys.fingerprint()
    }

    /// Whether it endorses itself, as only the root does.
    pub fn is_root(&self) -> bool {
        self.keys.writer.is_some() && self.endorsed_by == self.fingerprint()
    }
}

/// A member that was removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    pub name: MemberName,
    pub recipient: Recipient,
    pub key: Option<WriterKey>,
    pub at: Timestamp,
    pub by: MemberName,
    /// The SHA-256 of the encrypted bytes of each closed section, as they were then. What this member signed later
    /// does not count.
    pub closed: BTreeSet<Digest>,
    /// Fields that this version does not know, kept as they are.
    pub extra: toml::Table,
}

impl Removed {
    /// The fingerprint of its keys, under which a vault lists it.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.recipient, self.key.as_ref())
    }

    /// Whether these keys have the removed recipient or the removed verifying key. Each alone is enough.
    pub fn bans(&self, keys: &PublicKeys) -> bool {
        self.recipient == keys.recipient || self.bans_key(keys.key())
    }

    /// Whether this is the removed verifying key.
    pub fn bans_key(&self, key: Option<&WriterKey>) -> bool {
        key.is_some() && self.key.as_ref() == key
    }
}

/// The bytes that an endorser signs.
///
/// They name the vault, the member, the role, the recipient and the key, so that nobody can reuse an
/// endorsement for another vault, member or role.
pub fn endorsed(vault: &VaultId, name: &MemberName, keys: &PublicKeys) -> Vec<u8> {
    let role: &[u8] = if keys.writer.is_some() { b"writer" } else { b"reader" };
    let key = keys.key().map_or(&[][..], |key| &key.0);
    labelled("endorsement", &[&vault.0, name.as_str().as_bytes(), role, keys.recipient.as_str().as_bytes(), key])
}

/// The bytes that a writer signs in its card.
pub fn carded(recipient: &Recipient, key: &WriterKey) -> Vec<u8> {
    labelled("card", &[recipient.as_str().as_bytes(), &key.0])
}
