//! `history`: list what a name held, when, and by whom; never a value.

use clap::Args;

use super::App;
use super::args::SectionScope;
use crate::ops::view::{self, CurrentView, EarlierView, HistoryView, Page};
use crate::report::Error;
use crate::session::{existing, parse_name};
use crate::ui::{Cell, Table};
use crate::vault::Timestamp;

const EXAMPLES: &str = "\
Examples:
  etui history DATABASE_URL
  etui history DATABASE_URL -p web -j";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct History {
    /// The name of a secret or an env entry
    name: String,
    #[command(flatten)]
    scope: SectionScope,
}

impl History {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let name = parse_name(&self.name)?;
        let section = app.section_to_read(&self.scope.parse()?)?;

        let view = app.session.section_view(&section)?;
        let content = existing(&view, &section)?;
        if !content.records(&name).knows(&name) {
            return Err(app.session.secret_missing(&section, &name));
        }
        let lines = view::history(&view.head.team, &section, &name, content);

        if app.ui.json {
            return app.ui.document(&Page::whole(lines));
        }
        let mut table = Table::new(&["VERSION", "UPDATED", "BY", "STATE"]);
        let mut disputed = 0;
        for line in lines {
            let (version, updated, by, state) = match line {
                HistoryView::Current(CurrentView { secret, state, .. }) => {
                    disputed += usize::from(secret.disputed);
                    let state = if secret.disputed { format!("{state}, {disputed}") } else { state.to_owned() };
                    (None, secret.updated, secret.by, state)
                }
                HistoryView::Earlier(EarlierView { version, updated, by, state, note, .. }) => {
                    // The note of a value is its own; that of a deletion says what deleted it.
                    let reason = note.filter(|_| version.is_none());
                    let state = reason.map_or(state.to_owned(), |reason| format!("{state}: {reason}"));
                    (version, updated, by, state)
                }
            };
            let version = version.map_or("-".to_owned(), |version| version.to_string());
            table.row([Cell::Text(version), Cell::When(Timestamp::parse(&updated)), Cell::Text(by), Cell::Text(state)]);
        }
        app.ui.table(&table)
    }
}
