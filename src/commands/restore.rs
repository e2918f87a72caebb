//! `restore`: make an earlier value the current one.

use clap::Args;

use super::App;
use super::args::SectionScope;
use crate::ops::history;
use crate::report::{Error, in_team};
use crate::session::parse_name;
use crate::vault::Change;

const EXAMPLES: &str = "\
Examples:
  etui restore TOKEN
  etui restore TOKEN --version 3 -p web";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Restore {
    /// The name of a secret or an env entry
    name: String,
    /// Choose the earlier value; 1 is the newest
    #[arg(long, value_name = "N", default_value_t = 1)]
    version: usize,
    #[command(flatten)]
    scope: SectionScope,
}

impl Restore {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let name = parse_name(&self.name)?;
        let section = app.section(&self.scope)?;

        let restored = history::restore(&app.session, &section, &name, self.version)?;

        if app.ui.json {
            return app.ui.document(&restored.secret);
        }
        let done = if restored.change == Change::Unchanged { "unchanged" } else { "restored" };
        app.ui.say(format!("{done} {name} in {}", in_team(&section, &restored.team)));
        Ok(())
    }
}
