//! The kernel's keyring (keyrings(7)). It keeps a key in memory, for all logins of the same user, and drops it when its
//! time is over.

use linux_keyutils::{Key, KeyError, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};
use zeroize::Zeroizing;

use super::{KeyringError, LIMIT};
use crate::vault::Age;

/// How messages name it.
pub const NAME: &str = "the kernel's keyring";

/// What is said where it is missing.
pub(super) const ABSENCE: &str = "this system has no keyring that may be used, as in many containers";

/// Returns whether this system has a keyring that may be used.
pub fn is_there() -> bool {
    ring().is_ok()
}

pub(super) fn keep(name: &str, text: &[u8], time: Age) -> Result<(), KeyringError> {
    let key = ring().and_then(|ring| ring.add_key(name, text)).map_err(explain)?;
    // By default only the login that adds a key possesses it and may read it. All logins of the user may.
    let user = Permission::VIEW | Permission::READ | Permission::WRITE | Permission::SEARCH | Permission::SETATTR;
    let permissions = KeyPermissionsBuilder::builder().posessor(Permission::ALL).user(user).build();
    let kept = key.set_perms(permissions).and_then(|()| key.set_timeout(time.seconds() as usize));
    kept.map_err(|error| {
        // Without a timeout it would stay for ever.
        let _ = key.invalidate();
        explain(error)
    })
}

/// Returns the text that is kept under a name.
pub fn get(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(vec![0; LIMIT]);
    let length = find(name)?.read(&mut *text).ok()?;
    text.truncate(length);
    Some(text)
}

/// Removes what is kept under a name. Returns whether there was anything.
pub fn forget(name: &str) -> Result<bool, KeyringError> {
    match find(name) {
        Some(key) => key.invalidate().map(|()| true).map_err(explain),
        None => Ok(false),
    }
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
        KeyError::AccessDenied | KeyError::PermissionDenied | KeyError::OperationNotSupported => KeyringError::NoPlace,
        KeyError::QuotaExceeded => KeyringError::Full,
        other => KeyringError::Refused { answer: format!("{other:?}") },
    }
}
