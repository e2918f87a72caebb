//! The words for what goes wrong with files, locks, links and pins.

use std::io;
use std::path::Path;

use super::directories::DirectoriesError;
use super::exposure::{Exposed, Exposure};
use super::link::LinkError;
use super::lock::{Holder, LockError};
use super::pins::PinStoreError;
use super::scratch::ScratchError;
use super::vault_file::StoreError;
use crate::report::{Explain, Kind, Report, plain_io, shell_quote};

impl Explain for DirectoriesError {
    fn explain(&self) -> Report {
        let message = match self {
            DirectoriesError::NoHome => "no home directory",
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
            LockError::Io(error) => io_report("lock", Path::new("the vault"), error),
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
                Report::new(Kind::Failed, "io", message).hint("no vault is trusted without it")
            }
            PinStoreError::Write(path, error) => {
                let message = format!("cannot write {}: {}", path.display(), plain_io(error));
                Report::new(Kind::Failed, "io", message).hint("nothing was changed")
            }
        }
    }
}

fn exposed_pins(Exposed { path, by }: &Exposed) -> Report {
    let (shown, quoted) = (path.display(), shell_quote(&path.to_string_lossy()).into_owned());
    let decides = "decide whom this laptop trusts";
    let (message, hint) = match by {
        Exposure::Mode => (format!("others can write {shown}, and so {decides}"), format!("`chmod go-w {quoted}`")),
        Exposure::Owner => {
            let chown = format!("`sudo chown {} {quoted}`", rustix::process::geteuid().as_raw());
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
            LinkError::Io { path, error } => {
                Report::new(Kind::Failed, "io", format!("cannot use {}: {}", path.display(), plain_io(error)))
            }
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
    let report = Report::new(Kind::Failed, "io", format!("cannot {verb} {}: {}", path.display(), plain_io(error)));
    match error.kind() {
        io::ErrorKind::PermissionDenied if verb == "read" => {
            report.hint(format!("see who may read it: `ls -l {}`", path.display()))
        }
        _ if verb == "read" => report,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            report.hint("nothing was changed; free some space and run it again")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            let directory = path.parent().unwrap_or(Path::new("."));
            report.hint(format!("nothing was changed; see who may write there: `ls -ld {}`", directory.display()))
        }
        _ => report,
    }
}

explained!(DirectoriesError, StoreError, LockError, PinStoreError, LinkError, ScratchError);
