//! A vault's file. Reading it needs no lock; writing it happens in one way only.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use super::atomic::{remove_temporaries, replace};
use super::attributes::Attributes;
use super::lock::{self, Lock, LockError, LockRequest};
use super::paths::{parent, target};
use super::private::create_private;
use super::regular::{if_found, open_regular};

/// A vault's file, behind all symbolic links that lead to it.
#[derive(Debug, Clone)]
pub struct VaultFile {
    path: PathBuf,
}

/// Why a vault's file was not read or written.
#[derive(Debug)]
pub enum StoreError {
    Missing(PathBuf),
    Lock(LockError),
    Read(PathBuf, io::Error),
    Write(PathBuf, io::Error),
}

impl VaultFile {
    /// The file at a path. Symbolic links are followed, so that a write replaces their target. One that must
    /// not be followed stays in the path, and whatever uses the file fails.
    pub fn at(path: &Path) -> VaultFile {
        VaultFile { path: target(path).unwrap_or_else(|_| path.to_owned()) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Opens the file for reading. Needs no lock: a write is a rename, so a reader sees one whole version.
    pub fn open(&self) -> Result<BufReader<File>, StoreError> {
        self.find()?.ok_or_else(|| StoreError::Missing(self.path.clone()))
    }

    fn find(&self) -> Result<Option<BufReader<File>>, StoreError> {
        let file = if_found(open(&self.path)).map_err(|error| StoreError::Read(self.path.clone(), error))?;
        Ok(file.map(BufReader::new))
    }

    /// Replaces the file under its lock. No other function writes a vault.
    ///
    /// `change` gets the current file, if there is one, and a function that replaces it with new bytes.
    ///
    /// # Errors
    /// Those of `change`, and [`StoreError`]. Unless the file was replaced, it stays as it was.
    pub fn update<T, E: From<StoreError>>(
        &self,
        request: &LockRequest<'_>,
        change: impl FnOnce(Option<BufReader<File>>, &dyn Fn(&[u8]) -> Result<(), StoreError>) -> Result<T, E>,
    ) -> Result<T, E> {
        let failed = |error| StoreError::Write(self.path.clone(), error);
        target(&self.path).and_then(|_| create_private(parent(&self.path))).map_err(failed)?;
        let _lock = self.lock(request)?;
        remove_temporaries(&self.path);
        change(self.find()?, &|sealed| replace(&self.path, sealed, 0o600).map_err(failed))
    }

    /// Takes the writers' lock.
    pub fn lock(&self, request: &LockRequest<'_>) -> Result<Lock, StoreError> {
        let mut path = OsString::from(self.path.as_os_str());
        path.push(".lock");
        let taken = lock::take(path.as_ref(), request, Attributes::at(&self.path));
        if taken.as_ref().is_ok_and(|lock| lock.is_new) {
            (request.on_new)(path.as_ref());
        }
        taken.map_err(|error| match error {
            LockError::Directory(_, error) => StoreError::Write(self.path.clone(), error),
            // Who may not use the vault is not told about its lock.
            LockError::File { error, model, path } => match self.find() {
                Err(error) => error,
                Ok(_) => StoreError::Lock(LockError::File { error, model, path }),
            },
            held @ LockError::Held { .. } => StoreError::Lock(held),
        })
    }
}

fn open(path: &Path) -> io::Result<File> {
    target(path)?;
    open_regular(path)
}
