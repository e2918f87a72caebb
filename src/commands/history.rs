//! `history`: what stood under a name, when, and by whom; never the values.

use clap::Args;

use super::context::{Cx, secret_name};
use super::json;
use super::options::SectionScope;
use super::scope::existing;
use crate::error::Error;
use crate::ui::{Cell, Table};
use crate::vault::Candidate;

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
        let held = existing(&view, &section)?.records(&name);
        if !held.knows(&name) {
            return Err(cx.secret_missing(&section, &name));
        }
        let mut table = Table::new(&["VERSION", "UPDATED", "BY", "STATE"]);
        let mut items = Vec::new();
        if let Some(record) = held.get(&name) {
            table.row([
                Cell::from(&"-"),
                Cell::When(Some(record.updated)),
                Cell::from(&record.by),
                Cell::from(&"current"),
            ]);
            let mut item = json::secret(&view.head.team, &section, &name, record);
            item["version"] = serde_json::Value::Null;
            item["state"] = "current".into();
            items.push(item);
        }
        for (at, Candidate { record, .. }) in existing(&view, &section)?.candidates(&name).into_iter().enumerate() {
            let state = format!("disputed, {}", at + 1);
            table.row([Cell::from(&"-"), Cell::When(Some(record.updated)), Cell::from(&record.by), Cell::Text(state)]);
            let mut item = json::disputed(json::secret(&view.head.team, &section, &name, record));
            item["version"] = serde_json::Value::Null;
            item["state"] = "disputed".into();
            items.push(item);
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
            items.push(json::earlier(number, earlier));
        }
        if cx.ui.json { cx.ui.document(&json::page(items, None)) } else { cx.ui.table(&table) }
    }
}
