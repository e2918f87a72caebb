//! Why a change to a closed section was refused.

use super::super::command::Command;
use super::super::error::{Explain, Kind, Report};
use super::super::message::Message;
use super::super::words::or;
use super::change::locked;
use super::{InTeam, in_team};
use crate::vault::ClosedError;

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
                let add = Command::new("member add NAME").arg("--to").arg(section.as_typed());
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
                Report::new(Kind::NoAccess, "section_reader", message).hint(format!("ask {}", or(by)))
            }
            ClosedError::NotInside { section, name } => {
                let message = format!("{name} is not a member of {}", in_team(section, team));
                Report::new(Kind::NotFound, "member_missing", message)
                    .hint(Message::from("to see who is: ").command(Command::new("member list")))
            }
        }
    }
}
