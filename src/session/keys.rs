//! Where a key is found: by option, in the environment, or in its usual place; and how a locked one is opened.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use rustix::fs::{StatVfsMountFlags, fstatvfs};
use zeroize::Zeroizing;

use super::{Session, Settings};
use crate::keys::{
    Identity, IdentityError, Key, KeyFile, KeyList, LockedKey, PassphraseError, Rotation, UnusedKey, UnusedKind,
    keyring,
};
use crate::report::{Command, Error, Explain, Kind, Message, Notice, Report, plain_io, shell_quote};
use crate::store::{self, Directories};
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

    /// Returns the rotation that the key file is in, once its keys were found.
    pub fn rotation(&self) -> Option<&Rotation> {
        self.rotation.get()
    }

    fn find_keys(&self) -> Result<Vec<Key>, Error> {
        let environment = &self.settings.environment;
        match &self.settings.identities[..] {
            [] => {
                if let Some(text) = environment.key()? {
                    return self.open_keys("`ETUI_KEY`".into(), text, None);
                }
                if let Some(command) = self.key_command() {
                    let text = self.run_key_command(command)?;
                    return self.open_keys("the output of `ETUI_KEY_COMMAND`".into(), &text, None);
                }
                self.read_keys(&self.key_path()?)
            }
            files => {
                let read = |path: &PathBuf| self.read_keys(&self.key_file_path(path));
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

    fn read_keys(&self, path: &Path) -> Result<Vec<Key>, Error> {
        let text = self.read_key_file(path)?;
        self.open_keys(shown(path), &text, Some(path))
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
            return Err(match KeyFile::parse(&text) {
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
    fn open_keys(&self, source: String, text: &[u8], path: Option<&Path>) -> Result<Vec<Key>, Error> {
        match parse_key_file(&source, text)? {
            KeyFile::Open(list) => Ok(self.use_list(&source, list)),
            KeyFile::Locked(locked) => match kept_list(text) {
                Some(list) => Ok(self.use_kept(list)),
                None => {
                    let (list, _) = self.ask_passphrase(&source, &locked)?;
                    if let Some(path) = path {
                        self.mention_unlock(path, &list);
                    }
                    Ok(self.use_list(&source, list))
                }
            },
        }
    }

    /// Says once, to a person who has typed a passphrase, that it need not be typed each time.
    fn mention_unlock(&self, path: &Path, opened: &KeyList) {
        let named = &self.settings.identities[..];
        // What `unlock` could not keep, or would not find.
        let is_keepable = opened.keys.iter().all(|key| key.signer().is_some()) && keyring::is_there();
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

    /// Returns the keys of a list, and names the others.
    fn use_list(&self, source: &str, list: KeyList) -> Vec<Key> {
        for UnusedKey { line, kind } in &list.unused {
            let text = format!("{source}, line {line}, is not used: {kind}");
            self.frontend.notice(Notice::Note(text.into()));
        }
        self.use_kept(list)
    }

    /// Returns the keys of a list whose other ones were named before.
    fn use_kept(&self, list: KeyList) -> Vec<Key> {
        if let Some(rotation) = Rotation::find(&list.text) {
            let _ = self.rotation.set(rotation);
        }
        list.keys
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

    /// Returns whether a command would have to ask for the passphrase.
    pub fn is_locked(&self) -> bool {
        let locked = || {
            let (_, text) = self.key_file().ok()?;
            matches!(KeyFile::parse(&text).ok()?, KeyFile::Locked(_)).then_some(text)
        };
        self.settings.environment.key.is_none() && locked().is_some_and(|text| kept_list(&text).is_none())
    }

    /// Asks for the passphrase of a locked key, three times at most. Returns what it opens, and the passphrase.
    pub fn ask_passphrase(&self, source: &str, locked: &LockedKey) -> Result<(KeyList, Zeroizing<String>), Error> {
        if !self.frontend.can_ask_passphrase() {
            return Err(KeyError::NoTerminal { source: source.to_owned() }.into());
        }
        for _ in 0..PASSPHRASE_TRIES {
            let passphrase = self.frontend.ask_passphrase(&format!("Passphrase for {source}:"))?;
            match locked.open(&passphrase) {
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

/// Parses the text of a key file.
pub fn parse_key_file(source: &str, text: &[u8]) -> Result<KeyFile, KeyError> {
    KeyFile::parse(text).map_err(|error| KeyError::Unusable { source: source.to_owned(), error })
}

/// Returns the keys of a locked file, if `unlock` keeps them.
fn kept_list(locked: &[u8]) -> Option<KeyList> {
    match KeyFile::parse(&keyring::get(&kept_name(locked))?).ok()? {
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
