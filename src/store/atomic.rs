//! Atomic writes. Readers see the old bytes or the new ones, never a part, and so do readers after a crash.
//!
//! The bytes go to a temporary file in the same directory, which is synced and then renamed. A symbolic link
//! at the path is replaced, not followed. To replace its target, find that with [`target`](super::target).

use std::fs::{self, DirEntry, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use super::paths::{check_links, parent};

/// The longest file name that file systems commonly allow, in bytes (NAME_MAX).
const LONGEST_NAME: usize = 255;

/// The random characters that end a temporary file's name.
const RANDOM: usize = 12;

/// Replaces a file or makes it. An existing file keeps its mode; a new one gets 0600.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mode = fs::metadata(path).map_or(0o600, |metadata| metadata.permissions().mode() & 0o777);
    rename(temporary(path, bytes, mode)?, path)
}

/// Replaces a file or makes it. Afterwards its mode is 0600, whatever it was before.
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    rename(temporary(path, bytes, 0o600)?, path)
}

/// Makes a file with this mode.
///
/// # Errors
/// `AlreadyExists` if there is one, which stays untouched.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    temporary(path, bytes, mode)?.persist_noclobber(path)?;
    sync_directory(path)
}

/// Removes the temporary files that killed writers of this path left: those that are older than a minute.
pub fn sweep(path: &Path) {
    let is_old = |file: &DirEntry| {
        let modified = file.metadata().and_then(|metadata| metadata.modified()).ok();
        let elapsed = modified.and_then(|modified| modified.elapsed().ok());
        elapsed.is_some_and(|elapsed| elapsed.as_secs() > 60)
    };
    for file in temporaries(path).filter(is_old) {
        let _ = fs::remove_file(file.path());
    }
}

/// How the names of a file's temporary files begin: `.NAME.tmp-`.
///
/// `etui git install` excludes these names from commits, so they must stay the same.
pub fn temporary_prefix(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    let mut name = name.to_string_lossy().into_owned();
    while name.len() > LONGEST_NAME - "..tmp-".len() - RANDOM {
        name.pop();
    }
    format!(".{name}.tmp-")
}

/// The temporary files that exist for this path.
pub(super) fn temporaries(path: &Path) -> impl Iterator<Item = DirEntry> {
    let prefix = temporary_prefix(path);
    let files = fs::read_dir(parent(path)).into_iter().flatten().flatten();
    files.filter(move |file| file.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()))
}

/// Writes and syncs the bytes beside the file that they will become.
fn temporary(path: &Path, bytes: &[u8], mode: u32) -> io::Result<NamedTempFile> {
    check_links(parent(path))?;
    let prefix = temporary_prefix(path);
    // Made 0600, so that it is never more open than its final mode.
    let mut file = Builder::new().prefix(&prefix).rand_bytes(RANDOM).tempfile_in(parent(path))?;
    file.write_all(bytes)?;
    if mode != 0o600 {
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

fn rename(temporary: NamedTempFile, path: &Path) -> io::Result<()> {
    temporary.persist(path)?;
    sync_directory(path)
}

/// A rename survives a crash only once its directory is synced.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(parent(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_files_whose_names_leave_no_room_for_a_prefix() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(temporary_prefix(&directory.path().join("acme.age")), ".acme.age.tmp-");
        for name in ["a".repeat(LONGEST_NAME), "é".repeat(LONGEST_NAME / 2)] {
            let path = directory.path().join(name);
            replace(&path, b"old").unwrap();
            replace(&path, b"new").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
        }
    }
}
