//! Disputes: settled by one of the values, or by another.

use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::secret::{Generate, given, usage};
use super::{Answer, Named};
use crate::console::worker::Desk;
use crate::old::value::DetailOptions;
use crate::old::verbs::settle::end;
use crate::vault::Choice;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settling {
    section: String,
    name: String,
    /// What was looked at: it is settled as that dispute, and no other.
    seen: String,
    /// The number of the value to take; none where another is given.
    pick: Option<usize>,
    value: Option<Zeroizing<String>>,
    generate: Option<Generate>,
    note: Option<String>,
    expires: Option<String>,
}

pub fn settle(desk: &mut Desk, asked: Settling) -> Answer {
    let (section, name) = Named { section: asked.section, name: asked.name }.parse()?;
    let choice = match (asked.pick, given(&name, asked.value, asked.generate)?) {
        (Some(number), None) => Choice::Number(number),
        (None, Some(value)) => {
            let details = DetailOptions { note: asked.note, expires: asked.expires };
            Choice::Value(value, details.read(desk.cx.ui.now)?)
        }
        _ => return Err(usage("either a number or a value").into()),
    };
    desk.only_if(asked.seen, &section, &name);
    let (said, document) = end(&desk.cx, &section, &name, choice)?;
    Ok(json!({"said": said, "note": null, "item": document}))
}
