//! Why two vaults cannot be merged, and what to do then.

use std::path::PathBuf;

use super::untrusted::{Reason, Untrusted};
use crate::report::{Command, Error, Explain, Kind, Message, Report, count, or, shell_quote};
use crate::vault::{Distrust, MemberName, MergeError, Timestamp};

/// Two vaults that cannot be merged.
#[derive(Debug)]
pub struct MergeRefused {
    pub path: PathBuf,
    pub error: MergeError,
    /// Who wrote the side at fault, and when.
    pub by: MemberName,
    pub at: Timestamp,
}

impl Explain for MergeRefused {
    fn explain(&self) -> Report {
        let MergeRefused { path, error, by, at } = self;
        let path = path.display();
        match error {
            MergeError::Other => {
                let message = format!("this is not a copy of {path}: it is another vault, written by {by}");
                let import = Command::new("import").arg("FILE");
                Report::new(Kind::Conflict, "merge_other", message)
                    .hint(Message::from("to take over values from elsewhere: ").command(import))
            }
            MergeError::Behind { changes } => {
                let changes = count(*changes as usize, "change");
                let side = format!("the side that {by} wrote at {at} lacks {changes} of the common base");
                let message = format!("an older {path} was committed on top of a newer one: {side}");
                let restore = Command::new("restore").arg("NAME");
                Report::new(Kind::Damaged, "merge_behind", message).hint(
                    Message::from("take the other side; a value comes back with ")
                        .command(restore)
                        .text(", not with `git revert`"),
                )
            }
            MergeError::LeavesOut { name } => {
                let message = format!("merging {path} would leave you out: {name} was removed on one of the sides");
                Report::new(Kind::Conflict, "merge_leaves_out", message)
                    .hint("ask another writer to merge, or keep one side: `git checkout --ours FILE`")
            }
            MergeError::NoWriter => {
                let message = format!("merging {path} would leave no writer: each was removed on one of the sides");
                Report::new(Kind::Conflict, "merge_no_writer", message)
                    .hint("keep one side, for example with `git checkout --ours FILE`, and remove members there")
            }
            MergeError::Closed { section, by } => {
                let message = format!("{section} of {path} was closed or opened on one side, and changed on the other");
                let report = Report::new(Kind::NoAccess, "merge_closed", message);
                // Where each side closed it by itself, nobody may be a writer of both.
                match &by[..] {
                    [] => report.hint(format!("a writer who is in every closed version of {section} must merge it")),
                    by => {
                        report.hint(format!("hand your branch, or your copy, to a member who can merge it: {}", or(by)))
                    }
                }
            }
            MergeError::TwoMembers { name } => {
                let rename = Command::new("member rename").arg(name).arg("NEW");
                let message = format!("both sides of {path} added a different member {name}");
                Report::new(Kind::Conflict, "merge_two_members", message).hint(
                    Message::from("keep your side with `git merge --abort`, and rename one first: ").command(rename),
                )
            }
        }
    }
}

/// A side of git's merge in which a closed section is no longer closed as it was.
#[derive(Debug)]
pub struct SideUnclosed(Untrusted);

impl SideUnclosed {
    /// The error of such a side, or the same error.
    pub fn of(error: Error) -> Error {
        match error.cause::<Untrusted>() {
            Some(it @ Untrusted { reason: Reason::Distrust(Distrust::Unclosed { .. }), .. }) => {
                SideUnclosed(it.clone()).into()
            }
            _ => error,
        }
    }
}

impl Explain for SideUnclosed {
    fn explain(&self) -> Report {
        let SideUnclosed(untrusted) = self;
        let report = untrusted.explain();
        let file = shell_quote(&untrusted.at.path.to_string_lossy()).into_owned();
        let theirs = format!("if it was done on purpose, accept their side: `git checkout --theirs -- {file}`, then ");
        Report { hints: Vec::new(), ..report }.hint("if it was not, keep yours: `git merge --abort`").hint(
            Message::from(theirs).command(Command::new("trust")).text(", then ").command(Command::new("git resolve")),
        )
    }
}

explained!(MergeRefused, SideUnclosed);
