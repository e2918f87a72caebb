//! Projects and clusters: created and deleted.

use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, bad_request, section_key};
use crate::console::worker::Desk;
use crate::ops::section::{self, Moved};
use crate::report::{Error, in_team};
use crate::session::{parse_id, parse_section};
use crate::vault::Kind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Creating {
    kind: String,
    id: String,
}

pub fn create(desk: &mut Desk, request: Creating) -> Answer {
    let (kind, id) = (parse_kind(&request.kind)?, parse_id(&request.id)?);
    let created = section::create(&desk.session, kind, &id)?;
    let section = kind.with(id);
    let done = format!("created {}", in_team(&section, &created.team));
    Ok(json!({"said": done, "note": null, "in": section_key(&section)}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deleting {
    section: String,
    /// Whether to delete its content, too.
    force: bool,
}

pub fn delete(desk: &mut Desk, request: Deleting) -> Answer {
    let section = parse_section(&request.section)?;
    let (Some(kind), Some(id)) = (section.kind(), section.id()) else {
        return Err(bad_request("the team cannot be deleted").into());
    };
    let Moved { team, is_closed } = section::delete(&desk.session, kind, id, request.force)?;
    let note = (request.force && !is_closed)
        .then(|| format!("its values stay in the history: create {section} again, and restore them"));
    Ok(json!({"said": format!("deleted {section} in team {team}"), "note": note}))
}

fn parse_kind(text: &str) -> Result<Kind, Error> {
    let kinds = [Kind::Project, Kind::Cluster];
    let found = kinds.into_iter().find(|kind| kind.as_str() == text);
    found.ok_or_else(|| bad_request("a section is a project or a cluster"))
}
