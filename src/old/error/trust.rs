//! The words of what this laptop does not trust: what happened, who wrote what is there, what to do.

use std::path::Path;

use super::words::plain;
use super::{Report, Strange};
use crate::report::{and, count};
use crate::store::PinStoreError;
use crate::vault::near::nearest;
use crate::vault::{Distrust, Fingerprint, MemberError, MemberName, MissingChanges, TeamName};

const LOOK: &str = "ask who wrote it; etui trust shows what differs, and accepts it";

pub(super) fn strange(path: &Path, why: &Strange, by: &MemberName) -> Report {
    let path = path.display();
    let say = |code, message, hint: &str| Report { code, exit: 6, message, hint: Some(hint.to_owned()) };
    let seen = |lack: &MissingChanges| {
        format!(
            "{} that this laptop has seen, the last by {} at {}",
            count(lack.changes as usize, "change"),
            lack.by,
            lack.at
        )
    };
    let print = |print: &Option<Fingerprint>| print.as_ref().map_or("none".into(), ToString::to_string);
    let back =
        "bring the newer file back, as with git checkout; if it was given up, as by git merge --abort: etui trust";
    match why {
        Strange::Vault { team, found, known, at } => {
            let at = at.as_ref().map(|at| format!(", at {at}")).unwrap_or_default();
            let (found, known) = (print(found), print(known));
            let what = format!("{path} is not the vault of team {team} that this laptop knows");
            say("vault_other", format!("{what}: it is {found}, written by {by}, not {known}{at}"), LOOK)
        }
        Strange::Demanded { demanded, found } => {
            let found = print(found);
            say(
                "vault_other",
                format!("{path} is not the vault that ETUI_TRUST demands: {found}, not {demanded}"),
                "compare the fingerprints with somebody who knows: etui trust",
            )
        }
        Strange::Distrust(Distrust::Root { found }) => {
            let found = found.as_ref().map(|found| format!(": its root is {found}")).unwrap_or_default();
            say("not_trusted", format!("{path} was not written by anyone this laptop trusts{found}"), LOOK)
        }
        Strange::Distrust(Distrust::Writer { by, key }) => say(
            "not_trusted",
            format!("{path} was not written by anyone this laptop trusts: {by}, {key}, wrote it"),
            LOOK,
        ),
        Strange::Distrust(Distrust::Gone { by }) => say(
            "not_trusted",
            format!("{path} was written by {by}, who was removed"),
            "nothing of it is taken over: keep the other side, as with git checkout --ours",
        ),
        Strange::Distrust(Distrust::Unendorsed { names }) => {
            let (members, are) = members(names, "is", "are");
            say(
                "not_endorsed",
                format!("{members} of {path} {are} endorsed by nobody whom this laptop trusts; {by} wrote it"),
                LOOK,
            )
        }
        Strange::Distrust(Distrust::Back { names, newer }) => {
            let (members, were) = members(names, "was", "were");
            let (_, are) = self::members(names, "is", "are");
            let bring = match newer {
                Some(branch) => format!("git merge {branch}"),
                None => "etui sync, git merge, or the newer file itself; if it is nowhere: etui trust".to_owned(),
            };
            say(
                "member_back",
                format!("{members} {were} removed, and {are} in {path} again; {by} wrote it"),
                &format!("bring the newer one in: {bring}; who comes back takes a new key"),
            )
        }
        Strange::Distrust(Distrust::Behind(lack)) => {
            say("rolled_back", format!("{path} is older than what this laptop has seen: it lacks {}", seen(lack)), back)
        }
        Strange::Distrust(Distrust::Beside(lack)) => {
            say("beside", format!("{path}, written by {by}, lacks {}", seen(lack)), back)
        }
    }
}

/// The members in words, and the verb that they take.
fn members(names: &[MemberName], one: &'static str, many: &'static str) -> (String, &'static str) {
    if names.len() == 1 { (format!("member {}", and(names)), one) } else { (format!("members {}", and(names)), many) }
}

pub(super) fn member(error: &MemberError, team: &TeamName) -> Report {
    let (exit, code, message, hint) = match error {
        MemberError::Missing { name, there } => {
            let near = nearest(name.as_str(), there.iter().map(|there| (there.as_str(), there)));
            let hint = match near {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", and(there)),
            };
            (3, "member_missing", format!("no member {name} in team {team}"), hint)
        }
        MemberError::Exists { name } => (
            4,
            "member_exists",
            format!("there is a member {name} already in team {team}"),
            format!("another name; or for a new key of the same person: etui member update {name} CARD"),
        ),
        MemberError::Known { name } => (
            4,
            "member_known",
            format!("that key is {name}'s already"),
            "etui member list; a second laptop has a key of its own: etui join".to_owned(),
        ),
        MemberError::Demoted { name } => (
            4,
            "member_writer",
            format!("{name} is a writer with that recipient, and stays one"),
            format!("a reader takes a new key; or put this one out for good: etui member remove {name}"),
        ),
        MemberError::Removed { name } => (
            4,
            "member_removed",
            format!("that key was removed, as {name}'s, and is out for good"),
            "who comes back takes a new key: etui key new --output FILE".to_owned(),
        ),
        MemberError::Oneself { name, .. } => (
            4,
            "member_oneself",
            format!("only another writer can do that to {name}"),
            "ask one: etui member list".to_owned(),
        ),
        MemberError::Root { name } => (
            4,
            "member_root",
            format!("only {name} can do that, who vouches for everybody else"),
            format!("ask {name}"),
        ),
        MemberError::Voucher { name } => (
            4,
            "member_voucher",
            format!("{name} vouches for you: only a writer whom others added can do that to {name}"),
            "ask one: etui member list".to_owned(),
        ),
    };
    Report { code, exit, message, hint: Some(hint) }
}

pub(super) fn memory(error: &PinStoreError) -> Report {
    let (code, message, hint) = match error {
        PinStoreError::Damaged(path) => (
            "memory_damaged",
            format!("{} is not what etui wrote: nothing can be trusted by it", path.display()),
            format!(
                "bring it back, or move it away and compare the vault's fingerprint anew: mv {0} {0}.bad",
                path.display()
            ),
        ),
        PinStoreError::Read(path, error) => (
            "io",
            format!("cannot read {}: {}", path.display(), plain(error)),
            "nothing is trusted without it".to_owned(),
        ),
        PinStoreError::Write(path, error) => {
            ("io", format!("cannot write {}: {}", path.display(), plain(error)), "nothing was changed".to_owned())
        }
    };
    Report { code, exit: if code == "io" { 1 } else { 6 }, message, hint: Some(hint) }
}
