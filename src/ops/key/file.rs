//! A key file that is changed, unless another process changes it at the same time.

use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::keys::{AgeIdentity, HardwareKey, Key, KeyFile, KeyList, keyring, lock as encrypt};
use crate::report::{Error, Kind};
use crate::session::{KeyError, Session, is_stdin, kept_name};
use crate::store::{hold, io_report, read_private, replace, target};

/// A key file that is to be changed.
pub struct KeyFileChange {
    pub path: PathBuf,
    text: Zeroizing<Vec<u8>>,
    pub(super) file: KeyFile,
}

/// The text of a key file in the clear, and the passphrase that it is behind.
pub struct OpenedKeyFile {
    pub text: Zeroizing<String>,
    pub passphrase: Option<Zeroizing<String>>,
}

impl KeyFileChange {
    /// Reads the key file.
    ///
    /// # Errors
    /// If it is missing or not a key file.
    pub fn new(session: &Session) -> Result<KeyFileChange, Error> {
        let path = session.key_path()?;
        if is_stdin(&path) {
            let message = "a key on standard input cannot be changed";
            return Err(Error::new(Kind::Usage, "usage", message).hint("name its file: `-i FILE`"));
        }
        let end = target(&path).map_err(|error| io_report("write", &path, &error))?;
        let text = session.read_key_file(&end)?;
        let file = session.parse_key_file(&path.display().to_string(), &text)?;
        Ok(KeyFileChange { path, text, file })
    }

    /// Refuses a file whose passphrase is not etui's to change: an ssh key's, and that of nothing but keys in hardware.
    pub fn refuse_passphrase(&self) -> Result<(), Error> {
        let refused = |message: String, hint: String| Err(Error::new(Kind::Usage, "usage", message).hint(hint));
        if self.file.is_ssh() {
            let hint = format!("`ssh-keygen -p -f {}`", self.path.display());
            return refused("etui does not change the passphrase of an ssh key".to_owned(), hint);
        }
        match self.hardware() {
            Some(key) => refused(
                format!("{} holds no secret to hide behind a passphrase: its key is in hardware", self.path.display()),
                format!("a PIN, if it has one, is set by other means: see {}", key.program()),
            ),
            None => Ok(()),
        }
    }

    /// Returns the first key, if the file holds nothing but keys in hardware.
    fn hardware(&self) -> Option<&HardwareKey> {
        match &self.file {
            KeyFile::Open(list) if list.sealed.is_empty() => hardware_alone(&list.keys),
            _ => None,
        }
    }

    /// Returns the text in the clear. Asks for the passphrase if there is one.
    pub fn open(&self, session: &Session) -> Result<OpenedKeyFile, Error> {
        let source = self.path.display().to_string();
        // As it is, with the keys that etui does not use.
        let opened = |list: &KeyList, passphrase| match std::str::from_utf8(&list.text) {
            Ok(text) => Ok(OpenedKeyFile { text: Zeroizing::new(text.to_owned()), passphrase }),
            Err(_) => Err(KeyError::Damaged { source: source.clone() }.into()),
        };
        match &self.file {
            KeyFile::Open(list) => opened(list, None),
            KeyFile::Locked(locked) => {
                let (list, passphrase) = session.ask_passphrase(&source, locked)?;
                opened(&list, Some(passphrase))
            }
        }
    }

    /// Replaces the file by one behind a passphrase, or behind none. Returns whether `unlock` kept the keys of the old
    /// one, which it no longer does.
    ///
    /// # Errors
    /// If another process has changed the file since it was read. Then its change stays.
    pub fn write(self, session: &Session, plain: &str, passphrase: Option<&str>) -> Result<bool, Error> {
        let sealed = passphrase.map(|passphrase| encrypt(plain, passphrase));
        replace_unchanged(session, &self.path, &self.text, sealed.as_deref().unwrap_or(plain.as_bytes()))?;
        // The keyring keeps keys by the text of their file, so `lock` would not find those of the old one. If this fails,
        // their time still ends.
        Ok(keyring::forget(&kept_name(&self.text)).unwrap_or(false))
    }
}

/// Replaces the text of a key file, if it is still the one that was read.
///
/// # Errors
/// If another process has changed it, or is changing it (exit 7).
pub fn replace_unchanged(session: &Session, path: &Path, read: &[u8], text: &[u8]) -> Result<(), Error> {
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::TimedOut => busy(path, "another process is changing it"),
        _ => Error::from(io_report("write", path, &error)),
    };
    // Where the path is a symbolic link, the file at its end holds the key. Replacing the link would leave the key there
    // as it was.
    let end = target(path).map_err(failed)?;
    let held = hold(&end, session.settings.lock_timeout).map_err(failed)?;
    if read_private(&held, read.len()).is_ok_and(|there| there[..] == *read) {
        replace(&end, text, 0o600).map_err(failed)
    } else {
        Err(busy(path, "another process has changed it meanwhile"))
    }
}

fn busy(file: &Path, why: &str) -> Error {
    let message = format!("{} was not changed: {why}", file.display());
    Error::new(Kind::Busy, "key_file_busy", message).hint("run the command again")
}

/// Returns the first key, if all keys are in hardware.
pub(super) fn hardware_alone(keys: &[Key]) -> Option<&HardwareKey> {
    let is_all = keys.iter().all(|key| key.hardware().is_some());
    keys.first().and_then(AgeIdentity::hardware).filter(|_| is_all)
}
