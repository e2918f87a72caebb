//! Keys that open vaults: age identities, and ssh keys.

use age::ssh;

use super::identity::{Identity, IdentityError};
use crate::vault::Recipient;

/// A private key that opens vaults.
pub enum Key {
    /// Opens and signs.
    Age(Identity),
    /// Opens only, so its owner is a reader.
    Ssh(SshKey),
}

/// An ssh-ed25519 private key in OpenSSH's format.
pub struct SshKey {
    identity: ssh::Identity,
    recipient: Recipient,
}

/// A private key that age can open a file with.
pub trait AgeIdentity {
    fn as_age(&self) -> &dyn age::Identity;
}

impl Key {
    /// The identity that signs, if this key can.
    pub fn signer(&self) -> Option<&Identity> {
        match self {
            Key::Age(identity) => Some(identity),
            Key::Ssh(_) => None,
        }
    }

    /// The public half, which files are encrypted to.
    pub fn recipient(&self) -> Recipient {
        match self {
            Key::Age(identity) => identity.recipient(),
            Key::Ssh(key) => key.recipient.clone(),
        }
    }
}

impl SshKey {
    pub(super) fn new(identity: ssh::Identity) -> Result<SshKey, IdentityError> {
        match ssh::Recipient::try_from(identity.clone()) {
            Ok(recipient @ ssh::Recipient::SshEd25519(..)) => {
                Ok(SshKey { identity, recipient: Recipient::new(&recipient.to_string()) })
            }
            _ => Err(IdentityError::Ssh),
        }
    }
}

impl AgeIdentity for Identity {
    fn as_age(&self) -> &dyn age::Identity {
        self
    }
}

impl AgeIdentity for Key {
    fn as_age(&self) -> &dyn age::Identity {
        match self {
            Key::Age(identity) => identity,
            Key::Ssh(key) => &key.identity,
        }
    }
}
