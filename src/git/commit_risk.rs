//! Whether git would commit a file.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Output;

use super::GitError;
use super::command::run;
use super::layout::Layout;

/// Why a file may end up in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitRisk {
    Tracked,
    /// It is not ignored, so `git add .` would add it.
    Addable,
    /// There is a repository but git cannot answer, for this reason.
    Unknown(GitError),
}

/// Finds out whether git tracks a file or would add it. Neither the file nor its directory need exist. None if there is
/// no risk.
pub fn commit_risk(path: &Path) -> Option<CommitRisk> {
    // The directory may be a symbolic link into a repository.
    let is_there = |above: &Path| Some((fs::canonicalize(above).ok()?, above.to_owned()));
    let (directory, above) = &path.ancestors().skip(1).find_map(is_there)?;
    let name = path.strip_prefix(above).ok()?.as_os_str();
    // Without a repository there is no risk, and git need not be installed. At a broken `.git` file git stops.
    let is_broken = || directory.ancestors().any(|directory| directory.join(".git").is_file());
    if Layout::of(&directory.join(name)).is_none() && !is_broken() {
        return None;
    }
    ask_git(directory, name).unwrap_or_else(|error| Some(CommitRisk::Unknown(error)))
}

/// Asks git itself, since it has many ways to ignore a file.
fn ask_git(directory: &Path, name: &OsStr) -> Result<Option<CommitRisk>, GitError> {
    let inside = run(directory, ["rev-parse", "--is-inside-work-tree"])?;
    if !is_yes(&inside)? || inside.stdout != b"true\n" {
        return Ok(None);
    }
    let tracked = ["--literal-pathspecs", "ls-files", "--error-unmatch", "--"].map(OsStr::new);
    if is_yes(&run(directory, tracked.into_iter().chain([name]))?)? {
        return Ok(Some(CommitRisk::Tracked));
    }
    // After `./` no name is taken for an option or a pattern.
    let path = Path::new(".").join(name);
    let ignored = run(directory, [OsStr::new("check-ignore"), "--quiet".as_ref(), path.as_ref()])?;
    Ok(if is_yes(&ignored)? { None } else { Some(CommitRisk::Addable) })
}

/// Git answers yes with exit code 0 and no with 1; anything else is an error.
fn is_yes(output: &Output) -> Result<bool, GitError> {
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => Err(GitError::parse(&output.stderr)),
    }
}
