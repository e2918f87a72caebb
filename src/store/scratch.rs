//! Scratch: a private directory in memory for as long as somebody needs it.
//!
//! It is locked while it is in use. A process that is killed cannot remove its own: whoever makes the next
//! one removes all whose lock is free.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::io::{FdFlags, fcntl_setfd};
use tempfile::{Builder, TempDir};

use super::lock::is_still;

const PREFIX: &str = "etui-scratch-";
const LOCK: &str = ".lock";

/// A directory (0700) that is in memory alone, and is removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
    lock: File,
}

/// Why there is none.
#[derive(Debug)]
pub enum ScratchError {
    /// No directory of this system is in memory and may be written.
    NoMemory,
    Io(PathBuf, io::Error),
}

impl Scratch {
    /// Makes one in the user's runtime directory (`XDG_RUNTIME_DIR`) if that is in memory, else where the
    /// system keeps shared memory. Removes those that killed processes left.
    pub fn new(runtime: Option<PathBuf>) -> Result<Scratch, ScratchError> {
        let places = runtime.into_iter().chain([PathBuf::from("/dev/shm")]).chain(fallback());
        let places: Vec<PathBuf> = places.filter(|place| is_memory(place)).collect();
        // In all of them: one that was killed may have had another environment.
        places.iter().for_each(|place| sweep(place));
        let mut failed = ScratchError::NoMemory;
        for place in places {
            match make(&place) {
                Ok(scratch) => return Ok(scratch),
                Err(error) => failed = ScratchError::Io(place, error),
            }
        }
        Err(failed)
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file into it, for its owner alone.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, ScratchError> {
        let path = self.path().join(name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        match file.and_then(|mut file| file.write_all(bytes)) {
            Ok(()) => Ok(path),
            Err(error) => Err(ScratchError::Io(path, error)),
        }
    }

    /// Lets the processes that are started from now on hold the lock too, so that what they use stays for
    /// them even if this process is killed.
    pub fn share(&self) -> Result<(), ScratchError> {
        fcntl_setfd(&self.lock, FdFlags::empty())
            .map_err(|error| ScratchError::Io(self.path().join(LOCK), error.into()))
    }
}

fn make(place: &Path) -> io::Result<Scratch> {
    loop {
        let private = Permissions::from_mode(0o700);
        let directory = Builder::new().prefix(PREFIX).rand_bytes(12).permissions(private).tempdir_in(place)?;
        // Until it is locked, another process may take it for a leftover and remove it.
        let lock = match open_lock(directory.path()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            lock => lock?,
        };
        if fs2::FileExt::try_lock_exclusive(&lock).is_ok() && is_still(&lock, &directory.path().join(LOCK)) {
            return Ok(Scratch { directory, lock });
        }
    }
}

/// Removes what nobody holds.
fn sweep(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let is_ours = || entry.metadata().is_ok_and(|there| there.is_dir() && there.uid() == own_uid());
        if entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes()) && is_ours() {
            let Ok(lock) = open_lock(&entry.path()) else { continue };
            // Away before it is emptied: who has just made it, and not locked it yet, would find the name
            // again, put a new lock into it, and lose that and its files.
            let away = entry.path().with_extension("left");
            if fs2::FileExt::try_lock_exclusive(&lock).is_ok() && fs::rename(entry.path(), &away).is_ok() {
                let _ = fs::remove_dir_all(&away);
            }
        }
    }
}

fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn open_lock(directory: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(directory.join(LOCK))
}

/// Whether a directory's files are in memory alone (tmpfs, ramfs).
#[cfg(target_os = "linux")]
fn is_memory(place: &Path) -> bool {
    rustix::fs::statfs(place).is_ok_and(|there| matches!(there.f_type, 0x0102_1994 | 0x8584_58f6))
}

/// Other systems have no such place by themselves: what is private to the user must do.
#[cfg(not(target_os = "linux"))]
fn is_memory(place: &Path) -> bool {
    place.is_dir()
}

#[cfg(target_os = "linux")]
fn fallback() -> Option<PathBuf> {
    None
}

#[cfg(not(target_os = "linux"))]
fn fallback() -> Option<PathBuf> {
    Some(std::env::temp_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_private_and_goes_when_it_is_dropped() {
        let scratch = Scratch::new(None).unwrap();
        let file = scratch.write("A", b"x").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(scratch.path()), mode(&file)), (0o700, 0o600));
        let path = scratch.path().to_owned();
        drop(scratch);
        assert!(!path.exists());
    }

    #[test]
    fn what_nobody_holds_is_swept_and_what_somebody_holds_is_not() {
        let held = Scratch::new(None).unwrap();
        let place = held.path().parent().unwrap().to_owned();
        let left = Scratch::new(None).unwrap();
        left.write("A", b"x").unwrap();
        // As if the process had been killed: the lock goes, the directory stays.
        let Scratch { directory, lock } = left;
        let leftover = directory.keep();
        drop(lock);
        sweep(&place);
        assert!(held.path().exists() && !leftover.exists());
    }
}
