//! `restore`: an earlier value becomes the current one.

use clap::Args;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team};
use crate::old::json;
use crate::old::options::SectionScope;
use crate::vault::{Change, SecretName, SectionId};

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
        let (said, document) = bring_back(cx, &section, &name, self.version)?;
        if cx.ui.json {
            return cx.ui.document(&document);
        }
        cx.ui.say(&said);
        Ok(())
    }
}

/// Makes an earlier value the current one; returns what to say of it, and what it is.
pub fn bring_back(
    cx: &Cx,
    section: &SectionId,
    name: &SecretName,
    version: usize,
) -> Result<(String, serde_json::Value), Error> {
    cx.edit(|vault, stamp| {
        let team = vault.head.team.clone();
        let failed = |error| Error::Change { error, team: team.clone() };
        let change = vault.sections.restore(section, name, version, stamp).map_err(failed)?;
        let held = vault.sections.existing(section).map_err(failed)?;
        let record = held.secrets.get(name).or(held.env.get(name));
        let document = record.map(|record| json::secret(&team, section, name, record));
        let done = if change == Change::Unchanged { "unchanged" } else { "restored" };
        Ok((format!("{done} {name} in {}", in_team(section, &team)), document.into()))
    })
}
