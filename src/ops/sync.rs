//! `sync`: commits the vault, merges what others pushed, and pushes; again if somebody pushed in between.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::git_merge::{Resolved, resolve};
use super::repository::{self, GitFailed};
use crate::git::{Fetch, GitError, Operation, Push, Repository};
use crate::report::{Command, Error, Explain, Kind, Message, Notice, Report};
use crate::session::Session;
use crate::session::envelope::OpenError;
use crate::session::merge::{DisputesLeft, RemovedAuthor, RemovedAuthors, disputes};
use crate::session::untrusted::{Reason, Untrusted};
use crate::vault::{Distrust, MemberName, TeamName};

/// How often `sync` starts over when somebody pushes in between.
const TRIES: usize = 8;

/// A vault that was synchronised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Synced {
    pub team: TeamName,
    /// Whether anything was committed or pushed.
    pub changed: bool,
}

/// Synchronises the vault in use with the upstream of its branch.
pub fn sync(session: &Session) -> Result<Synced, Error> {
    let file = session.location()?.file.path().to_owned();
    let found = repository::find(&file);
    let (repository, path) = found.map_err(|error| session.missing_vault().unwrap_or(error))?;
    if let Some(missing) = session.missing_vault().filter(|_| repository.doing().is_none()) {
        return Err(missing);
    }
    repository::configure(&repository)?;
    repository::exclude(&repository, &file.file_name().unwrap_or_default().to_string_lossy())?;

    let (team, is_trusted) = match finish_merge(session, &repository, &path) {
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
    let clone = Clone { session, repository, path, team };
    let committed = is_trusted && clone.commit()?;
    let Some(upstream) = clone.repository.line(["rev-parse", "--abbrev-ref", "@{upstream}"]) else {
        let remotes = clone.repository.line(["remote"]);
        let remote = remotes.and_then(|all| all.lines().next().map(str::to_owned));
        return Err(SyncError::NoUpstream { branch, remote, committed }.into());
    };
    let changed = clone.exchange(&branch, &upstream, committed)?;
    Ok(Synced { team: clone.team, changed })
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

/// Finishes a merge that stopped at this vault and was settled since. Returns the team, and whether the vault is
/// trusted, so that it may be committed.
fn finish_merge(session: &Session, repository: &Repository, path: &Path) -> Result<(TeamName, bool), Error> {
    if let Some(operation) = repository.doing() {
        let resolved = resolve(session, repository, RemovedAuthors::Refused)?;
        let unmerged = repository.unmerged().map_err(|error| GitFailed::new("look at the merge", error))?;
        if let Some(error) = resolved.disputes_left(Command::new("sync")) {
            return Err(error);
        }
        if !unmerged.is_empty() || operation != Operation::Merge {
            return Err(SyncError::InProgress { operation, unmerged: unmerged.into_keys().next() }.into());
        }
        commit_merge(repository)?;
    }

    let vault = match session.vault() {
        // What others pushed may fix that.
        Err(error) if is_by_removed(&error) => {
            return Ok((session.open_unchecked(session.location()?)?.head.team, false));
        }
        vault => vault?,
    };
    match disputes(&vault.sections) {
        disputes if disputes.is_empty() => Ok((vault.head.team, true)),
        disputes => Err(DisputesLeft::new(disputes, path, Some(Command::new("sync"))).into()),
    }
}

/// Whether a member wrote the vault who is known to be removed.
fn is_by_removed(error: &Error) -> bool {
    matches!(error.cause(), Some(Untrusted { reason: Reason::Distrust(Distrust::SignedByRemoved { .. }), .. }))
}

fn commit_merge(repository: &Repository) -> Result<(), Error> {
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
    fn exchange(&self, branch: &str, upstream: &str, committed: bool) -> Result<bool, Error> {
        let Clone { session, repository, .. } = self;
        let mut tries = 0;
        loop {
            tries += 1;
            match repository.fetch().map_err(|error| GitFailed::new("fetch", error))? {
                Fetch::Done => {}
                Fetch::Failed { lock } => {
                    return Err(SyncError::NotFetched { upstream: upstream.to_owned(), committed, lock }.into());
                }
            }
            self.merge(upstream)?;
            // Read the vault again, so that the pins record this merge, and nothing untrusted is pushed.
            session.vault()?;

            let ahead = repository.line(["rev-list", "--count", &format!("{upstream}..HEAD")]);
            if ahead.as_deref() == Some("0") {
                return Ok(committed);
            }
            let pushed = repository.push(branch);
            match pushed.map_err(|error| GitFailed::new("push; the change is committed here", error))? {
                Push::Done => return Ok(true),
                Push::Refused { is_behind: true, .. } if tries < TRIES => {
                    session.frontend.notice(Notice::Debug("somebody pushed in between".into()));
                }
                Push::Refused { why, said, .. } => {
                    for line in said {
                        session.frontend.notice(Notice::Note(line.into()));
                    }
                    return Err(SyncError::PushRefused { upstream: upstream.to_owned(), why }.into());
                }
            }
        }
    }

    /// Merges what was fetched. A merge that stops at anything but disputes is undone.
    fn merge(&self, upstream: &str) -> Result<(), Error> {
        let Clone { session, repository, .. } = self;
        let Err(error) = repository.git(["merge", "--ff", "--no-edit", "--quiet", upstream]) else { return Ok(()) };
        if repository.doing() != Some(Operation::Merge) {
            return Err(match error.reason.contains("would be overwritten by merge") {
                true => SyncError::InTheWay { error }.into(),
                false => GitFailed::new("merge; the change is committed here", error).into(),
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
        if let Some(other) = unmerged.keys().find(|path| !is_disputed(path)) {
            self.abort_merge()?;
            return Err(SyncError::OtherConflict { path: other.clone(), upstream: upstream.to_owned() }.into());
        }
        match resolved.disputes_left(Command::new("sync")) {
            Some(error) => Err(error),
            None => commit_merge(repository),
        }
    }

    fn abort_merge(&self) -> Result<(), Error> {
        self.repository.git(["merge", "--abort"]).map_err(|error| GitFailed::new("undo the merge", error))?;
        Ok(())
    }
}

/// Why a vault could not be synchronised.
#[derive(Debug)]
pub enum SyncError {
    /// HEAD is detached, so a commit would be lost.
    NoBranch { is_bisect: bool },
    /// The branch has no upstream.
    NoUpstream { branch: String, remote: Option<String>, committed: bool },
    /// The fetch failed; this lock may be in the way.
    NotFetched { upstream: String, committed: bool, lock: Option<PathBuf> },
    /// Git is in the middle of something else, and waits for this path.
    InProgress { operation: Operation, unmerged: Option<PathBuf> },
    /// Uncommitted changes are in the way of a merge, which did not start.
    InTheWay { error: GitError },
    /// Another file conflicts. The merge was undone.
    OtherConflict { path: PathBuf, upstream: String },
    /// A removed member wrote what was fetched. The merge was undone.
    RemovedAuthor { upstream: String, author: MemberName, changed: String },
    /// The remote does not accept the push, whatever was merged before.
    PushRefused { upstream: String, why: String },
}

impl Explain for SyncError {
    fn explain(&self) -> Report {
        let failed = |code, message: String| Report::new(Kind::Failed, code, message);
        let then_sync = |first: &str| Message::from(format!("{first}, then ")).command(Command::new("sync"));
        let here = |committed: &bool| if *committed { "; the change is committed here" } else { "" };
        match self {
            SyncError::NoBranch { is_bisect } => {
                let hint = if *is_bisect { "`git bisect reset`" } else { "`git switch BRANCH`" };
                let message = "nothing to sync with: git is on no branch here; nothing was committed";
                failed("no_branch", message.to_owned()).hint(then_sync(hint))
            }
            SyncError::NoUpstream { branch, remote, committed } => {
                let message = format!("nothing to sync with: branch {branch} has no upstream{}", here(committed));
                failed("no_upstream", message).hint(match remote {
                    Some(remote) => format!("once: `git push -u {remote} {branch}`"),
                    None => "once: `git remote add origin URL`, then `git push -u origin HEAD`".to_owned(),
                })
            }
            SyncError::NotFetched { upstream, committed, lock } => {
                let report = failed("not_synced", format!("cannot fetch from {upstream}{}", here(committed)));
                match lock {
                    None => report.hint(then_sync("nothing is lost; wait until the remote is reachable")),
                    Some(lock) => {
                        let remove = "nothing is lost; if no other git process is running, remove";
                        report.hint(then_sync(&format!("{remove} {}", lock.display())))
                    }
                }
            }
            SyncError::InProgress { operation, unmerged } => {
                let resume = operation.go_on();
                let message = format!("git is in the middle of {}", operation.what());
                failed("in_the_middle", message).hint(match unmerged {
                    Some(path) => format!("merge {} and `git add` it, then `{resume}`", path.display()),
                    None => format!("finish it first: `{resume}`"),
                })
            }
            SyncError::InTheWay { error } => {
                failed("in_the_way", format!("git could not merge; the change is committed here: {}", error.reason))
                    .hint(then_sync("commit the other changes, or put them away (`git stash`)"))
            }
            SyncError::OtherConflict { path, upstream } => {
                let message = format!("{} conflicts with {upstream}; the merge was undone", path.display());
                failed("other_conflict", message).hint(then_sync(&format!("merge by hand with `git merge {upstream}`")))
            }
            SyncError::RemovedAuthor { upstream, author, changed } => {
                let message = format!("the vault in {upstream} was written by {author}, who was removed");
                let merge = format!("it changes {changed}; to use that anyway: `git merge {upstream}`, then ");
                Report::new(Kind::Damaged, "signer_removed", message)
                    .hint(Message::from(merge).command(Command::new("git resolve")))
            }
            SyncError::PushRefused { upstream, why } => {
                let (remote, _) = upstream.split_once('/').unwrap_or((upstream, ""));
                let message = format!("{upstream} refused the push; the change is committed here: {why}");
                failed("push_refused", message)
                    .hint(Message::from("once it accepts pushes: ").command(Command::new("sync")))
                    .hint(format!("use a branch of your own: `git push {remote} HEAD:refs/heads/NAME`"))
            }
        }
    }
}

explained!(SyncError);
