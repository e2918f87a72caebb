//! Commits of the branch that `sync` did not make, and that a push would share too.

use std::path::Path;

use super::stopped::{SyncError, line};
use crate::git::{Commit, Repository};
use crate::ops::repository::GitFailed;
use crate::report::{Error, Message, Notice, count, shell_quote};
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

/// What the commits have that `sync` makes: the vault's path, and this message.
pub struct Own<'a> {
    pub path: &'a Path,
    pub message: &'a str,
}

impl Own<'_> {
    /// Whether `sync` made the commit: an update of this vault alone, or a merge in which nothing else conflicted.
    fn made(&self, commit: &Commit) -> bool {
        let is_vault = commit.paths.iter().all(|path| path == self.path);
        is_vault && (commit.is_merge || !commit.paths.is_empty() && commit.subject == self.message)
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

/// Asks before commits are pushed that `sync` did not make.
///
/// # Errors
/// If the answer is no, or nobody can be asked. A confirmation in advance (`-y`) does not answer it.
pub fn ask(session: &Session, repository: &Repository, own: &Own<'_>, share: &Share<'_>) -> Result<(), Error> {
    let Share { tip, upstream, agreed, is_merged } = *share;
    let there = Some(upstream).filter(|upstream| repository.knows(upstream));
    let known: Vec<&str> = there.into_iter().chain(agreed).collect();
    let beyond = repository.beyond(tip, &known);
    let mut commits = beyond.map_err(|error| GitFailed::new("list the commits to push", error))?;
    commits.retain(|commit| !own.made(commit));
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
