//! `sync`: commits the vault, merges what others pushed, and pushes; again if somebody pushed in between.

mod arrived;
mod others;
mod stopped;
mod upstream;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

pub use arrived::Arrived;
pub use others::OtherCommits;
use others::Share;
pub use stopped::SyncError;

use serde::Serialize;

use super::git_merge::{Resolved, resolve};
use super::repository::{self, GitFailed};
use super::view::as_text;
use crate::git::{self, Fetch, Operation, Push, Repository};
use crate::report::{Command, Error, Notice};
use crate::session::closed::Standing;
use crate::session::envelope::OpenError;
use crate::session::merge::{DisputesLeft, RemovedAuthor, RemovedAuthors, disputes};
use crate::session::untrusted::{Reason, Untrusted};
use crate::session::{Session, VaultLocation};
use crate::vault::merge::kept;
use crate::vault::{Distrust, TeamName, Vault};

/// How often `sync` starts over when somebody pushes in between.
const TRIES: usize = 8;

/// A vault that was synchronised.
#[derive(Debug, Serialize)]
pub struct Synced {
    #[serde(serialize_with = "as_text")]
    pub team: TeamName,
    /// Whether anything was committed or pushed.
    pub changed: bool,
    #[serde(flatten)]
    pub arrived: Arrived,
    /// What stopped it after all this had arrived: disputes, or a push that was refused.
    #[serde(skip)]
    pub stopped: Option<Error>,
}

/// Synchronises the vault in use with the upstream of its branch.
pub fn sync(session: &Session, others: OtherCommits) -> Result<Synced, Error> {
    let file = session.location()?.file.path().to_owned();
    let found = repository::find(&file);
    let (repository, path) = found.map_err(|error| session.missing_vault().unwrap_or(error))?;
    if let Some(missing) = session.missing_vault().filter(|_| repository.doing().is_none()) {
        return Err(missing);
    }
    repository::configure(&repository)?;
    repository::exclude(&repository, &file.file_name().unwrap_or_default().to_string_lossy())?;
    repository::warn_tracked_lock(session, &file);

    let (team, before) = match finish_merge(session, &repository, &path) {
        // Somebody who was added after cloning has to fetch that first.
        Err(error) if is_not_member(&error) && fast_forward(&repository, &path) => {
            finish_merge(session, &repository, &path)?
        }
        finished => finished?,
    };
    // A commit on no branch would be lost with the next checkout.
    let Some(branch) = repository.line(["branch", "--show-current"]) else {
        return Err(SyncError::NoBranch { is_bisect: repository.is_bisect() }.into());
    };
    let clone = Clone { session, repository, path, team, others };
    let committed = before.is_some() && clone.commit()?;
    let upstream = upstream::find(&clone.repository, &branch, committed)?;

    let mut after = None;
    let exchanged = clone.exchange(&Line { branch, upstream, committed }, before.as_ref(), &mut after);
    let Clone { team, .. } = clone;
    let (Some(before), Some(after)) = (before, after) else {
        return Ok(Synced { team, changed: exchanged?, arrived: Arrived::default(), stopped: None });
    };
    let arrived = Arrived::between(&team, &before, &after);
    Ok(Synced { team, changed: *exchanged.as_ref().unwrap_or(&committed), arrived, stopped: exchanged.err() })
}

fn is_not_member(error: &Error) -> bool {
    matches!(error.cause(), Some(OpenError::NotMember { .. }))
}

/// Fetches, and fast-forwards if the vault has no changes of its own. Returns whether that brought anything.
fn fast_forward(repository: &Repository, path: &Path) -> bool {
    let status = ["--literal-pathspecs", "status", "--porcelain", "--"].map(OsStr::new);
    let status = repository.git(status.into_iter().chain([path.as_os_str()]));
    let head = || repository.line(["rev-parse", "HEAD"]);
    let before = head();
    status.is_ok_and(|printed| printed.is_empty())
        && repository.fetch() == Ok(Fetch::Done)
        && repository.git(["merge", "--ff-only", "--quiet", "@{upstream}"]).is_ok()
        && head() != before
}

/// Finishes a merge that stopped at this vault and was settled since. Returns the team, and the vault if it is
/// trusted, so that it may be committed.
fn finish_merge(session: &Session, repository: &Repository, path: &Path) -> Result<(TeamName, Option<Vault>), Error> {
    if let Some(operation) = repository.doing() {
        let resolved = resolve(session, repository, RemovedAuthors::Refused)?;
        let unmerged = repository.unmerged().map_err(|error| GitFailed::new("look at the merge", error))?;
        if let Some(error) = resolved.disputes_left(Command::new("sync")) {
            return Err(error);
        }
        if !unmerged.is_empty() || operation != Operation::Merge {
            return Err(SyncError::InProgress { operation, unmerged: unmerged.into_keys().collect() }.into());
        }
        commit_merge(repository)?;
    }

    let vault = match session.vault() {
        // What others pushed may fix that.
        Err(error) if is_by_removed(&error) => {
            return Ok((session.open_unchecked(session.location()?)?.head.team, None));
        }
        vault => vault?,
    };
    match disputes(&vault.sections) {
        disputes if disputes.is_empty() => Ok((vault.head.team.clone(), Some(vault))),
        disputes => Err(DisputesLeft::new(disputes, path, Some(Command::new("sync"))).into()),
    }
}

/// Whether a member wrote the vault who is known to be removed.
fn is_by_removed(error: &Error) -> bool {
    matches!(error.cause(), Some(Untrusted { reason: Reason::Distrust(Distrust::SignedByRemoved { .. }), .. }))
}

fn commit_merge(repository: &Repository) -> Result<(), Error> {
    let succeeds = |arguments: &[&str]| repository.git(arguments).is_ok();
    // A git that was killed after the commit leaves the merge unfinished. Another commit would be an empty one.
    if succeeds(&["merge-base", "--is-ancestor", "MERGE_HEAD", "HEAD"]) && succeeds(&["diff", "--cached", "--quiet"]) {
        repository.git(["merge", "--quit"]).map_err(|error| GitFailed::new("finish the merge", error))?;
        return Ok(());
    }
    // A git that was killed may have left a merge without its message.
    let message = repository.own("MERGE_MSG").ok().and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    let options: &[&str] = if message.trim().is_empty() { &["-m", "Merge the vault"] } else { &["--no-edit"] };
    repository
        .git(["commit", "--quiet"].iter().chain(options))
        .map_err(|error| GitFailed::new("commit the merge", error))?;
    Ok(())
}

/// A vault in its clone.
struct Clone<'s> {
    session: &'s Session,
    repository: Repository,
    /// The vault's path, as git names it.
    path: PathBuf,
    team: TeamName,
    others: OtherCommits,
}

/// A branch and its upstream.
struct Line {
    branch: String,
    upstream: String,
    /// Whether the vault was committed just now.
    committed: bool,
}

impl Clone<'_> {
    /// Commits the vault, and nothing else. Returns whether there was anything to commit.
    fn commit(&self) -> Result<bool, Error> {
        let failed = |error| GitFailed::new("commit the vault", error);
        let path = self.path.as_os_str();
        // With `--ignored`: a vault that some rule ignores would never be shared, and nobody would notice.
        let status = ["--literal-pathspecs", "status", "--porcelain", "--ignored", "--untracked-files=all", "--"];
        let status = self.repository.git(status.map(OsStr::new).into_iter().chain([path]));
        if status.map_err(failed)?.is_empty() {
            return Ok(false);
        }
        self.repository.add(&self.path).map_err(failed)?;
        let message = format!("Update vault {}", self.team);
        let commit = ["--literal-pathspecs", "commit", "--quiet", "--only", "-m", &message, "--"].map(OsStr::new);
        self.repository.git(commit.into_iter().chain([path])).map_err(failed)?;
        Ok(true)
    }

    /// Fetches, merges and pushes until nobody pushed in between. Returns whether anything was committed or pushed.
    /// `before` is the vault before that; `after` becomes the vault after the last merge.
    fn exchange(&self, line: &Line, before: Option<&Vault>, after: &mut Option<Vault>) -> Result<bool, Error> {
        let (Clone { session, repository, .. }, Line { branch, upstream, committed }) = (self, line);
        let mut tries = 0;
        let mut agreed = None;
        loop {
            tries += 1;
            match repository.fetch().map_err(|error| GitFailed::new("fetch", error))? {
                Fetch::Done => {}
                Fetch::Failed { lock } => {
                    let (upstream, committed) = (upstream.to_owned(), *committed);
                    return Err(SyncError::NotFetched { upstream, committed, lock }.into());
                }
            }
            if tries == 1 {
                agreed = Some(self.agree(line, None)?);
            }
            let is_there = repository.knows(upstream);
            let merge = if is_there { self.merge(upstream)? } else { Merge::NONE };
            // Read the vault again, so that the pins record this merge, and nothing untrusted is pushed.
            let merged = session.vault()?;
            if let (Some(ours), true) = (after.as_ref().or(before), merge.is_silent) {
                self.warn_kept(ours, upstream, &merged);
                session.note_versions(&ours.sections, &merged.sections);
            }
            *after = Some(merged);
            if let Some(disputes) = merge.disputes {
                return Err(disputes);
            }

            // Somebody may have committed meanwhile. Nothing is pushed that was not listed.
            let tip = self.agree(line, agreed.as_deref())?;
            let ahead = || repository.line(["rev-list", "--count", &format!("{upstream}..{tip}")]);
            if is_there && ahead().as_deref() == Some("0") {
                return Ok(*committed);
            }
            let pushed = repository.push(branch, &tip);
            agreed = Some(tip);
            let upstream = upstream.to_owned();
            match pushed.map_err(|error| GitFailed::new("push; the change is committed here", error))? {
                Push::Done => return Ok(true),
                Push::Refused { is_behind: true, .. } if tries < TRIES => {
                    session.frontend.notice(Notice::Debug("somebody pushed in between".into()));
                }
                Push::Refused { why, .. } if why.starts_with("[rejected]") => {
                    return Err(SyncError::Overtaken { upstream, tries }.into());
                }
                Push::Refused { why, said, .. } => {
                    self.repeat(said);
                    return Err(SyncError::PushRefused { upstream, why }.into());
                }
                Push::Stopped { said } => {
                    self.repeat(said);
                    return Err(SyncError::StoppedByHook { upstream }.into());
                }
            }
        }
    }

    /// Returns the newest commit of the branch. Up to there all may be pushed; `agreed` is known to be.
    fn agree(&self, Line { branch, upstream, .. }: &Line, agreed: Option<&str>) -> Result<String, Error> {
        let Clone { session, repository, .. } = self;
        let reference = format!("refs/heads/{branch}");
        let tip = repository.line(["rev-parse", "--verify", "--quiet", &reference]).unwrap_or(reference);
        if self.others == OtherCommits::Asked {
            let share = Share { tip: &tip, upstream, agreed, is_merged: agreed.is_some() };
            others::ask(session, repository, &self.path, &share)?;
        }
        Ok(tip)
    }

    /// Repeats what the remote or a hook said.
    fn repeat(&self, said: Vec<String>) {
        for line in said {
            self.session.frontend.notice(Notice::Note(line.into()));
        }
    }

    /// Merges what was fetched. A merge that stops at anything but disputes is undone.
    fn merge(&self, upstream: &str) -> Result<Merge, Error> {
        let Clone { session, repository, .. } = self;
        let Err(error) = repository.git(["merge", "--ff", "--no-edit", "--quiet", upstream]) else {
            return Ok(Merge { disputes: None, is_silent: true });
        };
        if repository.doing() != Some(Operation::Merge) {
            let upstream = upstream.to_owned();
            return Err(match &error.reason {
                reason if reason.contains("would be overwritten by merge") => {
                    SyncError::InTheWay { upstream, error }.into()
                }
                reason if reason.contains("unrelated histories") => SyncError::Unrelated { upstream }.into(),
                _ => GitFailed::new("merge; the change is committed here", error).into(),
            });
        }
        let resolved: Resolved = match resolve(session, repository, RemovedAuthors::Refused) {
            Ok(resolved) => resolved,
            Err(error) => {
                self.abort_merge()?;
                let Some(side @ RemovedAuthor { author, .. }) = error.cause() else { return Err(error) };
                let (author, changed) = (author.clone(), side.changed());
                return Err(SyncError::RemovedAuthor { upstream: upstream.to_owned(), author, changed }.into());
            }
        };
        let unmerged = repository.unmerged().map_err(|error| GitFailed::new("look at the merge", error))?;
        let is_disputed = |path: &PathBuf| resolved.disputed.iter().any(|(disputed, _)| disputed == path);
        let others: Vec<PathBuf> = unmerged.into_keys().filter(|path| !is_disputed(path)).collect();
        if !others.is_empty() {
            self.abort_merge()?;
            return Err(SyncError::OtherConflict {
                paths: others,
                upstream: upstream.to_owned(),
                again: self.others.again(),
            }
            .into());
        }
        let disputes = resolved.disputes_left(self.others.again());
        if disputes.is_none() {
            commit_merge(repository)?;
        }
        Ok(Merge { disputes, is_silent: !resolved.merged.contains(&self.path) })
    }

    fn abort_merge(&self) -> Result<(), Error> {
        self.repository.git(["merge", "--abort"]).map_err(|error| GitFailed::new("undo the merge", error))?;
        Ok(())
    }

    /// Warns of names that the merge driver kept against a deletion: nobody saw what it said.
    fn warn_kept(&self, ours: &Vault, upstream: &str, merged: &Vault) {
        let location = VaultLocation::of(&self.repository.top().join(&self.path));
        let theirs = self.repository.version(upstream, &self.path).ok();
        let theirs = theirs.map(|bytes| git::contents(self.repository.top(), bytes));
        let theirs = theirs.and_then(|bytes| self.session.read_bytes(&location, &bytes, Standing::Past).ok());
        let Some(theirs) = theirs.filter(|theirs| Vault::newer(None, ours, theirs).is_none()) else { return };
        self.session.warn_kept(&self.team, &kept([&ours.sections, &theirs.sections], &merged.sections));
    }
}

/// How a merge ended.
struct Merge {
    disputes: Option<Error>,
    /// Whether the merge driver did it, whose messages git keeps to itself.
    is_silent: bool,
}

impl Merge {
    /// There was nothing to merge with.
    const NONE: Merge = Merge { disputes: None, is_silent: false };
}
