//! Members: who can read a vault, who can write it, and who endorsed them.
//!
//! The types of their keys, signatures and fingerprints are here too. Nothing is signed or verified here.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::malformed::Malformed;
use super::name::{MemberName, VaultId};
use super::time::Timestamp;

/// A person or a machine that the vault is encrypted to.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub recipient: Recipient,
    /// The key that verifies a writer's signatures; a reader has none.
    pub key: Option<WriterKey>,
    pub added: Timestamp,
    /// The key of the writer that made the endorsement.
    pub endorsed_by: Fingerprint,
    /// A signature of the bytes that [`endorsed`] makes.
    pub endorsement: Signature,
    /// Fields that this version does not know, kept as they are.
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

    /// The fingerprints of the key, if any, and of the recipient. A removal bans both.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        fingerprints(self.key.as_ref(), &self.recipient)
    }
}

/// A member that was removed, for good.
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    pub name: MemberName,
    pub recipient: Recipient,
    pub key: Option<WriterKey>,
    pub at: Timestamp,
    pub by: MemberName,
    /// Keyed hashes of the values that this member could read, in base64.
    pub read: BTreeSet<String>,
    /// Fields that this version does not know, kept as they are.
    pub extra: toml::Table,
}

impl Removed {
    /// The fingerprints of the key, if any, and of the recipient. Neither may be a member again.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        fingerprints(self.key.as_ref(), &self.recipient)
    }
}

fn fingerprints(key: Option<&WriterKey>, recipient: &Recipient) -> Vec<Fingerprint> {
    let key = key.map(WriterKey::fingerprint);
    key.into_iter().chain([recipient.fingerprint()]).collect()
}

/// An age recipient, as text: `age1…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient(Box<str>);

impl Recipient {
    /// Takes any text. `keys` checks that it is a recipient, at the latest before it encrypts.
    pub fn new(text: &str) -> Recipient {
        Recipient(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The fingerprint of its text.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.0.as_bytes())
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An Ed25519 verifying key (RFC 8032): 32 bytes, printed as base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriterKey(pub [u8; 32]);

impl WriterKey {
    /// The fingerprint of its 32 bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }
}

/// An Ed25519 signature (RFC 8032): 64 bytes, printed as base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

macro_rules! base64_text {
    ($type:ident, $expected:literal) => {
        impl $type {
            /// Parses the printed form, as [`FromStr`] does.
            pub fn parse(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }

        impl FromStr for $type {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                let bytes = BASE64_STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
                bytes.map(Self).ok_or(Malformed { expected: $expected })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&BASE64_STANDARD.encode(self.0))
            }
        }
    };
}

base64_text!(WriterKey, "a verifying key (32 bytes in base64)");
base64_text!(Signature, "a signature (64 bytes in base64)");

/// A SHA-256 digest in the form that OpenSSH prints: `SHA256:` and base64 without padding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(Box<str>);

impl Fingerprint {
    fn of(bytes: &[u8]) -> Fingerprint {
        let digest = BASE64_STANDARD_NO_PAD.encode(Sha256::digest(bytes));
        Fingerprint(format!("SHA256:{digest}").into())
    }

    /// Parses the printed form, as [`FromStr`] does.
    pub fn parse(text: &str) -> Option<Fingerprint> {
        text.parse().ok()
    }

    /// A vault's fingerprint: over its id and the key of its root.
    pub fn of_vault(id: &VaultId, root: &WriterKey) -> Fingerprint {
        Fingerprint::of(&[&id.0[..], &root.0[..]].concat())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Fingerprint {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Fingerprint, Malformed> {
        let digest = text.strip_prefix("SHA256:").and_then(|digest| BASE64_STANDARD_NO_PAD.decode(digest).ok());
        match digest {
            Some(digest) if digest.len() == 32 => Ok(Fingerprint(text.into())),
            _ => Err(Malformed { expected: "a fingerprint (`SHA256:` and 43 characters of base64)" }),
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The bytes that an endorser signs.
///
/// They name the vault, the member, the role, the recipient and the key, so that nobody can reuse an
/// endorsement for another vault, member or role. Each part follows its length, so that no two lists of parts
/// make the same bytes.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_keys_signatures_and_fingerprints_from_their_printed_form_only() {
        let (key, signature) = (WriterKey([7; 32]), Signature([9; 64]));
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(signature.to_string().parse(), Ok(signature));
        assert_eq!(key.fingerprint().to_string().parse(), Ok(key.fingerprint()));

        for bad in ["", "AAAA", "hunter2!", &signature.to_string(), &format!("{key} ")] {
            let error = bad.parse::<WriterKey>().unwrap_err();
            assert_eq!(error.to_string(), "not a verifying key (32 bytes in base64)", "{bad}");
        }
        assert_eq!(Signature::parse(&key.to_string()), None);

        let print = key.fingerprint().to_string();
        for bad in ["", "SHA256:", &print[7..], &format!("{print}="), &print.replace("SHA256", "sha256")] {
            let error = bad.parse::<Fingerprint>().unwrap_err();
            assert_eq!(error.to_string(), "not a fingerprint (`SHA256:` and 43 characters of base64)", "{bad}");
        }
    }
}
