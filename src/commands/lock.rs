//! `lock`: forget the key that `unlock` keeps open.

use clap::Args;

use super::App;
use crate::ops::key;
use crate::report::Error;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui lock\n  etui lock -i ci.key")]
pub struct Lock {}

impl Lock {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let (file, was_kept) = key::lock(&app.session)?;

        app.ui.say(match was_kept {
            true => format!("locked {file}"),
            false => format!("{file} was not unlocked"),
        });
        Ok(())
    }
}
