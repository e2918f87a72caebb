//! Where a key is found: by option, in the environment, or in its usual place; and how a locked one is opened.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use rustix::fs::{StatVfsMountFlags, fstatvfs};
use zeroize::Zeroizing;

use super::{Session, Settings};
use crate::keys::{
    AgeIdentity as _, Identity, IdentityError, Key, KeyFile, KeyList, LockedKey, OpenError, PassphraseError, Plugins,
    SealedKeys, UnusedKey, UnusedKind, keyring,
};
use crate::report::{Command, Error, Explain, Kind, Message, Notice, Report, now, plain_io, shell_quote};
use crate::store::{self, Directories};
use crate::vault::{Recipient, hex};

/// The largest key file, in bytes.
const KEY_FILE_LIMIT: usize = 1 << 20;

/// How often a passphrase may be mistyped.
pub const PASSPHRASE_TRIES: usize = 3;

/// The text of keys, and where it comes from.
pub struct KeySource {
    pub name: String,
    pub text: Zeroizing<Vec<u8>>,
    /// Its file, if it is one.
    pub path: Option<PathBuf>,
}

/// What stands between a command and a key that opens a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyLock {
    Passphrase,
    /// The key is encrypted to one in hardware, which this program uses.
    Sealed(String),
    /// The key is in hardware, which this program uses.
    Hardware(String),
}

impl fmt::Display for KeyLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyLock::Passphrase => f.write_str("behind a passphrase"),
            KeyLock::Sealed(program) => write!(f, "encrypted to your key of {program}"),
            KeyLock::Hardware(program) => write!(f, "in hardware, by {program}"),
        }
    }
}

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

    /// Keeps an identity that was made just now. It is the key from now on, unless there are some already.
    pub fn use_identity(&self, identity: Identity) -> &Identity {
        if self.keys.get().is_some() {
            return self.made.get_or_init(|| identity);
        }
        let keys = self.use_keys(vec![Key::Age(identity)]);
        keys.iter().find_map(Key::signer).expect("an age identity signs")
    }

    fn find_keys(&self) -> Result<Vec<Key>, Error> {
        let sources = self.key_sources()?;
        let mut lists = Vec::with_capacity(sources.len());
        for source in sources {
            let list = self.open_source(&source)?;
            lists.push((source.name, list));
        }
        self.open_lists(lists)
    }

    /// Reads the keys, all of the first place that has any.
    fn key_sources(&self) -> Result<Vec<KeySource>, Error> {
        if self.settings.identities.is_empty() {
            if let Some(text) = &self.settings.environment.key {
                return Ok(vec![KeySource { name: "`ETUI_KEY`".into(), text: text.clone(), path: None }]);
            }
            if let Some(command) = self.key_command() {
                let text = self.run_key_command(command)?;
                return Ok(vec![KeySource { name: "the output of `ETUI_KEY_COMMAND`".into(), text, path: None }]);
            }
        }
        self.key_files()
    }

    /// Reads the key files: those of `-i`, that of `ETUI_KEY_FILE`, or the usual one.
    pub fn key_files(&self) -> Result<Vec<KeySource>, Error> {
        let paths = match &self.settings.identities[..] {
            [] => vec![self.key_path()?],
            files => files.iter().map(|path| self.key_file_path(path)).collect(),
        };
        let read =
            |path: PathBuf| Ok(KeySource { name: shown(&path), text: self.read_key_file(&path)?, path: Some(path) });
        paths.into_iter().map(read).collect()
    }

    /// Opens the keys that stand in age files encrypted to others of these keys.
    fn open_lists(&self, lists: Vec<(String, KeyList)>) -> Result<Vec<Key>, Error> {
        let (mut keys, mut sealed) = (Vec::new(), Vec::new());
        for (source, list) in lists {
            keys.extend(list.keys);
            sealed.extend(list.sealed.into_iter().map(|block| (source.clone(), block)));
        }
        let plugins = self.plugins();
        let mut failed = None;
        for (source, block) in sealed {
            let SealedKeys { line, .. } = block;
            match kept_keys(&block.bytes, &plugins).map(Ok).unwrap_or_else(|| block.open(&keys, &plugins)) {
                Ok(list) => {
                    self.name_unused(&format!("{source}, in its encrypted part"), &list);
                    keys.extend(list.keys);
                }
                Err(error) => {
                    let error = KeyError::Sealed { source, line, error };
                    // Another key may do. But hardware that fails here would only fail once more.
                    let is_fatal = keys.is_empty() || error.is_plugin() && keys.iter().all(is_in_hardware);
                    failed = failed.or(is_fatal.then_some(error));
                }
            }
        }
        match failed {
            Some(error) if keys.iter().all(is_in_hardware) => Err(error.into()),
            _ => Ok(keys),
        }
    }

    /// Returns how plugins run: they talk to a person through this session's front end.
    pub fn plugins(&self) -> Plugins {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Plugins::new(Arc::clone(&self.frontend), std::env::split_paths(&path).collect())
    }

    /// Parses the text of a key file.
    pub fn parse_key_file(&self, source: &str, text: &[u8]) -> Result<KeyFile, KeyError> {
        let parsed = KeyFile::parse(text, &self.plugins());
        parsed.map_err(|error| KeyError::Unusable { source: source.to_owned(), error })
    }

    /// Returns the command that prints the key, if no other place goes before it.
    pub fn key_command(&self) -> Option<&OsStr> {
        let environment = &self.settings.environment;
        let is_elsewhere =
            !self.settings.identities.is_empty() || environment.key.is_some() || environment.key_file.is_some();
        environment.key_command.as_deref().filter(|_| !is_elsewhere)
    }

    /// Returns the key file: that of `-i`, of `ETUI_KEY_FILE`, or the usual one. `-` is standard input.
    pub fn key_path(&self) -> Result<PathBuf, Error> {
        let Settings { identities, environment, directory, .. } = &self.settings;
        match (identities.first(), &environment.key_file) {
            (Some(path), _) => Ok(self.key_file_path(path)),
            (None, Some(path)) => Ok(directory.join(path)),
            (None, None) => Ok(self.directories()?.identity()),
        }
    }

    /// Returns whether a key is read from standard input.
    pub fn reads_key_from_input(&self) -> bool {
        let Settings { identities, environment, .. } = &self.settings;
        let is_input = |path: &PathBuf| is_stdin(path) || path == Path::new("/dev/stdin");
        let usual = environment.key_file.as_ref().filter(|_| environment.key.is_none());
        if identities.is_empty() { usual.is_some_and(is_input) } else { identities.iter().any(is_input) }
    }

    fn key_file_path(&self, path: &Path) -> PathBuf {
        if is_stdin(path) { path.to_owned() } else { self.settings.directory.join(path) }
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

    /// Reads the key on standard input, once.
    fn read_piped_key(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if let Some(text) = self.piped.get() {
            return Ok(text.clone());
        }
        // A copy, since std's own handle keeps a buffer that is never wiped.
        let read = io::stdin().as_fd().try_clone_to_owned().map(File::from);
        let read = read.and_then(|file| store::read_private(file, KEY_FILE_LIMIT));
        let text = read.map_err(|error| KeyError::Read { path: "standard input".into(), error })?;
        Ok(self.piped.get_or_init(|| text).clone())
    }

    /// Reads a key file, which only its owner may be able to read.
    pub fn read_key_file(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
        // A file that the user redirects here may have any mode.
        if is_stdin(path) {
            return Ok(self.read_piped_key()?);
        }
        let failed = |error| KeyError::Read { path: path.to_owned(), error };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(KeyError::Missing { path: path.to_owned() }.into());
            }
            Err(error) => return Err(failed(error).into()),
        };
        let metadata = file.metadata().map_err(failed)?;
        let text = store::read_private(&file, KEY_FILE_LIMIT).map_err(failed)?;
        // The mode of a pipe, as a shell's <(…) makes one, says nothing about who can read it.
        if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
            return Err(match KeyFile::parse(&text, &Plugins::default()) {
                Err(error) if error.is_public() => KeyError::Unusable { source: shown(path), error },
                _ => {
                    let fixed = fixed_mode(&file, &metadata);
                    KeyError::Exposed { path: path.to_owned(), fixed, named: self.named() }
                }
            }
            .into());
        }
        self.frontend.notice(Notice::Debug(format!("key {}", path.display())));
        Ok(text)
    }

    /// Opens a key file: with a key that `unlock` keeps, or else with its passphrase.
    fn open_source(&self, source: &KeySource) -> Result<KeyList, Error> {
        let KeySource { name, text, path } = source;
        let list = match self.parse_key_file(name, text)? {
            KeyFile::Open(list) => list,
            KeyFile::Locked(locked) => match kept_keys(text, &self.plugins()) {
                Some(list) => return Ok(list),
                None => {
                    let list = self.ask_passphrase(name, &locked)?;
                    if let Some(path) = path {
                        self.mention_unlock(path, &list);
                    }
                    list
                }
            },
        };
        self.name_unused(name, &list);
        Ok(list)
    }

    /// Says once, to a person who has typed a passphrase, that it need not be typed each time.
    fn mention_unlock(&self, path: &Path, opened: &KeyList) {
        let named = &self.settings.identities[..];
        // What `unlock` could not keep, or would not find.
        let is_keepable = opened.keys.iter().all(|key| key.print(now()).is_some()) && keyring::is_there();
        if !self.frontend.can_ask() || is_stdin(path) || named.len() > 1 || !is_keepable {
            return;
        }
        let is_first = |directories: &Directories| {
            let mark = directories.unlock_mentioned();
            let make = || store::create_private(&directories.state).and_then(|()| store::write_new(&mark, b"", 0o600));
            !mark.exists() && make().is_ok()
        };
        if self.directories().is_ok_and(|directories| is_first(&directories)) {
            let unlock = Command::without_vault("unlock");
            let unlock = if named.is_empty() { unlock } else { unlock.arg("-i").quoted(&path.to_string_lossy()) };
            let text = Message::from("to type the passphrase once for the next 8 hours: ").command(unlock);
            self.frontend.notice(Notice::Note(text));
        }
    }

    /// Names the keys of a list that are not used.
    fn name_unused(&self, source: &str, list: &KeyList) {
        for UnusedKey { line, kind } in &list.unused {
            let text = format!("{source}, line {line}, is not used: {kind}");
            self.frontend.notice(Notice::Note(text.into()));
        }
    }

    /// Returns what names the key file.
    fn named(&self) -> Named {
        match (&self.settings.identities[..], &self.settings.environment.key_file) {
            ([_, ..], _) => Named::Option,
            ([], Some(_)) => Named::Variable,
            ([], None) => Named::Nothing,
        }
    }

    /// Returns the key file's name and text.
    pub fn key_file(&self) -> Result<(String, Zeroizing<Vec<u8>>), Error> {
        let path = self.key_path()?;
        let text = self.read_key_file(&path)?;
        Ok((shown(&path), text))
    }

    /// Returns what a command would have to ask for before it has a key that opens a vault. Starts no plugin.
    pub fn key_lock(&self) -> Option<KeyLock> {
        let is_printed = self.key_command().is_some();
        let sources = self.key_sources().ok().filter(|_| !is_printed)?;
        let plugins = Plugins::default();
        let (mut program, mut is_sealed, mut is_at_hand) = (None, false, false);
        for KeySource { text, .. } in sources {
            match KeyFile::parse(&text, &plugins).ok()? {
                KeyFile::Locked(_) if kept_keys(&text, &plugins).is_none() => return Some(KeyLock::Passphrase),
                KeyFile::Locked(_) => is_at_hand = true,
                KeyFile::Open(list) => {
                    for key in &list.keys {
                        match key.hardware() {
                            Some(key) => program = Some(key.program()),
                            None => is_at_hand = true,
                        }
                    }
                    let is_kept = |sealed: &SealedKeys| kept_keys(&sealed.bytes, &plugins).is_some();
                    is_at_hand |= list.sealed.iter().any(is_kept);
                    is_sealed |= !list.sealed.iter().all(is_kept);
                }
            }
        }
        let program = program.filter(|_| !is_at_hand)?;
        Some(if is_sealed { KeyLock::Sealed(program) } else { KeyLock::Hardware(program) })
    }

    /// Returns whether a command would have to ask a person before it has a key that opens a vault.
    pub fn is_locked(&self) -> bool {
        self.key_lock().is_some()
    }

    /// Asks for the passphrase of a locked key, three times at most.
    pub fn ask_passphrase(&self, source: &str, locked: &LockedKey) -> Result<KeyList, Error> {
        if !self.frontend.can_ask_passphrase() {
            return Err(KeyError::NoTerminal { source: source.to_owned() }.into());
        }
        for _ in 0..PASSPHRASE_TRIES {
            let passphrase = self.frontend.ask_passphrase(&format!("Passphrase for {source}:"))?;
            match locked.open(&passphrase, &self.plugins()) {
                Ok(list) => return Ok(list),
                Err(PassphraseError::Wrong) => self.frontend.notice(Notice::Warning("wrong passphrase".into())),
                Err(PassphraseError::Damaged) => return Err(KeyError::Damaged { source: source.to_owned() }.into()),
            }
        }
        Err(KeyError::WrongPassphrase { source: source.to_owned(), tries: PASSPHRASE_TRIES }.into())
    }
}

/// Returns whether a path of `-i` is standard input.
pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns how messages name a key file.
fn shown(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Returns why the mode of a file cannot be changed, if that is known.
fn fixed_mode(file: &File, metadata: &Metadata) -> Option<FixedMode> {
    let flags = fstatvfs(file).map(|system| system.f_flag).unwrap_or(StatVfsMountFlags::empty());
    let user = rustix::process::geteuid().as_raw();
    if flags.contains(StatVfsMountFlags::RDONLY) {
        Some(FixedMode::ReadOnly)
    } else if ![0, metadata.uid()].contains(&user) {
        Some(FixedMode::Owner)
    } else {
        has_no_modes(file).then_some(FixedMode::NoModes)
    }
}

/// Returns whether a file is on a drive that keeps no modes, as the drives of Windows under WSL: FAT, exFAT, NTFS, 9P,
/// FUSE, SMB and the shared folders of VirtualBox and VMware (statfs(2)). Some of these may keep them after all.
#[cfg(target_os = "linux")]
fn has_no_modes(file: &File) -> bool {
    const KINDS: [u32; 10] = [
        0x4d44,
        0x2011_bab0,
        0x5346_544e,
        0x7366_746e,
        0x0102_1997,
        0x6573_5546,
        0xff53_4d42,
        0xfe53_4d42,
        0x786f_4256,
        0xbacb_acbc,
    ];
    rustix::fs::fstatfs(file).is_ok_and(|system| KINDS.contains(&(system.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn has_no_modes(_: &File) -> bool {
    false
}

fn is_in_hardware(key: &Key) -> bool {
    key.hardware().is_some()
}

/// Returns the keys of a locked or encrypted file, if `unlock` keeps them.
fn kept_keys(locked: &[u8], plugins: &Plugins) -> Option<KeyList> {
    match KeyFile::parse(&keyring::get(&kept_name(locked))?, plugins).ok()? {
        KeyFile::Open(list) => Some(list),
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
        /// Why that cannot be changed.
        fixed: Option<FixedMode>,
        named: Named,
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
    /// The file, or the block that begins in this line, is encrypted to other keys, which did not open it.
    Sealed {
        source: String,
        line: usize,
        error: OpenError,
    },
    /// The key is in hardware and has no signing key.
    ReadsOnly {
        program: String,
        recipient: Option<Recipient>,
    },
}

impl KeyError {
    fn is_plugin(&self) -> bool {
        matches!(self, KeyError::Sealed { error: OpenError::Plugin(_), .. })
    }
}

/// Why the mode of a file cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixedMode {
    /// The file is where nothing can be written, such as a secret of a container.
    ReadOnly,
    /// The file belongs to another user.
    Owner,
    /// The drive keeps no modes.
    NoModes,
}

/// What names the key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Option,
    Variable,
    Nothing,
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
            KeyError::Exposed { path, fixed, named } => exposed(path, *fixed, *named),
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
            KeyError::Sealed { error: OpenError::Plugin(error), .. } => error.explain(),
            KeyError::Sealed { source, line, error } => {
                let source = if *line == 1 { source.clone() } else { format!("line {line} of {source}") };
                match error {
                    OpenError::NoKey => {
                        no_access("identity_sealed", format!("{source} is encrypted to a key that is not here"))
                            .hint("name that key's file too: `-i FILE`")
                    }
                    _ => no_access("bad_identity", format!("{source} is damaged, or holds no key"))
                        .hint("restore your backup"),
                }
            }
            KeyError::ReadsOnly { program, recipient } => {
                let recipient = recipient.as_ref().map(|recipient| format!(", {recipient},")).unwrap_or_default();
                let message = format!("your key of {program}{recipient} only reads: it has no signing key");
                no_access("no_signing_key", message)
                    .hint(Message::from("to make one: ").command(Command::without_vault("join")))
            }
        }
    }
}

fn exposed(path: &Path, fixed: Option<FixedMode>, named: Named) -> Report {
    let (shown, quoted) = (path.display(), shell_quote(&path.to_string_lossy()).into_owned());
    let report = |message: String| Report::new(Kind::NoAccess, "identity_exposed", message);
    let Some(fixed) = fixed else {
        return report(format!("others can read the key {shown}")).hint(format!("`chmod 600 {quoted}`"));
    };
    let why = match fixed {
        FixedMode::ReadOnly => "its file system is read-only",
        FixedMode::Owner => "it belongs to another user",
        FixedMode::NoModes => "its drive keeps no modes",
    };
    // A command's output has no mode. It counts only if nothing names a file.
    let cat = format!("cat {quoted}");
    let export = format!("export ETUI_KEY_COMMAND={}", shell_quote(&cat));
    let hint = match named {
        Named::Option => format!("leave out `-i`, after `{export}`"),
        Named::Variable => format!("`unset ETUI_KEY_FILE; {export}`"),
        Named::Nothing => format!("`{export}`"),
    };
    report(format!("others can read the key {shown}, and `chmod` cannot change that: {why}")).hint(hint)
}

fn unusable(source: &str, error: &IdentityError) -> Report {
    let bad = |message: String| Report::new(Kind::NoAccess, "bad_identity", message);
    match error {
        IdentityError::Empty => bad(format!("{source} holds no key")),
        IdentityError::Unused(UnusedKey { kind: UnusedKind::Public, .. }) => {
            let report = bad(format!("{source} is a public key, which opens nothing"));
            match source.strip_suffix(".pub") {
                Some(private) => report.hint(format!("the private key is beside it: `-i {}`", shell_quote(private))),
                None => report.hint("a private age key begins with `AGE-SECRET-KEY-1`"),
            }
        }
        IdentityError::Unused(UnusedKey { line, kind }) => {
            bad(format!("{source} holds no key that opens a vault: line {line} is {kind}"))
                .hint(Message::from("for an age key: ").command(Command::without_vault("key new")))
        }
        IdentityError::Line(line) => {
            bad(format!("{source} is not a key file: line {line} is neither a key nor a comment"))
                .hint("an age key begins with `AGE-SECRET-KEY-1`")
        }
        IdentityError::Signing(line) => {
            bad(format!("line {line} of {source} is not the signing key that etui wrote there"))
                .hint("restore your backup of it")
        }
        IdentityError::Ssh => {
            bad(format!("{source} is not an ssh-ed25519 key, the only ssh kind that opens age files"))
                .hint("`ssh-keygen -t ed25519`")
                .hint(Message::from("for an age key: ").command(Command::without_vault("key new")))
        }
    }
}

explained!(KeyError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_whose_mode_cannot_be_changed_is_piped() {
        let cat = r"export ETUI_KEY_COMMAND='cat '\''/a b/k'\'''";
        for (fixed, named, why, hint) in [
            (None, Named::Option, "", "`chmod 600 '/a b/k'`".to_owned()),
            (
                Some(FixedMode::ReadOnly),
                Named::Option,
                ", and `chmod` cannot change that: its file system is read-only",
                format!("leave out `-i`, after `{cat}`"),
            ),
            (
                Some(FixedMode::Owner),
                Named::Variable,
                ", and `chmod` cannot change that: it belongs to another user",
                format!("`unset ETUI_KEY_FILE; {cat}`"),
            ),
            (
                Some(FixedMode::NoModes),
                Named::Nothing,
                ", and `chmod` cannot change that: its drive keeps no modes",
                format!("`{cat}`"),
            ),
        ] {
            let report = KeyError::Exposed { path: "/a b/k".into(), fixed, named }.explain();
            assert_eq!(report.message.to_string(), format!("others can read the key /a b/k{why}"));
            assert_eq!(report.hints.iter().map(ToString::to_string).collect::<Vec<_>>(), [hint]);
        }
    }
}
