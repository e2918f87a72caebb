//! Why a change to a closed section was refused.

use super::super::command::Command;
use super::super::error::{Explain, Kind, Report};
use super::super::message::Message;
use super::super::words::or;
use super::change::locked;
use super::{InTeam, in_team};
use crate::vault::{ClosedError, MemberError, MemberName, SectionId, TeamName};

impl Explain for InTeam<ClosedError> {
    fn explain(&self) -> Report {
        let InTeam { error, team } = self;
        let conflict = |code, message: String| Report::new(Kind::Conflict, code, message);
        match error {
            ClosedError::Change(error) => InTeam { error: error.clone(), team: team.clone() }.explain(),
            ClosedError::Member(error) => InTeam { error: error.clone(), team: team.clone() }.explain(),
            ClosedError::Team => {
                let message = "the team's own section cannot be closed: every member reads it";
                Report::new(Kind::Usage, "team_section", message).hint("move its secrets to a project or a cluster")
            }
            ClosedError::AlreadyClosed(section) => {
                let add = Command::new("member add MEMBER").arg("--to").arg(section.as_typed());
                conflict("section_closed", format!("{} is closed already", in_team(section, team)))
                    .hint(Message::from("to let a member in: ").command(add))
            }
            ClosedError::NotClosed(section) => {
                let message = format!("{} is not closed: every member reads it", in_team(section, team));
                let report = conflict("section_open", message);
                let (Some(kind), Some(id)) = (section.kind(), section.id()) else { return report };
                let close = Command::new(kind.as_str()).arg("close").arg(id).arg("--for MEMBER");
                report.hint(Message::from("to close it: ").command(close))
            }
            ClosedError::Reader { section, by } if by.is_empty() => locked(section, by, team),
            ClosedError::Reader { section, by } => {
                let message = format!("your key may not write {}", in_team(section, team));
                let add = Command::new("member add YOU").arg("--to").arg(section.as_typed());
                let ask = Message::from(format!("ask {}, who can let you write: ", or(by))).command(add);
                Report::new(Kind::NoAccess, "section_reader", message).hint(ask)
            }
            ClosedError::NotInside { section, name } => {
                let message = format!("{name} is not a member of {}", in_team(section, team));
                Report::new(Kind::NotFound, "member_missing", message)
                    .hint(Message::from("to see who is: ").command(Command::new("member list")))
            }
            ClosedError::Inside { section, name } => {
                let message = format!("{name} is already a member of {}", in_team(section, team));
                conflict("member_exists", message)
                    .hint(Message::from("to see who is: ").command(Command::new("member list")))
            }
            ClosedError::Barred { section, name } => {
                let message =
                    format!("{name} was removed from {}, and this key cannot come back", in_team(section, team));
                let rotate = Command::without_vault("key rotate");
                conflict("member_removed", message)
                    .hint(Message::from(format!("{name} needs a new key, there: ")).command(rotate))
            }
            ClosedError::Within { section, error, by } => within(section, error, by, team),
            ClosedError::Outsider { section, name, is_own: true, by } => {
                let message = format!("{} still lists your earlier key", in_team(section, team));
                let add = Command::new("member add").arg(name).arg("--to").arg(section.as_typed());
                let ask = match by[..] {
                    [] => "with both keys at hand: ".to_owned(),
                    _ => format!("ask {}: ", or(by)),
                };
                conflict("member_outside", message).hint(Message::from(ask).command(add))
            }
            ClosedError::Outsider { section, name, by, .. } => {
                let place = in_team(section, team);
                let message = format!("{name} was removed from team {team}, and you are in {place} through {name}");
                let remove = Command::new("member remove").arg(name).arg("--from").arg(section.as_typed());
                conflict("member_outside", message)
                    .hint(Message::from(format!("ask {} to remove {name} there too: ", or(by))).command(remove))
            }
        }
    }
}

/// A change of the members of a section that this writer may not make.
fn within(section: &SectionId, error: &MemberError, by: &[MemberName], team: &TeamName) -> Report {
    let place = in_team(section, team);
    let of_section = |verb: &'static str, option: &'static str, name: &dyn std::fmt::Display| {
        Command::new(verb).arg(name).arg(option).arg(section.as_typed())
    };
    let conflict = |code, message: String| Report::new(Kind::Conflict, code, message);
    match error {
        MemberError::Oneself { name, .. } if by.is_empty() => {
            let report = conflict("member_oneself", format!("{name} is the last writer of {place}"))
                .hint(Message::from("let another one in first: ").command(of_section("member add", "--to", &"MEMBER")));
            let (Some(kind), Some(id)) = (section.kind(), section.id()) else { return report };
            report.hint(Message::from("to open it to all: ").command(Command::new(kind.as_str()).arg("open").arg(id)))
        }
        MemberError::Oneself { name, .. } => {
            conflict("member_oneself", format!("only another writer can remove {name} from {place}"))
                .hint(Message::from(format!("ask {}: ", or(by))).command(of_section("member remove", "--from", name)))
        }
        MemberError::Voucher { name } => conflict("member_voucher", format!("you are in {place} through {name}"))
            .hint(Message::from(format!("ask {}: ", or(by))).command(of_section("member remove", "--from", name))),
        MemberError::Exists { name } => {
            conflict("member_exists", format!("{place} already has a member {name}, with another key"))
                .hint(Message::from("to put that one out: ").command(of_section("member remove", "--from", name)))
        }
        error => InTeam { error: error.clone(), team: team.clone() }.explain(),
    }
}
