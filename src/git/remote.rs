//! What comes from the other side, and goes there.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::command::{complaint, prepared, run, why};
use super::{GitError, Repository};

/// What became of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetch {
    Done,
    /// It failed, and git has said why, but not always which lock is in its way: one that is there, of a git at work
    /// or of one that was killed, may be.
    Failed {
        lock: Option<PathBuf>,
    },
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    Done,
    /// The other side did not take it: why in git's words, and what it said itself.
    Refused {
        why: String,
        said: Vec<String>,
        /// Whether that may be because somebody was faster: before it began, or while it went on.
        is_behind: bool,
    },
}

impl Repository {
    /// Fetches from where the branch at hand is pulled from, for a person, who sees what git says and may be asked.
    ///
    /// # Errors
    /// If git cannot be run.
    pub fn fetch(&self) -> Result<Fetch, GitError> {
        let mut command = prepared(&self.top, ["fetch", "--quiet"]);
        // What it prints is no data of ours.
        let status = command.stdout(Stdio::null()).status().map_err(|error| GitError(why(&error)))?;
        if status.success() {
            return Ok(Fetch::Done);
        }
        let locks = ["packed-refs.lock", "reftable/tables.list.lock", "refs/remotes", "refs/tags"];
        let mut locks = locks.iter().filter_map(|path| lock(&self.own(path).ok()?));
        Ok(Fetch::Failed { lock: locks.next() })
    }

    /// Pushes a branch to where it is pulled from, and nothing else.
    ///
    /// # Errors
    /// If that could not be asked.
    pub fn push(&self, branch: &str) -> Result<Push, GitError> {
        let of =
            |format: &str| self.line(["for-each-ref", format, &format!("refs/heads/{branch}")]).unwrap_or_default();
        let (remote, there) = (of("--format=%(upstream:remotename)"), of("--format=%(upstream:remoteref)"));
        let refspec = format!("refs/heads/{branch}:{there}");
        let output = run(&self.top, ["push", "--no-follow-tags", "--quiet", "--porcelain", &remote, &refspec])
            .map_err(GitError)?;
        if output.status.success() {
            return Ok(Push::Done);
        }
        let printed = String::from_utf8_lossy(&output.stdout);
        let Some(why) = printed.lines().find_map(|line| line.strip_prefix("!\t")?.split('\t').nth(1)) else {
            return Err(GitError(complaint(&output)));
        };
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().filter(|line| line.starts_with("remote:")).map(|line| line.trim_end().to_owned());
        Ok(Push::Refused { why: why.to_owned(), said: said.collect(), is_behind: is_behind(why) })
    }
}

/// The first lock that is this path, or lies below it.
fn lock(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return fs::read_dir(path).ok()?.flatten().find_map(|entry| lock(&entry.path()));
    }
    (path.extension() == Some(OsStr::new("lock")) && path.exists()).then(|| path.to_owned())
}

fn is_behind(why: &str) -> bool {
    let raced = ["cannot lock ref", "failed to update ref", "incorrect old value provided", "reference already exists"];
    why.starts_with("[rejected]") || raced.iter().any(|words| why.contains(words))
}
