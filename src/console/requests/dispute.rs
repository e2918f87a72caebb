//! Disputes: settled by one of the values, or by another.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::secret::{Details, Generate, value};
use super::answer::{Answer, Named, bad_request, changed};
use crate::console::worker::Desk;
use crate::ops::history;
use crate::report::in_team;
use crate::vault::Choice;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settling {
    section: String,
    name: String,
    /// The mark of the dispute that was looked at.
    seen: String,
    /// The number of the value that wins. None where another value is given.
    pick: Option<usize>,
    value: Option<Zeroizing<String>>,
    generate: Option<Generate>,
    note: Option<String>,
    expires: Option<String>,
}

pub fn settle(desk: &mut Desk, request: Settling) -> Answer {
    let Settling { section, name, seen, pick, value: text, generate, note, expires } = request;
    let (section, name) = Named { section, name }.parse()?;
    let choice = match (pick, value(&name, text, generate)?) {
        (Some(number), None) => Choice::Number(number),
        (None, Some(value)) => Choice::Value(value, Details { note, expires }.parse()?),
        _ => return Err(bad_request("either a number or a value is needed").into()),
    };
    desk.only_if_unchanged(seen, &section, &name);
    let settled = history::settle(&desk.session, &section, &name, choice)?;
    changed(format!("settled {name} in {}", in_team(&section, &settled.team)), None, &settled.secret)
}
