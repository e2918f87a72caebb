//! `history`: list what names held, when, and by whom; never a value.

use clap::Args;

use super::App;
use super::args::{Patterns, SectionScope};
use crate::ops::view::{self, CurrentView, EarlierView, HistoryView, Page};
use crate::report::Error;
use crate::session::existing;
use crate::ui::{Cell, Table};
use crate::vault::{SecretName, Timestamp};

const EXAMPLES: &str = "\
Examples:
  etui history DATABASE_URL
  etui history 'DB_*' -p web
  etui history DATABASE_URL -p web -j";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct History {
    /// Names of secrets and env entries, or patterns with * and ?
    #[arg(value_name = "PATTERN", required = true)]
    name: Vec<String>,
    #[command(flatten)]
    scope: SectionScope,
}

impl History {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let patterns = Patterns::parse(app, "history", &self.name)?;
        let section = app.section_to_read(&self.scope.parse()?)?;

        let view = app.session.section_view(&section)?;
        let content = existing(&view, &section)?;
        let names = content.known();
        let missing = |name: &SecretName| app.session.secret_missing(&section, name);
        patterns.check(app, ("history", |history| history.section(&section)), names.iter().copied(), missing)?;
        let chosen = names.into_iter().filter(|name| patterns.choose(name));
        let lines = |name: &SecretName| view::history(&view.head.team, &section, name, content);

        if app.ui.json {
            return app.ui.document(&Page::whole(chosen.flat_map(lines).collect()));
        }
        let columns = ["NAME", "VERSION", "UPDATED", "BY", "STATE"];
        // One name needs no column.
        let first = usize::from(patterns.is_one_name());
        let mut table = Table::new(&columns[first..]);
        for name in chosen {
            let mut disputed = 0;
            for line in lines(name) {
                disputed += usize::from(matches!(&line, HistoryView::Current(current) if current.secret.disputed));
                table.row(&row(name, line, disputed)[first..]);
            }
        }
        app.ui.table(&table)
    }
}

/// The cells of one line. `disputed` is the number of a disputed value.
fn row(name: &SecretName, line: HistoryView, disputed: usize) -> [Cell; 5] {
    let (version, updated, by, state) = match line {
        HistoryView::Current(CurrentView { secret, state, .. }) => {
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
    let updated = Cell::When(Timestamp::parse(&updated));
    [Cell::from(name), Cell::Text(version), updated, Cell::Text(by), Cell::Text(state)]
}
