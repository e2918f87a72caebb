//! Projects and clusters: created and deleted.

use serde::Deserialize;
use serde_json::json;

use super::{Answer, printed};
use crate::console::worker::Desk;
use crate::old::error::{Error, in_team};
use crate::old::scope;
use crate::old::verbs::sections;
use crate::vault::text::Selection;
use crate::vault::{Id, Kind};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Creating {
    kind: String,
    id: String,
}

pub fn create(desk: &mut Desk, asked: Creating) -> Answer {
    let kind = kind(&asked.kind)?;
    let id = scope::id(&asked.id)?;
    desk.cx.create_section(kind, &id)?;
    let team = desk.cx.view(Selection::Current(&[]))?.head.team;
    let section = kind.with(id);
    let note = None::<String>;
    Ok(json!({"said": format!("created {}", in_team(&section, &team)), "note": note, "in": printed(&section)}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deleting {
    section: String,
    /// Also what it holds.
    force: bool,
}

pub fn delete(desk: &mut Desk, asked: Deleting) -> Answer {
    let section = scope::section(&asked.section)?;
    let unclear = || Error::PlaceUnclear { typed: asked.section.clone() };
    let (kind, id): (Kind, &Id) = section.kind().zip(section.id()).ok_or_else(unclear)?;
    let (said, note) = sections::delete(&desk.cx, kind, id, asked.force)?;
    Ok(json!({"said": said, "note": note}))
}

fn kind(typed: &str) -> Result<Kind, Error> {
    let kinds = [Kind::Project, Kind::Cluster];
    let found = kinds.into_iter().find(|kind| kind.as_str() == typed);
    found.ok_or_else(|| Error::PlaceUnclear { typed: typed.to_owned() })
}
