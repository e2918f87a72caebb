//! Scratch space: a private directory, for plain text that must not reach a disk. So it is in memory, except on macOS,
//! which has no file system in memory for users.
//!
//! It is locked while it is in use. A process that is killed leaves its directory behind, so whoever makes
//! the next one removes those whose lock is free.

use std::fs::{self, DirEntry, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::io::{FdFlags, fcntl_setfd};
use tempfile::{Builder, TempDir};

use super::lock::is_still_at;

const PREFIX: &str = "etui-scratch-";
const LOCK: &str = ".lock";

/// A directory (0700), removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
    lock: File,
}

/// Why there is no scratch space.
#[derive(Debug)]
pub enum ScratchError {
    /// This system has no writable directory in memory.
    NoMemory,
    Io(PathBuf, io::Error),
}

impl Scratch {
    /// Makes one. `runtime` is the user's runtime directory, `XDG_RUNTIME_DIR`. Removes those that killed processes left.
    pub fn new(runtime: Option<PathBuf>) -> Result<Scratch, ScratchError> {
        let roots = roots(runtime);
        // In every root: the killed process may have had another environment.
        roots.iter().for_each(|root| sweep(root));

        let mut failure = ScratchError::NoMemory;
        for root in roots {
            match make(&root) {
                Ok(scratch) => return Ok(scratch),
                Err(error) => failure = ScratchError::Io(root, error),
            }
        }
        Err(failure)
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file that only its owner may read (0600).
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, ScratchError> {
        let path = self.path().join(name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        match file.and_then(|mut file| file.write_all(bytes)) {
            Ok(()) => Ok(path),
            Err(error) => Err(ScratchError::Io(path, error)),
        }
    }

    /// Lets child processes inherit the lock, so that the directory outlives this process for them.
    pub fn share(&self) -> Result<(), ScratchError> {
        let inherited = fcntl_setfd(&self.lock, FdFlags::empty());
        inherited.map_err(|error| ScratchError::Io(self.path().join(LOCK), error.into()))
    }
}

fn make(root: &Path) -> io::Result<Scratch> {
    loop {
        let private = Permissions::from_mode(0o700);
        let directory = Builder::new().prefix(PREFIX).rand_bytes(12).permissions(private).tempdir_in(root)?;
        // Until it is locked, another process may take it for a leftover and remove it.
        let lock = match open_lock(directory.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            lock => lock?,
        };
        if try_lock(&lock) && is_still_at(&lock, &directory.path().join(LOCK)) {
            return Ok(Scratch { directory, lock });
        }
    }
}

/// Removes the directories that no process holds.
fn sweep(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        if !is_scratch(&entry) {
            continue;
        }
        let Ok(lock) = open_lock(&entry.path()) else { continue };
        // Renamed before it is emptied: a process that has just made it and not locked it yet would otherwise
        // find the directory, put a new lock into it, and lose that and its files.
        let away = entry.path().with_extension("left");
        if try_lock(&lock) && fs::rename(entry.path(), &away).is_ok() {
            let _ = fs::remove_dir_all(&away);
        }
    }
}

/// Whether this is a scratch directory of the same user.
fn is_scratch(entry: &DirEntry) -> bool {
    let own = rustix::process::geteuid().as_raw();
    let is_own = || entry.metadata().is_ok_and(|metadata| metadata.is_dir() && metadata.uid() == own);
    entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) && is_own()
}

fn open_lock(directory: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(directory.join(LOCK))
}

fn try_lock(lock: &File) -> bool {
    fs2::FileExt::try_lock_exclusive(lock).is_ok()
}

/// Returns the directories that may hold one: the runtime directory, and the one for shared memory (shm_overview(7)), if
/// their files are in memory only (tmpfs, ramfs).
#[cfg(target_os = "linux")]
fn roots(runtime: Option<PathBuf>) -> Vec<PathBuf> {
    let is_memory = |root: &PathBuf| {
        rustix::fs::statfs(root).is_ok_and(|system| matches!(system.f_type, 0x0102_1994 | 0x8584_58f6))
    };
    // The specification of `XDG_RUNTIME_DIR` says that a relative one is ignored.
    let runtime = runtime.filter(|runtime| runtime.is_absolute());
    runtime.into_iter().chain([PathBuf::from("/dev/shm")]).filter(is_memory).collect()
}

/// Returns the user's own directory for temporary files: `$TMPDIR`, or else the one that macOS makes for each user in
/// `/var/folders` (confstr(3), `_CS_DARWIN_USER_TEMP_DIR`). It is on the disk, which FileVault encrypts, and in no backup.
#[cfg(not(target_os = "linux"))]
fn roots(_: Option<PathBuf>) -> Vec<PathBuf> {
    vec![std::env::temp_dir()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_private_and_removed_when_dropped() {
        let scratch = Scratch::new(None).unwrap();
        let file = scratch.write("A", b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(scratch.path()), mode(&file)), (0o700, 0o600));
        let path = scratch.path().to_owned();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn sweeps_the_directories_of_killed_processes_only() {
        let held = Scratch::new(None).unwrap();
        let root = held.path().parent().unwrap().to_owned();
        let killed = Scratch::new(None).unwrap();
        killed.write("A", b"x").unwrap();
        // As after a kill: the lock is free, the directory stays.
        let Scratch { directory, lock } = killed;
        let leftover = directory.keep();
        drop(lock);
        sweep(&root);
        assert!(held.path().exists() && !leftover.exists());
    }
}
