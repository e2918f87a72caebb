//! Where a key is found: by option, in the environment, or in its usual place.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::IsTerminal as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use super::context::{Cx, variable};
use crate::keys::{Identity, Key, KeyFile, LockedKey, PassphraseError, keyring};
use crate::old::error::Error;
use crate::session::{PASSPHRASE_TRIES, kept_name};
use crate::store;

/// A key file longer than this is none.
const KEY_LIMIT: usize = 1 << 20;

impl Cx {
    /// Goes on with a key that was made just now.
    pub fn take_identity(&self, identity: Identity) -> &Identity {
        let keys = self.identities.get_or_init(|| vec![Key::Age(identity)]);
        keys.iter().find_map(Key::signer).expect("there was no key, and this one signs")
    }

    pub(super) fn find_identities(&self) -> Result<Vec<Key>, Error> {
        if self.options.identity.len() > 1 {
            let read = |path: &PathBuf| self.read_identity(&self.directory().join(path));
            let all: Vec<Vec<Key>> = self.options.identity.iter().map(read).collect::<Result<_, _>>()?;
            return Ok(all.into_iter().flatten().collect());
        }
        if self.options.identity.is_empty() {
            if let Some(text) = variable("ETUI_KEY") {
                return self.open_keys("ETUI_KEY".into(), text.as_encoded_bytes());
            }
            if let Some(command) = self.key_command() {
                return self.open_keys("what ETUI_KEY_COMMAND printed".into(), &self.run_key_command(&command)?);
            }
        }
        self.read_identity(&self.key_path()?)
    }

    /// The command that is to print the key, if no other place is said.
    pub fn key_command(&self) -> Option<OsString> {
        let is_elsewhere =
            !self.options.identity.is_empty() || variable("ETUI_KEY").or(variable("ETUI_KEY_FILE")).is_some();
        variable("ETUI_KEY_COMMAND").filter(|_| !is_elsewhere)
    }

    /// The key file that is meant, if it is one file: that of `-i`, of `ETUI_KEY_FILE`, or the usual one.
    pub fn key_path(&self) -> Result<PathBuf, Error> {
        match (self.options.identity.first(), variable("ETUI_KEY_FILE")) {
            (Some(path), _) => Ok(self.directory().join(path)),
            (None, Some(path)) => Ok(self.directory().join(path)),
            (None, None) => Ok(self.directories()?.identity()),
        }
    }

    fn run_key_command(&self, command: &OsStr) -> Result<Zeroizing<Vec<u8>>, Error> {
        let failed = |status: String| Error::KeyCommand { status };
        let mut child = Command::new("/bin/sh")
            .args(["-c".as_ref(), command])
            .current_dir(self.directory())
            // A pipe is for the command that is to come; a terminal may be asked for a password.
            .stdin(if std::io::stdin().is_terminal() { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| failed(error.to_string()))?;
        let text = match child.stdout.take() {
            Some(out) => store::read_private(out, KEY_LIMIT).map_err(|error| failed(error.to_string()))?,
            None => Default::default(),
        };
        let status = child.wait().map_err(|error| failed(error.to_string()))?;
        if status.success() { Ok(text) } else { Err(failed(status.to_string())) }
    }

    fn read_identity(&self, path: &Path) -> Result<Vec<Key>, Error> {
        let text = self.read_key(path)?;
        self.open_keys(path.display().to_string(), &text)
    }

    /// A key file's bytes: nobody else's to read.
    pub fn read_key(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
        let failed = |error| Error::Io { doing: "read", path: path.to_owned(), error };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::NoIdentity { path: path.to_owned() });
            }
            Err(error) => return Err(failed(error)),
        };
        let metadata = file.metadata().map_err(failed)?;
        // Of a pipe, as a shell's <(…) makes one, the mode says nothing.
        if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
            return Err(Error::IdentityMode { path: path.to_owned() });
        }
        let text = store::read_private(file, KEY_LIMIT).map_err(failed)?;
        self.ui.debug(|| format!("key {}", path.display()));
        Ok(text)
    }

    /// The keys of a key file; behind a passphrase, those that are kept unlocked, or else it is asked for.
    fn open_keys(&self, source: String, text: &[u8]) -> Result<Vec<Key>, Error> {
        match KeyFile::parse(text).map_err(|error| Error::Identity { source: source.clone(), error })? {
            KeyFile::Open(keys) => Ok(keys),
            KeyFile::Locked(locked) => match self.kept_keys(text) {
                Some(keys) => Ok(keys),
                None => self.ask_passphrase(&source, &locked),
            },
        }
    }

    /// The keys of a locked file, if they are kept unlocked.
    fn kept_keys(&self, locked: &[u8]) -> Option<Vec<Key>> {
        match KeyFile::parse(&keyring::get(&kept_name(locked))?).ok()? {
            KeyFile::Open(keys) => Some(keys),
            KeyFile::Locked(_) => None,
        }
    }

    /// Whether a command would have to ask for the passphrase.
    pub fn is_locked(&self) -> bool {
        let locked = || {
            let (_, text) = self.key_file().ok()?;
            matches!(KeyFile::parse(&text).ok()?, KeyFile::Locked(_)).then_some(text)
        };
        variable("ETUI_KEY").is_none() && locked().is_some_and(|text| self.kept_keys(&text).is_none())
    }

    /// Asks for the passphrase of a locked file.
    fn ask_passphrase(&self, source: &str, locked: &LockedKey) -> Result<Vec<Key>, Error> {
        // The terminal itself: standard input may be a value's.
        if self.options.no_input || File::open("/dev/tty").is_err() {
            return Err(Error::PassphraseUnasked { source: source.to_owned() });
        }
        for _ in 0..PASSPHRASE_TRIES {
            let typed = self.ui.ask_hidden(&format!("Passphrase for {source}:"))?;
            match locked.open(&typed) {
                Ok(keys) => return Ok(keys),
                Err(PassphraseError::Wrong) => self.ui.warn("wrong passphrase"),
                Err(PassphraseError::Damaged) => return Err(Error::KeyDamaged { source: source.to_owned() }),
            }
        }
        Err(Error::PassphraseWrong { source: source.to_owned(), tries: PASSPHRASE_TRIES })
    }

    /// The key file that is meant, as it is: that of `-i`, of `ETUI_KEY_FILE`, or the usual one.
    pub fn key_file(&self) -> Result<(String, Zeroizing<Vec<u8>>), Error> {
        let path = self.key_path()?;
        let text = self.read_key(&path)?;
        Ok((path.display().to_string(), text))
    }
}
