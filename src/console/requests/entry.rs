//! Env entries: set and deleted. Their history is that of secrets.

use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Answer, Named, standing};
use crate::console::worker::Desk;
use crate::old::error::{Error, in_team};
use crate::old::verbs::env::{remove_entry, set_entry};
use crate::vault::text::Selection;
use crate::vault::{ChangeError, Entry};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    section: String,
    name: String,
    gives: Gives,
    /// What the form was opened on; none for an entry that is to be created.
    seen: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Gives {
    Text(Zeroizing<String>),
    Secret(String),
    File(String),
}

pub fn set(desk: &mut Desk, asked: Setting) -> Answer {
    let (section, name) = Named { section: asked.section, name: asked.name }.parse()?;
    let text = match asked.gives {
        Gives::Text(text) => Entry::literal(&text),
        Gives::Secret(secret) => format!("secret:{}", super::secret_name(&secret)?),
        Gives::File(secret) => format!("file:{}", super::secret_name(&secret)?),
    };
    match asked.seen {
        Some(seen) => desk.only_if(seen, &section, &name),
        // What is created must not be there: the command would replace it.
        None => {
            let view = desk.cx.view(Selection::Current(std::slice::from_ref(&section)))?;
            let dispute = view.sections.dispute(&section, &name);
            if dispute.is_some() || !standing(&view.sections, &section, &name).is_empty() {
                let by_entry = view.sections.entry(&section, &name).is_ok();
                let taken = ChangeError::NameTaken { name, section, by_entry };
                let error = dispute.map_or(taken, ChangeError::Disputed);
                return Err(Error::Change { error, team: view.head.team }.into());
            }
            let none = desk.mark(&[]);
            desk.only_if(none, &section, &name);
        }
    }
    let set = set_entry(&desk.cx, &section, &name, text.into())?;
    Ok(json!({"said": set.said, "note": set.warning.as_deref().or(set.note), "item": set.document}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deleting {
    section: String,
    name: String,
    seen: String,
}

pub fn delete(desk: &mut Desk, asked: Deleting) -> Answer {
    let (section, name) = Named { section: asked.section, name: asked.name }.parse()?;
    desk.only_if(asked.seen, &section, &name);
    let (team, document) = remove_entry(&desk.cx, &section, &name)?;
    Ok(json!({"said": format!("deleted {name} in {}", in_team(&section, &team)), "note": null, "item": document}))
}
