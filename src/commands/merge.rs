//! `merge`: take in a stray copy of the vault.

use std::path::PathBuf;

use clap::Args;

use super::App;
use crate::ops::merge_copy::merge_copy;
use crate::report::Error;
use crate::session::merge::DisputesLeft;

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  etui merge 'acme (conflicted copy).age'\n  etui merge ~/Downloads/acme.age -t acme"
)]
pub struct Merge {
    /// The copy
    #[arg(value_name = "FILE")]
    other: PathBuf,
}

impl Merge {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let merged = merge_copy(&app.session, &self.other)?;

        let (copy, team) = (self.other.display(), &merged.team);
        if !merged.changed {
            app.ui.say(format!("unchanged: team {team} already has everything in {copy}"));
            return Ok(());
        }
        if merged.disputes.is_empty() {
            app.ui.say(format!("merged {copy} into team {team}; the copy is no longer needed"));
            return Ok(());
        }
        app.ui.say(format!("merged {copy} into team {team}"));
        let path = app.session.location()?.file.path();
        Err(DisputesLeft::new(merged.disputes, path, None).into())
    }
}
