//! `explain`: show where each name is set, and which section wins; never a value.

use clap::Args;

use super::App;
use super::args::ContextScope;
use crate::ops::view::ExplainedView;
use crate::report::Error;
use crate::session::parse_name;
use crate::ui::{Cell, Table};
use crate::vault::precedence::{Layer, Layered};

const EXAMPLES: &str = "\
Examples:
  etui explain
  etui explain DATABASE_URL -p web -c gpu";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// The name of a secret or an env entry; without it, every name
    name: Option<String>,
    #[command(flatten)]
    scope: ContextScope,
}

impl Explain {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let only = self.name.as_deref().map(parse_name).transpose()?;
        let (context, view) = app.session.context_view(&self.scope.parse()?)?;

        let sections = &view.sections;
        let explained: Vec<Layered<'_>> = match &only {
            None => sections.merge(&context).collect(),
            Some(only) => {
                let layered = sections.layered(&context, only);
                vec![layered.ok_or_else(|| app.session.not_set(&context, &view, only))?]
            }
        };

        if app.ui.json {
            let team = &view.head.team;
            let items = explained.iter().map(|layered| ExplainedView::new(team, layered));
            return app.ui.document(&items.collect::<Vec<_>>());
        }
        let mut table = Table::new(&["NAME", "WINS", "SHADOWED"]);
        for Layered { name, wins, shadowed } in &explained {
            let shadowed: Vec<String> = shadowed.iter().map(place).collect();
            table.row([Cell::from(*name), Cell::Text(place(wins)), Cell::Text(shadowed.join(", "))]);
        }
        app.ui.table(&table)
    }
}

fn place(layer: &Layer<'_>) -> String {
    match layer {
        Layer { is_disputed: true, section, .. } => format!("{section} (disputed)"),
        Layer { is_entry: true, section, .. } => format!("{section} (entry)"),
        Layer { section, .. } => section.to_string(),
    }
}
