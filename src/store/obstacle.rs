//! What stands in the way of a write, and what to do about it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::io::Errno;

use super::attributes::{LockedOut, user};
use super::paths::parent;
use crate::report::shell_quote;

/// Looks at the flags of a file, and the command that clears the one that forbids changes.
const FLAGS: (&str, &str) = if cfg!(target_os = "macos") {
    ("ls -ldO", "sudo chflags nouchg,noschg,nouappnd,nosappnd")
} else {
    ("lsattr -d", "sudo chattr -ia")
};

/// What stands in the way of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The file is a mount point, such as one that `docker run -v FILE:FILE` makes.
    Mount,
    /// The file and its directory are on different file systems.
    OtherFileSystem,
    ReadOnly,
    Full,
    Quota,
    /// In this directory only the owner of a file can replace it.
    Sticky {
        is_public: bool,
    },
    /// A flag of the file or of its directory forbids it, even to root.
    Flag,
    /// The directory takes no new file from this user.
    Directory,
    /// The file would keep its mode, but not its owner or its group.
    LockedOut(LockedOut),
}

impl Obstacle {
    /// Finds out why a file could not be written.
    pub(super) fn of(path: &Path, error: &io::Error) -> Option<Obstacle> {
        let locked_out = error.get_ref().and_then(|inner| inner.downcast_ref::<LockedOut>());
        if let Some(who) = locked_out {
            return Some(Obstacle::LockedOut(*who));
        }
        let is_refused = error.raw_os_error() == Some(Errno::PERM.raw_os_error());
        if let Some(is_public) = sticky(path).filter(|_| is_refused) {
            return Some(Obstacle::Sticky { is_public });
        }
        match error.kind() {
            io::ErrorKind::ResourceBusy => Some(Obstacle::Mount),
            io::ErrorKind::CrossesDevices => Some(Obstacle::OtherFileSystem),
            io::ErrorKind::ReadOnlyFilesystem => Some(Obstacle::ReadOnly),
            io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge => Some(Obstacle::Full),
            io::ErrorKind::QuotaExceeded => Some(Obstacle::Quota),
            io::ErrorKind::PermissionDenied if is_refused => Some(Obstacle::Flag),
            io::ErrorKind::PermissionDenied => Some(Obstacle::Directory),
            _ => None,
        }
    }

    /// What to do about it.
    pub(super) fn remedy(self, path: &Path) -> String {
        let directory = parent(path);
        let shown = shell_quote(&path.to_string_lossy()).into_owned();
        let quoted = shell_quote(&directory.to_string_lossy()).into_owned();
        match self {
            Obstacle::Mount => {
                "mount the directory that holds it, and not the file, as docker does with `-v \"$PWD:/vault\"`"
                    .to_owned()
            }
            Obstacle::OtherFileSystem => {
                "mount the whole directory that holds it, or move it to another directory".to_owned()
            }
            Obstacle::ReadOnly => {
                format!("{quoted} is mounted read-only; mount it without `ro`, or use a copy of the file elsewhere")
            }
            Obstacle::Full => "free some space and run it again".to_owned(),
            Obstacle::Quota => "remove files of yours, or ask for a larger quota; `quota` shows it".to_owned(),
            Obstacle::Sticky { is_public: true } => {
                format!("in {quoted}, which is for everybody, only its owner can replace it; use another directory")
            }
            Obstacle::Sticky { is_public: false } => {
                format!("in a sticky directory only its owner can replace it; `sudo chmod -t {quoted}`")
            }
            Obstacle::Flag => {
                let there = if path.exists() { format!("{quoted} {shown}") } else { quoted };
                let (list, clear) = FLAGS;
                format!("`{list} {there}` shows whether a flag forbids it; `{clear} {there}` clears it")
            }
            Obstacle::Directory => format!("see who may write there: `ls -ld {}`", directory.display()),
            Obstacle::LockedOut(LockedOut::Owner(_)) => format!("to take it over: `sudo chown {} {shown}`", user()),
            Obstacle::LockedOut(LockedOut::Group(_)) => {
                let group = rustix::process::getegid().as_raw();
                format!("run it as a member of that group, or give the file to yours: `sudo chgrp {group} {shown}`")
            }
        }
    }
}

/// Whether everyone can write to the sticky directory of a file, if it is one in which this user may not
/// replace it.
fn sticky(path: &Path) -> Option<bool> {
    let (file, directory) = (fs::symlink_metadata(path).ok()?, fs::metadata(parent(path)).ok()?);
    let is_sticky = directory.mode() & 0o1000 != 0 && ![file.uid(), directory.uid()].contains(&user());
    is_sticky.then(|| directory.mode() & 0o002 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_a_write_has_a_remedy() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("v.age");
        let obstacle = |errno: Errno| Obstacle::of(&path, &io::Error::from(errno));
        for (errno, expected, remedy) in [
            (Errno::BUSY, Obstacle::Mount, "mount the directory"),
            (Errno::XDEV, Obstacle::OtherFileSystem, "mount the whole directory"),
            (Errno::ROFS, Obstacle::ReadOnly, "mounted read-only"),
            (Errno::NOSPC, Obstacle::Full, "free some space"),
            (Errno::FBIG, Obstacle::Full, "free some space"),
            (Errno::DQUOT, Obstacle::Quota, "a larger quota"),
            (Errno::PERM, Obstacle::Flag, "a flag forbids it"),
            (Errno::ACCESS, Obstacle::Directory, "see who may write there"),
        ] {
            assert_eq!(obstacle(errno), Some(expected), "{errno}");
            assert!(expected.remedy(&path).contains(remedy), "{}", expected.remedy(&path));
        }
        for errno in [Errno::NOENT, Errno::ISDIR, Errno::IO, Errno::NOTDIR] {
            assert_eq!(obstacle(errno), None, "{errno}");
        }
    }

    #[test]
    fn who_would_be_locked_out_is_the_obstacle() {
        let path = Path::new("/d/v.age");
        for who in [LockedOut::Owner(1000), LockedOut::Group(2000)] {
            let error = io::Error::new(io::ErrorKind::PermissionDenied, who);
            assert_eq!(Obstacle::of(path, &error), Some(Obstacle::LockedOut(who)));
        }
    }
}
