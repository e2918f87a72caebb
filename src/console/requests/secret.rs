//! Secrets: looked at, set, shown, deleted, restored.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::answer::{Answer, Named, bad_request, changed, records, section_key};
use crate::console::worker::Desk;
use crate::ops::random::Alphabet;
use crate::ops::secret::{self, bad_value};
use crate::ops::view::{candidates, history};
use crate::ops::{expiry, history as past};
use crate::report::{Error, OfVault as _, and, in_team};
use crate::session::existing;
use crate::vault::change::Precondition;
use crate::vault::text::Selection;
use crate::vault::{self, Change, SecretName, Value};

/// Shows all about a name but its values: its history, and what depends on it.
pub fn look(desk: &mut Desk, request: Named) -> Answer {
    let (section, name) = request.parse()?;
    let vault = desk.session.vault()?;
    let team = &vault.head.team;
    let content = vault.sections.existing(&section).map_err(|error| error.in_team(team))?;
    if !content.records(&name).knows(&name) {
        return Err(vault.sections.missing_secret(&section, &name).in_team(team).into());
    }
    let users = vault.sections.users(&section, &name);
    let users = users.iter().map(|(section, name)| json!({"in": section_key(section), "name": name.as_str()}));
    Ok(json!({
        "history": history(team, &section, &name, content),
        "candidates": candidates(team, &section, &name, content),
        "mark": desk.mark(&records(&vault.sections, &section, &name)),
        "users": users.collect::<Vec<_>>(),
        "stronger": vault.sections.stronger(&section, &name).iter().map(section_key).collect::<Vec<_>>(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    section: String,
    name: String,
    /// The value's bytes in base64. None keeps the value.
    value: Option<Zeroizing<String>>,
    generate: Option<Generate>,
    note: Option<String>,
    expires: Option<String>,
    /// The mark that the form was opened on. None for a new secret.
    seen: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Generate {
    length: u32,
    chars: String,
}

/// What a form says besides the value.
pub(super) struct Details {
    pub note: Option<String>,
    pub expires: Option<String>,
}

impl Details {
    pub fn parse(self) -> Result<vault::Details, Error> {
        let Details { note, expires } = self;
        Ok(vault::Details { note, expires: expires.map(|text| expiry::parse(&text)).transpose()? })
    }
}

pub fn set(desk: &mut Desk, request: Setting) -> Answer {
    let Setting { section, name, value: text, generate, note, expires, seen } = request;
    let (section, name) = Named { section, name }.parse()?;
    let details = Details { note, expires }.parse()?;
    let value = value(&name, text, generate)?;
    let precondition = if seen.is_some() { Precondition::Present } else { Precondition::Absent };
    if let Some(seen) = seen {
        desk.only_if_unchanged(seen, &section, &name);
    }
    let setting = secret::Setting { section: section.clone(), name: name.clone(), value, details, precondition };
    let set = secret::set(&desk.session, setting)?;

    let note = match &set.stronger[..] {
        [] => None,
        [one] => Some(format!("{one} also sets {name}, and wins there")),
        many => Some(format!("{} also set {name}, and win there", and(many))),
    };
    changed(format!("{} {name} in {}", set.change, in_team(&section, &set.team)), note, &set.secret)
}

/// Returns the value of a form: typed, read from a file, or generated here.
pub(super) fn value(
    name: &SecretName,
    text: Option<Zeroizing<String>>,
    generate: Option<Generate>,
) -> Result<Option<Value>, Error> {
    let bytes = match (text, generate) {
        (_, Some(Generate { length, chars })) => {
            let alphabet: Alphabet = chars.parse().map_err(|_| bad_request("no such characters"))?;
            if !(1..=65_536).contains(&length) {
                return Err(bad_request("the length must be 1 to 65536"));
            }
            alphabet.draw(length)
        }
        (Some(text), None) => {
            Zeroizing::new(BASE64_STANDARD.decode(&*text).map_err(|_| bad_request("the value is not base64"))?)
        }
        (None, None) => return Ok(None),
    };
    Value::any(bytes).map(Some).map_err(|error| bad_value(name, &error))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revealing {
    section: String,
    name: String,
    /// The number of an earlier value. None for the current one.
    version: Option<usize>,
    /// The number of a disputed value.
    candidate: Option<usize>,
}

/// Shows the section's own value, exactly.
pub fn reveal(desk: &mut Desk, request: Revealing) -> Answer {
    let Revealing { section, name, version, candidate } = request;
    let (section, name) = Named { section, name }.parse()?;
    let sections = std::slice::from_ref(&section);
    let view = desk.session.view(match version {
        Some(_) => Selection::History(sections),
        None => Selection::Current(sections),
    })?;
    let content = existing(&view, &section)?;
    let records = content.records(&name);
    let value = match (version, candidate) {
        (Some(number), _) => records.version(&name, number).and_then(|earlier| earlier.value.as_ref()),
        (None, Some(number)) => {
            let mut candidates = content.candidates(&name).into_iter();
            number.checked_sub(1).and_then(|index| candidates.nth(index)).map(|candidate| &candidate.record.value)
        }
        (None, None) => records.get(&name).map(|record| &record.value),
    };
    let Some(value) = value else { return Err(desk.session.secret_missing(&section, &name).into()) };
    Ok(json!({"value": &*value.as_text(), "encoding": if value.is_text() { "utf-8" } else { "base64" }}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deleting {
    section: String,
    name: String,
    seen: String,
    /// Whether to delete it even if references need it.
    force: bool,
}

pub fn delete(desk: &mut Desk, request: Deleting) -> Answer {
    let Deleting { section, name, seen, force } = request;
    let (section, name) = Named { section, name }.parse()?;
    desk.only_if_unchanged(seen, &section, &name);
    let deleted = secret::delete(&desk.session, &section, &name, force)?;

    let broken: Vec<_> = deleted.broken.iter().map(|(section, entry)| format!("{entry} of {section}")).collect();
    let note = (!broken.is_empty()).then(|| format!("these entries now refer to nothing: {}", and(&broken)));
    changed(format!("deleted {name} in {}", in_team(&section, &deleted.team)), note, &deleted.secret)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restoring {
    section: String,
    name: String,
    version: usize,
    seen: String,
}

/// Restores a secret or an entry.
pub fn restore(desk: &mut Desk, request: Restoring) -> Answer {
    let Restoring { section, name, version, seen } = request;
    let (section, name) = Named { section, name }.parse()?;
    desk.only_if_unchanged(seen, &section, &name);
    let restored = past::restore(&desk.session, &section, &name, version)?;
    let done = if restored.change == Change::Unchanged { "unchanged" } else { "restored" };
    changed(format!("{done} {name} in {}", in_team(&section, &restored.team)), None, &restored.secret)
}
