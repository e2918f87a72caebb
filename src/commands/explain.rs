//! `explain`: where each name is set, and why this value and no other applies; never the values.

use clap::Args;
use serde_json::json;

use super::context::{Cx, secret_name};
use super::json;
use super::options::ContextScope;
use crate::error::Error;
use crate::ui::{Cell, Table};
use crate::vault::precedence::Layer;

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
        let mut table = Table::new(&["NAME", "WINS", "SHADOWED"]);
        let mut items = Vec::new();
        for (name, layered) in merged {
            let wins = layered.wins();
            let shadowed: Vec<String> = layered.layers[1..].iter().map(place).collect();
            table.row([Cell::from(name), Cell::Text(place(&wins)), Cell::Text(shadowed.join(", "))]);
            let section = |id| json::section(id, &view.head.team);
            let mut item = json!({
                "name": name.as_str(),
                "wins": section(wins.section),
                "shadowed": layered.shadowed().map(section).collect::<Vec<_>>(),
            });
            if wins.is_disputed {
                item["disputed"] = true.into();
            }
            items.push(item);
        }
        if cx.ui.json { cx.ui.document(&items.into()) } else { cx.ui.table(&table) }
    }
}

fn place(layer: &Layer<'_>) -> String {
    match layer {
        Layer { is_disputed: true, section, .. } => format!("{section} (disputed)"),
        Layer { is_entry: true, section, .. } => format!("{section} (entry)"),
        Layer { section, .. } => section.to_string(),
    }
}
