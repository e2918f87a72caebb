//! `purge`: forget earlier values for good.

use clap::Args;
use serde_json::json;

use super::App;
use super::args::SectionScope;
use crate::ops::history;
use crate::report::{Error, count, in_team};
use crate::session::parse_name;

const EXAMPLES: &str = "\
Examples:
  etui purge TOKEN -p web
  etui purge -g -y";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Purge {
    /// The name of a secret or an env entry; without it, every name of the section
    name: Option<String>,
    #[command(flatten)]
    scope: SectionScope,
}

impl Purge {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let name = self.name.as_deref().map(parse_name).transpose()?;
        let section = app.section(&self.scope)?;
        let question = match &name {
            Some(name) => format!("Forget the earlier values of {name} in {section} for good?"),
            None => format!("Forget all earlier values in {section} for good?"),
        };
        app.ui.require_confirmation("purge", &question)?;

        let purged = history::purge(&app.session, &section, name.as_ref())?;

        if app.ui.json {
            return app.ui.document(&json!({"purged": purged.count}));
        }
        app.ui.say(format!("purged {} in {}", count(purged.count, "earlier value"), in_team(&section, &purged.team)));
        app.ui.note("older copies of the vault, such as those in git, still hold them");
        Ok(())
    }
}
