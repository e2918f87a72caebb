//! Commits of the branch that are not the vault's, and that a push would share too.

use std::path::Path;

use super::stopped::{SyncError, line};
use crate::git::{Commit, Repository};
use crate::ops::repository::GitFailed;
use crate::report::{Command, Error, Message, Notice, count, shell_quote};
use crate::session::Session;

/// How many commits a question lists.
const LISTED: usize = 20;

/// What happens with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherCommits {
    /// They are pushed after a yes.
    Asked,
    Pushed,
}

/// Whether a commit is the vault's: `sync` or somebody by hand changed the vault alone, or merged it and nothing else
/// conflicted.
fn is_of_vault(commit: &Commit, vault: &Path) -> bool {
    let is_alone = commit.paths.iter().all(|path| path == vault);
    is_alone && (commit.is_merge || !commit.paths.is_empty())
}

impl OtherCommits {
    /// The command that goes on, as it was typed.
    pub fn again(self) -> Command {
        match self {
            OtherCommits::Asked => Command::new("sync"),
            OtherCommits::Pushed => Command::new("sync").arg("--all"),
        }
    }
}

/// What a push would share.
pub struct Share<'a> {
    pub tip: &'a str,
    pub upstream: &'a str,
    /// Up to here somebody said yes.
    pub agreed: Option<&'a str>,
    /// Whether what the upstream has was merged already.
    pub is_merged: bool,
}

/// Asks before commits are pushed that are not the vault's.
///
/// # Errors
/// If the answer is no, or nobody can be asked. A confirmation in advance (`-y`) does not answer it.
pub fn ask(session: &Session, repository: &Repository, vault: &Path, share: &Share<'_>) -> Result<(), Error> {
    let Share { tip, upstream, agreed, is_merged } = *share;
    let there = Some(upstream).filter(|upstream| repository.knows(upstream));
    let known: Vec<&str> = there.into_iter().chain(agreed).collect();
    let beyond = repository.beyond(tip, &known);
    let mut commits = beyond.map_err(|error| GitFailed::new("list the commits to push", error))?;
    commits.retain(|commit| !is_of_vault(commit, vault));
    if commits.is_empty() {
        return Ok(());
    }
    let (frontend, upstream) = (&session.frontend, upstream.to_owned());
    if !frontend.can_ask() {
        return Err(SyncError::OthersCommits { upstream, commits }.into());
    }

    let say = |text: String| frontend.notice(Notice::Done(text.into()));
    let others = count(commits.len(), "commit");
    say(format!("{others} of this branch would be pushed to {upstream}, besides the vault:"));
    for commit in commits.iter().take(LISTED) {
        say(format!("  {}", line(commit)));
    }
    if let Some(more @ 1..) = commits.len().checked_sub(LISTED) {
        say(format!("  and {more} more: `git log {}..HEAD`", shell_quote(&upstream)));
    }
    let them = if commits.len() == 1 { "it" } else { "them" };
    match frontend.ask_yes_no(&Message::from(format!("Push {them} too?")))? {
        true => Ok(()),
        false => Err(SyncError::Declined { upstream, is_merged }.into()),
    }
}
