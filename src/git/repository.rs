//! A repository, and what is asked of it about one file: versions, merges that stopped, and set-up.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use super::command::{complaint, run};

/// A repository with a working tree.
#[derive(Debug, Clone)]
pub struct Repository {
    pub(super) top: PathBuf,
}

/// git refused, or is not there: why, in its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitError(pub String);

impl GitError {
    /// A lock is in the way, said as git says it.
    fn locked(lock: &Path) -> GitError {
        GitError(format!("Unable to create '{}': File exists.", lock.display()))
    }
}

/// A path that a merge left unmerged: the object of each of its stages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stages {
    pub base: Option<String>,
    pub ours: Option<String>,
    pub theirs: Option<String>,
}

/// What git is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Merge,
    Rebase,
    CherryPick,
    Revert,
}

impl Operation {
    /// With its article.
    pub fn what(self) -> &'static str {
        match self {
            Operation::Merge => "a merge",
            Operation::Rebase => "a rebase",
            Operation::CherryPick => "a cherry-pick",
            Operation::Revert => "a revert",
        }
    }

    /// What goes on with it, once nothing is unmerged.
    pub fn go_on(self) -> &'static str {
        match self {
            Operation::Merge => "git commit --no-edit",
            Operation::Rebase => "git rebase --continue",
            Operation::CherryPick => "git cherry-pick --continue",
            Operation::Revert => "git revert --continue",
        }
    }
}

impl Repository {
    /// The one that a directory is in.
    ///
    /// # Errors
    /// If there is none, or git says no.
    pub fn of(directory: &Path) -> Result<Repository, GitError> {
        let output = run(directory, ["rev-parse", "--show-toplevel"]).map_err(GitError)?;
        let mut top = output.stdout.clone();
        if top.last() == Some(&b'\n') {
            top.pop();
        }
        if !output.status.success() || top.is_empty() {
            return Err(GitError(complaint(&output)));
        }
        Ok(Repository { top: PathBuf::from(OsString::from_vec(top)) })
    }

    pub fn top(&self) -> &Path {
        &self.top
    }

    /// A file's path below the top, as git names it.
    pub fn relative(&self, file: &Path) -> Option<PathBuf> {
        let directory = fs::canonicalize(file.parent()?).ok()?;
        Some(directory.strip_prefix(fs::canonicalize(&self.top).ok()?).ok()?.join(file.file_name()?))
    }

    /// What git prints.
    ///
    /// # Errors
    /// If it fails.
    pub fn git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Vec<u8>, GitError> {
        let output = run(&self.top, arguments).map_err(GitError)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let why = complaint(&output);
        // Where its lock is there already, merge says no more than this.
        if why.starts_with("Unable to write index")
            && let Some(lock) = self.own("index.lock").ok().filter(|lock| lock.exists())
        {
            return Err(GitError::locked(&lock));
        }
        Err(GitError(why))
    }

    /// A line that git prints; none if it prints none, or fails.
    pub fn line<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Option<String> {
        let text = String::from_utf8(self.git(arguments).ok()?).ok()?;
        Some(text.trim_end().to_owned()).filter(|line| !line.is_empty())
    }

    /// An object's bytes: of an object id, or of `REVISION:PATH`.
    pub fn object(&self, name: &OsStr) -> Result<Vec<u8>, GitError> {
        self.git([OsStr::new("cat-file"), OsStr::new("blob"), name])
    }

    /// The file as it was in a revision.
    pub fn version(&self, revision: &str, path: &Path) -> Result<Vec<u8>, GitError> {
        let mut name = OsString::from(format!("{revision}:"));
        name.push(path);
        self.object(&name)
    }

    /// Whether git knows the revision.
    pub fn knows(&self, revision: &str) -> bool {
        let commit = format!("{revision}^{{commit}}");
        !revision.starts_with('-') && self.git(["rev-parse", "--verify", "--quiet", &commit]).is_ok()
    }

    /// The paths that a merge left unmerged.
    pub fn unmerged(&self) -> Result<BTreeMap<PathBuf, Stages>, GitError> {
        let mut found: BTreeMap<PathBuf, Stages> = BTreeMap::new();
        for entry in self.git(["ls-files", "-u", "-z"])?.split(|byte| *byte == 0) {
            let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
            let about = String::from_utf8_lossy(&entry[..tab]).into_owned();
            let [_, object, stage] = about.split(' ').collect::<Vec<_>>()[..] else { continue };
            let stages = found.entry(PathBuf::from(OsStr::from_bytes(&entry[tab + 1..]))).or_default();
            match stage {
                "1" => stages.base = Some(object.to_owned()),
                "2" => stages.ours = Some(object.to_owned()),
                _ => stages.theirs = Some(object.to_owned()),
            }
        }
        Ok(found)
    }

    /// The paths that git tracks, in the index as it is.
    pub fn tracked(&self) -> Result<Vec<PathBuf>, GitError> {
        Ok(paths(&self.git(["ls-files", "-z"])?))
    }

    /// The paths that git tracks, below the top, and that have a line like this (`git grep -E`) in the index.
    pub fn tracked_with(&self, line: &str) -> Result<Vec<PathBuf>, GitError> {
        let options = ["grep", "--cached", "--no-color", "--no-recurse-submodules", "-l", "-z", "-a", "-E", "-e", line];
        let output = run(&self.top, options).map_err(GitError)?;
        match output.status.code() {
            Some(0 | 1) => Ok(paths(&output.stdout)),
            _ => Err(GitError(complaint(&output))),
        }
    }

    /// Takes a file as it is into the index, as merged.
    pub fn add(&self, path: &Path) -> Result<(), GitError> {
        let arguments = ["--literal-pathspecs", "add", "--force", "--"].map(OsStr::new);
        self.git(arguments.into_iter().chain([path.as_os_str()])).map(drop)
    }

    /// Takes a path out of the index, where it is unmerged.
    pub fn forget(&self, path: &Path) -> Result<(), GitError> {
        let arguments = ["--literal-pathspecs", "rm", "--quiet", "--cached", "--"].map(OsStr::new);
        self.git(arguments.into_iter().chain([path.as_os_str()])).map(drop)
    }

    /// A file of git's own, as `info/exclude`: shared by all worktrees, or not, as git has it.
    pub fn own(&self, path: &str) -> Result<PathBuf, GitError> {
        let said = self.git(["rev-parse", "--git-path", path])?;
        let said = said.strip_suffix(b"\n").unwrap_or(&said);
        Ok(self.top.join(OsStr::from_bytes(said)))
    }

    /// Whether git looks for the commit that broke something.
    pub fn is_bisect(&self) -> bool {
        self.own("BISECT_LOG").is_ok_and(|path| path.exists())
    }

    /// What git is in the middle of.
    pub fn doing(&self) -> Option<Operation> {
        let is_there = |path: &str| self.own(path).is_ok_and(|path| path.exists());
        if is_there("rebase-merge") || is_there("rebase-apply") {
            Some(Operation::Rebase)
        } else if is_there("MERGE_HEAD") {
            Some(Operation::Merge)
        } else if is_there("CHERRY_PICK_HEAD") {
            Some(Operation::CherryPick)
        } else if is_there("REVERT_HEAD") {
            Some(Operation::Revert)
        } else {
            None
        }
    }
}

/// Paths as git lists them with `-z`.
fn paths(listed: &[u8]) -> Vec<PathBuf> {
    let paths = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    paths.map(|path| PathBuf::from(OsStr::from_bytes(path))).collect()
}
