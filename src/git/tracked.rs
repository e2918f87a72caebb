//! Files in a work tree: whether git would commit one, asked of git itself, which knows every way to ignore one; and
//! what others committed, read with care.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Output;

use super::command::{complaint, run as git};

/// The largest file that is read: far beyond two vaults with conflict markers between them, and small enough to hold
/// in memory.
const LIMIT: u64 = 256 << 20;

/// Why a file may end up in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitRisk {
    Tracked,
    /// It is not ignored: `git add .` would take it.
    Addable,
    /// There is a repository, and git cannot say: why not, in its own words.
    Unknown(String),
}

/// What git would do with the file, which need not be there yet; none if that is nothing.
pub fn commit_risk(path: &Path) -> Option<CommitRisk> {
    // A link to a directory may lead into a repository. In a directory that is not there nothing is written.
    let directory = &fs::canonicalize(path.parent()?).ok()?;
    // Where there is no repository, no git is needed.
    if !directory.ancestors().any(|above| above.join(".git").exists()) {
        return None;
    }
    let name = path.file_name()?;
    let asked = || {
        if !succeeds(git(directory, ["rev-parse", "--is-inside-work-tree"])?, Some("true\n"))? {
            return Ok(None);
        }
        let tracked = ["--literal-pathspecs", "ls-files", "--error-unmatch", "--"].map(OsStr::new);
        if succeeds(git(directory, tracked.into_iter().chain([name]))?, None)? {
            return Ok(Some(CommitRisk::Tracked));
        }
        // Behind `./` no name is taken for an option or a pattern.
        let named = Path::new(".").join(name);
        let ignored = git(directory, [OsStr::new("check-ignore"), "--quiet".as_ref(), named.as_ref()])?;
        Ok(if succeeds(ignored, None)? { None } else { Some(CommitRisk::Addable) })
    };
    asked().unwrap_or_else(|why: String| Some(CommitRisk::Unknown(why)))
}

/// The bytes of a file that others put into the repository; none if it cannot be a vault, nor tell of one. A symbolic
/// link is not followed: it may lead to a pipe or a device, which would be read for ever.
pub fn read(path: &Path) -> Option<Vec<u8>> {
    let is = fs::symlink_metadata(path).ok()?;
    (is.is_file() && is.len() <= LIMIT).then(|| fs::read(path).ok()).flatten()
}

/// Whether git said yes; an error if it said neither yes nor no.
fn succeeds(output: Output, text: Option<&str>) -> Result<bool, String> {
    match output.status.code() {
        Some(0) => Ok(text.is_none_or(|text| output.stdout == text.as_bytes())),
        Some(1) => Ok(false),
        _ => Err(complaint(&output)),
    }
}
