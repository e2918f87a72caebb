//! `purge`: forget earlier values for good.

use clap::Args;
use serde_json::json;

use super::App;
use super::args::SectionScope;
use super::args::names::{all_or_none, parse_names};
use crate::ops::history;
use crate::report::{Error, and, count, in_team};

const EXAMPLES: &str = "\
Examples:
  etui purge TOKEN -p web
  etui purge -g -y";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Purge {
    /// The names of secrets and env entries; without any, every name of the section
    name: Vec<String>,
    #[command(flatten)]
    scope: SectionScope,
}

impl Purge {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let names = parse_names(&self.name)?;
        let section = app.section(&self.scope)?;
        let question = match &names[..] {
            [] => format!("Forget all earlier values in {section} for good?"),
            names => format!("Forget the earlier values of {} in {section} for good?", and(names)),
        };
        app.ui.require_confirmation("purge", &question)?;

        let purged = all_or_none(app, &names, history::purge(&app.session, &section, &names))?;

        if app.ui.json {
            return app.ui.document(&json!({"purged": purged.count}));
        }
        app.ui.say(format!("purged {} in {}", count(purged.count, "earlier value"), in_team(&section, &purged.team)));
        app.ui.note("older copies of the vault, such as those in git, still hold them");
        Ok(())
    }
}
