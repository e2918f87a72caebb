//! What goes wrong where a vault is shared: between its writers, between it and git, and in a merge.

use std::path::{Path, PathBuf};

use super::{Report, in_team, option};
use crate::git::{GitError, Operation};
use crate::report::{and, count};
use crate::vault::{Dispute, MemberName, MergeError, SecretName, SectionId, TeamName, Timestamp};

/// Why a vault could not be shared.
#[derive(Debug)]
pub enum Sharing {
    /// git refused, while it was to do this.
    Git {
        doing: String,
        error: GitError,
    },
    NoRepository {
        path: PathBuf,
        error: GitError,
    },
    NoUpstream {
        branch: String,
        remote: Option<String>,
        committed: bool,
    },
    /// A commit would be on no branch.
    NoBranch {
        is_bisect: bool,
    },
    NotFetched {
        upstream: String,
        committed: bool,
        /// What may be in the way.
        lock: Option<PathBuf>,
    },
    /// A vault that git tracks is not there.
    Gone {
        path: PathBuf,
    },
    /// The other side does not take the push, whatever was merged before.
    PushRefused {
        upstream: String,
        why: String,
    },
    /// git is in the middle of something that is not this vault's.
    InTheMiddle {
        doing: Operation,
        /// What it waits for.
        unmerged: Option<PathBuf>,
    },
    /// What is not committed is in the way of a merge, which did not begin.
    InTheWay {
        error: GitError,
    },
    /// Something that is no vault is in the way of a merge, which was taken back.
    OtherConflict {
        path: PathBuf,
        upstream: String,
    },
    /// A change of what has become another since it was looked at.
    Outdated {
        name: SecretName,
        section: SectionId,
        team: TeamName,
        /// Who changed it and when; none if it is not there.
        by: Option<(MemberName, Timestamp)>,
    },
    /// Neither a file nor a revision.
    NoVersion {
        said: String,
    },
    /// A merge left these; what goes on with it once they are settled.
    Disputes {
        disputes: Vec<Dispute>,
        path: PathBuf,
        go_on: Option<&'static str>,
    },
    Merge {
        path: PathBuf,
        error: MergeError,
        /// Who wrote the side that is wrong, and when.
        by: MemberName,
        at: Timestamp,
    },
}

impl Sharing {
    pub(super) fn report(&self) -> Report {
        match self {
            Sharing::Git { doing, error } => failed(doing, error),
            Sharing::NoRepository { path, error } => no_repository(path, error),
            Sharing::NoUpstream { branch, remote, committed } => no_upstream(branch, remote.as_deref(), *committed),
            Sharing::NoBranch { is_bisect } => no_branch(*is_bisect),
            Sharing::NotFetched { upstream, committed, lock } => not_fetched(upstream, *committed, lock.as_deref()),
            Sharing::Gone { path } => say(
                3,
                "vault_gone",
                format!("{} is not there, though git tracks it", path.display()),
                format!("git checkout -- {} brings it back as it was added last; then etui sync", path.display()),
            ),
            Sharing::PushRefused { upstream, why } => push_refused(upstream, why),
            Sharing::InTheMiddle { doing, unmerged } => in_the_middle(*doing, unmerged.as_deref()),
            Sharing::InTheWay { error } => say(
                1,
                "in_the_way",
                format!("git could not merge; the change is committed here: {}", error.0),
                "commit what is in the way, or put it away (git stash); then etui sync",
            ),
            Sharing::OtherConflict { path, upstream } => other_conflict(path, upstream),
            Sharing::Disputes { disputes, path, go_on } => disputed(disputes, path, *go_on),
            Sharing::Merge { path, error, by, at } => merge(path, error, by, *at),
            Sharing::Outdated { name, section, team, by } => {
                let place = in_team(section, team);
                let what = match by {
                    Some((by, at)) => format!("{name} in {place} was changed meanwhile, by {by} at {at}"),
                    None => format!("{name} in {place} was deleted meanwhile"),
                };
                say(4, "outdated", format!("{what}; nothing was saved"), "look at what it is now")
            }
            Sharing::NoVersion { said } => say(
                3,
                "version_missing",
                format!("{said} is neither a file nor a revision of git"),
                "etui diff HEAD~1; etui diff OLD.age NEW.age",
            ),
        }
    }
}

fn say(exit: u8, code: &'static str, message: String, hint: impl Into<String>) -> Report {
    Report { code, exit, message, hint: Some(hint.into()) }
}

fn failed(doing: &str, error: &GitError) -> Report {
    let why = error.0.as_str();
    let hint = if why.contains(".lock'") {
        "another git is at work, or was killed: once none is, remove that file"
    } else if why.contains("identity unknown") || why.contains("tell me who you are") {
        "git config --global user.name NAME; git config --global user.email MAIL"
    } else {
        "git status shows where it is"
    };
    say(1, "git", format!("git could not {doing}: {why}"), hint)
}

fn no_branch(is_bisect: bool) -> Report {
    let hint = if is_bisect { "git bisect reset; then etui sync" } else { "git switch BRANCH; then etui sync" };
    say(1, "no_branch", "nothing to sync with: git is on no branch here, and nothing was committed".to_owned(), hint)
}

fn no_repository(path: &Path, error: &GitError) -> Report {
    say(
        1,
        "no_repository",
        format!("{} is in no git repository: {}", path.display(), error.0),
        "git init makes one; then git add the vault",
    )
}

fn no_upstream(branch: &str, remote: Option<&str>, committed: bool) -> Report {
    let hint = match remote {
        Some(remote) => format!("git push -u {remote} {branch}, once"),
        None => "git remote add origin URL, then git push -u origin HEAD, once".to_owned(),
    };
    say(1, "no_upstream", format!("nothing to sync with: branch {branch} has no upstream{}", here(committed)), hint)
}

fn not_fetched(upstream: &str, committed: bool, lock: Option<&Path>) -> Report {
    let hint = match lock {
        None => "nothing is lost; again when it is there: etui sync".to_owned(),
        Some(lock) => format!(
            "nothing is lost; if that is why, remove {}, once no other git is at work; then, when the other side is \
             there: etui sync",
            lock.display()
        ),
    };
    say(1, "not_synced", format!("cannot fetch from {upstream}{}", here(committed)), hint)
}

fn push_refused(upstream: &str, why: &str) -> Report {
    let (remote, _) = upstream.split_once('/').unwrap_or((upstream, ""));
    say(
        1,
        "push_refused",
        format!("{upstream} does not take the push; the change is committed here: {why}"),
        format!("once it may: etui sync; or on a branch of its own: git push {remote} HEAD:refs/heads/NAME"),
    )
}

fn here(committed: bool) -> &'static str {
    if committed { "; the change is committed here" } else { "" }
}

fn in_the_middle(doing: Operation, unmerged: Option<&Path>) -> Report {
    let message = format!("git is in the middle of {}", doing.what());
    let hint = match unmerged {
        Some(path) => format!("merge {} and git add it; then {}", path.display(), doing.go_on()),
        None => format!("end it first: {}", doing.go_on()),
    };
    say(1, "in_the_middle", message, hint)
}

fn other_conflict(path: &Path, upstream: &str) -> Report {
    say(
        1,
        "other_conflict",
        format!("{} conflicts with {upstream}; the merge was taken back", path.display()),
        format!("merge by hand, then sync again: git merge {upstream}"),
    )
}

fn disputed(disputes: &[Dispute], path: &Path, go_on: Option<&str>) -> Report {
    let names: Vec<String> =
        disputes.iter().take(5).map(|dispute| format!("{} in {}", dispute.name, dispute.section)).collect();
    let more = disputes.len().saturating_sub(names.len());
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let settle = disputes.first().map(|dispute| format!("etui settle {} {}", dispute.name, option(&dispute.section)));
    let go_on = go_on.map_or(String::new(), |go_on| format!("; then {go_on}"));
    say(
        4,
        "disputed",
        format!("{} disputed in {}: {}{more}", count(disputes.len(), "name"), path.display(), and(&names)),
        format!("{}{go_on}", settle.unwrap_or_default()),
    )
}

fn merge(path: &Path, error: &MergeError, by: &MemberName, at: Timestamp) -> Report {
    let path = path.display();
    match error {
        MergeError::Other => say(
            4,
            "merge_other",
            format!("that is no copy of {path}: it is another vault, written by {by}"),
            "etui import takes values from elsewhere",
        ),
        MergeError::Behind { changes, .. } => say(
            6,
            "merge_behind",
            format!(
                "an older {path} was put on top of a newer one: the side that {by} wrote at {at} lacks {} of what both came from",
                count(*changes as usize, "change")
            ),
            "take the other side; a value comes back by etui restore, not by git revert",
        ),
        MergeError::NoWriter => say(
            4,
            "merge_no_writer",
            format!(
                "merging {path} would leave nobody who may write it: its writers were removed on one side or the other"
            ),
            "keep one side, as with git checkout --ours, and remove people on that one",
        ),
        MergeError::TwoMembers { name } => say(
            4,
            "merge_two_members",
            format!("both sides of {path} added another member {name}"),
            format!("keep your side (git merge --abort), and rename one first: etui member rename {name} NEW"),
        ),
    }
}
