//! `explain`: show where each name is set, and which section wins; never a value.

use clap::Args;

use super::App;
use super::args::{ContextScope, Patterns};
use crate::ops::view::ExplainedView;
use crate::report::Error;
use crate::session::all_open;
use crate::ui::{Cell, Table};
use crate::vault::SecretName;
use crate::vault::precedence::{Layer, Layered};

const EXAMPLES: &str = "\
Examples:
  etui explain
  etui explain DATABASE_URL -p web -c gpu
  etui explain 'DB_*'";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Explain {
    /// Names of secrets and env entries, or patterns with * and ?; without any, every name
    #[arg(value_name = "PATTERN")]
    name: Vec<String>,
    #[command(flatten)]
    scope: ContextScope,
}

impl Explain {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let patterns = Patterns::parse(app, "explain", &self.name)?;
        let (context, view) = app.session.shown_view(&self.scope.parse()?)?;

        let merged: Vec<Layered<'_>> = view.sections.merge(&context).collect();
        let names = merged.iter().map(|layered| layered.name);
        // In a section that is closed to the key, it may be set.
        let missing = |name: &SecretName| match all_open(&context, &view) {
            Ok(()) => app.session.not_set(&context, &view, name),
            Err(closed) => closed,
        };
        patterns.check(app, ("explain", |explain| explain.context(&context)), names, missing)?;
        let explained: Vec<Layered<'_>> = merged.into_iter().filter(|layered| patterns.choose(layered.name)).collect();
        app.session.note_locked(&view.sections);

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
