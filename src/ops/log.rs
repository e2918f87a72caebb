//! The log: who changed which name when, over all sections; never a value.

use std::cmp::Reverse;
use std::fmt::{self, Display};

use serde::Serialize;

use crate::ops::view::{SectionView, as_text};
use crate::report::{Command, Error, Kind, Message, OfVault as _, in_team};
use crate::session::Session;
use crate::vault::change::missing_section;
use crate::vault::near::nearest;
use crate::vault::timeline::{Event, Step};
use crate::vault::{Pattern, SecretName, SectionId, TeamName, Timestamp};

/// What the log is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The names; all of them without a pattern.
    pub names: Option<Pattern>,
    /// The section, which may have been deleted; every section without one.
    pub section: Option<SectionId>,
    pub limit: Option<usize>,
    /// The cursor that the page before ended with.
    pub after: Option<String>,
}

/// A page of the log, the newest change first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    pub team: TeamName,
    pub events: Vec<EventView>,
    /// The cursor of the next page.
    pub next: Option<String>,
}

/// One change, as JSON shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventView {
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    pub change: &'static str,
    pub name: String,
    pub section: SectionView,
    /// `secret` or `entry`.
    pub kind: &'static str,
    pub by: String,
    /// What deleted it, if that was more than its deletion: `renamed to NEW`.
    pub reason: Option<String>,
    #[serde(skip)]
    pub place: SectionId,
}

impl EventView {
    pub fn new(team: &TeamName, event: &Event<'_>) -> EventView {
        let change = match event.step {
            _ if event.is_disputed => "disputed",
            Step::Created => "created",
            Step::Updated => "updated",
            Step::Restored => "restored",
            Step::Deleted => "deleted",
        };
        EventView {
            at: event.at,
            change,
            name: event.name.to_string(),
            section: SectionView::new(event.section, team),
            kind: if event.is_entry { "entry" } else { "secret" },
            by: event.by.to_string(),
            reason: event.reason.map(str::to_owned),
            place: event.section.clone(),
        }
    }
}

/// Reads one page of the log.
///
/// # Errors
/// If the section never existed, nothing is known of the one name that is asked for, or the cursor is none of a log.
pub fn log(session: &Session, request: &Request) -> Result<Log, Error> {
    let Request { names, section, limit, after } = request;
    let after = after.as_deref().map(Position::parse).transpose()?;
    let vault = session.vault()?;
    let team = &vault.head.team;

    match section.as_ref().map(|section| (section, vault.sections.get(section))) {
        Some((id, Some(section))) if section.is_locked() => return Err(section.locked(id).in_team(team)),
        Some(_) => {}
        None => session.note_locked(&vault.sections),
    }
    let is_in = |event: &Event<'_>| section.as_ref().is_none_or(|section| section == event.section);
    let mut events: Vec<Event<'_>> = vault.sections.events().filter(is_in).collect();
    if let Some(section) = section.as_ref().filter(|section| events.is_empty() && vault.sections.get(section).is_none())
    {
        return Err(missing_section(section, vault.sections.iter().map(|(id, _)| id)).in_team(team));
    }
    if let Some(names) = names {
        let known: Vec<&SecretName> = events.iter().map(|event| event.name).collect();
        events.retain(|event| names.matches(event.name.as_str()));
        if events.is_empty() && !names.has_wildcard() {
            return Err(unknown(names, section.as_ref(), team, &known));
        }
    }

    events.sort_by_cached_key(Position::of);
    if let Some(after) = after {
        let start = events.partition_point(|event| Position::of(event) <= after);
        events.drain(..start);
    }
    let limit = limit.unwrap_or(events.len());
    let next = (events.len() > limit).then(|| Position::of(&events[limit - 1]).to_string());
    events.truncate(limit);
    Ok(Log { team: team.clone(), events: events.iter().map(|event| EventView::new(team, event)).collect(), next })
}

/// The error for a name of which nothing is known.
fn unknown(name: &Pattern, section: Option<&SectionId>, team: &TeamName, known: &[&SecretName]) -> Error {
    let place = section.map_or(format!("team {team} or its sections"), |section| in_team(section, team));
    let error = Error::new(Kind::NotFound, "secret_missing", format!("{} was never set in {place}", name.as_str()));
    let log = |log: Command| section.map_or(log.clone(), |section| log.section(section));
    match nearest(name.as_str(), known.iter().map(|name| (name.as_str(), name))) {
        Some(near) => error.hint(Message::from("did you mean this? ").command(log(Command::new("log").arg(near)))),
        None => error.hint(Message::from("to see every change: ").command(log(Command::new("log")))),
    }
}

/// Where an event stands in the log: the newest first, then by name. As a text it is the cursor behind the event.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    at: Reverse<Timestamp>,
    name: SecretName,
    section: SectionId,
    is_entry: bool,
    older: Reverse<usize>,
}

impl Position {
    fn of(event: &Event<'_>) -> Position {
        let &Event { at, name, section, is_entry, older, .. } = event;
        Position { at: Reverse(at), name: name.clone(), section: section.clone(), is_entry, older: Reverse(older) }
    }

    fn parse(cursor: &str) -> Result<Position, Error> {
        Position::read(cursor).ok_or_else(|| {
            Error::new(Kind::Usage, "bad_cursor", "this is not a cursor of the log")
                .hint("use the one that the page before printed")
        })
    }

    fn read(cursor: &str) -> Option<Position> {
        let [at, name, section, kind, older] = cursor.split(',').collect::<Vec<_>>()[..] else { return None };
        Some(Position {
            at: Reverse(Timestamp::parse(at)?),
            name: SecretName::parse(name).ok()?,
            section: section.parse().ok()?,
            is_entry: kind == "entry",
            older: Reverse(older.parse().ok()?),
        })
    }
}

impl Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { at: Reverse(at), name, section, is_entry, older: Reverse(older) } = self;
        let section = section.to_string().replace(' ', ":");
        let kind = if *is_entry { "entry" } else { "secret" };
        write!(f, "{at},{name},{section},{kind},{older}")
    }
}
