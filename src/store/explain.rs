//! The words for what goes wrong with files, locks, links and pins.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::io::Errno;

use super::attributes::{Attributes, user};
use super::directories::DirectoriesError;
use super::exposure::{Exposed, Exposure};
use super::link::LinkError;
use super::lock::{Holder, LockError};
use super::obstacle::Obstacle;
use super::paths::parent;
use super::pins::PinStoreError;
use super::scratch::ScratchError;
use super::vault_file::StoreError;
use crate::report::{Explain, Kind, Report, plain_io, shell_quote};

impl Explain for DirectoriesError {
    fn explain(&self) -> Report {
        let message = match self {
            DirectoriesError::NoHome => "`HOME` is not set",
            DirectoriesError::RelativeHome => "`HOME` is not an absolute path",
        };
        Report::new(Kind::Failed, "no_home", message)
            .hint("set `HOME`, or set `ETUI_HOME` to a directory for etui alone")
    }
}

impl Explain for StoreError {
    fn explain(&self) -> Report {
        match self {
            StoreError::Missing(path) => {
                Report::new(Kind::NotFound, "vault_missing", format!("no vault at {}", path.display()))
            }
            StoreError::Lock(error) => error.explain(),
            StoreError::Read(path, error) => io_report("read", path, error),
            StoreError::Write(path, error) => io_report("write", path, error),
        }
    }
}

impl Explain for LockError {
    fn explain(&self) -> Report {
        match self {
            LockError::Held { by, waited, path } => {
                let holder = match by {
                    Some(Holder { pid, host, since, command }) => {
                        format!("process {pid} on {host} (`{command}`) since {since}")
                    }
                    None => "another process".to_owned(),
                };
                let message = format!("{} is locked by {holder}; waited {} s", path.display(), waited.as_secs());
                Report::new(Kind::Busy, "locked", message).hint("run it again, or wait longer: `--lock-timeout 60`")
            }
            LockError::Directory(path, error) => io_report("write", path, error),
            LockError::File { path, error, model } => {
                let message = format!("cannot use the lock {}: {}", path.display(), plain_io(error));
                let report = Report::new(Kind::Failed, "io", message);
                match model {
                    Some(Attributes { owner, group, mode }) if error.kind() == io::ErrorKind::PermissionDenied => {
                        let (quoted, mode) = (quoted(path), mode & 0o666);
                        let chown = format!("`sudo chown {owner}:{group} {quoted} && sudo chmod {mode:o} {quoted}`");
                        report.hint(format!("give it the owner, the group and the mode of the vault: {chown}"))
                    }
                    None if error.kind() == io::ErrorKind::PermissionDenied => hinted(report, "use", path, error),
                    _ => {
                        let quoted = quoted(path);
                        report.hint(format!("nothing was changed; to make another: `mv {quoted} {quoted}.bad`"))
                    }
                }
            }
        }
    }
}

impl Explain for PinStoreError {
    fn explain(&self) -> Report {
        match self {
            PinStoreError::Damaged(path) => {
                let path = path.display();
                let message = format!("{path} is not what etui wrote, so nothing can be trusted by it");
                Report::new(Kind::Damaged, "memory_damaged", message)
                    .hint("restore it from a backup")
                    .hint("if a newer version of etui wrote it, use that one")
                    .hint(format!("start anew, and compare the vault's fingerprint: `mv {path} {path}.bad`"))
            }
            PinStoreError::Exposed(exposed) => exposed_pins(exposed),
            PinStoreError::Read(path, error) => {
                let message = format!("cannot read {}: {}", path.display(), plain_io(error));
                let hint = taken(path, error).unwrap_or_else(|| "no vault is trusted without it".to_owned());
                Report::new(Kind::Failed, "io", message).hint(hint)
            }
            PinStoreError::Write(path, error) => {
                let report = io_report("write", path, error);
                if report.hints.is_empty() { report.hint("nothing was changed") } else { report }
            }
        }
    }
}

fn exposed_pins(Exposed { path, by }: &Exposed) -> Report {
    let (shown, quoted) = (path.display(), quoted(path));
    let decides = "decide whom this laptop trusts";
    let (message, hint) = match by {
        Exposure::Mode => (format!("others can write {shown}, and so {decides}"), format!("`chmod go-w {quoted}`")),
        Exposure::Owner(user) => {
            let chown = format!("`sudo chown {user} {quoted}`");
            let message = format!("{shown} belongs to another user, who could {decides}");
            (message, format!("if you know what is in it: {chown}"))
        }
    };
    Report::new(Kind::Failed, "pins_exposed", message).hint(hint)
}

impl Explain for LinkError {
    fn explain(&self) -> Report {
        match self {
            LinkError::Syntax { path, line } => {
                let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
                Report::new(Kind::Usage, "bad_link", format!("{}{line}: not the text of a link", path.display()))
                    .hint("`--no-link` ignores it")
            }
            LinkError::Name { path, error } => {
                Report::new(Kind::Usage, "bad_link", format!("{}: {error}", path.display()))
                    .hint("`--no-link` ignores it")
            }
            LinkError::VaultOutside { path, vault } => {
                let message = format!("{} names a vault that is not below it: {}", path.display(), vault.display());
                Report::new(Kind::Usage, "link_outside", message)
                    .hint("put the link above its vault, or name the vault each time: `--vault FILE`")
            }
            LinkError::Unreadable { path, error } => {
                let message = format!("cannot read the link {}: {}", path.display(), plain_io(error));
                Report::new(Kind::Failed, "io", message).hint("`--no-link` ignores it")
            }
            LinkError::Io { path, error } => io_report("use", path, error),
        }
    }
}

impl Explain for ScratchError {
    fn explain(&self) -> Report {
        match self {
            ScratchError::NoMemory => {
                let message = "this needs a directory in memory, and this system has none";
                Report::new(Kind::Failed, "no_memory_directory", message)
                    .hint("mount a tmpfs, and name it in `XDG_RUNTIME_DIR`")
            }
            ScratchError::Io(path, error) => {
                Report::new(Kind::Failed, "io", format!("cannot write {}: {}", path.display(), plain_io(error)))
            }
        }
    }
}

/// The report for a file that could not be read, written or changed otherwise. `verb` says what was tried.
pub fn io_report(verb: &str, path: &Path, error: &io::Error) -> Report {
    let why = match error.kind() {
        io::ErrorKind::ResourceBusy if verb != "read" => {
            "it is a mount of its own, and a mounted file cannot be replaced".to_owned()
        }
        _ => plain_io(error),
    };
    let report = Report::new(Kind::Failed, "io", format!("cannot {verb} {}: {why}", path.display()));
    hinted(report, verb, path, error)
}

fn hinted(report: Report, verb: &str, path: &Path, error: &io::Error) -> Report {
    if let Some(chown) = taken(path, error) {
        return report.hint(chown);
    }
    match (verb, Obstacle::of(path, error)) {
        ("read", _) if error.kind() == io::ErrorKind::PermissionDenied => {
            report.hint(format!("see who may read it: `ls -l {}`", path.display()))
        }
        ("read", _) | (_, None) => report,
        (_, Some(obstacle)) => report.hint(format!("nothing was changed; {}", obstacle.remedy(path))),
    }
}

/// The hint for what this user may not use, although it is in a directory of this user: root left it there.
fn taken(path: &Path, error: &io::Error) -> Option<String> {
    let owner = |path: &Path| fs::symlink_metadata(path).ok().map(|metadata| metadata.uid());
    let is_taken =
        |path: &&Path| owner(path).is_some_and(|owner| owner != user()) && owner(parent(path)) == Some(user());
    let is_denied = error.raw_os_error() == Some(Errno::ACCESS.raw_os_error());
    let path = [path, parent(path)].into_iter().find(is_taken).filter(|_| is_denied)?;
    let chown = format!("`sudo chown -R {} {}`", user(), quoted(path));
    Some(format!("{} belongs to another user, as after `sudo`; to take it back: {chown}", path.display()))
}

fn quoted(path: &Path) -> String {
    shell_quote(&path.to_string_lossy()).into_owned()
}

explained!(DirectoriesError, StoreError, LockError, PinStoreError, LinkError, ScratchError);
