//! A copy of a sandbox, with every path into it moved along.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use memchr::memmem;
use tempfile::TempDir;

/// A sandbox with more than this takes too long to copy, in bytes and in files.
const LIMIT: (u64, usize) = (4 << 20, 1_000);

/// A copied sandbox. Its files are removed when it is dropped.
pub struct Copy {
    original: String,
    root: TempDir,
}

impl Copy {
    /// Copies a sandbox. None if it is large, or holds what cannot be copied.
    pub fn of(original: &Path) -> Option<Copy> {
        // The path is as long as the original's, so that nothing moves in files that count bytes.
        let root = tempfile::Builder::new().prefix("etui-test-").tempdir_in(original.parent()?).ok()?;
        let copy = Copy { original: original.to_str()?.to_owned(), root };
        let mut room = LIMIT;
        copy.fill(original, copy.root.path(), &mut room)?;
        Some(copy)
    }

    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// A text with the paths of the original replaced by those of the copy.
    pub fn moved(&self, text: &str) -> String {
        text.replace(&self.original, self.root.path().to_str().unwrap())
    }

    pub fn moved_back(&self, text: &str) -> String {
        text.replace(self.root.path().to_str().unwrap(), &self.original)
    }

    fn moved_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let (from, to) = (self.original.as_bytes(), self.root.path().as_os_str().as_bytes());
        let mut moved = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(at) = memmem::find(rest, from) {
            moved.extend_from_slice(&rest[..at]);
            moved.extend_from_slice(to);
            rest = &rest[at + from.len()..];
        }
        moved.extend_from_slice(rest);
        moved
    }

    fn fill(&self, from: &Path, to: &Path, room: &mut (u64, usize)) -> Option<()> {
        for entry in fs::read_dir(from).ok()? {
            let entry = entry.ok()?;
            let (metadata, to) = (entry.metadata().ok()?, to.join(entry.file_name()));
            room.0 = room.0.checked_sub(metadata.len())?;
            room.1 = room.1.checked_sub(1)?;
            if metadata.is_symlink() {
                let target = fs::read_link(entry.path()).ok()?.into_os_string().into_vec();
                symlink(PathBuf::from(OsStr::from_bytes(&self.moved_bytes(&target))), to).ok()?;
                continue;
            }
            if metadata.is_dir() {
                fs::create_dir(&to).ok()?;
                self.fill(&entry.path(), &to, room)?;
            } else if metadata.is_file() {
                fs::write(&to, self.moved_bytes(&fs::read(entry.path()).ok()?)).ok()?;
            } else {
                continue;
            }
            fs::set_permissions(&to, metadata.permissions()).ok()?;
        }
        Some(())
    }
}
