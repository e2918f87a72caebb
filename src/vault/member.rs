//! Members: who can read a vault, who can write it, and who vouches for them.

use std::collections::BTreeSet;
use std::fmt;

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::VaultId;
use super::name::MemberName;
use super::time::Timestamp;

/// Somebody, or a machine, that the vault is encrypted to.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub recipient: Recipient,
    /// Verifies what a writer signs; a reader has none.
    pub key: Option<WriterKey>,
    pub added: Timestamp,
    pub endorsed_by: Fingerprint,
    pub endorsement: Signature,
    /// Keys that this version does not know, kept as they are.
    pub extra: toml::Table,
}

impl Member {
    /// The fingerprint of a writer's key, or of a reader's recipient.
    pub fn fingerprint(&self) -> Fingerprint {
        match &self.key {
            Some(key) => key.fingerprint(),
            None => self.recipient.fingerprint(),
        }
    }
}

impl Member {
    /// By what it is known as removed: its key and its recipient.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        let key = self.key.map(|key| key.fingerprint());
        key.into_iter().chain([self.recipient.fingerprint()]).collect()
    }
}

/// Somebody who was removed, for good.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    pub name: MemberName,
    pub recipient: Recipient,
    pub key: Option<WriterKey>,
    pub at: Timestamp,
    pub by: MemberName,
    /// Keyed hashes of the values that could be read, base64.
    pub read: BTreeSet<String>,
    /// Keys that this version does not know, kept as they are.
    pub extra: toml::Table,
}

impl Removed {
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        let key = self.key.map(|key| key.fingerprint());
        key.into_iter().chain([self.recipient.fingerprint()]).collect()
    }
}

/// An age recipient, as text: `age1…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient(Box<str>);

impl Recipient {
    /// Takes the text of a recipient, which `keys` has checked or will check before it encrypts.
    pub fn new(text: &str) -> Recipient {
        Recipient(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.0.as_bytes())
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An Ed25519 verifying key (RFC 8032): 32 bytes, base64 in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriterKey(pub [u8; 32]);

impl WriterKey {
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }
}

/// An Ed25519 signature (RFC 8032): 64 bytes, base64 in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

macro_rules! base64_text {
    ($type:ident) => {
        impl $type {
            pub fn parse(text: &str) -> Option<Self> {
                BASE64_STANDARD.decode(text).ok()?.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&BASE64_STANDARD.encode(self.0))
            }
        }
    };
}

base64_text!(WriterKey);
base64_text!(Signature);

/// A SHA-256, in the form that ssh uses: `SHA256:` and unpadded base64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(Box<str>);

impl Fingerprint {
    pub(in crate::vault) fn of(bytes: &[u8]) -> Fingerprint {
        Fingerprint(format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(bytes))).into())
    }

    pub fn parse(text: &str) -> Option<Fingerprint> {
        let digest = BASE64_STANDARD_NO_PAD.decode(text.strip_prefix("SHA256:")?).ok()?;
        (digest.len() == 32).then(|| Fingerprint(text.into()))
    }

    /// The vault's own: SHA-256 over its id and its root's key.
    pub fn of_vault(id: &VaultId, root: &WriterKey) -> Fingerprint {
        Fingerprint::of(&[&id.0[..], &root.0[..]].concat())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What the adder of a member signs: the vault, the name, the role, the recipient and the key, so that
/// no endorsement can be carried to another vault, person or role.
pub fn endorsed(vault: &VaultId, name: &MemberName, recipient: &Recipient, key: Option<&WriterKey>) -> Vec<u8> {
    let role: &[u8] = if key.is_some() { b"writer" } else { b"reader" };
    let key = key.map_or(&[][..], |key| &key.0);
    let mut signed = b"etui endorsement v1\n".to_vec();
    for part in [&vault.0[..], name.as_str().as_bytes(), role, recipient.as_str().as_bytes(), key] {
        signed.extend((part.len() as u64).to_be_bytes());
        signed.extend(part);
    }
    signed
}
