//! Reading a file that others may have put there: never one that has no end, or that waits for a writer.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// The largest file that [`read`] accepts, in bytes. Two vaults with conflict markers between them are far
/// smaller.
const LIMIT: u64 = 256 << 20;

/// The largest file in which git keeps a path, a commit or the name of a branch.
const STATE_LIMIT: u64 = 64 << 10;

/// The largest file of attributes or of configuration.
const SETTINGS_LIMIT: u64 = 1 << 20;

/// Reads a file that others may have committed. None if it is not a regular file or exceeds 256 MiB.
///
/// A symbolic link is not followed: it may lead out of the work tree.
pub fn read(path: &Path) -> Option<Vec<u8>> {
    bounded(path, LIMIT, OFlags::NOFOLLOW)
}

/// Reads a file of attributes or of configuration.
pub(super) fn settings(path: &Path) -> Option<Vec<u8>> {
    bounded(path, SETTINGS_LIMIT, OFlags::NOFOLLOW)
}

/// Reads one of the small files in which git keeps its state.
pub(super) fn state(path: &Path) -> Option<Vec<u8>> {
    bounded(path, STATE_LIMIT, OFlags::empty())
}

/// Opens a file of any size in the work tree. A symbolic link is not followed.
///
/// # Errors
/// Also if it is not a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    regular(path, OFlags::NOFOLLOW)
}

fn bounded(path: &Path, limit: u64, flags: OFlags) -> Option<Vec<u8>> {
    let file = regular(path, flags).ok()?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= limit).then_some(bytes)
}

fn regular(path: &Path, flags: OFlags) -> io::Result<File> {
    // Without NONBLOCK, opening a pipe waits for its writer.
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => Err(io::Error::other("not a regular file")),
    }
}
