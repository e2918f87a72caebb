//! The kernel's keyring of this user (keyrings(7)): keeps an unlocked key for a time, in memory, for every
//! login of the same user, and forgets it by itself.

use zeroize::Zeroizing;

/// Why nothing can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringError {
    /// This system has no such place, or lets nobody use it, as in many containers.
    NoPlace,
    /// It is full, or what else it says.
    Refused(String),
}

/// The largest key file that is kept, in bytes.
const LARGEST: usize = 16 * 1024;

#[cfg(target_os = "linux")]
mod kernel {
    use linux_keyutils::{Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};

    use super::*;

    fn explain(error: KeyError) -> KeyringError {
        match error {
            // What seccomp answers, in a container, and a kernel without keyrings.
            KeyError::AccessDenied | KeyError::PermissionDenied | KeyError::OperationNotSupported => {
                KeyringError::NoPlace
            }
            KeyError::QuotaExceeded => KeyringError::Refused("it is full".into()),
            other => KeyringError::Refused(format!("{other:?}")),
        }
    }

    fn ring() -> Result<KeyRing, KeyError> {
        KeyRing::from_special_id(KeyRingIdentifier::User, true)
    }

    fn find(name: &str) -> Option<Key> {
        ring().ok()?.search(name).ok()
    }

    /// Whether there is such a place, and it may be used.
    pub fn is_there() -> bool {
        ring().is_ok()
    }

    /// Keeps a text under a name for so many seconds.
    pub fn keep(name: &str, text: &[u8], seconds: usize) -> Result<(), KeyringError> {
        let key = ring().and_then(|ring| ring.add_key(name, text)).map_err(explain)?;
        // Another login of this user possesses nothing of this one: what the user may do must be said.
        let all = Permission::VIEW | Permission::READ | Permission::WRITE | Permission::SEARCH | Permission::SETATTR;
        let permissions = KeyPermissionsBuilder::builder().posessor(Permission::ALL).user(all).build();
        let kept = key.set_perms(permissions).and_then(|()| key.set_timeout(seconds));
        kept.map_err(|error| {
            // Without its time it must not stay.
            let _ = key.invalidate();
            explain(error)
        })
    }

    /// What is kept under a name.
    pub fn get(name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let mut text = Zeroizing::new(vec![0; LARGEST]);
        let length = find(name)?.read(&mut *text).ok()?;
        text.truncate(length);
        Some(text)
    }

    /// Forgets what is kept under a name; whether there was anything.
    pub fn forget(name: &str) -> bool {
        find(name).is_some_and(|key| key.invalidate().is_ok())
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

/// Keeps a key file's text, in the clear, for so many seconds.
///
/// # Errors
/// If this system has no place for it.
pub fn keep(name: &str, text: &[u8], seconds: usize) -> Result<(), KeyringError> {
    if text.len() > LARGEST {
        return Err(KeyringError::Refused(format!("the key has more than {LARGEST} bytes")));
    }
    kernel::keep(name, text, seconds)
}

pub use kernel::{forget, get, is_there};
