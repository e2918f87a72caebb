//! Key files: age identities or an ssh key, in the clear or behind a passphrase.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::iter;

use age::armor::ArmoredReader;
use age::secrecy::SecretString;
use age::{DecryptError, scrypt, ssh};
use zeroize::Zeroizing;

use super::identity::{Identity, IdentityError};
use super::key::{Key, SshKey};

/// The work that a passphrase costs (scrypt's log N): about half a second.
const WORK: u8 = 16;

/// The most work that is accepted. A file that asks for more is not etui's and would take minutes.
const MOST_WORK: u8 = 20;

/// The contents of a key file.
pub enum KeyFile {
    Open(Vec<Key>),
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
    /// Parses a key file: one identity per line, one ssh key, or an age file that holds identities.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn parse(text: &[u8]) -> Result<KeyFile, IdentityError> {
        let text = text.trim_ascii_start();
        if text.starts_with(b"age-encryption.org/v1\n") || text.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----") {
            return Ok(KeyFile::Locked(LockedKey::Age(text.to_vec())));
        }
        if text.starts_with(b"-----BEGIN ") {
            return match ssh::Identity::from_buffer(text, None).map_err(|_| IdentityError::Ssh)? {
                ssh::Identity::Encrypted(key) => Ok(KeyFile::Locked(LockedKey::Ssh(Box::new(key)))),
                identity => Ok(KeyFile::Open(vec![Key::Ssh(SshKey::new(identity)?)])),
            };
        }
        Ok(KeyFile::Open(age_keys(text)?))
    }

    /// Whether it holds an ssh key. Such a file is changed with `ssh-keygen`.
    pub fn is_ssh(&self) -> bool {
        match self {
            KeyFile::Open(keys) => keys.iter().any(|key| matches!(key, Key::Ssh(_))),
            KeyFile::Locked(locked) => matches!(locked, LockedKey::Ssh(_)),
        }
    }
}

impl LockedKey {
    /// Opens the keys with a passphrase.
    pub fn open(&self, passphrase: &str) -> Result<Vec<Key>, PassphraseError> {
        let passphrase = SecretString::from(passphrase.to_owned());
        match self {
            LockedKey::Ssh(key) => {
                let identity = key.decrypt(passphrase).map_err(explain)?;
                let key = SshKey::new(identity.into()).map_err(|_| PassphraseError::Damaged)?;
                Ok(vec![Key::Ssh(key)])
            }
            LockedKey::Age(sealed) => {
                let text = unlock(sealed, passphrase)?;
                age_keys(&text).map_err(|_| PassphraseError::Damaged)
            }
        }
    }
}

fn age_keys(text: &[u8]) -> Result<Vec<Key>, IdentityError> {
    Ok(Identity::parse_all(text)?.into_iter().map(Key::Age).collect())
}

fn unlock(sealed: &[u8], passphrase: SecretString) -> Result<Zeroizing<Vec<u8>>, PassphraseError> {
    let mut identity = scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(MOST_WORK);
    let decryptor = age::Decryptor::new_buffered(ArmoredReader::new(sealed)).map_err(|_| PassphraseError::Damaged)?;
    let mut reader = decryptor.decrypt(iter::once(&identity as _)).map_err(explain)?;
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut text).map_err(|_| PassphraseError::Damaged)?;
    Ok(text)
}

fn explain(error: DecryptError) -> PassphraseError {
    match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => PassphraseError::Wrong,
        _ => PassphraseError::Damaged,
    }
}

/// Puts the text of a key file behind a passphrase. The result is an age file, which stock age opens too.
pub fn lock(text: &str, passphrase: &str) -> Vec<u8> {
    let mut recipient = scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    recipient.set_work_factor(WORK);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Timestamp;

    fn locked(file: &[u8]) -> LockedKey {
        match KeyFile::parse(file) {
            Ok(KeyFile::Locked(locked)) => locked,
            _ => panic!("not a locked file"),
        }
    }

    #[test]
    fn only_the_passphrase_that_locked_a_key_opens_it() {
        let identity = Identity::generate();
        let text = identity.print(Timestamp::parse("2026-11-21T10:00:00Z").unwrap());
        let key = locked(&lock(&text, "correct horse"));
        let [Key::Age(opened)] = &key.open("correct horse").unwrap()[..] else { panic!("not one key") };
        assert_eq!(opened.recipient(), identity.recipient());
        assert_eq!(key.open("wrong").err(), Some(PassphraseError::Wrong));
        let damaged = locked(b"age-encryption.org/v1\n-> junk");
        assert_eq!(damaged.open("x").err(), Some(PassphraseError::Damaged));
    }
}
