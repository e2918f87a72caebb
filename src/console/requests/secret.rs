//! Secrets: looked at, set, shown, deleted, restored.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use clap::ValueEnum as _;
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Answer, Named, printed, standing};
use crate::commands::generate::Chars;
use crate::console::worker::Desk;
use crate::old::error::{Error, in_team};
use crate::old::put::put;
use crate::old::scope::existing;
use crate::old::value::DetailOptions;
use crate::old::verbs::delete::{bereft, remove};
use crate::old::verbs::{history, restore, settle};
use crate::ops::random::Alphabet;
use crate::vault::change::Precondition;
use crate::vault::text::Selection;
use crate::vault::{Change, SecretName, Value};

/// What is known of it, but its value: also its history, and who depends on it.
pub fn look(desk: &mut Desk, asked: Named) -> Answer {
    let (section, name) = asked.parse()?;
    let vault = desk.cx.vault()?;
    let team = &vault.head.team;
    let failed = |error| Error::Change { error, team: team.clone() };
    let within = vault.sections.existing(&section).map_err(failed)?;
    if !within.records(&name).knows(&name) {
        return Err(failed(vault.sections.missing_secret(&section, &name)).into());
    }
    let users = vault.sections.users(&section, &name);
    let users = users.iter().map(|(section, name)| json!({"in": printed(section), "name": name.as_str()}));
    Ok(json!({
        "history": history::items(team, &section, &name, within),
        "candidates": settle::items(team, &section, &name, within),
        "mark": desk.mark(&standing(&vault.sections, &section, &name)),
        "users": users.collect::<Vec<_>>(),
        "stronger": vault.sections.stronger(&section, &name).iter().map(printed).collect::<Vec<_>>(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    section: String,
    name: String,
    /// The value's bytes in base64; none leaves the value as it is.
    value: Option<Zeroizing<String>>,
    generate: Option<Generate>,
    note: Option<String>,
    expires: Option<String>,
    /// What the form was opened on; none for a secret that is to be created.
    seen: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generate {
    length: u32,
    chars: String,
}

pub fn set(desk: &mut Desk, asked: Setting) -> Answer {
    let (section, name) = Named { section: asked.section, name: asked.name }.parse()?;
    let details = DetailOptions { note: asked.note, expires: asked.expires }.read(desk.cx.ui.now)?;
    let value = given(&name, asked.value, asked.generate)?;
    let when = if asked.seen.is_some() { Precondition::Present } else { Precondition::Absent };
    asked.seen.into_iter().for_each(|seen| desk.only_if(seen, &section, &name));
    let done = put(&desk.cx, &section, &name, value, details, when)?;
    let word = match done.change {
        Change::Created => "created",
        Change::Updated => "updated",
        Change::Unchanged => "unchanged",
    };
    Ok(json!({"said": done.said(word), "note": done.note(), "item": done.document}))
}

/// The value that a form gives: typed, read from a file, or drawn here.
pub(super) fn given(
    name: &SecretName,
    value: Option<Zeroizing<String>>,
    generate: Option<Generate>,
) -> Result<Option<Value>, Error> {
    let bytes = match (value, generate) {
        (_, Some(Generate { length, chars })) => {
            let chars = Chars::from_str(&chars, false).map_err(|_| usage("no such characters"))?;
            if !(1..=65_536).contains(&length) {
                return Err(usage("a length of 1 to 65536"));
            }
            Alphabet::from(chars).draw(length)
        }
        (Some(text), None) => {
            Zeroizing::new(BASE64_STANDARD.decode(&*text).map_err(|_| usage("no value that can be read"))?)
        }
        (None, None) => return Ok(None),
    };
    Value::any(bytes).map(Some).map_err(|error| Error::Value { name: name.clone(), error })
}

/// What only a hand-made request would ask for.
pub(super) fn usage(message: &str) -> Error {
    Error::Usage { message: message.into(), hint: "etui generate --help".into() }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revealed {
    section: String,
    name: String,
    /// Which earlier value; none is the one that stands.
    version: Option<usize>,
    /// Which of what a disputed name is said to be.
    candidate: Option<usize>,
}

/// The section's own value, exactly.
pub fn reveal(desk: &mut Desk, asked: Revealed) -> Answer {
    let (section, name) = Named { section: asked.section, name: asked.name }.parse()?;
    let sections = std::slice::from_ref(&section);
    let view = desk.cx.view(if asked.version.is_some() {
        Selection::History(sections)
    } else {
        Selection::Current(sections)
    })?;
    let within = existing(&view, &section)?;
    let held = within.records(&name);
    let value = match (asked.version, asked.candidate) {
        (Some(number), _) => held.version(&name, number).and_then(|earlier| earlier.value.as_ref()),
        (None, Some(number)) => {
            let mut candidates = within.candidates(&name).into_iter();
            number.checked_sub(1).and_then(|at| candidates.nth(at)).map(|one| &one.record.value)
        }
        (None, None) => held.get(&name).map(|record| &record.value),
    };
    let Some(value) = value else { return Err(desk.cx.secret_missing(&section, &name).into()) };
    Ok(json!({"value": &*value.as_text(), "encoding": if value.is_text() { "utf-8" } else { "base64" }}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deleting {
    section: String,
    name: String,
    seen: String,
    /// Also if references need it.
    force: bool,
}

pub fn delete(desk: &mut Desk, asked: Deleting) -> Answer {
    let (section, name) = Named { section: asked.section, name: asked.name }.parse()?;
    desk.only_if(asked.seen, &section, &name);
    let (team, broken, document) = remove(&desk.cx, &section, &name, asked.force)?;
    let said = format!("deleted {name} in {}", in_team(&section, &team));
    Ok(json!({"said": said, "note": bereft(&broken), "item": document}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restoring {
    section: String,
    name: String,
    version: usize,
    seen: String,
}

/// Of a secret or of an entry.
pub fn restore(desk: &mut Desk, asked: Restoring) -> Answer {
    let (section, name) = Named { section: asked.section, name: asked.name }.parse()?;
    desk.only_if(asked.seen, &section, &name);
    let (said, document) = restore::bring_back(&desk.cx, &section, &name, asked.version)?;
    Ok(json!({"said": said, "note": null, "item": document}))
}
