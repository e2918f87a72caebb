//! Questions about paths.

use std::fs;
use std::path::{Path, PathBuf};

/// Follows the symbolic links at a path to their end, whether or not anything exists there.
pub fn target(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // Linux follows 40 links. A longer chain is a loop, which opening the file then reports.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(link) => path = parent(&path).join(link),
            Err(_) => break,
        }
    }
    path
}

/// The directory of a file, `.` for a bare name.
pub(super) fn parent(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}
