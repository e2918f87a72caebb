//! Atomic writes. Readers see the old bytes or the new ones, never a part, and so do readers after a crash.
//!
//! The bytes go to a temporary file in the same directory, which is synced and then renamed. A symbolic link
//! at the path is replaced, not followed. To replace its target, find that with [`target`](super::target).

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tempfile::{Builder, NamedTempFile};

use super::attributes::{Attributes, Plan};
use super::paths::{check_links, parent};

/// The longest file name that file systems commonly allow, in bytes (NAME_MAX).
const LONGEST_NAME: usize = 255;

/// The random characters that end a temporary file's name.
const RANDOM: usize = 12;

/// Replaces a file or makes it. An existing file keeps its owner, group and mode; a new one gets the mode
/// `new`.
///
/// # Errors
/// Also if the owner or the group cannot be kept, and would lose access. Then the file stays as it was.
pub fn replace(path: &Path, bytes: &[u8], new: u32) -> io::Result<()> {
    rename(temporary(path, bytes, Plan::replacing(path, new))?, path)
}

/// Replaces a file or makes it. Afterwards its mode is 0600, whatever it was before.
///
/// # Errors
/// Those of [`replace`].
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    Replacement::private(path, bytes)?.put()
}

/// New bytes of a file, synced beside it. They vanish unless they are put in its place.
pub struct Replacement {
    path: PathBuf,
    temporary: NamedTempFile,
}

impl Replacement {
    /// Writes them, as [`replace_private`] does.
    pub fn private(path: &Path, bytes: &[u8]) -> io::Result<Replacement> {
        Ok(Replacement { path: path.to_owned(), temporary: temporary(path, bytes, Plan::replacing_privately(path))? })
    }

    /// Writes them as plain text for whoever asked for it: a new file belongs to root even in a user's directory.
    pub fn plain(path: &Path, bytes: &[u8]) -> io::Result<Replacement> {
        let plan = Attributes::at(path).map_or(Plan::own(0o600), |_| Plan::replacing_privately(path));
        Ok(Replacement { path: path.to_owned(), temporary: temporary(path, bytes, plan)? })
    }

    /// Puts them in the place of the file.
    pub fn put(self) -> io::Result<()> {
        rename(self.temporary, &self.path)
    }
}

/// Like [`replace`], but does not wait for the disk: for a file that means nothing after a crash.
///
/// # Errors
/// Those of [`replace`].
pub fn replace_passing(path: &Path, bytes: &[u8], new: u32) -> io::Result<()> {
    unsynced(path, bytes, Plan::replacing(path, new))?.persist(path)?;
    Ok(())
}

/// Makes a file with this mode.
///
/// # Errors
/// `AlreadyExists` if there is one, which stays untouched.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    temporary(path, bytes, Plan::new(path, mode))?.persist_noclobber(path)?;
    sync_directory(path)
}

/// Removes the temporary files of a path that has a lock. Only its holder has any, so all of them are of
/// killed writers.
pub(super) fn remove_temporaries(path: &Path) {
    for file in temporaries(path) {
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
fn temporaries(path: &Path) -> impl Iterator<Item = DirEntry> {
    let prefix = temporary_prefix(path);
    let files = fs::read_dir(parent(path)).into_iter().flatten().flatten();
    let is_file = |file: &DirEntry| file.file_type().is_ok_and(|kind| kind.is_file());
    files.filter(move |file| file.file_name().as_encoded_bytes().starts_with(prefix.as_bytes())).filter(is_file)
}

/// Removes the temporary files that killed writers of this path left: those that nobody has locked. A new one
/// may be a moment before that, so it has to be older than a minute, too.
fn sweep(path: &Path) {
    let is_old = |file: &DirEntry| {
        let modified = file.metadata().and_then(|metadata| metadata.modified()).ok();
        let elapsed = modified.and_then(|modified| modified.elapsed().ok());
        elapsed.is_some_and(|elapsed| elapsed.as_secs() > 60)
    };
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let open =
        |file: &DirEntry| OpenOptions::new().read(true).write(true).custom_flags(flags.bits() as i32).open(file.path());
    for entry in temporaries(path).filter(is_old) {
        if open(&entry).is_ok_and(|file| try_lock(&file)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Writes and syncs the bytes beside the file that they will become.
fn temporary(path: &Path, bytes: &[u8], plan: Plan) -> io::Result<NamedTempFile> {
    let file = unsynced(path, bytes, plan)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Writes the bytes beside the file that they will become.
fn unsynced(path: &Path, bytes: &[u8], plan: Plan) -> io::Result<NamedTempFile> {
    check_links(parent(path))?;
    sweep(path);
    let prefix = temporary_prefix(path);
    // Made 0600, so that it is never more open than its final mode. By hand, because the errors of `tempfile`
    // hide that of the system.
    let make = |at: &Path| OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(at);
    let mut file = Builder::new().prefix(&prefix).rand_bytes(RANDOM).make_in(parent(path), make)?;
    // Says that its writer lives, as long as it is open. Where files cannot be locked, nobody sweeps them.
    try_lock(file.as_file());
    plan.give(file.as_file())?;
    file.write_all(bytes)?;
    Ok(file)
}

fn try_lock(file: &File) -> bool {
    fs2::FileExt::try_lock_exclusive(file).is_ok()
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
    use std::os::unix::fs::symlink;
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn sweeps_what_killed_writers_left_and_nothing_of_a_writer_that_lives() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        let living = temporary(&path, b"half", Plan::own(0o600)).unwrap();
        let (_, killed) = temporary(&path, b"half", Plan::own(0o600)).unwrap().keep().unwrap();
        let (_, new) = temporary(&path, b"half", Plan::own(0o600)).unwrap().keep().unwrap();
        for old in [living.path(), &killed] {
            File::open(old).unwrap().set_modified(SystemTime::now() - Duration::from_secs(100)).unwrap();
        }
        let others = [".other.tmp-x", ".file.tmp-directory", ".file.tmp-link"].map(|name| directory.path().join(name));
        fs::write(&others[0], "").unwrap();
        fs::create_dir(&others[1]).unwrap();
        symlink("/dev/null", &others[2]).unwrap();

        replace(&path, b"new", 0o600).unwrap();
        assert!(!killed.exists());
        assert!(living.path().exists() && new.exists() && others.iter().all(|other| other.symlink_metadata().is_ok()));
        rename(living, &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half");
    }

    #[test]
    fn the_error_of_a_temporary_file_is_that_of_the_system() {
        let error = replace(Path::new("/no/such/directory/file"), b"", 0o600).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::NOENT.raw_os_error()));
    }

    #[test]
    fn replaces_files_whose_names_leave_no_room_for_a_prefix() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(temporary_prefix(&directory.path().join("acme.age")), ".acme.age.tmp-");
        for name in ["a".repeat(LONGEST_NAME), "é".repeat(LONGEST_NAME / 2)] {
            let path = directory.path().join(name);
            replace(&path, b"old", 0o600).unwrap();
            replace(&path, b"new", 0o600).unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"new");
        }
    }
}
