//! One user's machine for a test: a home, a working directory, and the binary.
//!
//! After a message is reworded on purpose, `UPDATE=1 cargo test` rewrites the expected texts in the sources of the
//! tests: run it, review the diff, run `cargo fmt` and then `cargo test`. It reaches what is compared as a whole by
//! [`Ran::prints`], [`Ran::says`], [`Ran::fails`], `Left::shows` and [`update::text`], and strings in documents
//! compared by [`update::json`]; the [module](update) says how, and what is left to change by hand.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use etui::keys::{self, Card, Identity, OpenError};
use etui::session::envelope::sign;
use etui::vault::member::endorsed;
use etui::vault::text::{Text, Trailer, trailer};
use etui::vault::{Member, MemberName, PublicKeys, Vault, VaultId};
use tempfile::TempDir;

use crate::{hints, update};

/// One user's machine, as far as a test needs it. Its files are removed when it is dropped.
pub struct Bench {
    root: TempDir,
}

/// A vault and the pins that this machine has for it.
pub struct Snapshot {
    pub vault: Vec<u8>,
    pub pins: Vec<u8>,
}

/// How a command ended: its exit code and both streams.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub out: Vec<u8>,
    pub err: String,
}

/// The variable that names the directory for etui's private files: in memory, except on macOS.
pub const SCRATCH: &str = if cfg!(target_os = "linux") { "XDG_RUNTIME_DIR" } else { "TMPDIR" };

/// Makes a directory for etui's private files.
pub fn scratch() -> TempDir {
    let usual = std::env::temp_dir();
    let root = if cfg!(target_os = "linux") { Path::new("/dev/shm") } else { &usual };
    tempfile::Builder::new().prefix("etui-test-").tempdir_in(root).unwrap()
}

/// A directory in memory with room for the tests, from which programs can be run. Writes that are synced to a disk would
/// take a sixth of the time of all tests. Containers often have little memory of this kind.
#[cfg(target_os = "linux")]
fn memory() -> Option<&'static Path> {
    use rustix::fs::{StatVfsMountFlags, statvfs};
    let memory = Path::new("/dev/shm");
    let found = statvfs(memory).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    (free >= 2 << 30 && !found.f_flag.contains(StatVfsMountFlags::NOEXEC)).then_some(memory)
}

#[cfg(not(target_os = "linux"))]
fn memory() -> Option<&'static Path> {
    None
}

impl Bench {
    /// A machine on which etui has never run.
    pub fn new() -> Bench {
        memory().map_or_else(Bench::on_disk, |memory| Bench::at(memory.to_owned()))
    }

    /// The same, surely on a disk.
    pub fn on_disk() -> Bench {
        Bench::at(std::env::temp_dir())
    }

    fn at(directory: PathBuf) -> Bench {
        // On macOS the usual path leads through a link, and etui prints where files really are.
        let directory = fs::canonicalize(directory).unwrap();
        let root = tempfile::Builder::new().prefix("etui-test-").tempdir_in(directory).unwrap();
        fs::create_dir(root.path().join("work")).unwrap();
        Bench { root }
    }

    /// A machine with a vault of team acme: projects web and api, cluster gpu; not linked.
    pub fn acme() -> Bench {
        Bench::new().with_acme()
    }

    /// Like [`Bench::acme`], with the working directory linked to project web on cluster gpu.
    pub fn linked() -> Bench {
        let bench = Bench::acme();
        bench.etui(["link", "-p", "web", "-c", "gpu"]).ok();
        bench
    }

    /// Adds what [`Bench::acme`] has.
    pub fn with_acme(self) -> Bench {
        self.etui(["init", "acme", "--as", "alice", "-p", "web", "-p", "api", "-c", "gpu"]).ok();
        self
    }

    /// The directory in which commands run.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// `ETUI_HOME`: the key, and the vaults that are in no repository.
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// The vault of team acme.
    pub fn vault(&self) -> PathBuf {
        self.home().join("acme.age")
    }

    /// The user's key.
    pub fn key(&self) -> PathBuf {
        self.home().join("identity.txt")
    }

    /// The binary in a cleared environment, without a terminal, for the test to run itself.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_etui"));
        self.as_user(&mut command).args(arguments);
        command
    }

    /// Gives a command the user's environment and directory, and nothing else.
    pub fn as_user<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command
            .current_dir(self.work())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.root.path())
            .env("USER", "alice")
            .env("ETUI_HOME", self.home())
            // Git would explain that it stops looking at the border of the file system.
            .env("GIT_DISCOVERY_ACROSS_FILESYSTEM", "1")
            .stdin(Stdio::null())
    }

    /// Saves the vault and the pins as they are now.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { vault: bytes(self.vault()), pins: bytes(self.pins()) }
    }

    /// Restores the vault and the pins, so that nothing remembers that the vault was ever newer.
    pub fn restore(&self, snapshot: &Snapshot) {
        fs::write(self.vault(), &snapshot.vault).unwrap();
        fs::write(self.pins(), &snapshot.pins).unwrap();
    }

    /// The file of pins: what this machine trusts, and the newest vaults that it has seen.
    pub fn pins(&self) -> PathBuf {
        self.home().join("state/trust.toml")
    }

    /// Runs etui with nothing on standard input.
    pub fn etui<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Outcome {
        ran(&mut self.command(arguments))
    }

    /// Runs etui with these environment variables.
    pub fn with<S: AsRef<OsStr>>(&self, variables: &[(&str, &str)], arguments: impl IntoIterator<Item = S>) -> Outcome {
        ran(self.command(arguments).envs(variables.iter().copied()))
    }

    /// Runs a script in `/bin/sh`, with the binary on its path as `etui`.
    pub fn sh(&self, script: &str) -> Outcome {
        let mut path = vec![Path::new(env!("CARGO_BIN_EXE_etui")).parent().unwrap().to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        let mut shell = Command::new("/bin/sh");
        let etui = self.command([""; 0]);
        shell.env_clear().envs(etui.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.env("PATH", std::env::join_paths(path).unwrap());
        Outcome::from(shell.args(["-c", script]).current_dir(self.work()).stdin(Stdio::null()).output().unwrap())
    }

    /// Runs etui with this on standard input.
    pub fn piped<S: AsRef<OsStr>>(&self, input: impl AsRef<[u8]>, arguments: impl IntoIterator<Item = S>) -> Outcome {
        let mut command = self.command(arguments);
        feed(&mut command, input.as_ref())
    }

    /// Sets a secret from a pipe, byte for byte.
    pub fn set(&self, name: &str, value: impl AsRef<[u8]>, scope: &[&str]) {
        let arguments = ["set", name, "--file", "-"].into_iter().chain(scope.iter().copied());
        self.piped(value, arguments).ok();
    }
}

/// Runs a command, and what its messages tell a person to type.
fn ran(command: &mut Command) -> Outcome {
    let outcome = Outcome::from(command.output().unwrap());
    hints::follow(command, &outcome);
    outcome
}

/// Runs a command with this on standard input. The command need not read it.
pub fn feed(command: &mut Command, input: &[u8]) -> Outcome {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap();
    let outcome = Outcome::from(output);
    hints::follow(command, &outcome);
    outcome
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Outcome {
        Outcome {
            // Like a shell: 128 plus the signal.
            code: output
                .status
                .code()
                .unwrap_or_else(|| 128 + std::os::unix::process::ExitStatusExt::signal(&output.status).unwrap_or(0)),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Outcome {
    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.out).unwrap()
    }

    /// The same output with each timestamp (RFC 3339, UTC) replaced by `WHEN`.
    pub fn mask_times(self) -> Outcome {
        Outcome { out: mask_times(self.text()).into_bytes(), err: mask_times(&self.err), ..self }
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn document(&self) -> serde_json::Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// It succeeded.
    #[track_caller]
    pub fn ok(self) -> Outcome {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It succeeded and printed exactly this on standard output.
    #[track_caller]
    pub fn prints(self, text: &str) -> Outcome {
        self.exits(0, text)
    }

    /// It wrote exactly these lines to standard error.
    #[track_caller]
    pub fn says(self, lines: &str) -> Outcome {
        let is_ended = self.err.is_empty() || (self.err.len() > 1 && self.err.ends_with('\n'));
        assert!(is_ended, "the last line has no end: {:?}", self.err);
        let stderr = self.err.strip_suffix('\n').unwrap_or_default();
        update::text(stderr, lines, &format!("standard output was: {}", String::from_utf8_lossy(&self.out)));
        self
    }

    /// It ended with this exit code and printed exactly this on standard output.
    #[track_caller]
    pub fn exits(self, code: i32, text: &str) -> Outcome {
        assert_eq!(self.code, code, "{self:?}");
        update::text(self.text(), text, &format!("standard error was: {}", self.err));
        self
    }

    /// It failed with this exit code, printed nothing, and wrote this document as one line of standard error.
    #[track_caller]
    pub fn fails_in_json(self, code: i32, expected: &serde_json::Value) -> Outcome {
        assert_eq!((self.code, self.text(), self.err.lines().count()), (code, "", 1), "{}", self.err);
        let document = serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error}: {}", self.err));
        update::json(&document, expected, "");
        self
    }

    /// It failed with this exit code, printed nothing, and wrote exactly these lines to standard error.
    #[track_caller]
    pub fn fails(self, code: i32, lines: &str) -> Outcome {
        assert_eq!((self.code, self.text()), (code, ""), "{}", self.err);
        self.says(lines)
    }
}

fn mask_times(text: &str) -> String {
    const PATTERN: &str = "0000-00-00T00:00:00Z";
    let is_timestamp = |at: &str| {
        let fits = |(byte, shape): (u8, u8)| if shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
        at.len() >= PATTERN.len() && at.bytes().zip(PATTERN.bytes()).all(fits)
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if is_timestamp(rest) {
            out.push_str("WHEN");
            rest = &rest[PATTERN.len()..];
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    out
}

/// A file's bytes.
pub fn bytes(path: impl AsRef<Path>) -> Vec<u8> {
    fs::read(path).unwrap()
}

/// The file names in a directory, sorted.
pub fn names(directory: impl AsRef<Path>) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An age file behind a passphrase that costs almost no work.
pub fn lock(text: &str, passphrase: &str) -> Vec<u8> {
    let mut recipient = age::scrypt::Recipient::new(passphrase.to_owned().into());
    recipient.set_work_factor(2);
    let encryptor = age::Encryptor::with_recipients([&recipient as _].into_iter()).unwrap();
    let mut sealed = Vec::new();
    let mut writer = encryptor.wrap_output(&mut sealed).unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finish().unwrap();
    sealed
}

/// The text of a sealed vault, with its trailer.
pub fn open(sealed: &[u8], identities: &[Identity]) -> Result<Vec<u8>, OpenError> {
    let mut text = Vec::new();
    keys::open(sealed, identities, |piece| text.extend_from_slice(piece))?;
    Ok(text)
}

/// Splits a vault's text into its body and its trailer.
pub fn split(text: &[u8]) -> (&str, Trailer) {
    let (body, trailer) = text.split_at(text.len() - trailer::LENGTH);
    (std::str::from_utf8(body).unwrap(), Trailer::parse(trailer).unwrap())
}

/// A vault's body with a trailer that this identity signs.
pub fn signed(by: &Identity, body: &str) -> String {
    format!("{body}{}", sign(body, keys::Purpose::Vault, by.open_signer().unwrap()).0)
}

/// Encrypts a text to these identities, and to as many others that a forged vault has a stanza for each member.
pub fn sealed<'i>(text: impl AsRef<[u8]>, to: impl IntoIterator<Item = &'i Identity>) -> Vec<u8> {
    let others = (0..8).map(|_| Identity::generate().recipient());
    let recipients: Vec<_> = to.into_iter().map(Identity::recipient).chain(others).collect();
    keys::seal(&[text.as_ref()], &recipients).unwrap()
}

/// A member, endorsed by an identity.
pub fn member(id: &VaultId, name: &MemberName, keys: PublicKeys, by: &Identity) -> Member {
    Member {
        endorsement: by.open_signer().unwrap().sign(&endorsed(id, name, &keys)),
        keys,
        added: "2026-11-21T10:00:00Z".parse().unwrap(),
        endorsed_by: by.fingerprint(),
        extra: toml::Table::new(),
    }
}

/// The public keys of an identity, as a writer or as a reader.
pub fn public_keys(of: &Identity, is_writer: bool) -> PublicKeys {
    if is_writer { Card::of(of).public_keys() } else { PublicKeys::reader(of.recipient()) }
}

/// Parses the body of a vault's text.
pub fn vault(body: &str) -> Vault {
    let text = Text::new(body.to_owned());
    text.whole(&text.head().unwrap()).unwrap()
}
