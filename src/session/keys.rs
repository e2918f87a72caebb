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

use super::key_error::{FixedMode, KeyError, Named};
use super::{Session, Settings};
use crate::keys::{
    AgeIdentity as _, Identity, Key, KeyFile, KeyList, LockedKey, PassphraseError, Plugins, Rotation, SealedKeys,
    UnusedKey, keyring,
};
use crate::report::{Command, Error, Message, Notice, now, plain_io};
use crate::store::{self, Directories};
use crate::vault::hex;

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

    /// Returns the rotation that the key file is in, once its keys were found.
    pub fn rotation(&self) -> Option<&Rotation> {
        self.rotation.get()
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
            if let Some(text) = self.settings.environment.key()? {
                return Ok(vec![KeySource {
                    name: "`ETUI_KEY`".into(),
                    text: Zeroizing::new(text.to_vec()),
                    path: None,
                }]);
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
            self.note_rotation(&list);
            keys.extend(list.keys);
            sealed.extend(list.sealed.into_iter().map(|block| (source.clone(), block)));
        }
        let (plugins, mut failed) = (self.plugins(), Vec::new());
        for (source, block) in sealed {
            let SealedKeys { line, .. } = block;
            let kept = kept_keys(&block.bytes, &plugins);
            let is_kept = kept.is_some();
            match kept.map(Ok).unwrap_or_else(|| block.open(&keys, &plugins)) {
                Ok(list) => {
                    if !is_kept {
                        self.name_unused(&format!("{source}, in its encrypted part"), &list);
                    }
                    self.note_rotation(&list);
                    keys.extend(list.keys);
                }
                Err(error) => failed.push(KeyError::Sealed { source, line, error }),
            }
        }
        // A key at hand may do without them. But hardware that failed here would only fail once more.
        let is_at_hand = keys.iter().any(|key| key.hardware().is_none());
        let is_fatal = |error: &KeyError| keys.is_empty() || error.is_plugin() && !is_at_hand;
        if let Some(at) = failed.iter().position(is_fatal) {
            return Err(failed.swap_remove(at).into());
        }
        for error in failed {
            self.frontend.notice(Notice::Note(format!("not used: {error}").into()));
        }
        Ok(keys)
    }

    /// Returns how plugins run: they talk to a person through this session's front end.
    pub fn plugins(&self) -> Plugins {
        let directories = || std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
        Plugins::new(Arc::clone(&self.frontend), directories)
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
        let is_open = metadata.is_file() && metadata.permissions().mode() & 0o077 != 0;
        if is_open && !is_container_secret(path) {
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
                    let (list, _) = self.ask_passphrase(name, &locked)?;
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
            let text = "to type the passphrase once for the next 8 hours: ";
            let text = Message::from(text).command(self.about_key("unlock"));
            self.frontend.notice(Notice::Note(text));
        }
    }

    /// Returns a command that works on the key file in use.
    pub fn about_key(&self, verb: &'static str) -> Command {
        let command = Command::without_vault(verb);
        match &self.settings.identities[..] {
            [path] => command.arg("-i").quoted(&self.key_file_path(path).to_string_lossy()),
            _ => command,
        }
    }

    /// Names the keys of a list that are not used.
    fn name_unused(&self, source: &str, list: &KeyList) {
        for UnusedKey { line, kind } in &list.unused {
            let text = format!("{source}, line {line}, is not used: {kind}");
            self.frontend.notice(Notice::Note(text.into()));
        }
    }

    /// Remembers the rotation that a key file is in.
    fn note_rotation(&self, list: &KeyList) {
        if let Some(rotation) = Rotation::find(&list.text) {
            let _ = self.rotation.set(rotation);
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
        if self.key_command().is_some() {
            return None;
        }
        let sources = self.key_sources().ok()?;
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

    /// Asks for the passphrase of a locked key, three times at most. Returns what it opens, and the passphrase.
    pub fn ask_passphrase(&self, source: &str, locked: &LockedKey) -> Result<(KeyList, Zeroizing<String>), Error> {
        if !self.frontend.can_ask_passphrase() {
            return Err(KeyError::NoTerminal { source: source.to_owned() }.into());
        }
        for _ in 0..PASSPHRASE_TRIES {
            let passphrase = self.frontend.ask_passphrase(&format!("Passphrase for {source}:"))?;
            match locked.open(&passphrase, &self.plugins()) {
                Ok(list) => return Ok((list, passphrase)),
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

/// Returns whether a file is where docker, podman and swarm put the secrets of a container. They choose its mode, 0444 as a
/// rule, so that any user of that container can read it.
fn is_container_secret(path: &Path) -> bool {
    path.parent() == Some(Path::new("/run/secrets"))
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
