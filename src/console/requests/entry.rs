//! Env entries: set and deleted. Their history is that of secrets.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::answer::{Answer, Named, changed, records};
use crate::console::worker::Desk;
use crate::ops::entry;
use crate::report::{Error, OfVault as _, in_team};
use crate::session::parse_name;
use crate::vault::text::Selection;
use crate::vault::{ChangeError, Entry, SecretName, SectionId, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    section: String,
    name: String,
    gives: Content,
    /// The mark that the form was opened on. None for a new entry.
    seen: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    Text(Zeroizing<String>),
    Secret(String),
    File(String),
}

pub fn set(desk: &mut Desk, request: Setting) -> Answer {
    let Setting { section, name, gives, seen } = request;
    let (section, name) = Named { section, name }.parse()?;
    let text = Zeroizing::new(match gives {
        Content::Text(text) => Entry::literal(&text),
        Content::Secret(secret) => format!("secret:{}", parse_name(&secret)?),
        Content::File(secret) => format!("file:{}", parse_name(&secret)?),
    });
    match seen {
        Some(seen) => desk.only_if_unchanged(seen, &section, &name),
        None => only_if_free(desk, &section, &name)?,
    }
    let value = Value::from_text(text).map_err(|error| crate::ops::secret::bad_value(&name, &error))?;
    let set = entry::set(&desk.session, &section, &name, value)?;

    let place = in_team(&section, &set.team);
    let target = set.entry.refers.as_ref().map(|target| format!(" ({target})")).unwrap_or_default();
    let note = match &set.missing {
        Some(missing) => Some(format!("{missing} is not set yet")),
        None if set.is_almost_reference => Some("stored as plain text, since no secret name follows".to_owned()),
        None => None,
    };
    changed(format!("{} {name}{target} in {place}", set.change), note, &set.entry)
}

/// Checks that nothing has the name of a new entry, and allows the change only while that is so.
fn only_if_free(desk: &mut Desk, section: &SectionId, name: &SecretName) -> Result<(), Error> {
    let view = desk.session.view(Selection::Current(std::slice::from_ref(section)))?;
    let dispute = view.sections.dispute(section, name);
    if dispute.is_some() || !records(&view.sections, section, name).is_empty() {
        let by_entry = view.sections.entry(section, name).is_ok();
        let taken = ChangeError::NameTaken { name: name.clone(), section: section.clone(), by_entry };
        return Err(dispute.map_or(taken, ChangeError::Disputed).in_team(&view.head.team));
    }
    let none = desk.mark(&[]);
    desk.only_if_unchanged(none, section, name);
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deleting {
    section: String,
    name: String,
    seen: String,
}

pub fn delete(desk: &mut Desk, request: Deleting) -> Answer {
    let Deleting { section, name, seen } = request;
    let (section, name) = Named { section, name }.parse()?;
    desk.only_if_unchanged(seen, &section, &name);
    let deleted = entry::delete(&desk.session, &section, &name)?;
    changed(format!("deleted {name} in {}", in_team(&section, &deleted.team)), None, &deleted.entry)
}
