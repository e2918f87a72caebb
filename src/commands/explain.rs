//! `explain`: where each name is set, and why this value and no other applies; never the values.

use clap::Args;
use serde_json::json;

use crate::old::context::{Cx, secret_name};
use crate::old::error::Error;
use crate::old::json;
use crate::old::options::ContextScope;
use crate::old::ui::{Cell, Table};
use crate::vault::TeamName;
use crate::vault::precedence::{Layer, Layered};

#[derive(Debug, Args)]
pub struct Explain {
    /// The name; without it, all of them
    name: Option<String>,
    #[command(flatten)]
    scope: ContextScope,
}

impl Explain {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let only = self.name.as_deref().map(secret_name).transpose()?;
        let (context, view) = cx.context_view(&self.scope)?;
        let mut merged = view.sections.merge(&context);
        if let Some(name) = &only {
            if !merged.contains_key(name) {
                return Err(cx.not_set(&context, &view, name));
            }
            merged.retain(|known, _| *known == name);
        }
        if cx.ui.json {
            return cx.ui.document(&merged.values().map(|layered| item(layered, &view.head.team)).collect());
        }
        let mut table = Table::new(&["NAME", "WINS", "SHADOWED"]);
        for (name, layered) in merged {
            let wins = layered.wins();
            let shadowed: Vec<String> = layered.layers[1..].iter().map(place).collect();
            table.row([Cell::from(name), Cell::Text(place(&wins)), Cell::Text(shadowed.join(", "))]);
        }
        cx.ui.table(&table)
    }
}

/// Where a name is set, in JSON.
pub fn item(layered: &Layered<'_>, team: &TeamName) -> serde_json::Value {
    let section = |id| json::section(id, team);
    let wins = layered.wins();
    let mut item = json!({
        "name": layered.name.as_str(),
        "wins": section(wins.section),
        "shadowed": layered.shadowed().map(section).collect::<Vec<_>>(),
    });
    if wins.is_disputed {
        item["disputed"] = true.into();
    }
    item
}

fn place(layer: &Layer<'_>) -> String {
    match layer {
        Layer { is_disputed: true, section, .. } => format!("{section} (disputed)"),
        Layer { is_entry: true, section, .. } => format!("{section} (entry)"),
        Layer { section, .. } => section.to_string(),
    }
}
