//! A file that git has, but that is not in the work tree.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::refusal::{GitError, Refusal};
use super::repository::{Repository, at};
use crate::report::{Command, Message, shell_quote};

/// A file that does not exist, although git has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The top of the work tree.
    top: PathBuf,
    /// The path below the top.
    path: PathBuf,
    why: Why,
}

/// Why the file is not there, which decides how it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// Somebody deleted the file, or never checked it out.
    Deleted,
    /// It was removed from the index too, and HEAD has it.
    Removed,
    /// A cone or, without one, patterns choose what is checked out.
    Sparse { has_cone: bool },
    /// This commit deleted it.
    Committed(String),
    /// The index says that it need not be there.
    Skipped,
    /// A merge stopped at it. One of these options of `git checkout` takes the only side that has it.
    Unmerged { side: Option<&'static str> },
    /// It belongs to this submodule, which is not checked out.
    Submodule(PathBuf),
    /// This stash holds it.
    Stashed(String),
}

/// Finds out whether git has a file that does not exist, and how it comes back.
///
/// # Errors
/// If there is a repository in which git refuses to work.
pub fn absent(file: &Path) -> Result<Option<Absent>, GitError> {
    // Directories on the way may be missing too.
    let Some((above, below)) = file
        .ancestors()
        .skip(1)
        .find_map(|above| Some((fs::canonicalize(above).ok()?, file.strip_prefix(above).ok()?)))
    else {
        return Ok(None);
    };
    let has_git = |above: &Path| fs::symlink_metadata(above.join(".git")).is_ok();
    if !above.ancestors().any(has_git) {
        return Ok(None);
    }
    let repository = match Repository::of(&above) {
        Err(GitError { refusal: Refusal::NotInstalled | Refusal::Bare, .. }) => return Ok(None),
        found => found?,
    };
    let top = fs::canonicalize(repository.top()).unwrap_or_else(|_| repository.top().to_owned());
    let Ok(path) = above.join(below).strip_prefix(&top).map(Path::to_owned) else { return Ok(None) };
    let why = repository.why_absent(&path)?;
    Ok(why.map(|why| Absent { top, path, why }))
}

impl Repository {
    fn why_absent(&self, path: &Path) -> Result<Option<Why>, GitError> {
        if let Some(entry) = self.entry(path)? {
            let is_set = |key| self.line(["config", "--type=bool", key]).as_deref() == Some("true");
            return Ok(Some(match entry.first() {
                Some(b'M') => Why::Unmerged { side: self.only_side(path)? },
                // A cone always holds the files at the top.
                Some(b'S') if is_set("core.sparseCheckout") => match is_set("core.sparseCheckoutCone") {
                    true if path.parent() == Some(Path::new("")) => Why::Skipped,
                    has_cone => Why::Sparse { has_cone },
                },
                Some(b'S') => Why::Skipped,
                _ => Why::Deleted,
            }));
        }
        for above in path.ancestors().skip(1).filter(|above| *above != Path::new("")) {
            let entry = self.entry(above)?.filter(|entry| entry.starts_with(b"H 160000 "));
            if entry.is_some() {
                return Ok(Some(Why::Submodule(above.to_owned())));
            }
        }

        let has = |revision: &str| self.git([OsStr::new("cat-file"), OsStr::new("-e"), &at(revision, path)]).is_ok();
        if has("HEAD") {
            return Ok(Some(Why::Removed));
        }
        // The third parent of a stash has the files that git did not track.
        let mut stashes = self.stashes().into_iter();
        let stash = stashes.find(|stash| has(stash) || has(&format!("{stash}^3")));
        Ok(stash.map(Why::Stashed).or_else(|| self.deletion(path).map(Why::Committed)))
    }

    /// The last commit that deleted a path.
    fn deletion(&self, path: &Path) -> Option<String> {
        let log = ["--literal-pathspecs", "log", "-1", "--no-renames", "--diff-filter=D", "--format=%h", "--"];
        let commit = self.git(log.map(OsStr::new).into_iter().chain([path.as_os_str()])).ok()?;
        let commit = String::from_utf8(commit).ok()?.trim().to_owned();
        (!commit.is_empty()).then_some(commit)
    }

    /// What the index has at a path: a letter for its state, the mode, the object and the stage.
    fn entry(&self, path: &Path) -> Result<Option<Vec<u8>>, GitError> {
        let list = ["--literal-pathspecs", "ls-files", "-t", "--stage", "-z", "--"].map(OsStr::new);
        let listed = self.git(list.into_iter().chain([path.as_os_str()]))?;
        let mut entries = listed.split(|byte| *byte == 0);
        let is_at =
            |entry: &&[u8]| entry.splitn(2, |byte| *byte == b'\t').nth(1) == Some(path.as_os_str().as_encoded_bytes());
        Ok(entries.find(is_at).map(<[u8]>::to_vec))
    }

    /// The side of a merge that has the path, if the other one deleted it.
    fn only_side(&self, path: &Path) -> Result<Option<&'static str>, GitError> {
        let unmerged = self.unmerged()?;
        Ok(unmerged.get(path).and_then(|stages| match (&stages.ours, &stages.theirs) {
            (Some(_), None) => Some("--ours"),
            (None, Some(_)) => Some("--theirs"),
            _ => None,
        }))
    }
}

impl Absent {
    /// Returns whether a commit deleted the file, so that its place is free for another one.
    pub fn is_committed(&self) -> bool {
        matches!(self.why, Why::Committed(_))
    }

    /// Why the file is not here, after its path.
    pub fn reason(&self) -> String {
        match &self.why {
            Why::Sparse { .. } => "is not in this sparse checkout".to_owned(),
            Why::Submodule(_) => "is in a submodule that is not checked out".to_owned(),
            Why::Stashed(stash) => format!("does not exist; {stash} holds it"),
            Why::Committed(commit) => format!("does not exist: commit {commit} deleted it"),
            _ => "does not exist, although git tracks it".to_owned(),
        }
    }

    /// The command that brings the file back, for somebody in this directory.
    pub fn restore(&self, directory: &Path) -> Message {
        let quoted = |path: &Path| shell_quote(&path.to_string_lossy()).into_owned();
        let path = quoted(&self.path);
        let task = match &self.why {
            Why::Deleted => format!("checkout -- {path}"),
            Why::Removed => format!("checkout HEAD -- {path}"),
            Why::Skipped => format!("checkout --ignore-skip-worktree-bits -- {path}"),
            Why::Sparse { has_cone: true } => {
                format!("sparse-checkout add {}", quoted(self.path.parent().unwrap_or(&self.path)))
            }
            Why::Sparse { has_cone: false } => {
                format!("sparse-checkout add {}", quoted(&Path::new("/").join(&self.path)))
            }
            Why::Unmerged { side: Some(side) } => format!("checkout {side} -- {path}"),
            Why::Unmerged { side: None } => {
                return Message::from("merge it: ").command(Command::new("git resolve"));
            }
            Why::Submodule(module) => format!("submodule update --init -- {}", quoted(module)),
            Why::Stashed(stash) => pop(stash),
            Why::Committed(commit) => format!("checkout {commit}~1 -- {path}"),
        };
        Message::from(format!("restore it: `{}`", git_in(&self.top, directory, &task)))
    }
}

/// A git command at the top of a work tree, for somebody in this directory.
pub(super) fn git_in(top: &Path, directory: &Path, task: &str) -> String {
    match fs::canonicalize(directory).is_ok_and(|directory| directory == top) {
        true => format!("git {task}"),
        false => format!("git -C {} {task}", shell_quote(&top.to_string_lossy())),
    }
}

/// The task of git that takes a stash out again.
pub(super) fn pop(stash: &str) -> String {
    if stash == "stash@{0}" { "stash pop".to_owned() } else { format!("stash pop {stash}") }
}
