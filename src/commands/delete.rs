//! `delete`: delete secrets; their values stay in the history.

use clap::Args;

use super::args::SectionScope;
use super::args::names::{all_or_none, document, parse_names};
use super::{App, outcome};
use crate::ops::secret;
use crate::report::{Error, and};

const EXAMPLES: &str = "\
Examples:
  etui delete OLD_TOKEN
  etui delete OLD_TOKEN OLD_KEY -p web
  etui delete DATABASE_URL -p web --force";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Delete {
    /// The secret's name; of several, all are deleted or none
    #[arg(required = true)]
    name: Vec<String>,
    /// Delete it even if env entries refer to it
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Delete {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let names = parse_names(&self.name)?;
        let section = app.section(&self.scope)?;
        if app.ui.interactive {
            app.ui.confirm(&format!("Delete {} in {section}?", and(&names)))?;
        }

        let deleted = secret::delete_all(&app.session, &section, &names, self.force);
        let deleted = all_or_none(app, &names, deleted)?;

        let broken = deleted.iter().flat_map(|deleted| &deleted.broken);
        let broken = broken.map(|(section, entry)| format!("{entry} of {section}"));
        let broken: Vec<String> = broken.collect();
        match (app.ui.json, deleted.first()) {
            (true, _) => document(app, deleted.into_iter().map(|deleted| deleted.secret).collect())?,
            (false, Some(first)) => outcome::deleted(app, &section, &first.team, &names),
            (false, None) => {}
        }
        match broken.len() {
            0 => {}
            1 => app.ui.warn(format!("{} now refers to nothing", broken[0])),
            _ => app.ui.warn(format!("{} now refer to nothing", and(&broken))),
        }
        Ok(())
    }
}
