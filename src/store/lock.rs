//! The lock between writers: an advisory lock on a file that is never removed. If it were removed, two
//! writers could each hold a lock on a different file of that name.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::report::now;

/// Holds the lock until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// How a writer takes the lock.
#[derive(Debug, Clone)]
pub struct LockRequest<'a> {
    /// How long to wait for another writer.
    pub wait: Duration,
    /// The command that other writers see while they wait.
    pub command: &'a str,
}

/// The process that holds a lock, as it wrote into the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    pub host: String,
    pub since: String,
    pub command: String,
}

/// Why the lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Another process held it the whole time.
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

/// Takes the lock.
///
/// # Errors
/// If another process still holds it after the wait, or the file cannot be used.
pub(super) fn take(path: &Path, request: &LockRequest<'_>) -> Result<Lock, LockError> {
    let LockRequest { wait, command } = *request;
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        // For reading and writing: over NFS an exclusive lock needs both.
        let mut file = open(path)?;
        // By its full name: std has a method of this name, which would be called instead.
        match fs2::FileExt::try_lock_exclusive(&file) {
            Ok(()) if is_still_at(&file, path) => {
                write_holder(&mut file, command)?;
                return Ok(Lock { _file: file });
            }
            // The file was replaced between the two calls, so this lock excludes nobody.
            Ok(()) => continue,
            Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        }

        let waited = started.elapsed();
        if waited >= wait {
            return Err(LockError::Held { by: read_holder(&mut file), waited, path: path.to_owned() });
        }
        thread::sleep(pause.min(wait - waited));
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Opens the lock file or makes it. A symbolic link is refused: others can put one into a repository, and its
/// target would be emptied.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.mode(0o600).custom_flags(OFlags::NOFOLLOW.bits() as i32);

    options.open(path).map_err(|error| match error.raw_os_error() {
        Some(number) if number == Errno::LOOP.raw_os_error() => {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{} is a symbolic link", path.display()))
        }
        _ => error,
    })
}

/// Whether this open file is the one that the path names now.
pub(super) fn is_still_at(file: &File, path: &Path) -> bool {
    let id = |metadata: Metadata| (metadata.dev(), metadata.ino());
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(open), Ok(named)) => id(open) == id(named),
        _ => false,
    }
}

/// Writes who took the lock and when. On a full disk only this line of an error message is lost.
fn write_holder(file: &mut File, command: &str) -> io::Result<()> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let line = format!("{} {host} {} {command}\n", std::process::id(), now());
    file.set_len(0)?;
    file.rewind()?;
    let _ = file.write_all(line.as_bytes());
    Ok(())
}

fn read_holder(file: &mut File) -> Option<Holder> {
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
    use crate::vault::Timestamp;

    fn try_take(path: &Path, command: &str) -> Result<Lock, LockError> {
        take(path, &LockRequest { wait: Duration::ZERO, command })
    }

    fn holder(path: &Path) -> Holder {
        match try_take(path, "etui get") {
            Err(LockError::Held { by: Some(holder), .. }) => holder,
            _ => panic!("two writers hold one lock"),
        }
    }

    #[test]
    fn names_its_holder_and_is_released_when_dropped() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.age.lock");
        let lock = try_take(&path, "etui set").unwrap();
        let holder = holder(&path);
        assert_eq!((holder.pid, holder.command.as_str()), (std::process::id(), "etui set"));
        drop(lock);
        try_take(&path, "etui get").unwrap();
    }

    #[test]
    fn a_writer_that_waited_holds_it_since_it_was_taken() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("vault.age.lock");
        let first = try_take(&path, "etui set").unwrap();
        let request = LockRequest { wait: Duration::from_secs(60), command: "etui delete" };
        thread::scope(|threads| {
            let begun = now();
            let waiter = threads.spawn(|| take(&path, &request));
            // The lock is released in a later second than the one in which the waiter began.
            while now() == begun {
                thread::yield_now();
            }
            let released = now();
            drop(first);
            let _second = waiter.join().unwrap().unwrap();
            let Holder { since, command, .. } = holder(&path);
            assert_eq!(command, "etui delete");
            assert!(Timestamp::parse(&since).unwrap() >= released, "{since}");
        });
    }

    #[test]
    fn a_lock_on_a_file_that_was_replaced_does_not_count() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        assert!(is_still_at(&file, &path));
        std::fs::remove_file(&path).unwrap();
        assert!(!is_still_at(&file, &path));
        std::fs::write(&path, "").unwrap();
        assert!(!is_still_at(&file, &path));
    }
}
