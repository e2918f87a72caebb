//! Key files: age identities and ssh keys, plain or behind a passphrase.

use age::secrecy::SecretString;
use age::{DecryptError, ssh};
use zeroize::Zeroizing;

use super::identity::{Identity, IdentityError};
use crate::vault::Recipient;

/// What a passphrase costs to derive (scrypt's log N): about half a second. One that costs more than
/// [`MOST_WORK`] is not ours, and would only keep us busy.
const WORK: u8 = 16;
const MOST_WORK: u8 = 20;

/// Something that opens vaults.
pub enum Key {
    /// Opens, and signs.
    Age(Identity),
    /// Opens: who has no age key can read.
    Ssh(SshKey),
}

/// An ssh-ed25519 private key (OpenSSH's format).
pub struct SshKey {
    identity: ssh::Identity,
    recipient: Recipient,
}

/// What a key file holds.
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

/// Why a passphrase opened nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassphraseError {
    Wrong,
    /// The file is not what it seems, or takes more work than any of ours.
    Damaged,
}

impl Key {
    /// The one that signs, if it does.
    pub fn signer(&self) -> Option<&Identity> {
        match self {
            Key::Age(identity) => Some(identity),
            Key::Ssh(_) => None,
        }
    }

    /// What files are encrypted to for it.
    pub fn recipient(&self) -> Recipient {
        match self {
            Key::Age(identity) => identity.recipient(),
            Key::Ssh(key) => key.recipient.clone(),
        }
    }
}

/// What age opens a file with.
pub trait AgeIdentity {
    fn as_age(&self) -> &dyn age::Identity;
}

impl AgeIdentity for Identity {
    fn as_age(&self) -> &dyn age::Identity {
        self.age()
    }
}

impl AgeIdentity for Key {
    fn as_age(&self) -> &dyn age::Identity {
        match self {
            Key::Age(identity) => identity.age(),
            Key::Ssh(key) => &key.identity,
        }
    }
}

impl KeyFile {
    /// Reads a key file: identities a line each, one ssh key, or an age file that holds identities.
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
        Ok(KeyFile::Open(Identity::parse_all(text)?.into_iter().map(Key::Age).collect()))
    }

    /// Whether it is an ssh key, which is ssh's to write.
    pub fn is_ssh(&self) -> bool {
        match self {
            KeyFile::Open(keys) => keys.iter().any(|key| matches!(key, Key::Ssh(_))),
            KeyFile::Locked(locked) => matches!(locked, LockedKey::Ssh(_)),
        }
    }
}

impl SshKey {
    fn new(identity: ssh::Identity) -> Result<SshKey, IdentityError> {
        match ssh::Recipient::try_from(identity.clone()) {
            Ok(recipient @ ssh::Recipient::SshEd25519(..)) => {
                Ok(SshKey { identity, recipient: Recipient::new(&recipient.to_string()) })
            }
            _ => Err(IdentityError::Ssh),
        }
    }
}

impl LockedKey {
    /// Opens it with a passphrase.
    pub fn open(&self, passphrase: &str) -> Result<Vec<Key>, PassphraseError> {
        let secret = SecretString::from(passphrase.to_owned());
        match self {
            LockedKey::Ssh(key) => {
                let opened = key.decrypt(secret).map_err(|error| match error {
                    DecryptError::KeyDecryptionFailed => PassphraseError::Wrong,
                    _ => PassphraseError::Damaged,
                })?;
                let key = SshKey::new(opened.into()).map_err(|_| PassphraseError::Damaged)?;
                Ok(vec![Key::Ssh(key)])
            }
            LockedKey::Age(sealed) => {
                let identities = Identity::parse_all(&unlock(sealed, secret)?);
                let identities = identities.map_err(|_| PassphraseError::Damaged)?;
                Ok(identities.into_iter().map(Key::Age).collect())
            }
        }
    }
}

fn unlock(sealed: &[u8], passphrase: SecretString) -> Result<Zeroizing<Vec<u8>>, PassphraseError> {
    use std::io::Read as _;
    let damaged = |_| PassphraseError::Damaged;
    let mut identity = age::scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(MOST_WORK);
    let decryptor = age::Decryptor::new_buffered(age::armor::ArmoredReader::new(sealed)).map_err(damaged)?;
    let mut reader = decryptor.decrypt(std::iter::once(&identity as _)).map_err(|error| match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => PassphraseError::Wrong,
        _ => PassphraseError::Damaged,
    })?;
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut text).map_err(|_| PassphraseError::Damaged)?;
    Ok(text)
}

/// Puts the text of a key file behind a passphrase: an age file, which stock age opens too.
pub fn lock(text: &str, passphrase: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut recipient = age::scrypt::Recipient::new(SecretString::from(passphrase.to_owned()));
    recipient.set_work_factor(WORK);
    let mut sealed = Vec::new();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _)).expect("one recipient, alone");
    let write = |sealed: &mut Vec<u8>| {
        let mut writer = encryptor.wrap_output(sealed)?;
        writer.write_all(text.as_bytes())?;
        writer.finish().map(drop)
    };
    write(&mut sealed).expect("memory takes what is written to it");
    sealed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::Timestamp;

    #[test]
    fn a_passphrase_opens_what_it_locked_and_no_other_does() {
        let identity = Identity::generate();
        let text = identity.print(Timestamp::parse("2026-11-21T10:00:00Z").unwrap());
        let Ok(KeyFile::Locked(locked)) = KeyFile::parse(&lock(&text, "correct horse")) else {
            panic!("no locked file")
        };
        let [Key::Age(opened)] = &locked.open("correct horse").unwrap()[..] else { panic!("one key") };
        assert_eq!(opened.recipient(), identity.recipient());
        assert_eq!(locked.open("wrong").err(), Some(PassphraseError::Wrong));
        let Ok(KeyFile::Locked(damaged)) = KeyFile::parse(b"age-encryption.org/v1\n-> junk") else {
            panic!("no locked file")
        };
        assert_eq!(damaged.open("x").err(), Some(PassphraseError::Damaged));
    }
}
