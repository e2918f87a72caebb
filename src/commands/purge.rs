//! `purge`: earlier values, gone for good.

use clap::Args;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team};
use crate::old::options::SectionScope;
use crate::report::count;

#[derive(Debug, Args)]
pub struct Purge {
    /// The secret's name; without it, every secret of the section
    name: Option<String>,
    #[command(flatten)]
    scope: SectionScope,
}

impl Purge {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let name = self.name.as_deref().map(secret_name).transpose()?;
        let section = cx.section(&self.scope)?;
        let what = match &name {
            Some(name) => format!("forget the earlier values of {name} in {section} for good"),
            None => format!("forget all earlier values in {section} for good"),
        };
        cx.confirm_firmly(&what)?;
        let (team, gone) = cx.edit(|vault, _| {
            let team = vault.head.team.clone();
            let gone = vault.sections.purge(&section, name.as_ref());
            Ok((team.clone(), gone.map_err(|error| Error::Change { error, team })?))
        })?;
        if cx.ui.json {
            return cx.ui.document(&serde_json::json!({"purged": gone}));
        }
        cx.ui.say(&format!("purged {} in {}", count(gone, "earlier value"), in_team(&section, &team)));
        cx.ui.note("copies of the vault from before, as in git, still hold them");
        Ok(())
    }
}

impl Cx {
    /// A yes to what is not done by the way: on a terminal, or by `-y`. `what` is a sentence without its
    /// capital, as in `delete project web with all it holds`.
    pub fn confirm_firmly(&self, what: &str) -> Result<(), Error> {
        match (self.ui.yes, self.ui.interactive) {
            (true, _) => Ok(()),
            (false, true) => self.ui.confirm(&format!("{}{}?", what[..1].to_uppercase(), &what[1..])),
            (false, false) => Err(Error::NotConfirmed { what: what.to_owned() }),
        }
    }
}
