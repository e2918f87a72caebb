//! A file that is held while one process replaces it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// Waits until nobody else holds a file, and holds it until the result is dropped. Whoever replaces the file by a rename
/// holds it meanwhile, so what is read from the result stays what is at the path.
///
/// Unlike a vault, which other users may write too, it needs no lock file beside it: the file itself is locked.
///
/// # Errors
/// `TimedOut` if another process still holds it after the wait.
pub fn hold(path: &Path, wait: Duration) -> io::Result<File> {
    let started = Instant::now();
    loop {
        // For writing, too: over NFS an exclusive lock needs that.
        let file = OpenOptions::new().read(true).write(true).open(path).or_else(|_| File::open(path))?;
        match fs2::FileExt::try_lock_exclusive(&file) {
            Ok(()) if is_at(&file, path)? => return Ok(file),
            // It was replaced meanwhile.
            Ok(()) => continue,
            Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // On a file system without locks nobody can hold it.
            Err(_) => return Ok(file),
        }
        if started.elapsed() >= wait {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "another process is changing it"));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let (held, there) = (file.metadata()?, path.metadata()?);
    Ok((held.dev(), held.ino()) == (there.dev(), there.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_after_the_other_holds_what_is_at_the_path() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        std::fs::write(&path, "one").unwrap();
        let first = hold(&path, Duration::ZERO).unwrap();
        assert_eq!(hold(&path, Duration::ZERO).unwrap_err().kind(), io::ErrorKind::TimedOut);
        super::super::replace(&path, b"two", 0o600).unwrap();
        // The new file is another one, which nobody holds.
        let second = hold(&path, Duration::ZERO).unwrap();
        assert_eq!(io::read_to_string(&second).unwrap(), "two");
        drop((first, second));
        assert!(hold(&path, Duration::ZERO).is_ok());
    }
}
