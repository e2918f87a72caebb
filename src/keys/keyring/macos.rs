//! The Keychain: generic passwords in the user's default keychain, which is the login keychain.
//!
//! It is a file that the login password encrypts, never synchronised, and readable while it is unlocked. The newer data
//! protection keychain needs an entitlement, and so a program that Apple's tools signed (Apple, TN3137). Only the very
//! program that made an item reads it without a question: a new version of etui may delete it, and asks for the passphrase.
//! Items have no time limit, so each holds its own ([`limited`]).

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use security_framework::base::Error;
use security_framework::item::{ItemClass, ItemSearchOptions};
use security_framework::os::macos::keychain::{KeychainUserInteractionLock, SecKeychain};
use zeroize::Zeroizing;

use super::{KeyringError, limited};
use crate::vault::Age;

/// How messages name it.
pub const NAME: &str = "the Keychain";

/// What is said where it cannot be used.
pub(super) const ABSENCE: &str =
    "the Keychain is missing or locked, as in most ssh sessions; `security unlock-keychain` unlocks it";

const SERVICE: &str = "etui";

// SecBase.h
const NOT_AVAILABLE: i32 = -25291;
const NO_SUCH_KEYCHAIN: i32 = -25294;
const ITEM_NOT_FOUND: i32 = -25300;
const NO_DEFAULT_KEYCHAIN: i32 = -25307;
const INTERACTION_NOT_ALLOWED: i32 = -25308;

/// Returns whether there is a keychain, and it is unlocked.
pub fn is_there() -> bool {
    // Without a password, `unlock` asks for it if the keychain is locked. That is forbidden, so it fails.
    open().and_then(|mut keychain| keychain.unlock(None)).is_ok()
}

pub(super) fn keep(name: &str, text: &[u8], time: Age) -> Result<(), KeyringError> {
    let item = limited::print(text, now().saturating_add(time.seconds()));
    let keychain = open().map_err(explain)?;
    // One that another version made may be deleted without a question, but not changed.
    delete(&keychain, name).map_err(explain)?;
    keychain.add_generic_password(SERVICE, name, &item).map_err(explain)
}

/// Returns the text that is kept under a name. Removes it if its time is over.
pub fn get(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut keychain = open().ok()?;
    let text = match keychain.find_generic_password(SERVICE, name) {
        Ok((item, _)) => limited::parse(&item, now()).map(|text| Zeroizing::new(text.to_vec())),
        // Another version made it, so nobody here learns when its time is over.
        Err(error) if error.code() != ITEM_NOT_FOUND && keychain.unlock(None).is_ok() => None,
        Err(_) => return None,
    };
    if text.is_none() {
        let _ = delete(&keychain, name);
    }
    text
}

/// Removes what is kept under a name. Returns whether there was anything.
pub fn forget(name: &str) -> Result<bool, KeyringError> {
    match open().and_then(|keychain| delete(&keychain, name)) {
        Err(error) if is_absent(error) => Ok(false),
        deleted => deleted.map_err(explain),
    }
}

/// Deletes an item, if it is there.
fn delete(keychain: &SecKeychain, name: &str) -> Result<bool, Error> {
    let mut item = ItemSearchOptions::new();
    item.keychains(std::slice::from_ref(keychain)).class(ItemClass::generic_password());
    match item.service(SERVICE).account(name).delete() {
        Ok(()) => Ok(true),
        Err(error) if error.code() == ITEM_NOT_FOUND => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens the default keychain. From then on macOS shows no dialog for this process, which could wait for an answer on a
/// screen that nobody sees, but fails instead.
fn open() -> Result<SecKeychain, Error> {
    static QUIET: OnceLock<KeychainUserInteractionLock> = OnceLock::new();
    if QUIET.get().is_none() {
        let _ = QUIET.set(SecKeychain::disable_user_interaction()?);
    }
    SecKeychain::default()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn is_absent(error: Error) -> bool {
    [NO_SUCH_KEYCHAIN, NO_DEFAULT_KEYCHAIN, NOT_AVAILABLE].contains(&error.code())
}

fn explain(error: Error) -> KeyringError {
    match error.code() {
        INTERACTION_NOT_ALLOWED => KeyringError::NoPlace,
        _ if is_absent(error) => KeyringError::NoPlace,
        _ => KeyringError::Refused { answer: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "needs an unlocked default keychain"]
    fn keeps_a_key_until_its_time_is_over_or_it_is_forgotten() {
        let name = format!("etui:test:{}", std::process::id());
        let time = |text: &str| text.parse::<Age>().unwrap();
        assert!(is_there());
        assert_eq!((get(&name), forget(&name)), (None, Ok(false)));

        keep(&name, b"one", time("1h")).unwrap();
        keep(&name, b"two", time("1h")).unwrap();
        assert_eq!(get(&name).unwrap().as_slice(), b"two");
        assert_eq!((forget(&name), get(&name)), (Ok(true), None));

        let over = limited::print(b"three", now() - 1);
        open().unwrap().add_generic_password(SERVICE, &name, &over).unwrap();
        assert_eq!((get(&name), forget(&name)), (None, Ok(false)));
    }
}
