//! A repository with a work tree: its files, their versions, and the index.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::command::{path, path_line, printed, run};
use super::refusal::{GitError, Refusal};

/// A repository with a work tree.
#[derive(Debug, Clone)]
pub struct Repository {
    pub(super) top: PathBuf,
}

/// The object ids of a path that a merge left unmerged. A side without the file has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stages {
    pub base: Option<String>,
    pub ours: Option<String>,
    pub theirs: Option<String>,
}

impl Repository {
    /// Finds the repository that a directory is in.
    ///
    /// # Errors
    /// If there is none, or git refuses to work in it.
    pub fn of(directory: &Path) -> Result<Repository, GitError> {
        let output = run(directory, ["rev-parse", "--show-toplevel"])?;
        let top = path_line(&printed(output).map_err(|error| error.looked_at(directory))?);
        if top.as_os_str().is_empty() {
            return Err(GitError::parse(b""));
        }
        let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !real(directory).starts_with(real(&top)) {
            return Err(GitError::new(format!("its work tree is {}", top.display()), Refusal::OtherWorkTree));
        }
        Ok(Repository { top })
    }

    /// The top of the work tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// A file's path below the top, as git names it. None if the file is outside the work tree.
    pub fn relative(&self, file: &Path) -> Option<PathBuf> {
        let top = fs::canonicalize(&self.top).ok()?;
        let directory = fs::canonicalize(file.parent()?).ok()?;
        Some(directory.strip_prefix(top).ok()?.join(file.file_name()?))
    }

    /// Runs git and returns what it prints.
    ///
    /// # Errors
    /// If git fails.
    pub fn git<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<Vec<u8>, GitError> {
        printed(run(&self.top, arguments)?).map_err(|error| self.name_lock(error))
    }

    /// Names the lock that is in the way of a merge. `git merge` alone does not: it says no more than this.
    fn name_lock(&self, error: GitError) -> GitError {
        if !error.reason.starts_with("Unable to write index") {
            return error;
        }
        match self.own("index.lock") {
            Ok(lock) if lock.exists() => {
                let reason = format!("Unable to create '{}': File exists.", lock.display());
                GitError::new(reason, Refusal::Locked)
            }
            _ => error,
        }
    }

    /// The line that git prints. None if it prints nothing or fails.
    pub fn line<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Option<String> {
        let text = String::from_utf8(self.git(arguments).ok()?).ok()?;
        Some(text.trim_end().to_owned()).filter(|line| !line.is_empty())
    }

    /// The bytes of an object, named by its id or by `REVISION:PATH`.
    pub fn object(&self, name: &OsStr) -> Result<Vec<u8>, GitError> {
        self.git([OsStr::new("cat-file"), OsStr::new("blob"), name])
    }

    /// The bytes that a file had in a revision.
    pub fn version(&self, revision: &str, path: &Path) -> Result<Vec<u8>, GitError> {
        self.object(&at(revision, path))
    }

    /// Whether the revision names a commit.
    pub fn knows(&self, revision: &str) -> bool {
        let commit = format!("{revision}^{{commit}}");
        !revision.starts_with('-') && self.git(["rev-parse", "--verify", "--quiet", &commit]).is_ok()
    }

    /// The paths that a merge left unmerged.
    pub fn unmerged(&self) -> Result<BTreeMap<PathBuf, Stages>, GitError> {
        let mut unmerged: BTreeMap<PathBuf, Stages> = BTreeMap::new();
        for entry in self.git(["ls-files", "-u", "-z"])?.split(|byte| *byte == 0) {
            // `MODE OBJECT STAGE<TAB>PATH`
            let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
            let fields = String::from_utf8_lossy(&entry[..tab]).into_owned();
            let [_, object, stage] = fields.split(' ').collect::<Vec<_>>()[..] else { continue };

            let stages = unmerged.entry(path(&entry[tab + 1..])).or_default();
            let side = match stage {
                "1" => &mut stages.base,
                "2" => &mut stages.ours,
                _ => &mut stages.theirs,
            };
            *side = Some(object.to_owned());
        }
        Ok(unmerged)
    }

    /// The paths in the index.
    pub fn tracked(&self) -> Result<Vec<PathBuf>, GitError> {
        Ok(paths(&self.git(["ls-files", "-z"])?))
    }

    /// The paths in the index whose staged text has a line that matches (`git grep -E`).
    pub fn tracked_with(&self, line: &str) -> Result<Vec<PathBuf>, GitError> {
        let options = ["grep", "--cached", "--no-color", "--no-recurse-submodules", "-l", "-z", "-a", "-E", "-e", line];
        let output = run(&self.top, options)?;
        match output.status.code() {
            // 1: no line matches.
            Some(0 | 1) => Ok(paths(&output.stdout)),
            _ => Err(GitError::parse(&output.stderr)),
        }
    }

    /// Adds a file to the index, which also marks it as merged.
    pub fn add(&self, path: &Path) -> Result<(), GitError> {
        let add = ["--literal-pathspecs", "add", "--force", "--"].map(OsStr::new);
        self.git(add.into_iter().chain([path.as_os_str()])).map(drop)
    }

    /// Removes a path from the index and keeps the file.
    pub fn forget(&self, path: &Path) -> Result<(), GitError> {
        let remove = ["--literal-pathspecs", "rm", "--quiet", "--cached", "--"].map(OsStr::new);
        self.git(remove.into_iter().chain([path.as_os_str()])).map(drop)
    }

    /// The names of the stashes, the newest first.
    pub fn stashes(&self) -> Vec<String> {
        let listed = self.line(["stash", "list", "--format=%gd"]).unwrap_or_default();
        listed.lines().map(str::to_owned).collect()
    }

    /// Where git keeps one of its own files, such as `info/exclude`. Linked work trees share some of them.
    pub fn own(&self, file: &str) -> Result<PathBuf, GitError> {
        let printed = self.git(["rev-parse", "--git-path", file])?;
        Ok(self.top.join(path_line(&printed)))
    }
}

/// A file in a revision, as git names it.
pub(super) fn at(revision: &str, path: &Path) -> OsString {
    let mut name = OsString::from(format!("{revision}:"));
    name.push(path);
    name
}

/// Splits a list that git printed with `-z`.
fn paths(listed: &[u8]) -> Vec<PathBuf> {
    let names = listed.split(|byte| *byte == 0);
    names.filter(|name| !name.is_empty()).map(path).collect()
}
