//! `move` and `copy`: the same name in another section, with its history.

use clap::Args;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team};
use crate::old::json;
use crate::old::options::SectionScope;
use crate::old::scope;

#[derive(Debug, Args)]
pub struct Transfer {
    /// The secret's name
    name: String,
    /// Where to: team, project:ID or cluster:ID
    #[arg(long, value_name = "SECTION")]
    to: String,
    /// Let env entries that would refer to nothing move along
    #[arg(long)]
    update_references: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Transfer {
    pub fn shift(self, cx: &Cx) -> Result<(), Error> {
        self.run(cx, true)
    }

    pub fn copy(self, cx: &Cx) -> Result<(), Error> {
        self.run(cx, false)
    }

    fn run(self, cx: &Cx, leaves: bool) -> Result<(), Error> {
        let name = secret_name(&self.name)?;
        let to = scope::section(&self.to)?;
        let from = cx.section(&self.scope)?;
        let (team, document) = cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let failed = |error| Error::Change { error, team: team.clone() };
            match leaves {
                true => vault.sections.shift(&from, &name, &to, self.update_references, stamp).map_err(failed)?,
                false => vault.sections.copy(&from, &name, &to).map_err(failed)?,
            }
            let record = vault.sections.secret(&to, &name).map_err(failed)?;
            let document = json::secret(&team, &to, &name, record);
            Ok((team.clone(), document))
        })?;
        if cx.ui.json {
            return cx.ui.document(&document);
        }
        if from == to {
            cx.ui.say(&format!("unchanged {name} in {}", in_team(&to, &team)));
            return Ok(());
        }
        let done = if leaves { "moved" } else { "copied" };
        cx.ui.say(&format!("{done} {name} from {from} to {}", in_team(&to, &team)));
        Ok(())
    }
}
