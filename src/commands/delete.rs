//! `delete`: delete a secret; its values stay in the history.

use clap::Args;

use super::args::SectionScope;
use super::{App, outcome};
use crate::ops::secret;
use crate::report::{Error, and};
use crate::session::parse_name;

const EXAMPLES: &str = "\
Examples:
  etui delete OLD_TOKEN
  etui delete DATABASE_URL -p web --force";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Delete {
    /// The secret's name
    name: String,
    /// Delete it even if env entries refer to it
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Delete {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let name = parse_name(&self.name)?;
        let section = app.section(&self.scope)?;
        if app.ui.interactive {
            app.ui.confirm(&format!("Delete {name} in {section}?"))?;
        }

        let deleted = secret::delete(&app.session, &section, &name, self.force)?;

        match app.ui.json {
            true => app.ui.document(&deleted.secret)?,
            false => outcome::deleted(app, &section, &deleted.team, &name),
        }
        let broken = deleted.broken.iter().map(|(section, entry)| format!("{entry} of {section}"));
        let broken: Vec<String> = broken.collect();
        match broken.len() {
            0 => {}
            1 => app.ui.warn(format!("{} now refers to nothing", broken[0])),
            _ => app.ui.warn(format!("{} now refer to nothing", and(&broken))),
        }
        Ok(())
    }
}
