//! The key of this machine: shown, found and created.

pub mod backup;
mod file;
mod kept;
pub mod rotation;
pub mod standing;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use zeroize::Zeroizing;

use super::signing_key::add_signing_key;
use crate::keys::{Card, HardwareKey, Identity, Key, lock as encrypt};
use crate::report::{Command, Error, Kind, Message, now};
use crate::session::{KeyError, Session};
use crate::store::{create_private, io_report, write_new};
use crate::vault::PublicKeys;
pub use file::{KeyFileChange, OpenedKeyFile, replace_unchanged};
pub use kept::{Unlocked, lock, parse_open_time, unlock};

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    pub recipient: String,
    pub card: String,
    pub fingerprint: String,
    /// The fingerprint that the key has where it is added as a reader, by its recipient alone.
    #[serde(rename = "readerFingerprint")]
    pub reader_fingerprint: String,
    /// The file, if the key was created just now.
    pub file: Option<PathBuf>,
    /// The recipient of the old key in the same file, while a rotation is under way.
    pub replaces: Option<String>,
}

impl KeyView {
    pub fn new(identity: &Identity, file: Option<&Path>) -> KeyView {
        KeyView {
            recipient: identity.recipient().to_string(),
            card: Card::of(identity).to_string(),
            fingerprint: identity.fingerprint().to_string(),
            reader_fingerprint: PublicKeys::reader(identity.recipient()).fingerprint().to_string(),
            file: file.map(Path::to_owned),
            replaces: None,
        }
    }
}

/// A key that signs, and its file if that is the usual one.
pub struct OwnKey<'s> {
    pub identity: &'s Identity,
    pub file: Option<PathBuf>,
    /// Whether it was made just now.
    pub is_new: bool,
}

/// Returns the key that signs.
///
/// # Errors
/// If there is none, or it cannot be opened.
pub fn own(session: &Session) -> Result<&Identity, Error> {
    let keys = session.keys()?;
    match (keys.iter().find_map(Key::signer), hardware(keys)) {
        (Some(identity), _) => Ok(identity),
        (None, Some(key)) => {
            Err(KeyError::ReadsOnly { program: key.program(), recipient: key.recipient.clone() }.into())
        }
        (None, None) => Err(KeyError::Missing { path: session.directories()?.identity() }.into()),
    }
}

/// Returns the key that signs. If there is no key at all, creates one in the usual file, behind the passphrase that
/// `ask_passphrase` returns. A key in hardware that has no signing key gets one, in its file.
pub fn find_or_create(
    session: &Session,
    ask_passphrase: impl FnOnce() -> Result<Option<Zeroizing<String>>, Error>,
) -> Result<OwnKey<'_>, Error> {
    let usual = session.directories()?.identity();
    let error = match own(session) {
        Ok(identity) => {
            let file = Some(usual).filter(|file| file.exists());
            return Ok(OwnKey { identity, file, is_new: false });
        }
        Err(error) => error,
    };
    if let Some(key) = session.keys().ok().and_then(hardware) {
        let (identity, file) = add_signing_key(session, key)?;
        return Ok(OwnKey { identity: session.use_identity(identity), file: Some(file), is_new: false });
    }
    // A key that an option or a variable names is never created.
    let is_first = matches!(error.cause(), Some(KeyError::Missing { path }) if *path == usual);
    if !is_first || session.keys().is_ok() {
        return Err(error);
    }

    let passphrase = ask_passphrase()?;
    let identity = create(session, &usual, passphrase.as_deref().map(String::as_str))?;
    Ok(OwnKey { identity: session.use_identity(identity), file: Some(usual), is_new: true })
}

/// Creates a key in a file that only its owner can read, behind a passphrase if there is one.
///
/// # Errors
/// If the file exists: a key is never overwritten.
pub fn create(session: &Session, file: &Path, passphrase: Option<&str>) -> Result<Identity, Error> {
    let identity = Identity::generate();
    write(session, file, &identity, passphrase)?;
    Ok(identity)
}

/// Writes a key into a new file, as [`create`] does.
///
/// # Errors
/// Those of [`create`].
pub fn write(session: &Session, file: &Path, identity: &Identity, passphrase: Option<&str>) -> Result<(), Error> {
    let file = session.settings.directory.join(file);
    let failed = |error| Error::from(io_report("write", &file, &error));
    if let Some(parent) = file.parent() {
        create_private(parent).map_err(failed)?;
    }
    let text = identity.print(now());
    let written = match passphrase {
        Some(passphrase) => write_new(&file, &encrypt(&text, passphrase), 0o600),
        None => write_new(&file, text.as_bytes(), 0o600),
    };
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(exists(&file)),
        written => written.map_err(failed),
    }
}

fn exists(file: &Path) -> Error {
    let new = Command::without_vault("key new").arg("--output FILE");
    let message = format!("{} already exists, and a key is never overwritten", file.display());
    Error::new(Kind::Conflict, "identity_exists", message)
        .hint(Message::from("to see the key: ").command(Command::without_vault("key show")))
        .hint(Message::from("to create another one: ").command(new))
}

/// Returns the first key in hardware that has no signing key.
fn hardware(keys: &[Key]) -> Option<&HardwareKey> {
    keys.iter().find_map(|key| if let Key::Hardware(key) = key { Some(key) } else { None })
}
