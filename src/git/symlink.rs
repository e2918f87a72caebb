//! Symbolic links that git tracks. Whoever can push can make one and lead a location to another file.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::command::{path, printed, run};
use super::layout::Layout;
use super::refusal::GitError;

/// The most links that the kernel follows on the way to a file.
const MOST_LINKS: u32 = 40;

/// Finds the symbolic link that git tracks and that is this location or a directory on its way, also where
/// another link leads to it. None if there is none. The location is absolute, as it was named.
///
/// Git is started only if there is a link in a work tree.
///
/// # Errors
/// If there is such a link and git cannot say whether it tracks it.
pub fn tracked_symlink(named: &Path) -> Result<Option<PathBuf>, GitError> {
    follow(named, &mut 0)
}

fn follow(location: &Path, links: &mut u32) -> Result<Option<PathBuf>, GitError> {
    let mut at = PathBuf::new();
    for component in location.components() {
        at.push(component);
        let Ok(target) = fs::read_link(&at) else { continue };
        let (Some(parent), Some(name)) = (at.parent(), at.file_name()) else { continue };
        let Ok(parent) = fs::canonicalize(parent) else { continue };
        if is_tracked(&parent.join(name))? {
            return Ok(Some(at));
        }

        *links += 1;
        if *links > MOST_LINKS {
            return Err(GitError::other(format!("too many symbolic links: {}", at.display())));
        }
        let beyond = follow(&parent.join(target), links)?;
        if beyond.is_some() {
            return Ok(beyond);
        }
    }
    Ok(None)
}

fn is_tracked(link: &Path) -> Result<bool, GitError> {
    let Some(layout) = Layout::of(link) else { return Ok(false) };
    let listed = run(&layout.top, ["ls-files", "--stage", "-z"]).and_then(printed);
    let unknown = |GitError { reason, refusal }| {
        GitError::new(format!("cannot say whether it tracks {}: {reason}", link.display()), refusal)
    };
    let listed = listed.map_err(unknown)?;

    // Compared by inode: in a file system that ignores case, a link has many names and git knows one.
    let inode = |path: &Path| fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()));
    let this = inode(link);
    Ok(tracked_links(&listed).any(|tracked| inode(&layout.top.join(tracked)) == this))
}

/// The symbolic links in a list of `MODE OBJECT STAGE<TAB>PATH`.
fn tracked_links(listed: &[u8]) -> impl Iterator<Item = PathBuf> {
    let links = listed.split(|byte| *byte == 0).filter(|entry| entry.starts_with(b"120000 "));
    links.filter_map(|entry| {
        let tab = entry.iter().position(|byte| *byte == b'\t')?;
        Some(path(&entry[tab + 1..]))
    })
}
