//! Why a vault could not be synchronised, and what to type next.

use std::path::PathBuf;

use crate::git::{Commit, GitError, Operation};
use crate::report::{Command, Explain, Kind, Message, Report, and, count, shell_quote};
use crate::vault::MemberName;

/// How many files or commits an error names.
const NAMED: usize = 5;

/// Why a vault could not be synchronised.
#[derive(Debug)]
pub enum SyncError {
    /// HEAD is detached, so a commit would be lost.
    NoBranch { is_bisect: bool },
    /// The branch has no upstream. The remote may have a branch of that name.
    NoUpstream { branch: String, remote: Option<String>, is_there: bool, committed: bool },
    /// The fetch failed; this lock may be in the way.
    NotFetched { upstream: String, committed: bool, lock: Option<PathBuf> },
    /// Git is in the middle of something else, and waits for these paths.
    InProgress { operation: Operation, unmerged: Vec<PathBuf> },
    /// There are commits that are not the vault's own, and nobody said yes to pushing them.
    OthersCommits { upstream: String, commits: Vec<Commit> },
    /// Somebody said no to pushing them: before the merge, or to those that came meanwhile.
    Declined { upstream: String, is_merged: bool },
    /// Uncommitted changes are in the way of a merge, which did not start.
    InTheWay { upstream: String, error: GitError },
    /// The branch and its upstream have no commit in common.
    Unrelated { upstream: String },
    /// Other files conflict. The merge was undone.
    OtherConflict { paths: Vec<PathBuf>, upstream: String, again: Command },
    /// A removed member wrote what was fetched. The merge was undone.
    RemovedAuthor { upstream: String, author: MemberName, changed: String },
    /// The hook `pre-push` of this clone stopped the push.
    StoppedByHook { upstream: String },
    /// Others pushed again and again.
    Overtaken { upstream: String, tries: usize },
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
            SyncError::NoUpstream { branch, remote, is_there, committed } => {
                let message = format!("nothing to sync with: branch {branch} has no upstream{}", here(committed));
                let branch = shell_quote(branch);
                failed("no_upstream", message).hint(match remote {
                    Some(remote) if *is_there => {
                        let upstream = format!("{remote}/{branch}");
                        then_sync(&format!("once: `git branch --set-upstream-to={upstream} {branch}`"))
                    }
                    Some(remote) => format!("once: `git push -u {} {branch}`", shell_quote(remote)).into(),
                    None => "once: `git remote add origin URL`, then `git push -u origin HEAD`".into(),
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
                let (what, resume) = (operation.what(), operation.go_on());
                if unmerged.is_empty() {
                    return failed("in_the_middle", format!("git is in the middle of {what}"))
                        .hint(then_sync(&format!("finish it first: `{resume}`")));
                }
                let message = format!(
                    "git is in the middle of {what}, in which {} still {}; the vault does not",
                    files(unmerged),
                    verb(unmerged.len(), "conflict")
                );
                let resolve = "resolve what `git status` lists, `git add` it";
                let resolve = match operation {
                    // Then `sync` itself commits the merge.
                    Operation::Merge => resolve.to_owned(),
                    _ => format!("{resolve}, `{resume}`"),
                };
                failed("in_the_middle", message).hint(then_sync(&resolve))
            }
            SyncError::OthersCommits { upstream, commits } => {
                let listed: Vec<String> = commits.iter().take(NAMED).map(line).collect();
                let others = count(commits.len(), "commit");
                let message = format!(
                    "{others} of this branch would be pushed to {upstream}, besides the vault: {}{}",
                    listed.join(", "),
                    more(commits.len())
                );
                Report::new(Kind::Usage, "other_commits", message)
                    .hint(Message::from("to push them too: ").command(Command::new("sync").arg("--all")))
            }
            SyncError::Declined { upstream, is_merged } => {
                let merged = if *is_merged { "" } else { ", and nothing was merged" };
                let message = format!("nothing was pushed to {upstream}{merged}");
                failed("declined", message).hint(then_sync("push what belongs there (`git push`)"))
            }
            SyncError::InTheWay { upstream, error } => {
                let message = format!("git could not merge {upstream}; the change is committed here: {}", error.reason);
                failed("in_the_way", message)
                    .hint(then_sync("commit the other changes, or put them away (`git stash`)"))
            }
            SyncError::Unrelated { upstream } => {
                let message = format!("this branch and {upstream} have no commit in common: they began separately");
                let merge = format!("to join them: `git merge --allow-unrelated-histories {upstream}`");
                failed("unrelated", message).hint(then_sync(&merge))
            }
            SyncError::OtherConflict { paths, upstream, again } => {
                let (files, conflict) = (files(paths), verb(paths.len(), "conflict"));
                let message =
                    format!("{files} {conflict} with {upstream}; the vault does not, and the merge was undone");
                let merge = format!("`git merge {upstream}`, resolve what `git status` lists, `git add` it");
                failed("other_conflict", message).hint(Message::from(merge + ", then ").command(again.clone()))
            }
            SyncError::RemovedAuthor { upstream, author, changed } => {
                let message = format!("the vault in {upstream} was written by {author}, who was removed");
                let merge = format!("it changes {changed}; to use that anyway: `git merge {upstream}`, then ");
                Report::new(Kind::Damaged, "signer_removed", message)
                    .hint(Message::from(merge).command(Command::new("git resolve")))
            }
            SyncError::StoppedByHook { upstream } => {
                let message = format!(
                    "the hook `pre-push` of this clone stopped the push to {upstream}; the change is committed here"
                );
                failed("push_refused", message)
                    .hint(Message::from("once the hook passes: ").command(Command::new("sync")))
            }
            SyncError::Overtaken { upstream, tries } => {
                let message = format!("somebody else pushed to {upstream} first, {tries} times; nothing is lost");
                failed("push_refused", message).hint(Command::new("sync"))
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

/// A commit in one line: its hash and the beginning of its subject.
pub fn line(commit: &Commit) -> String {
    const WIDTH: usize = 72;
    let Commit { hash, subject, .. } = commit;
    match subject.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{hash} {}…", &subject[..end]),
        None => format!("{hash} {subject}"),
    }
}

fn files(paths: &[PathBuf]) -> String {
    let named: Vec<String> = paths.iter().take(NAMED).map(|path| path.display().to_string()).collect();
    match more(paths.len()) {
        more if more.is_empty() => and(&named),
        more => format!("{}{more}", named.join(", ")),
    }
}

/// ` and 3 more`, or nothing.
fn more(number: usize) -> String {
    match number.checked_sub(NAMED) {
        None | Some(0) => String::new(),
        Some(more) => format!(" and {more} more"),
    }
}

fn verb(number: usize, verb: &str) -> String {
    if number == 1 { format!("{verb}s") } else { verb.to_owned() }
}

explained!(SyncError);
