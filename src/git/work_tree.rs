//! The work tree that a file lies in, and what is checked out there. Every opening of a vault needs it, so it
//! is read from git's own files; git is started only where those files do not say.

use std::path::{Path, PathBuf};

use super::command::run;
use super::layout::{HeadFile, Layout, commit};
use super::read::state;

/// The git checkout that a file lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkTree {
    /// The real path of the directory that holds `.git`.
    pub top: PathBuf,
    pub head: Head,
}

/// What is checked out. A branch is named below `refs/heads/`, any other reference in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// A branch, which may have no commit yet.
    Branch(String),
    /// A commit, on no branch.
    Detached { commit: String },
    /// A commit, on no branch because git is in the middle of a rebase, a bisect or `git am`. The branch is
    /// the one to which git will return.
    During { branch: Option<String>, commit: String },
}

impl WorkTree {
    /// Finds the checkout upward from a file's real path. The file need not exist. None outside of git.
    pub fn of(real: &Path) -> Option<WorkTree> {
        let mut all = Layout::all(real);
        all.find_map(|layout| Some(WorkTree { head: Head::of(&layout)?, top: layout.top }))
    }
}

impl Head {
    fn of(layout: &Layout) -> Option<Head> {
        match &layout.head {
            // In a repository with a reftable, HEAD is this placeholder (gitformat-reftable(5)).
            HeadFile::Reference(name) if name == "refs/heads/.invalid" => {
                Some(Head::new(layout, &head_from_git(&layout.top)?))
            }
            head => Some(Head::new(layout, head)),
        }
    }

    fn new(layout: &Layout, head: &HeadFile) -> Head {
        let commit = match head {
            HeadFile::Reference(name) => return Head::Branch(short(name)),
            HeadFile::Commit(commit) => commit.clone(),
        };
        // The last one is that of a `git am`, which names no branch.
        let files = ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START", "rebase-apply/applying"];
        let states: Vec<_> = files.iter().filter_map(|file| state(&layout.own.join(file))).collect();
        match states.is_empty() {
            true => Head::Detached { commit },
            false => Head::During { branch: states.iter().find_map(|state| branch(state)), commit },
        }
    }
}

fn head_from_git(top: &Path) -> Option<HeadFile> {
    let reference = run(top, ["symbolic-ref", "--quiet", "HEAD"]).ok()?;
    if reference.status.success() {
        return Some(HeadFile::Reference(String::from_utf8_lossy(&reference.stdout).trim().to_owned()));
    }
    let commit = run(top, ["rev-parse", "--verify", "--quiet", "HEAD"]).ok()?;
    HeadFile::parse(&String::from_utf8_lossy(&commit.stdout))
}

/// The branch that a file of git's state names. Git may have started from a commit instead.
fn branch(state: &[u8]) -> Option<String> {
    let name = String::from_utf8_lossy(state);
    let name = name.trim();
    let is_branch = !name.is_empty() && name != "detached HEAD" && commit(name) != Some(name);
    is_branch.then(|| short(name))
}

fn short(reference: &str) -> String {
    reference.strip_prefix("refs/heads/").unwrap_or(reference).to_owned()
}
