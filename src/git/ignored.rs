//! What git ignores below a directory, by git's own answer: it knows every file of rules, and what it tracks.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::command::{path, printed, run};
use super::layout::Layout;
use super::refusal::GitError;

/// Lists what git ignores below a directory: files, and directories without a tracked file.
///
/// It is empty outside of a repository, and for a directory that is ignored itself: there, git ignores all. Files
/// that git tracks are never among them, and neither is what lies in another repository.
///
/// # Errors
/// If git fails, or refuses to work there.
pub fn ignored(directory: &Path) -> Result<Vec<PathBuf>, GitError> {
    let real = fs::canonicalize(directory)?;
    let Some(Layout { top, .. }) = Layout::of(&real.join("file")) else { return Ok(Vec::new()) };
    let below = real.strip_prefix(&top).ok().filter(|below| !below.as_os_str().is_empty());
    if let Some(below) = below
        && is_ignored(&top, below)?
    {
        return Ok(Vec::new());
    }

    // From the top: in an ignored directory, git fails ("directory entry not superset of prefix").
    let below = below.unwrap_or(Path::new("."));
    let list = ["--literal-pathspecs", "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"];
    let list = list.map(OsStr::new).into_iter().chain([OsStr::new("--"), below.as_os_str()]);
    let listed = printed(run(&top, list)?)?;
    let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let paths = names.filter_map(|name| Some(directory.join(top.join(path(name)).strip_prefix(&real).ok()?)));
    Ok(paths.collect())
}

/// Whether rules name the directory or one above it, and not only what is in it.
fn is_ignored(top: &Path, below: &Path) -> Result<bool, GitError> {
    // Pathspecs are not understood here, so the path is taken as it is.
    let check = ["check-ignore", "--quiet", "--no-index", "--"].map(OsStr::new).into_iter().chain([below.as_os_str()]);
    let output = run(top, check)?;
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(GitError::parse(&output.stderr)),
    }
}
