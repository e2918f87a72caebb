//! The key of this machine: shown, created, unlocked and put behind a passphrase.

pub mod backup;
pub mod rotation;
pub mod standing;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use zeroize::Zeroizing;

use super::signing_key::add_signing_key;
use crate::keys::{
    AgeIdentity, Card, HardwareKey, Identity, Key, KeyFile, KeyList, SealedKeys, keyring, lock as encrypt,
};
use crate::report::{Command, Error, Explain, Kind, Message, Report, and, now};
use crate::session::{KeyError, KeySource, Session, is_stdin, kept_name};
use crate::store::{create_private, hold, io_report, read_private, replace, target, write_new};
use crate::vault::malformed::Malformed;
use crate::vault::{Age, PublicKeys};

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

/// A key file that is to be changed.
pub struct KeyFileChange {
    pub path: PathBuf,
    /// Where the path is a symbolic link, the file at its end holds the key. Replacing the link would leave
    /// the key there as it was.
    end: PathBuf,
    text: Zeroizing<Vec<u8>>,
    file: KeyFile,
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
        Ok(KeyFileChange { path, end, text, file })
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
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::TimedOut => busy(&self.path, "another process is changing it"),
            _ => Error::from(io_report("write", &self.end, &error)),
        };
        let held = hold(&self.end, session.settings.lock_timeout).map_err(failed)?;
        if read_private(&held, self.text.len()).is_ok_and(|there| there == self.text) {
            replace(&self.end, sealed.as_deref().unwrap_or(plain.as_bytes()), 0o600).map_err(failed)?;
        } else {
            return Err(busy(&self.path, "another process has changed it meanwhile"));
        }
        // The keyring keeps keys by the text of their file, so `lock` would not find those of the old one. If this fails,
        // their time still ends.
        Ok(keyring::forget(&kept_name(&self.text)).unwrap_or(false))
    }
}

fn busy(file: &Path, why: &str) -> Error {
    let message = format!("{} was not changed: {why}", file.display());
    Error::new(Kind::Busy, "key_file_busy", message).hint("run the command again")
}

/// Parses how long a key stays open: at least a second, and at most 30 days.
pub fn parse_open_time(text: &str) -> Result<Age, String> {
    let age: Age = text.parse().map_err(|error: Malformed| error.to_string())?;
    let is_allowed = age.seconds() > 0 && age <= keyring::LONGEST;
    if is_allowed { Ok(age) } else { Err(format!("not a length of time between `1s` and `{}`", keyring::LONGEST)) }
}

/// The result of [`unlock`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlocked {
    /// The key has no passphrase.
    NotNeeded,
    /// The key is in hardware, which this program uses. There is nothing that could be kept.
    InHardware(String),
    /// This keyring keeps the key.
    Kept(&'static str),
}

/// Keeps the key open for a time, in the system's keyring. Returns the names of the key files too.
///
/// # Errors
/// If the passphrase is wrong, or this system has no keyring.
pub fn unlock(session: &Session, time: Age) -> Result<(String, Unlocked), Error> {
    let (mut keys, mut sealed, mut names, mut kept) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let keep = |name: &[u8], list: &KeyList| {
        if list.keys.iter().any(|key| matches!(key, Key::Ssh(_))) {
            return Err(NotKept::Ssh);
        }
        keyring::keep(&kept_name(name), &list.text, time).map_err(NotKept::Keyring)
    };
    for KeySource { name, text, .. } in session.key_files()? {
        match session.parse_key_file(&name, &text)? {
            KeyFile::Open(list) => {
                sealed.extend(list.sealed.into_iter().map(|block| (name.clone(), block)));
                keys.extend(list.keys);
            }
            KeyFile::Locked(locked) => {
                let (list, _) = session.ask_passphrase(&name, &locked)?;
                keep(&text, &list)?;
                kept.push(name.clone());
                keys.extend(list.keys);
            }
        }
        names.push(name);
    }
    for (source, block) in sealed {
        let opened = block.open(&keys, &session.plugins());
        let SealedKeys { line, bytes } = block;
        let list = opened.map_err(|error| KeyError::Sealed { source: source.clone(), line, error })?;
        keep(&bytes, &list)?;
        kept.push(source);
        keys.extend(list.keys);
    }
    kept.dedup();
    Ok(match (kept.is_empty(), hardware_alone(&keys)) {
        (false, _) => (and(&kept), Unlocked::Kept(keyring::NAME)),
        (true, Some(key)) => (and(&names), Unlocked::InHardware(key.program())),
        (true, None) => (and(&names), Unlocked::NotNeeded),
    })
}

/// Forgets the keys that [`unlock`] keeps. Returns the names of the key files, and whether a key was kept.
///
/// # Errors
/// If the keyring does not give one up.
pub fn lock(session: &Session) -> Result<(String, bool), Error> {
    let (mut names, mut was_kept) = (Vec::new(), false);
    for KeySource { name, text, .. } in session.key_files()? {
        let mut forget = |text: &[u8]| {
            was_kept |= keyring::forget(&kept_name(text)).map_err(StillKept)?;
            Ok::<_, Error>(())
        };
        forget(&text)?;
        if let Ok(KeyFile::Open(list)) = session.parse_key_file(&name, &text) {
            list.sealed.iter().try_for_each(|block| forget(&block.bytes))?;
        }
        names.push(name);
    }
    Ok((and(&names), was_kept))
}

/// Returns the first key in hardware that has no signing key.
fn hardware(keys: &[Key]) -> Option<&HardwareKey> {
    keys.iter().find_map(|key| if let Key::Hardware(key) = key { Some(key) } else { None })
}

/// Returns the first key, if all keys are in hardware.
fn hardware_alone(keys: &[Key]) -> Option<&HardwareKey> {
    let is_all = keys.iter().all(|key| key.hardware().is_some());
    keys.first().and_then(AgeIdentity::hardware).filter(|_| is_all)
}

/// Why the keyring does not keep a key.
#[derive(Debug)]
enum NotKept {
    Ssh,
    Keyring(keyring::KeyringError),
}

impl Explain for NotKept {
    fn explain(&self) -> Report {
        let reason = match self {
            NotKept::Ssh => "an ssh key cannot be kept, and ssh-agent cannot decrypt".to_owned(),
            NotKept::Keyring(error) => error.to_string(),
        };
        Report::new(Kind::Failed, "nothing_kept", format!("the key cannot be kept unlocked: {reason}"))
            .hint("everything else works; each command asks for the passphrase")
    }
}

/// Why the keyring still keeps a key.
#[derive(Debug)]
struct StillKept(keyring::KeyringError);

impl Explain for StillKept {
    fn explain(&self) -> Report {
        Report::new(Kind::Failed, "still_kept", format!("the key is still unlocked: {}", self.0))
    }
}

explained!(NotKept, StillKept);
