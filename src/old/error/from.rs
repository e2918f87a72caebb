//! The errors of the layers below, as errors that a person meets.

use std::path::PathBuf;

use super::{Error, Sharing};
use crate::git::GitError;
use crate::store::{LinkError, LockError, PinStoreError, ScratchError, StoreError};

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        match error {
            StoreError::Missing(path) => Error::VaultMissing { path, team: None, teams: Vec::new() },
            StoreError::Lock(LockError::Held { by, waited, path }) => Error::Locked { by, waited, path },
            StoreError::Lock(LockError::Io(error)) => Error::Io { doing: "lock", path: PathBuf::new(), error },
            StoreError::Read(path, error) => Error::Io { doing: "read", path, error },
            StoreError::Write(path, error) => Error::Io { doing: "write", path, error },
        }
    }
}

impl From<ScratchError> for Error {
    fn from(error: ScratchError) -> Error {
        Error::Scratch(error)
    }
}

impl From<PinStoreError> for Error {
    fn from(error: PinStoreError) -> Error {
        Error::Memory(error)
    }
}

impl From<LinkError> for Error {
    fn from(error: LinkError) -> Error {
        Error::Link(error)
    }
}

impl From<Sharing> for Error {
    fn from(sharing: Sharing) -> Error {
        Error::Sharing(Box::new(sharing))
    }
}

impl From<GitError> for Error {
    fn from(GitError(said): GitError) -> Error {
        Error::Git { said }
    }
}
