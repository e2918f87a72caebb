//! Private files: made for their owner alone, and replaced whole or not at all.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};
use zeroize::Zeroizing;

/// Makes a directory and those above it; what is made is for its owner alone (0700).
pub fn create_private(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
}

/// Reads a file into memory that is wiped, up to a limit in bytes; a longer one is an error.
pub fn read_private(mut source: impl io::Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    // Grown by hand: a buffer that grows by itself leaves its old copies behind, unwiped.
    loop {
        let mut more = Zeroizing::new(Vec::with_capacity((bytes.len() * 2).max(4096)));
        more.extend_from_slice(&bytes);
        let room = more.capacity() - more.len();
        let read = source.by_ref().take(room as u64).read_to_end(&mut more)?;
        bytes = more;
        if bytes.len() > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {limit} bytes")));
        }
        if read < room {
            return Ok(bytes);
        }
    }
}

/// Replaces the file, or makes it: whoever reads it meanwhile sees the old bytes or the new ones, and so
/// does who reads it after a crash. A file that is there keeps its mode; a new one is 0600.
///
/// `prefix` begins the name of the temporary file beside it, by which leftovers are known.
pub fn replace(path: &Path, prefix: &str, bytes: &[u8]) -> io::Result<()> {
    let mode = fs::metadata(path).map_or(0o600, |there| there.permissions().mode() & 0o777);
    let file = temporary(path, prefix, bytes, mode)?;
    file.persist(path).map_err(|error| error.error)?;
    sync_directory(path)
}

/// The same, but the file is for its owner alone (0600) afterwards, whatever it was.
pub fn replace_private(path: &Path, prefix: &str, bytes: &[u8]) -> io::Result<()> {
    let file = temporary(path, prefix, bytes, 0o600)?;
    file.persist(path).map_err(|error| error.error)?;
    sync_directory(path)
}

/// Removes the temporary files beside a path that killed processes left: those of this prefix that nobody
/// can still be writing, since they are more than a minute old.
pub fn sweep(path: &Path, prefix: &str) {
    for entry in fs::read_dir(parent(path)).into_iter().flatten().flatten() {
        let is_ours = entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes());
        let since = || entry.metadata().and_then(|file| file.modified()).ok()?.elapsed().ok();
        if is_ours && since().is_some_and(|since| since.as_secs() > 60) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Makes a file that is not there yet (0600), whole or not at all.
///
/// # Errors
/// `AlreadyExists` if it is there, which is then untouched.
pub fn write_new(path: &Path, prefix: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    let file = temporary(path, prefix, bytes, mode)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    sync_directory(path)
}

/// Bytes that are on the disk, beside the file that they are to become.
fn temporary(path: &Path, prefix: &str, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    // Made 0600 and only then given the mode it is to have: never wider than it will be.
    let mut file = Builder::new().prefix(prefix).rand_bytes(12).tempfile_in(parent(path))?;
    file.write_all(bytes)?;
    if mode != 0o600 {
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

/// A rename is on the disk only when its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

pub(super) fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
