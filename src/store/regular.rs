//! Regular files, opened without waiting and read up to a limit.
//!
//! Where others can put a file, it may be a named pipe, whose opening waits for a writer, or a device without
//! end.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens a file for reading.
///
/// # Errors
/// If it is not a regular file.
pub(super) fn open_regular(path: &Path) -> io::Result<File> {
    // Checked before, since opening a device can act on it, and after, since it may have been replaced.
    require_regular(&fs::metadata(path)?)?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(path)?;
    require_regular(&file.metadata()?)?;
    Ok(file)
}

/// Reads a file whole.
///
/// # Errors
/// If it is not a regular file, or has more than `limit` bytes (`FileTooLarge`).
pub(super) fn read_regular(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_up_to(open_regular(path)?, limit)
}

/// Reads an open file whole, like [`read_regular`].
pub(super) fn read_up_to(file: File, limit: u64) -> io::Result<Vec<u8>> {
    // With room for its size, and a byte to notice the end, the file is read at once.
    let size = file.metadata()?.len().min(limit);
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large(limit)) } else { Ok(bytes) }
}

pub(super) fn too_large(limit: u64) -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {limit} bytes"))
}

/// Turns the error for a file that does not exist into none.
pub(super) fn if_found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn require_regular(metadata: &Metadata) -> io::Result<()> {
    match metadata {
        file if file.is_file() => Ok(()),
        directory if directory.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_regular_files_up_to_the_limit_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "12345").unwrap();
        assert_eq!(read_regular(&file, 5).unwrap(), b"12345");
        assert_eq!(read_regular(&file, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read_regular(root.path(), 4).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(read_regular(Path::new("/dev/zero"), 4).unwrap_err().to_string(), "not a file");
    }
}
