//! Where a key is found: by option, in the environment, or in its usual place; and how a locked one is opened.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use zeroize::Zeroizing;

use super::Session;
use crate::keys::{Identity, IdentityError, Key, KeyFile, LockedKey, PassphraseError, keyring};
use crate::report::{Command, Error, Explain, Kind, Message, Notice, Report, plain_io};
use crate::store;
use crate::vault::hex;

/// The largest key file, in bytes.
const KEY_FILE_LIMIT: usize = 1 << 20;

/// How often a passphrase may be mistyped.
pub const PASSPHRASE_TRIES: usize = 3;

impl Session {
    /// Returns the keys, from the first place that has any.
    ///
    /// # Errors
    /// If there is none, or it cannot be opened (exit 5).
    pub fn keys(&self) -> Result<&[Key], Error> {
        if let Some(keys) = self.keys.get() {
            return Ok(keys);
        }
        let found = self.find_keys()?;
        Ok(self.keys.get_or_init(|| found))
    }

    /// Uses these keys from now on, unless there are some already.
    pub fn use_keys(&self, keys: Vec<Key>) -> &[Key] {
        self.keys.get_or_init(|| keys)
    }

    /// Uses an identity that was made just now.
    pub fn use_identity(&self, identity: Identity) -> &Identity {
        let keys = self.use_keys(vec![Key::Age(identity)]);
        keys.iter().find_map(Key::signer).expect("an age identity signs")
    }

    fn find_keys(&self) -> Result<Vec<Key>, Error> {
        let environment = &self.settings.environment;
        match &self.settings.identities[..] {
            [] => {
                if let Some(text) = &environment.key {
                    return self.open_keys("`ETUI_KEY`".into(), text);
                }
                if let Some(command) = self.key_command() {
                    let text = self.run_key_command(command)?;
                    return self.open_keys("the output of `ETUI_KEY_COMMAND`".into(), &text);
                }
                self.read_keys(&self.key_path()?)
            }
            files => {
                let read = |path: &PathBuf| self.read_keys(&self.settings.directory.join(path));
                let keys: Vec<Vec<Key>> = files.iter().map(read).collect::<Result<_, _>>()?;
                Ok(keys.into_iter().flatten().collect())
            }
        }
    }

    /// Returns the command that prints the key, if no other place goes before it.
    pub fn key_command(&self) -> Option<&OsStr> {
        let environment = &self.settings.environment;
        let is_elsewhere =
            !self.settings.identities.is_empty() || environment.key.is_some() || environment.key_file.is_some();
        environment.key_command.as_deref().filter(|_| !is_elsewhere)
    }

    /// Returns the key file: that of `-i`, of `ETUI_KEY_FILE`, or the usual one.
    pub fn key_path(&self) -> Result<PathBuf, Error> {
        match self.settings.identities.first().or(self.settings.environment.key_file.as_ref()) {
            Some(path) => Ok(self.settings.directory.join(path)),
            None => Ok(self.directories()?.identity()),
        }
    }

    fn run_key_command(&self, command: &OsStr) -> Result<Zeroizing<Vec<u8>>, Error> {
        let failed = |error: io::Error| KeyError::Command { status: plain_io(&error) };
        let mut child = Process::new("/bin/sh")
            .args(["-c".as_ref(), command])
            .current_dir(&self.settings.directory)
            // A pipe belongs to the command that follows. A terminal may be asked for a password.
            .stdin(if io::stdin().is_terminal() { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let text = match child.stdout.take() {
            Some(out) => store::read_private(out, KEY_FILE_LIMIT).map_err(failed)?,
            None => Zeroizing::default(),
        };
        let status = child.wait().map_err(failed)?;
        if status.success() { Ok(text) } else { Err(KeyError::Command { status: status.to_string() }.into()) }
    }

    fn read_keys(&self, path: &Path) -> Result<Vec<Key>, Error> {
        let text = self.read_key_file(path)?;
        self.open_keys(path.display().to_string(), &text)
    }

    /// Reads a key file, which only its owner may be able to read.
    pub fn read_key_file(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
        let failed = |error| KeyError::Read { path: path.to_owned(), error };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyError::Missing { path: path.to_owned() }.into());
            }
            Err(error) => return Err(failed(error).into()),
        };
        let metadata = file.metadata().map_err(failed)?;
        // The mode of a pipe, as a shell's <(…) makes one, says nothing about who can read it.
        if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
            return Err(KeyError::Exposed { path: path.to_owned() }.into());
        }
        let text = store::read_private(file, KEY_FILE_LIMIT).map_err(failed)?;
        self.frontend.notice(Notice::Debug(format!("key {}", path.display())));
        Ok(text)
    }

    /// Opens a key file: with a key that `unlock` keeps, or else with its passphrase.
    fn open_keys(&self, source: String, text: &[u8]) -> Result<Vec<Key>, Error> {
        match parse_key_file(&source, text)? {
            KeyFile::Open(keys) => Ok(keys),
            KeyFile::Locked(locked) => match kept_keys(text) {
                Some(keys) => Ok(keys),
                None => self.ask_passphrase(&source, &locked),
            },
        }
    }

    /// Returns the key file's name and text.
    pub fn key_file(&self) -> Result<(String, Zeroizing<Vec<u8>>), Error> {
        let path = self.key_path()?;
        let text = self.read_key_file(&path)?;
        Ok((path.display().to_string(), text))
    }

    /// Returns whether a command would have to ask for the passphrase.
    pub fn is_locked(&self) -> bool {
        let locked = || {
            let (_, text) = self.key_file().ok()?;
            matches!(KeyFile::parse(&text).ok()?, KeyFile::Locked(_)).then_some(text)
        };
        self.settings.environment.key.is_none() && locked().is_some_and(|text| kept_keys(&text).is_none())
    }

    /// Asks for the passphrase of a locked key, three times at most.
    pub fn ask_passphrase(&self, source: &str, locked: &LockedKey) -> Result<Vec<Key>, Error> {
        if !self.frontend.can_ask_passphrase() {
            return Err(KeyError::NoTerminal { source: source.to_owned() }.into());
        }
        for _ in 0..PASSPHRASE_TRIES {
            let passphrase = self.frontend.ask_passphrase(&format!("Passphrase for {source}:"))?;
            match locked.open(&passphrase) {
                Ok(keys) => return Ok(keys),
                Err(PassphraseError::Wrong) => self.frontend.notice(Notice::Warning("wrong passphrase".into())),
                Err(PassphraseError::Damaged) => return Err(KeyError::Damaged { source: source.to_owned() }.into()),
            }
        }
        Err(KeyError::WrongPassphrase { source: source.to_owned(), tries: PASSPHRASE_TRIES }.into())
    }
}

/// Parses the text of a key file.
pub fn parse_key_file(source: &str, text: &[u8]) -> Result<KeyFile, KeyError> {
    KeyFile::parse(text).map_err(|error| KeyError::Unusable { source: source.to_owned(), error })
}

/// Returns the keys of a locked file, if `unlock` keeps them.
fn kept_keys(locked: &[u8]) -> Option<Vec<Key>> {
    match KeyFile::parse(&keyring::get(&kept_name(locked))?).ok()? {
        KeyFile::Open(keys) => Some(keys),
        KeyFile::Locked(_) => None,
    }
}

/// The name under which the keyring keeps the keys of a locked file. Another file has another name.
pub fn kept_name(locked: &[u8]) -> String {
    let digest = crate::keys::hash(locked);
    let digits = hex::encode(&digest[..16]);
    format!("etui:{digits}")
}

/// Why there is no key.
#[derive(Debug)]
pub enum KeyError {
    Missing {
        path: PathBuf,
    },
    Read {
        path: PathBuf,
        error: io::Error,
    },
    /// Others can read the file.
    Exposed {
        path: PathBuf,
    },
    /// The text is not that of a key file.
    Unusable {
        source: String,
        error: IdentityError,
    },
    /// `ETUI_KEY_COMMAND` failed.
    Command {
        status: String,
    },
    NoTerminal {
        source: String,
    },
    WrongPassphrase {
        source: String,
        tries: usize,
    },
    /// The file is behind a passphrase, and damaged.
    Damaged {
        source: String,
    },
}

impl Explain for KeyError {
    fn explain(&self) -> Report {
        let no_access = |code, message: String| Report::new(Kind::NoAccess, code, message);
        match self {
            KeyError::Missing { path } => {
                no_access("no_identity", format!("no key on this laptop: {} does not exist", path.display()))
                    .hint("name one with `-i FILE` or `ETUI_KEY_FILE`")
                    .hint(Message::from("new to the team? ").command(Command::without_vault("join")))
            }
            KeyError::Read { path, error } => {
                let report =
                    Report::new(Kind::Failed, "io", format!("cannot read {}: {}", path.display(), plain_io(error)));
                match error.kind() {
                    io::ErrorKind::PermissionDenied => {
                        report.hint(format!("see who may read it: `ls -l {}`", path.display()))
                    }
                    _ => report,
                }
            }
            KeyError::Exposed { path } => {
                no_access("identity_exposed", format!("others can read the key {}", path.display()))
                    .hint(format!("`chmod 600 {}`", path.display()))
            }
            KeyError::Unusable { source, error } => unusable(source, error),
            KeyError::Command { status } => {
                no_access("key_command", format!("the command in `ETUI_KEY_COMMAND` failed: {status}"))
            }
            KeyError::NoTerminal { source } => {
                let unlock = Command::without_vault("unlock");
                let message = format!("{source} is behind a passphrase, and there is no terminal to ask for it");
                no_access("passphrase_unasked", message)
                    .hint(Message::from("first, on a terminal: ").command(unlock))
                    .hint("`ETUI_KEY_COMMAND` can print the key")
            }
            KeyError::WrongPassphrase { source, tries } => {
                no_access("passphrase_wrong", format!("{source} stays locked after {tries} wrong passphrases"))
                    .hint("your backup of the key may have no passphrase")
            }
            KeyError::Damaged { source } => {
                no_access("bad_identity", format!("{source} is damaged, or not a key file")).hint("restore your backup")
            }
        }
    }
}

fn unusable(source: &str, error: &IdentityError) -> Report {
    let bad = |message: String| Report::new(Kind::NoAccess, "bad_identity", message);
    match error {
        IdentityError::Empty => bad(format!("{source} holds no key")),
        IdentityError::Line(line) => {
            bad(format!("{source} is not a key file: line {line} is neither a key nor a comment"))
                .hint("an age key begins with `AGE-SECRET-KEY-1`")
        }
        IdentityError::Ssh => {
            bad(format!("{source} is not an ssh-ed25519 key, the only ssh kind that opens age files"))
                .hint("`ssh-keygen -t ed25519`")
                .hint(Message::from("for an age key: ").command(Command::without_vault("key new")))
        }
    }
}

explained!(KeyError);
