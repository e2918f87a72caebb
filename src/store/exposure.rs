//! Whether somebody else can change a file that only its owner may change.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file or directory that somebody else can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    pub path: PathBuf,
    pub by: Exposure,
}

/// How somebody else can change a file or directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposure {
    /// It belongs to another user than this one, whose it should be.
    Owner(u32),
    /// Its mode lets its group or everyone write.
    Mode,
}

/// Makes sure that only this user and root can change a file or directory.
pub(super) fn require_own(path: &Path, metadata: &Metadata, user: u32) -> Result<(), Exposed> {
    let facts = Facts { owner: metadata.uid(), mode: metadata.mode(), is_directory: metadata.is_dir() };
    match facts.exposure(user) {
        Some(by) => Err(Exposed { path: path.to_owned(), by }),
        None => Ok(()),
    }
}

struct Facts {
    owner: u32,
    mode: u32,
    is_directory: bool,
}

impl Facts {
    fn exposure(&self, user: u32) -> Option<Exposure> {
        // In a sticky directory nobody else can replace a file; what others add belongs to them.
        let is_sticky = self.is_directory && self.mode & 0o1000 != 0;
        match self {
            Facts { owner, .. } if ![0, user].contains(owner) => Some(Exposure::Owner(user)),
            Facts { mode, .. } if mode & 0o022 != 0 && !is_sticky => Some(Exposure::Mode),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_can_change_what_they_own_or_what_its_mode_lets_them_write() {
        let exposure = |owner, mode, is_directory| Facts { owner, mode, is_directory }.exposure(1000);
        for owner in [0, 1000] {
            for mode in [0o600, 0o644, 0o444, 0o1644] {
                assert_eq!(exposure(owner, mode, false), None, "{mode:o}");
            }
            for mode in [0o666, 0o620, 0o602, 0o1666] {
                assert_eq!(exposure(owner, mode, false), Some(Exposure::Mode), "{mode:o}");
            }
            assert_eq!((exposure(owner, 0o755, true), exposure(owner, 0o1777, true)), (None, None));
            assert_eq!(exposure(owner, 0o775, true), Some(Exposure::Mode));
        }
        assert_eq!(exposure(1001, 0o600, false), Some(Exposure::Owner(1000)));
        assert_eq!(exposure(1001, 0o1777, true), Some(Exposure::Owner(1000)));
        assert_eq!(Facts { owner: 1000, mode: 0o600, is_directory: false }.exposure(0), Some(Exposure::Owner(0)));
    }
}
