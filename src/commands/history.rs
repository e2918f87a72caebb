//! `history`: what stood under a name, when, and by whom; never the values.

use clap::Args;

use crate::old::context::{Cx, secret_name};
use crate::old::error::Error;
use crate::old::json;
use crate::old::options::SectionScope;
use crate::old::scope::existing;
use crate::old::ui::{Cell, Table};
use crate::vault::{Candidate, SecretName, Section, SectionId, TeamName};

#[derive(Debug, Args)]
pub struct History {
    /// The secret's name
    name: String,
    #[command(flatten)]
    scope: SectionScope,
}

impl History {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let name = secret_name(&self.name)?;
        let (section, view) = cx.section_view(&self.scope)?;
        let within = existing(&view, &section)?;
        let held = within.records(&name);
        if !held.knows(&name) {
            return Err(cx.secret_missing(&section, &name));
        }
        if cx.ui.json {
            return cx.ui.document(&json::page(items(&view.head.team, &section, &name, within), None));
        }
        let mut table = Table::new(&["VERSION", "UPDATED", "BY", "STATE"]);
        if let Some(record) = held.get(&name) {
            table.row([
                Cell::from(&"-"),
                Cell::When(Some(record.updated)),
                Cell::from(&record.by),
                Cell::from(&"current"),
            ]);
        }
        for (at, Candidate { record, .. }) in within.candidates(&name).into_iter().enumerate() {
            let state = format!("disputed, {}", at + 1);
            table.row([Cell::from(&"-"), Cell::When(Some(record.updated)), Cell::from(&record.by), Cell::Text(state)]);
        }
        let mut number = 0;
        for earlier in held.earlier(&name) {
            number += usize::from(earlier.value.is_some());
            let (version, state) = match earlier.value {
                Some(_) => (number.to_string(), "earlier"),
                None => ("-".to_owned(), "deleted"),
            };
            let state = match &earlier.note {
                Some(why) if earlier.value.is_none() => format!("{state}: {why}"),
                _ => state.to_owned(),
            };
            table.row([
                Cell::Text(version),
                Cell::When(Some(earlier.updated)),
                Cell::from(&earlier.by),
                Cell::Text(state),
            ]);
        }
        cx.ui.table(&table)
    }
}

/// What stands and stood under a name, in JSON.
pub fn items(team: &TeamName, id: &SectionId, name: &SecretName, section: &Section) -> Vec<serde_json::Value> {
    let held = section.records(name);
    let standing = |record, state: &str| {
        let mut item = json::secret(team, id, name, record);
        item["version"] = serde_json::Value::Null;
        item["state"] = state.into();
        item
    };
    let current = held.get(name).map(|record| standing(record, "current"));
    let disputed = section.candidates(name).into_iter();
    let disputed = disputed.map(|Candidate { record, .. }| json::disputed(standing(record, "disputed")));
    let mut number = 0;
    let earlier = held.earlier(name).iter().map(|earlier| {
        number += usize::from(earlier.value.is_some());
        json::earlier(number, earlier)
    });
    current.into_iter().chain(disputed).chain(earlier).collect()
}
