//! `leader` (hidden): the process between etui and a redacted command that has a terminal of its own.

use std::ffi::OsString;
use std::process::{Command, ExitStatus};

use clap::Args;

use super::App;
use crate::ops::run::CommandError;
use crate::process::lead;
use crate::report::{Error, Kind};

#[derive(Debug, Args)]
pub struct Leader {
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

impl Leader {
    pub fn run(self, app: &App) -> Result<ExitStatus, Error> {
        let [program, arguments @ ..] = &self.command[..] else {
            return Err(Error::new(Kind::Usage, "usage", "no command to run"));
        };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&app.session.settings.directory);
        Ok(lead(command).map_err(|error| CommandError::new(program, error))?)
    }
}
