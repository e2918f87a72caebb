//! The kernel's keyring (keyrings(7)). It keeps an unlocked key in memory for a time, for all logins of the
//! same user, and then drops it.

use std::fmt;

use zeroize::Zeroizing;

pub use kernel::{forget, get, is_there};

/// The largest key file that can be kept, in bytes.
const LIMIT: usize = 16 * 1024;

/// Why a key was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringError {
    /// This system has no keyring, or forbids its use, as many containers do.
    NoPlace,
    Full,
    TooLarge {
        limit: usize,
    },
    /// Any other answer of the kernel.
    Refused {
        answer: String,
    },
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyringError::NoPlace => f.write_str("this system has no keyring that may be used, as in many containers"),
            KeyringError::Full => f.write_str("the kernel's keyring is full"),
            KeyringError::TooLarge { limit } => write!(f, "the key has more than {limit} bytes"),
            KeyringError::Refused { answer } => write!(f, "the kernel's keyring refuses it: {answer}"),
        }
    }
}

impl std::error::Error for KeyringError {}

/// Keeps the text of a key file, in the clear, for so many seconds.
pub fn keep(name: &str, text: &[u8], seconds: usize) -> Result<(), KeyringError> {
    if text.len() > LIMIT {
        return Err(KeyringError::TooLarge { limit: LIMIT });
    }
    kernel::keep(name, text, seconds)
}

#[cfg(target_os = "linux")]
mod kernel {
    use linux_keyutils::{Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};

    use super::*;

    /// Whether this system has a keyring that may be used.
    pub fn is_there() -> bool {
        ring().is_ok()
    }

    pub fn keep(name: &str, text: &[u8], seconds: usize) -> Result<(), KeyringError> {
        let key = ring().and_then(|ring| ring.add_key(name, text)).map_err(explain)?;
        // By default only the login that adds a key possesses it and may read it. All logins of the user may.
        let user = Permission::VIEW | Permission::READ | Permission::WRITE | Permission::SEARCH | Permission::SETATTR;
        let permissions = KeyPermissionsBuilder::builder().posessor(Permission::ALL).user(user).build();
        let kept = key.set_perms(permissions).and_then(|()| key.set_timeout(seconds));
        kept.map_err(|error| {
            // Without a timeout it would stay for ever.
            let _ = key.invalidate();
            explain(error)
        })
    }

    /// The text that is kept under a name.
    pub fn get(name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut text = Zeroizing::new(vec![0; LIMIT]);
        let length = find(name)?.read(&mut *text).ok()?;
        text.truncate(length);
        Some(text)
    }

    /// Removes what is kept under a name. Returns whether there was anything.
    pub fn forget(name: &str) -> bool {
        find(name).is_some_and(|key| key.invalidate().is_ok())
    }

    fn find(name: &str) -> Option<Key> {
        ring().ok()?.search(name).ok()
    }

    fn ring() -> Result<KeyRing, KeyError> {
        KeyRing::from_special_id(KeyRingIdentifier::User, true)
    }

    fn explain(error: KeyError) -> KeyringError {
        match error {
            // The answers of a container's seccomp filter and of a kernel without keyrings.
            KeyError::AccessDenied | KeyError::PermissionDenied | KeyError::OperationNotSupported => {
                KeyringError::NoPlace
            }
            KeyError::QuotaExceeded => KeyringError::Full,
            other => KeyringError::Refused { answer: format!("{other:?}") },
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    use super::*;

    pub fn is_there() -> bool {
        false
    }

    pub fn keep(_: &str, _: &[u8], _: usize) -> Result<(), KeyringError> {
        Err(KeyringError::NoPlace)
    }

    pub fn get(_: &str) -> Option<Zeroizing<Vec<u8>>> {
        None
    }

    pub fn forget(_: &str) -> bool {
        false
    }
}
