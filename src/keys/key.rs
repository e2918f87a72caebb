//! Keys that open vaults: age identities, and ssh keys.

use age::ssh;
use zeroize::Zeroizing;

use super::hardware::HardwareKey;
use super::identity::{Identity, IdentityError};
use crate::vault::{Recipient, Timestamp};

/// A private key that opens vaults.
pub enum Key {
    /// Opens and signs.
    Age(Identity),
    /// Opens only, so its owner is a reader.
    Ssh(SshKey),
    /// A key in hardware without a signing key, which opens only.
    Hardware(HardwareKey),
}

/// An ssh-ed25519 private key in OpenSSH's format.
pub struct SshKey {
    identity: ssh::Identity,
    recipient: Recipient,
}

/// A private key that age can open a file with.
pub trait AgeIdentity {
    fn as_age(&self) -> &dyn age::Identity;

    /// The key in hardware that opens, if it is in hardware. Such keys are tried last: a person may have to touch them.
    fn hardware(&self) -> Option<&HardwareKey>;
}

impl Key {
    /// The identity that signs, if this key can.
    pub fn signer(&self) -> Option<&Identity> {
        match self {
            Key::Age(identity) => Some(identity),
            Key::Ssh(_) | Key::Hardware(_) => None,
        }
    }

    /// The key file of this key alone. None for an ssh key, which etui does not write.
    pub fn print(&self, created: Timestamp) -> Option<Zeroizing<String>> {
        match self {
            Key::Age(identity) => Some(identity.print(created)),
            Key::Ssh(_) => None,
            Key::Hardware(key) => Some(Zeroizing::new(key.print())),
        }
    }

    /// The public half, which files are encrypted to. None if the key file does not say what it is.
    pub fn recipient(&self) -> Option<Recipient> {
        match self {
            Key::Age(identity) => Some(identity.recipient()),
            Key::Ssh(key) => Some(key.recipient.clone()),
            Key::Hardware(key) => key.recipient.clone(),
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

    fn hardware(&self) -> Option<&HardwareKey> {
        Identity::hardware(self)
    }
}

impl AgeIdentity for Key {
    fn as_age(&self) -> &dyn age::Identity {
        match self {
            Key::Age(identity) => identity,
            Key::Ssh(key) => &key.identity,
            Key::Hardware(key) => key,
        }
    }

    fn hardware(&self) -> Option<&HardwareKey> {
        match self {
            Key::Age(identity) => identity.hardware(),
            Key::Ssh(_) => None,
            Key::Hardware(key) => Some(key),
        }
    }
}
