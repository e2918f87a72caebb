//! Fetching and pushing.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::command::{git_outside_hook, run};
use super::refusal::GitError;
use super::repository::Repository;

/// The outcome of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetch {
    Done,
    /// Git has shown the user why. It does not always name the lock that is in its way, so here is one that
    /// exists: of a git that is running or was killed.
    Failed {
        lock: Option<PathBuf>,
    },
}

/// The outcome of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Push {
    Done,
    /// The remote refused it: the reason in git's words, and the lines that the remote itself sent.
    Refused {
        why: String,
        said: Vec<String>,
        /// Whether someone else may have pushed first: before this push, or during it.
        is_behind: bool,
    },
    /// The hook `pre-push` of this clone did not let it out: what it wrote.
    Stopped {
        said: Vec<String>,
    },
}

impl Repository {
    /// Fetches from the upstream of the current branch. The user sees git's messages, and git may prompt.
    ///
    /// # Errors
    /// If git cannot be started.
    pub fn fetch(&self) -> Result<Fetch, GitError> {
        let mut command = git_outside_hook(&self.top, ["fetch", "--quiet"]);
        // Standard output is for etui's own data.
        let status = command.stdout(Stdio::null()).status()?;
        if status.success() {
            return Ok(Fetch::Done);
        }
        let places = ["packed-refs.lock", "reftable/tables.list.lock", "refs/remotes", "refs/tags"];
        let lock = places.iter().find_map(|place| find_lock(&self.own(place).ok()?));
        Ok(Fetch::Failed { lock })
    }

    /// Pushes a commit of a branch to its upstream, and nothing else. What the branch got meanwhile stays.
    ///
    /// # Errors
    /// If git fails before the remote answers.
    pub fn push(&self, branch: &str, commit: &str) -> Result<Push, GitError> {
        let local = format!("refs/heads/{branch}");
        let upstream = |format: &str| self.line(["for-each-ref", format, &local]).unwrap_or_default();
        let remote = upstream("--format=%(upstream:remotename)");
        let refspec = format!("{commit}:{}", upstream("--format=%(upstream:remoteref)"));

        // Neither the tags nor the submodules that the configuration would push too.
        let push = ["push", "--no-follow-tags", "--recurse-submodules=no", "--quiet", "--porcelain", &remote, &refspec];
        let output = run(&self.top, push)?;
        if output.status.success() {
            return Ok(Push::Done);
        }

        // `!<TAB>FROM:TO<TAB>REASON`
        let statuses = String::from_utf8_lossy(&output.stdout);
        let reason = statuses.lines().find_map(|line| line.strip_prefix("!\t")?.split('\t').nth(1));
        let messages = String::from_utf8_lossy(&output.stderr);
        let Some(why) = reason else {
            // Git says no more than this after a hook has failed, and nothing like it where it cannot reach the remote.
            let (end, has_hook) = ("error: failed to push some refs to ", self.own("hooks/pre-push")?.exists());
            let Some((before, _)) = messages.rsplit_once(end).filter(|_| has_hook) else {
                return Err(GitError::parse(&output.stderr));
            };
            return Ok(Push::Stopped { said: before.lines().map(|line| line.trim_end().to_owned()).collect() });
        };
        let from_remote = messages.lines().filter(|line| line.starts_with("remote:"));
        Ok(Push::Refused {
            why: why.to_owned(),
            said: from_remote.map(|line| line.trim_end().to_owned()).collect(),
            is_behind: is_behind(why),
        })
    }
}

/// The first lock at or below a path.
fn find_lock(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return fs::read_dir(path).ok()?.flatten().find_map(|entry| find_lock(&entry.path()));
    }
    (path.extension() == Some(OsStr::new("lock")) && path.exists()).then(|| path.to_owned())
}

fn is_behind(reason: &str) -> bool {
    let races = ["cannot lock ref", "failed to update ref", "incorrect old value provided", "reference already exists"];
    reason.starts_with("[rejected]") || races.iter().any(|words| reason.contains(words))
}
