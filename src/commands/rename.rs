//! `rename`: another name, the same history.

use clap::Args;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team};
use crate::old::json;
use crate::old::options::SectionScope;
use crate::report::count;

#[derive(Debug, Args)]
pub struct Rename {
    /// The name it has
    old: String,
    /// The name it gets
    new: String,
    /// Let references to the old name follow
    #[arg(long)]
    update_references: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Rename {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let (old, new) = (secret_name(&self.old)?, secret_name(&self.new)?);
        if old == new {
            return Err(Error::NameUnchanged);
        }
        cx.refuse_reserved(new.as_str())?;
        let section = cx.section(&self.scope)?;
        let (team, followed, document) = cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let failed = |error| Error::Change { error, team: team.clone() };
            let followed =
                vault.sections.rename(&section, &old, &new, self.update_references, stamp).map_err(failed)?;
            let record = vault.sections.secret(&section, &new).map_err(failed)?;
            let document = json::secret(&team, &section, &new, record);
            Ok((team.clone(), followed, document))
        })?;
        if cx.ui.json {
            return cx.ui.document(&document);
        }
        cx.ui.say(&format!("renamed {old} to {new} in {}", in_team(&section, &team)));
        if followed > 0 {
            cx.ui.note(&format!("{} followed", count(followed, "reference")));
        }
        Ok(())
    }
}
