//! A key that stays open for a time, in the system's keyring.

use super::file::hardware_alone;
use crate::keys::{Key, KeyFile, KeyList, SealedKeys, keyring};
use crate::report::{Error, Explain, Kind, Report, and};
use crate::session::{KeyError, KeySource, Session, kept_name};
use crate::vault::Age;
use crate::vault::malformed::Malformed;

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
