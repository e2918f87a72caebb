//! Questions about paths, and which symbolic links a write may follow.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

/// Linux follows this many links. A longer chain is a loop.
const MOST_LINKS: usize = 40;

/// Follows the symbolic links at a path to their end, whether or not anything exists there. A loop is left as
/// it is: opening it reports that.
///
/// # Errors
/// If the end, or a link on the way, is a trap: another user put it into a directory that everyone can write
/// to.
pub fn target(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        check_links(parent(&path))?;
        match followed(&path)? {
            Some(next) => path = next,
            None => break,
        }
    }
    Ok(path)
}

/// Checks the symbolic links that lead to a directory.
///
/// # Errors
/// If one of them is a trap, as in [`target`].
pub(super) fn check_links(directory: &Path) -> io::Result<()> {
    let mut left = MOST_LINKS;
    check_some_links(directory, &mut left)
}

fn check_some_links(path: &Path, left: &mut usize) -> io::Result<()> {
    let mut at = PathBuf::new();
    for component in path.components() {
        at.push(component);
        let Some(next) = followed(&at)? else { continue };
        *left = left.checked_sub(1).ok_or(Errno::LOOP)?;
        check_some_links(&next, left)?;
    }
    Ok(())
}

/// Follows one link. None if the path is no link.
fn followed(path: &Path) -> io::Result<Option<PathBuf>> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(None) };
    let kind = metadata.file_type();
    if (kind.is_symlink() || kind.is_fifo()) && is_planted(path, &metadata)? {
        let why = format!("{} belongs to another user, in a directory that everyone can write to", path.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    Ok(kind.is_symlink().then(|| fs::read_link(path)).transpose()?.map(|link| parent(path).join(link)))
}

/// Whether another user may have put what is at a path there.
pub(super) fn is_planted(path: &Path, metadata: &Metadata) -> io::Result<bool> {
    let directory = fs::metadata(parent(path))?;
    let entry = Entry { owner: metadata.uid(), directory_owner: directory.uid(), directory_mode: directory.mode() };
    Ok(entry.is_trap(rustix::process::geteuid().as_raw()))
}

/// What is at a path, and its directory.
struct Entry {
    owner: u32,
    directory_owner: u32,
    directory_mode: u32,
}

impl Entry {
    /// Whether another user may have put it into a shared directory, such as `/tmp`, to be written through.
    /// This is the rule of Linux's `protected_symlinks` (proc_sys_fs(5)). The system applies it only where it
    /// follows a link itself, and not where a program reads the link.
    fn is_trap(&self, user: u32) -> bool {
        let is_shared = self.directory_mode & 0o1002 == 0o1002;
        is_shared && self.owner != user && self.owner != self.directory_owner
    }
}

/// The directory of a file, `.` for a bare name.
pub(super) fn parent(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_an_entry_of_another_user_in_a_sticky_directory_that_all_can_write_is_a_trap() {
        const ROOT: u32 = 0;
        const ME: u32 = 1000;
        const OTHER: u32 = 1001;
        for (owner, directory_owner, directory_mode, user, is_trap) in [
            (OTHER, ROOT, 0o041_777, ME, true),
            (OTHER, ROOT, 0o041_777, ROOT, true),
            (ME, ROOT, 0o041_777, ROOT, true),
            (ROOT, OTHER, 0o041_777, ME, true),
            (OTHER, ME, 0o041_777, ME, true),
            (OTHER, ROOT, 0o041_703, ME, true),
            (ME, ROOT, 0o041_777, ME, false),
            (ROOT, ROOT, 0o041_777, ME, false),
            (OTHER, OTHER, 0o041_777, ME, false),
            (OTHER, ROOT, 0o040_777, ME, false),
            (OTHER, ROOT, 0o041_775, ME, false),
            (OTHER, ROOT, 0o040_755, ME, false),
        ] {
            let entry = Entry { owner, directory_owner, directory_mode };
            assert_eq!(entry.is_trap(user), is_trap, "{owner} {directory_owner} {directory_mode:o} {user}");
        }
    }

    #[test]
    fn follows_links_to_their_end_and_reports_a_loop_of_directories() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        for (link, to) in [("near", "far/none"), ("nearer", "near"), ("loop", "loop")] {
            symlink(to, at(link)).unwrap();
        }
        assert_eq!(target(&at("nearer")).unwrap(), at("far/none"));
        assert_eq!(target(&at("none")).unwrap(), at("none"));
        assert_eq!(target(Path::new("none")).unwrap(), Path::new("none"));
        assert_eq!(target(&at("loop")).unwrap(), at("loop"));
        assert_eq!(target(&at("loop/file")).unwrap_err().kind(), io::Error::from(Errno::LOOP).kind());
    }
}
