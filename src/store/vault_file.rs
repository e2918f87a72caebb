//! A vault's file: read as a snapshot without a lock, written by one path only.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lock::{self, Lock, LockError};
use super::private::{create_private, parent, replace};
use crate::vault::Timestamp;

/// The largest file that is read: far beyond any vault, and small enough to hold in memory.
const LIMIT: u64 = 1 << 30;

/// A vault's file, at the end of whatever symbolic links lead to it.
#[derive(Debug, Clone)]
pub struct VaultFile {
    path: PathBuf,
}

/// How a writer waits for the lock, and what it tells those who wait for it.
#[derive(Debug, Clone)]
pub struct LockRequest<'a> {
    pub wait: Duration,
    pub command: &'a str,
    pub now: Timestamp,
}

/// Why a vault's file could not be read or written.
#[derive(Debug)]
pub enum StoreError {
    Missing(PathBuf),
    Lock(LockError),
    Read(PathBuf, io::Error),
    Write(PathBuf, io::Error),
}

impl VaultFile {
    /// The file at the path. A symbolic link is followed, so that its target is what gets replaced.
    pub fn at(path: &Path) -> VaultFile {
        VaultFile { path: target(path) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// The file as it is now. Needs no lock: a rename makes every read a whole snapshot.
    pub fn open(&self) -> Result<BufReader<File>, StoreError> {
        self.find()?.ok_or_else(|| StoreError::Missing(self.path.clone()))
    }

    fn find(&self) -> Result<Option<BufReader<File>>, StoreError> {
        let failed = |error| StoreError::Read(self.path.clone(), error);
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        // Looked at before it is opened: opening a named pipe waits for somebody to write into it.
        if metadata.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        if !metadata.is_file() {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "not a file")));
        }
        if metadata.len() > LIMIT {
            return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {LIMIT} bytes"))));
        }
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        Ok(Some(BufReader::new(file)))
    }

    /// The one way to write. Under the lock, `change` gets the file that is there now, if any, and what
    /// replaces it by the bytes that it is given.
    ///
    /// # Errors
    /// Those of `change`, and [`StoreError`]. Unless it was replaced, the old file is there, as it was.
    pub fn update<T, E: From<StoreError>>(
        &self,
        locking: &LockRequest<'_>,
        change: impl FnOnce(Option<BufReader<File>>, &dyn Fn(&[u8]) -> Result<(), StoreError>) -> Result<T, E>,
    ) -> Result<T, E> {
        let failed = |error| StoreError::Write(self.path.clone(), error);
        create_private(parent(&self.path)).map_err(failed)?;
        let _lock = self.lock(locking)?;
        self.sweep();
        change(self.find()?, &|sealed| replace(&self.path, &self.prefix(), sealed).map_err(failed))
    }

    /// Takes the lock that its writers take.
    pub fn lock(&self, locking: &LockRequest<'_>) -> Result<Lock, StoreError> {
        let lock = lock::take(&self.beside(".lock"), locking.wait, locking.command, locking.now);
        lock.map_err(|error| match error {
            LockError::Io(error) => StoreError::Write(self.path.clone(), error),
            held => StoreError::Lock(held),
        })
    }

    /// Removes what killed writers left. Only who holds the lock has a temporary file, so all that are
    /// there are leftovers.
    fn sweep(&self) {
        let prefix = self.prefix();
        for entry in fs::read_dir(parent(&self.path)).into_iter().flatten().flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// How the names of its temporary files begin.
    fn prefix(&self) -> String {
        format!(".{}.tmp-", self.path.file_name().unwrap_or_default().to_string_lossy())
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        let mut name = OsString::from(self.path.as_os_str());
        name.push(suffix);
        name.into()
    }
}

/// Where the symbolic links at the path end, also if nothing is there yet.
pub fn target(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // As many as Linux follows; a longer chain is a loop, and opening it says so.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(link) => path = parent(&path).join(link),
            Err(_) => break,
        }
    }
    path
}
