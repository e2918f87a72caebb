//! `log`: list who changed which name when, over all sections; never a value.

use clap::Args;

use super::App;
use super::args::{SectionScope, parse_pattern};
use crate::ops::log::{Log as Page, Request, log};
use crate::ops::view;
use crate::report::Error;
use crate::ui::{Cell, Table};

const EXAMPLES: &str = "\
It covers every section, deleted ones too, unless an option names one. The vault keeps the ten
newest values of each name; older changes are not listed.

Examples:
  etui log
  etui log DATABASE_URL
  etui log 'DB_*' -p web --limit 20";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Log {
    /// The name of a secret or an env entry, or a pattern: * is any text, ? one character [default: all]
    name: Option<String>,
    /// List at most this many changes
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    limit: Option<u32>,
    /// List the next page, after the cursor that the page before it printed
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    #[command(flatten)]
    scope: SectionScope,
}

impl Log {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let names = self.name.as_deref().map(parse_pattern).transpose()?;
        let section = self.scope.parse()?.section()?;
        let limit = self.limit.map(|limit| limit as usize);
        let Page { events, next, .. } = log(&app.session, &Request { names, section, limit, after: self.after })?;

        if app.ui.json {
            return app.ui.document(&view::Page::new(events, next));
        }
        let mut table = Table::new(&["UPDATED", "BY", "NAME", "SECTION", "CHANGE"]);
        for event in events {
            let reason = event.reason.map_or(String::new(), |reason| format!(": {reason}"));
            let change = format!("{}{reason}", event.change);
            let place = Cell::from(&event.place);
            table.row([Cell::When(Some(event.at)), event.by.into(), event.name.into(), place, change.into()]);
        }
        app.ui.table(&table)?;
        if let Some(next) = next {
            app.ui.say(format!("more: --after {next}"));
        }
        Ok(())
    }
}
