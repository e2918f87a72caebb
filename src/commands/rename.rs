//! `rename`: give a secret another name.

use clap::Args;

use super::App;
use super::args::SectionScope;
use crate::ops::secret::{self, Renaming};
use crate::report::{Error, count, in_team};
use crate::session::parse_name;

const EXAMPLES: &str = "\
Examples:
  etui rename DB_URL DATABASE_URL -p web
  etui rename TOKEN API_TOKEN --update-references";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Rename {
    /// The name it has
    old: String,
    /// The name it gets
    new: String,
    /// Change env entries that refer to the old name
    #[arg(long)]
    update_references: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Rename {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let (old, new) = (parse_name(&self.old)?, parse_name(&self.new)?);
        let section = app.section(&self.scope)?;
        let renaming = Renaming { section, old, new, update_references: self.update_references };

        let renamed = secret::rename(&app.session, &renaming)?;

        if app.ui.json {
            return app.ui.document(&renamed.secret);
        }
        let Renaming { section, old, new, .. } = renaming;
        app.ui.say(format!("renamed {old} to {new} in {}", in_team(&section, &renamed.team)));
        if renamed.references > 0 {
            app.ui.note(format!("changed {} to {new}", count(renamed.references, "reference")));
        }
        Ok(())
    }
}
