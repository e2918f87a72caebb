//! Key files: age identities or an ssh key, in the clear or behind a passphrase.

use std::fmt;
use std::io::Write as _;
use std::iter;

use age::secrecy::SecretString;
use age::{DecryptError, scrypt, ssh};
use zeroize::Zeroizing;

use super::identity::IdentityError;
use super::key::{Key, SshKey};
use super::key_list::{KeyList, SealedKeys, plain};
use super::plugin::Plugins;
use super::small::open_small;

/// The work that a passphrase costs (scrypt's log N), as `age -p` sets it: about a second, and 256 MiB.
const WORK: u8 = 18;

/// The most work that is accepted. A file that asks for more is not etui's and would take minutes.
const MOST_WORK: u8 = 20;

/// The contents of a key file.
pub enum KeyFile {
    Open(KeyList),
    Locked(LockedKey),
}

/// Keys behind a passphrase.
pub enum LockedKey {
    /// An age file that holds identities.
    Age(Vec<u8>),
    Ssh(Box<ssh::EncryptedKey>),
}

/// Why a passphrase did not open a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseError {
    Wrong,
    /// The file is damaged, holds no keys, or asks for too much work.
    Damaged,
}

impl fmt::Display for PassphraseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PassphraseError::Wrong => "wrong passphrase",
            PassphraseError::Damaged => "the key file is damaged",
        })
    }
}

impl std::error::Error for PassphraseError {}

impl KeyFile {
    /// Parses a key file: age keys and ssh keys in the clear, or one of them behind a passphrase, or an age file that
    /// other keys open.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn parse(text: &[u8], plugins: &Plugins) -> Result<KeyFile, IdentityError> {
        let plain = plain(text);
        let text = plain.trim_ascii();
        // Alone in its file it may be behind a passphrase, and be of a kind that is refused by name.
        let is_alone = memchr::memmem::find_iter(text, b"-----").count() == 4 && text.ends_with(b"-----");
        let is_armored = text.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----") && is_alone;
        if text.starts_with(b"age-encryption.org/v1\n") || is_armored {
            let file = plain.trim_ascii_start();
            return Ok(match SealedKeys::new(file, 1) {
                Some(sealed) => {
                    KeyFile::Open(KeyList { keys: Vec::new(), sealed: vec![sealed], unused: Vec::new(), text: plain })
                }
                None => KeyFile::Locked(LockedKey::Age(file.to_vec())),
            });
        }
        if text.starts_with(b"-----BEGIN ") && is_alone && memchr::memmem::find(text, b"PUBLIC KEY-----").is_none() {
            return match ssh::Identity::from_buffer(text, None).map_err(|_| IdentityError::Ssh)? {
                ssh::Identity::Encrypted(key) => Ok(KeyFile::Locked(LockedKey::Ssh(Box::new(key)))),
                identity => Ok(KeyFile::Open(KeyList::of_ssh(SshKey::new(identity)?, plain))),
            };
        }
        Ok(KeyFile::Open(KeyList::parse(plain, plugins)?))
    }

    /// Whether it holds an ssh key. Such a file is changed with `ssh-keygen`.
    pub fn is_ssh(&self) -> bool {
        match self {
            KeyFile::Open(list) => list.keys.iter().any(|key| matches!(key, Key::Ssh(_))),
            KeyFile::Locked(locked) => matches!(locked, LockedKey::Ssh(_)),
        }
    }
}

impl LockedKey {
    /// Opens the keys with a passphrase.
    pub fn open(&self, passphrase: &str, plugins: &Plugins) -> Result<KeyList, PassphraseError> {
        match self {
            LockedKey::Ssh(key) => {
                let identity = key.decrypt(secret(passphrase))?;
                let key = SshKey::new(identity.into()).map_err(|_| PassphraseError::Damaged)?;
                Ok(KeyList::of_ssh(key, Zeroizing::default()))
            }
            LockedKey::Age(sealed) => {
                let text = unlock(sealed, passphrase)?;
                KeyList::parse(plain(&text), plugins).map_err(|_| PassphraseError::Damaged)
            }
        }
    }
}

fn secret(passphrase: &str) -> SecretString {
    SecretString::from(passphrase.to_owned())
}

impl From<DecryptError> for PassphraseError {
    fn from(error: DecryptError) -> PassphraseError {
        match error {
            DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => PassphraseError::Wrong,
            _ => PassphraseError::Damaged,
        }
    }
}

/// Puts the text of a key file behind a passphrase. The result is an age file, which stock age opens too.
pub fn lock(text: &str, passphrase: &str) -> Vec<u8> {
    lock_with(WORK, text, passphrase)
}

fn lock_with(work: u8, text: &str, passphrase: &str) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(secret(passphrase));
    recipient.set_work_factor(work);
    let encryptor = age::Encryptor::with_recipients(iter::once(&recipient as _));
    let encryptor = encryptor.expect("a passphrase may be the only recipient");

    let mut sealed = Vec::new();
    let write = |sealed: &mut Vec<u8>| {
        let mut writer = encryptor.wrap_output(sealed)?;
        writer.write_all(text.as_bytes())?;
        writer.finish().map(drop)
    };
    write(&mut sealed).expect("writing to memory does not fail");
    sealed
}

/// Opens what [`lock`] makes, and any other age file behind a passphrase, armored or not.
pub fn unlock(sealed: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, PassphraseError> {
    let mut identity = scrypt::Identity::new(secret(passphrase));
    identity.set_max_work_factor(MOST_WORK);
    Ok(open_small(sealed, &identity)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Identity;
    use crate::vault::Timestamp;

    fn locked(file: &[u8]) -> LockedKey {
        match KeyFile::parse(file, &Plugins::default()) {
            Ok(KeyFile::Locked(locked)) => locked,
            _ => panic!("not a locked file"),
        }
    }

    fn key_text() -> (Identity, Zeroizing<String>) {
        let identity = Identity::generate();
        let text = identity.print(Timestamp::parse("2026-11-21T10:00:00Z").unwrap());
        (identity, text)
    }

    #[test]
    fn only_the_passphrase_that_locked_a_key_opens_it() {
        let (identity, text) = key_text();
        // Etui's earlier work factor, and a cheap one.
        for work in [16, 2] {
            let key = locked(&lock_with(work, &text, "correct horse"));
            let [Key::Age(opened)] = &key.open("correct horse", &Plugins::default()).unwrap().keys[..] else {
                panic!("not one key")
            };
            assert_eq!(opened.recipient(), identity.recipient());
            assert_eq!(key.open("wrong", &Plugins::default()).err(), Some(PassphraseError::Wrong));
        }
        for damaged in [&b"age-encryption.org/v1\n-> junk"[..], &lock_with(2, "no key", "x"), &costly(&text)] {
            assert_eq!(locked(damaged).open("x", &Plugins::default()).err(), Some(PassphraseError::Damaged));
        }
    }

    /// A file that asks for more work than is accepted.
    fn costly(text: &str) -> Vec<u8> {
        let cheap = lock_with(2, text, "x");
        let at = memchr::memmem::find(&cheap, b" 2\n").unwrap();
        [&cheap[..at], b" 21\n", &cheap[at + 3..]].concat()
    }

    #[test]
    fn a_key_is_locked_as_age_does_it() {
        let sealed = lock(&key_text().1, "correct horse");
        let first = sealed.split(|byte| *byte == b'\n').nth(1).unwrap();
        assert!(first.starts_with(b"-> scrypt ") && first.ends_with(b" 18"));
    }
}
