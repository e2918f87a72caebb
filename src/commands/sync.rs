//! `sync`: share the vault through git.

use clap::Args;

use super::App;
use crate::ops;
use crate::report::Error;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui sync\n  etui sync -t acme")]
pub struct Sync {}

impl Sync {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let synced = ops::sync::sync(&app.session)?;
        let done = if synced.changed { "synced" } else { "in sync" };
        app.ui.say(format!("{done}: team {}", synced.team));
        Ok(())
    }
}
