//! Why a change of members was refused.

use super::super::command::Command;
use super::super::error::{Explain, Kind, Report};
use super::super::message::Message;
use super::super::words::{and, or};
use super::InTeam;
use crate::vault::MemberError;
use crate::vault::near::nearest;

impl Explain for InTeam<MemberError> {
    fn explain(&self) -> Report {
        let InTeam { error, team } = self;
        let list = || Command::new("member list");
        let conflict = |code, message: String| Report::new(Kind::Conflict, code, message);
        match error {
            MemberError::Missing { name, there } => {
                let near = nearest(name.as_str(), there.iter().map(|there| (there.as_str(), there)));
                let hint = match near {
                    Some(near) => format!("did you mean {near}?"),
                    None if there.len() == 1 => format!("the only member is {}", and(there)),
                    None => format!("the members are {}", and(there)),
                };
                Report::new(Kind::NotFound, "member_missing", format!("no member {name} in team {team}")).hint(hint)
            }
            MemberError::Exists { name } => {
                let update = Command::new("member update").arg(name).arg("CARD");
                conflict("member_exists", format!("team {team} already has a member {name}"))
                    .hint(format!("a second laptop is a member of its own, such as {name}-2"))
                    .hint(Message::from("to replace the key, which locks the old one out: ").command(update))
            }
            MemberError::Known { name } => conflict("member_known", format!("this key already belongs to {name}"))
                .hint(
                    Message::from("a second laptop needs a key of its own: ").command(Command::without_vault("join")),
                ),
            MemberError::Demoted { name } => {
                let remove = Command::new("member remove").arg(name);
                conflict("member_writer", format!("{name} is a writer with this recipient, and stays a writer"))
                    .hint("a reader needs a new key")
                    .hint(Message::from("to remove this one for good: ").command(remove))
            }
            MemberError::Removed { name } => {
                let new = Command::without_vault("key new").arg("--output").arg("FILE");
                conflict("member_removed", format!("this key was removed, as {name}'s, and cannot come back"))
                    .hint(Message::from("to come back, a member needs a new key: ").command(new))
            }
            MemberError::Oneself { name, others, .. } if others.is_empty() => {
                let add = Command::new("member add").arg("NAME").arg("CARD");
                conflict("member_oneself", format!("{name} is the last writer, and the last writer cannot be removed"))
                    .hint(Message::from("add another writer first: ").command(add))
            }
            MemberError::Oneself { name, others, is_root } => {
                let report = conflict("member_oneself", format!("only another writer can do that to {name}"))
                    .hint(format!("ask {}", or(others)));
                let update = Command::new("member update").arg(name).arg("CARD").arg("-i OLD").arg("-i NEW");
                match is_root {
                    true => report.hint(Message::from("your own new key, with both keys at hand: ").command(update)),
                    false => report,
                }
            }
            MemberError::Root { name } => {
                let message = format!("only {name} can do that: every other member is endorsed through {name}");
                conflict("member_root", message).hint(format!("ask {name}"))
            }
            MemberError::Voucher { name } => {
                let message =
                    format!("{name} endorsed you: only a writer who does not depend on {name} can do that to {name}");
                conflict("member_voucher", message).hint(Message::from("to see who added whom: ").command(list()))
            }
        }
    }
}
