//! Why a change of sections, secrets or entries was refused.

use super::super::command::Command;
use super::super::error::{Explain, Kind, Report};
use super::super::message::Message;
use super::super::words::{and, count, or};
use super::{InTeam, in_team};
use crate::vault::near::nearest;
use crate::vault::{ChangeError, Dispute, Id, Kind as SectionKind, MemberName, SecretName, SectionId, TeamName};

impl Explain for InTeam<ChangeError> {
    fn explain(&self) -> Report {
        let InTeam { error, team } = self;
        let of = |section: &SectionId| in_team(section, team);
        match error {
            ChangeError::SectionMissing { section, there } => section_missing(section, there, team),
            ChangeError::SectionExists(section) => {
                Report::new(Kind::Conflict, "section_exists", format!("{section} already exists in team {team}"))
            }
            ChangeError::Locked { section, by } => locked(section, by, team),
            ChangeError::SectionNotEmpty { section, secrets, entries, is_closed } => {
                section_not_empty(&of(section), *secrets, *entries, *is_closed)
            }
            ChangeError::SecretMissing { name, section, elsewhere, is_entry, near } => {
                let message = format!("{name} is not set in {}", of(section));
                let report = Report::new(Kind::NotFound, "secret_missing", message);
                if *is_entry {
                    let list = Command::new("env list").section(section);
                    return report.hint(Message::from("it is an env entry there: ").command(list));
                }
                match (set_elsewhere(name, elsewhere), near) {
                    (Some(hint), _) => report.hint(hint),
                    (None, Some(near)) => report.hint(did_you_mean(near)),
                    (None, None) => report,
                }
            }
            ChangeError::EntryMissing { name, section, is_secret, near } => {
                let message = format!("{name} is not an env entry of {}", of(section));
                let hint = if *is_secret {
                    let delete = Command::new("delete").arg(name).section(section);
                    Message::from("it is a secret there: ").command(delete)
                } else if let Some(near) = near {
                    did_you_mean(near)
                } else {
                    let list = Command::new("env list").section(section);
                    Message::from("to see the entries: ").command(list)
                };
                Report::new(Kind::NotFound, "entry_missing", message).hint(hint)
            }
            ChangeError::NameTaken { name, section, by_entry: false } => {
                let update = Command::new("update").arg(name).section(section);
                let delete = Command::new("delete").arg(name).section(section);
                Report::new(Kind::Conflict, "secret_exists", format!("{name} is already set in {}", of(section)))
                    .hint(Message::from("to give it a new value: ").command(update))
                    .hint(Message::from("to free the name: ").command(delete))
            }
            ChangeError::NameTaken { name, section, by_entry: true } => {
                let message = format!("{name} is an env entry of {}, so no secret can have this name", of(section));
                let delete = Command::new("env delete").arg(name).section(section);
                Report::new(Kind::Conflict, "entry_exists", message)
                    .hint(Message::from("to free the name: ").command(delete))
            }
            ChangeError::InUse { name, section, by } => {
                let users: Vec<String> = by.iter().map(|(section, entry)| format!("{entry} of {section}")).collect();
                let message = format!("{name} in {} is in use by {}", of(section), and(&users));
                Report::new(Kind::Conflict, "secret_in_use", message)
                    .hint("`delete` takes `--force`; `rename` and `move` take `--update-references`")
            }
            ChangeError::Disputed(dispute) => disputed(dispute, team),
            ChangeError::NotDisputed { name, section } => {
                let set = Command::new("set").arg(name).section(section);
                Report::new(Kind::Conflict, "not_disputed", format!("{name} in {} is not disputed", of(section)))
                    .hint(Message::from("to give it a new value: ").command(set))
            }
            ChangeError::NoCandidate { dispute, fitting } => no_candidate(dispute, *fitting, team),
            ChangeError::VersionMissing { name, section, number, there } => {
                let there = count(*there, "earlier value");
                let message = format!("{name} in {} has {there}, no version {number}", of(section));
                let history = Command::new("history").arg(name).section(section);
                Report::new(Kind::NotFound, "version_missing", message).hint(history)
            }
        }
    }
}

fn section_missing(section: &SectionId, there: &[Id], team: &TeamName) -> Report {
    let report = Report::new(Kind::NotFound, "section_missing", format!("no {section} in team {team}"));
    let (Some(kind), Some(id)) = (section.kind(), section.id()) else { return report };
    let create = Command::new(match kind {
        SectionKind::Project => "project create",
        SectionKind::Cluster => "cluster create",
    });
    let near = nearest(id.as_str(), there.iter().map(|id| (id.as_str(), id)));
    let known = match near {
        Some(near) => format!("did you mean {near}? to create it: "),
        None if there.is_empty() => format!("the team has no {} yet: ", kind.as_str()),
        None if there.len() == 1 => format!("the only {} is {}; to create it: ", kind.as_str(), and(there)),
        None => format!("the {}s are {}; to create it: ", kind.as_str(), and(there)),
    };
    report.hint(Message::from(known).command(create.arg(id)))
}

/// A closed section that the key does not open.
pub fn locked(section: &SectionId, by: &[MemberName], team: &TeamName) -> Report {
    let message = format!("{} is closed to your key", in_team(section, team));
    let add = Command::new("member add YOU").arg("--to").arg(section.as_typed());
    let report = Report::new(Kind::NoAccess, "section_closed", message);
    let (Some(kind), Some(id), []) = (section.kind(), section.id(), by) else {
        return report.hint(Message::from(format!("ask {}, who can let you in: ", or(by))).command(add));
    };
    let delete = Command::new(kind.as_str()).arg("delete").arg(id).arg("--force");
    report.hint(Message::from("no writer of the team is in it; to give it up: ").command(delete))
}

fn section_not_empty(section: &str, secrets: usize, entries: usize, is_closed: bool) -> Report {
    let mut held = vec![count(secrets, "secret")];
    match entries {
        0 => {}
        1 => held.push("1 env entry".to_owned()),
        _ => held.push(format!("{entries} env entries")),
    }
    Report::new(Kind::Conflict, "section_not_empty", format!("{section} holds {}", and(&held))).hint(match is_closed {
        false => "`--force` deletes them too; their values stay in the history",
        true => "`--force` deletes them too; only older copies of the vault then hold them",
    })
}

/// A name that both sides of a merge changed differently.
pub(super) fn disputed(dispute: &Dispute, team: &TeamName) -> Report {
    let Dispute { name, section, by } = dispute;
    let writers: Vec<String> = by.iter().map(|(by, at)| format!("by {by} at {at}")).collect();
    let message = format!("{name} in {} is disputed: written {}", in_team(section, team), and(&writers));
    let settle = Command::new("settle").arg(name).section(section);
    Report::new(Kind::Conflict, "disputed", message).hint(settle)
}

fn no_candidate(dispute: &Dispute, fitting: usize, team: &TeamName) -> Report {
    let Dispute { name, section, by } = dispute;
    let writers: Vec<&MemberName> = by.iter().map(|(by, _)| by).collect();
    let place = in_team(section, team);
    let writers = and(&writers);
    let message = match fitting {
        0 => format!("no such value of {name} in {place}: the disputed values are by {writers}"),
        _ => format!("{fitting} disputed values of {name} in {place} match: choose one by number"),
    };
    let list = Command::new("settle").arg(name).section(section);
    Report::new(Kind::NotFound, "candidate_missing", message)
        .hint(Message::from("to see them by number: ").command(list))
}

pub(super) fn did_you_mean(near: &SecretName) -> Message {
    format!("did you mean {near}?").into()
}

/// Names the sections that have a secret, and the command that prints the first of them.
pub(super) fn set_elsewhere(name: &SecretName, elsewhere: &[SectionId]) -> Option<Message> {
    let first = elsewhere.first()?;
    let get = Command::new("get").arg(name).section(first);
    Some(Message::from(format!("it is set in {}: ", and(elsewhere))).command(get))
}
