//! `delete`: gone from now on, and still in the history.

use clap::Args;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team, option};
use crate::old::json;
use crate::old::options::SectionScope;
use crate::report::and;
use crate::vault::{SecretName, SectionId, TeamName};

#[derive(Debug, Args)]
pub struct Delete {
    /// The secret's name
    name: String,
    /// Also if references need it
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Delete {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let name = secret_name(&self.name)?;
        let section = cx.section(&self.scope)?;
        if cx.ui.interactive {
            cx.ui.confirm(&format!("Delete {name} in {section}?"))?;
        }
        let (team, broken, document) = remove(cx, &section, &name, self.force)?;
        if cx.ui.json {
            cx.ui.document(&document)?;
        } else {
            let place = in_team(&section, &team);
            cx.ui.say(&format!("deleted {name} in {place}; undo: etui restore {name} {}", option(&section)));
        }
        bereft(&broken).iter().for_each(|warning| cx.ui.warn(warning));
        Ok(())
    }
}

/// The warning about entries that refer to nothing now.
pub fn bereft(entries: &[(SectionId, SecretName)]) -> Option<String> {
    let entries: Vec<_> = entries.iter().map(|(section, entry)| format!("{entry} of {section}")).collect();
    (!entries.is_empty()).then(|| format!("now without what it refers to: {}", and(&entries)))
}

type Removed = (TeamName, Vec<(SectionId, SecretName)>, serde_json::Value);

/// Deletes a secret; returns the entries that are without it now, and what it was.
pub fn remove(cx: &Cx, section: &SectionId, name: &SecretName, force: bool) -> Result<Removed, Error> {
    cx.edit(|vault, stamp| {
        let team = vault.head.team.clone();
        let failed = |error| Error::Change { error, team: team.clone() };
        let record = vault.sections.secret(section, name).map_err(failed)?;
        let document = json::secret(&team, section, name, record);
        let broken = vault.sections.users(section, name);
        vault.sections.delete(section, name, force, stamp).map_err(failed)?;
        Ok((team.clone(), broken, document))
    })
}
