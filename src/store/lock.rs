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

use super::attributes::{Attributes, Plan, user};
use crate::report::now;

/// Holds the lock until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    /// Whether there was no lock file before.
    pub(super) is_new: bool,
}

/// How a writer takes the lock.
#[derive(Debug, Clone)]
pub struct LockRequest<'a> {
    /// How long to wait for another writer.
    pub wait: Duration,
    /// The command that other writers see while they wait.
    pub command: &'a str,
    /// What to do about the new lock file of a vault.
    pub on_new: fn(&Path),
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
    Held { by: Option<Holder>, waited: Duration, path: PathBuf },
    /// There is none, and its directory takes no new file.
    Directory(PathBuf, io::Error),
    /// The lock file that is there cannot be used.
    File {
        path: PathBuf,
        error: io::Error,
        /// What it is to have, if it is beside a file that says so.
        model: Option<Attributes>,
    },
}

/// Takes the lock of a file. Who can use that file can use its lock: `model` says who that is. Without it the
/// lock is for one user.
///
/// # Errors
/// If another process still holds it after the wait, or the file cannot be used.
pub(super) fn take(path: &Path, request: &LockRequest<'_>, model: Option<Attributes>) -> Result<Lock, LockError> {
    let LockRequest { wait, command, .. } = *request;
    let unusable = |error| LockError::File { path: path.to_owned(), error, model };
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        let mut opened = open(path).map_err(|error| match is_there(path, &error) {
            true => unusable(error),
            false => LockError::Directory(path.to_owned(), error),
        })?;
        let file = &mut opened.file;
        // By its full name: std has a method of this name, which would be called instead.
        match fs2::FileExt::try_lock_exclusive(file) {
            Ok(()) if is_still_at(file, path) => {
                if opened.is_writable {
                    write_holder(file, command).map_err(unusable)?;
                }
                share(file, model.map_or(Plan::new(path, 0o600), Plan::like));
                return Ok(Lock { _file: opened.file, is_new: opened.is_new });
            }
            // The file was replaced between the two calls, so this lock excludes nobody.
            Ok(()) => continue,
            Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unusable(error)),
        }

        let waited = started.elapsed();
        if waited >= wait {
            return Err(LockError::Held { by: read_holder(file), waited, path: path.to_owned() });
        }
        thread::sleep(pause.min(wait - waited));
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

struct Opened {
    file: File,
    is_writable: bool,
    is_new: bool,
}

/// Opens the lock file or makes it. A symbolic link is refused: others can put one into a repository, and its
/// target would be emptied.
fn open(path: &Path) -> io::Result<Opened> {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    options.read(true).mode(0o600).custom_flags(flags.bits() as i32);
    // For writing, too: over NFS an exclusive lock needs that.
    let mut writing = options.clone();
    writing.write(true);

    // To open is not to make: in a sticky directory Linux refuses to make what another user has there already
    // (`protected_regular`), even if it may be written.
    let mut is_new = false;
    let opened = match writing.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = writing.clone().create_new(true).open(path);
            is_new = made.is_ok();
            made.or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => writing.open(path),
                _ => Err(error),
            })
        }
        opened => opened,
    };
    match opened {
        Ok(file) => Ok(Opened { file, is_writable: true, is_new }),
        // Who may only read the vault may still replace it, if the directory allows that.
        Err(denied) if denied.kind() == io::ErrorKind::PermissionDenied => {
            let file = options.open(path).map_err(|_| denied)?;
            Ok(Opened { file, is_writable: false, is_new })
        }
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link"))
        }
        Err(error) => Err(error),
    }
}

/// Whether it is the lock file itself that could not be opened, and neither its directory nor the file
/// system.
fn is_there(path: &Path, error: &io::Error) -> bool {
    let is_system = matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::StorageFull);
    !is_system && path.symlink_metadata().is_ok()
}

/// Gives the lock file to those who are to use it, also one that was made when it was for fewer. Only its
/// owner and root can do that. It is emptied before that, in case it was no lock file.
fn share(file: &File, plan: Plan) {
    let is_own = |metadata: &Metadata| [0, metadata.uid()].contains(&user());
    // The other name of a file with two may be one that root is not to give away.
    if file.metadata().is_ok_and(|metadata| is_own(&metadata) && metadata.nlink() == 1) {
        let _ = plan.give(file);
    }
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
        take(path, &LockRequest { wait: Duration::ZERO, command, on_new: |_| {} }, None)
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
        let request = LockRequest { wait: Duration::from_secs(60), command: "etui delete", on_new: |_| {} };
        thread::scope(|threads| {
            let begun = now();
            let waiter = threads.spawn(|| take(&path, &request, None));
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
