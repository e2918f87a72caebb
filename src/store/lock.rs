//! The lock between writers: an advisory lock on a file that is never removed, so that no two writers
//! can ever hold locks on two files of the same name.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::vault::Timestamp;

/// Holds the lock until it is dropped, or its process ends in whatever way.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Who holds a lock, as it wrote it into the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    pub host: String,
    pub since: String,
    pub command: String,
}

/// Why there is no lock.
#[derive(Debug)]
pub enum LockError {
    /// Somebody held it the whole time.
    Held {
        by: Option<Holder>,
        waited: Duration,
        path: PathBuf,
    },
    Io(io::Error),
}

impl From<io::Error> for LockError {
    fn from(error: io::Error) -> Self {
        LockError::Io(error)
    }
}

/// Takes the lock, waiting for it at most as long as said.
pub(super) fn take(path: &Path, wait: Duration, command: &str, now: Timestamp) -> Result<Lock, LockError> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        // Read and write: over NFS an exclusive lock needs both.
        let mut file = open(path)?;
        // Said in full: std has methods of these names that would win over the trait's.
        match fs2::FileExt::try_lock_exclusive(&file) {
            // Somebody may have replaced the file between the two calls: then this lock is no one's.
            Ok(()) if is_still(&file, path) => {
                sign(&mut file, command, now)?;
                return Ok(Lock { _file: file });
            }
            Ok(()) => continue,
            Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        }
        let waited = started.elapsed();
        if waited >= wait {
            return Err(LockError::Held { by: read(&mut file), waited, path: path.to_owned() });
        }
        std::thread::sleep(pause.min(wait - waited));
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Opens the file, or makes it. A vault's lock stands in a repository that others write to as well: a symbolic link in
/// its place, which would have another file emptied, is followed nowhere.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits() as i32);
    options.open(path).map_err(|error| match error.raw_os_error() {
        Some(number) if number == Errno::LOOP.raw_os_error() => {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{} is a symbolic link", path.display()))
        }
        _ => error,
    })
}

pub(super) fn is_still(file: &File, path: &Path) -> bool {
    let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(held), Ok(there)) => id(held) == id(there),
        _ => false,
    }
}

/// Writes who holds the lock. What a full disk takes from this is only a name in an error message.
fn sign(file: &mut File, command: &str, now: Timestamp) -> io::Result<()> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let line = format!("{} {host} {now} {command}\n", std::process::id());
    file.set_len(0)?;
    file.rewind()?;
    let _ = file.write_all(line.as_bytes());
    Ok(())
}

fn read(file: &mut File) -> Option<Holder> {
    let mut line = String::new();
    file.rewind().ok()?;
    file.take(1024).read_to_string(&mut line).ok()?;
    let mut words = line.trim_end().splitn(4, ' ');
    Some(Holder {
        pid: words.next()?.parse().ok()?,
        host: words.next()?.to_owned(),
        since: words.next()?.to_owned(),
        command: words.next()?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-21T10:00:00Z").unwrap()
    }

    #[test]
    fn tells_who_holds_it_and_lets_go_when_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.age.lock");
        let lock = take(&path, Duration::ZERO, "etui set", now()).unwrap();
        let Err(LockError::Held { by: Some(holder), .. }) = take(&path, Duration::from_millis(5), "etui get", now())
        else {
            panic!("two writers hold one lock")
        };
        assert_eq!((holder.pid, holder.command.as_str()), (std::process::id(), "etui set"));
        assert_eq!(holder.since, "2026-11-21T10:00:00Z");
        drop(lock);
        take(&path, Duration::ZERO, "etui get", now()).unwrap();
    }

    #[test]
    fn a_lock_on_a_file_that_was_replaced_is_no_lock() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        assert!(is_still(&file, &path));
        std::fs::remove_file(&path).unwrap();
        assert!(!is_still(&file, &path));
        std::fs::write(&path, "").unwrap();
        assert!(!is_still(&file, &path));
    }
}
