//! `restore`: an earlier value becomes the current one.

use clap::Args;

use super::context::{Cx, secret_name};
use super::json;
use super::options::SectionScope;
use crate::error::{Error, in_team};
use crate::vault::Change;

#[derive(Debug, Args)]
pub struct Restore {
    /// The secret's name
    name: String,
    /// Which earlier value, 1 the newest
    #[arg(long, value_name = "N", default_value_t = 1)]
    version: usize,
    #[command(flatten)]
    scope: SectionScope,
}

impl Restore {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let name = secret_name(&self.name)?;
        let section = cx.section(&self.scope)?;
        let (team, change, document) = cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let failed = |error| Error::Change { error, team: team.clone() };
            let change = vault.sections.restore(&section, &name, self.version, stamp).map_err(failed)?;
            let held = vault.sections.existing(&section).map_err(failed)?;
            let record = held.secrets.get(&name).or(held.env.get(&name));
            let document = record.map(|record| json::secret(&team, &section, &name, record));
            Ok((team.clone(), change, document))
        })?;
        if cx.ui.json {
            return cx.ui.document(&document.into());
        }
        let done = if change == Change::Unchanged { "unchanged" } else { "restored" };
        cx.ui.say(&format!("{done} {name} in {}", in_team(&section, &team)));
        Ok(())
    }
}
