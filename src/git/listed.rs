//! Work trees that their repository lists: the main one, and those that `git worktree add` made.
//!
//! A `.git` can claim any repository as its own. Only what stands in that repository shows whether it is so.

use std::fs;
use std::path::{Path, PathBuf};

use super::layout::{Layout, line};
use super::read::state;

/// A work tree that its repository lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedTree {
    /// The real path of the directory that holds `.git`.
    pub top: PathBuf,
    /// The real path of the directory that all work trees of the repository share.
    pub common: PathBuf,
}

impl ListedTree {
    /// Finds the work tree of a file by its real path. None if no repository lists it.
    ///
    /// The nearest `.git` decides, even if it is broken: what lies below it may be another clone.
    pub fn of(file: &Path) -> Option<ListedTree> {
        let mut above = file.ancestors().skip(1);
        ListedTree::at(above.find(|top| fs::symlink_metadata(top.join(".git")).is_ok())?)
    }

    /// Returns the work tree with this top, a real path. None if no repository lists it.
    pub fn at(top: &Path) -> Option<ListedTree> {
        let Layout { own, common, .. } = Layout::at(top)?;
        let (own, common) = (fs::canonicalize(own).ok()?, fs::canonicalize(common).ok()?);
        let is_listed = match own == common {
            true => own == top.join(".git"),
            false => own.parent() == Some(&common.join("worktrees")) && points_to(&own, top),
        };
        is_listed.then(|| ListedTree { top: top.to_owned(), common })
    }

    /// Returns whether this is the main work tree.
    pub fn is_main(&self) -> bool {
        self.common == self.top.join(".git")
    }
}

/// Returns whether the entry of a work tree leads back to it. Its path may be relative to the entry.
fn points_to(entry: &Path, top: &Path) -> bool {
    let Some(bytes) = state(&entry.join("gitdir")) else { return false };
    let dot_git = entry.join(line(&bytes));
    let directory = dot_git.parent().filter(|_| dot_git.ends_with(".git"));
    directory.and_then(|directory| fs::canonicalize(directory).ok()).is_some_and(|real| real == top)
}
