//! `leader` (hidden): the processes between etui and a redacted command that has a terminal of its own.

use std::ffi::OsString;
use std::process::{Command, ExitStatus};

use clap::Args;

use super::App;
use crate::ops::run::CommandError;
use crate::process::{become_command, lead};
use crate::report::{Error, Kind};

#[derive(Debug, Args)]
pub struct Leader {
    /// Be the job of a leader, which becomes the command once it has the terminal
    #[arg(long)]
    job: bool,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

impl Leader {
    pub fn run(self, app: &App) -> Result<ExitStatus, Error> {
        let [program, arguments @ ..] = &self.command[..] else {
            return Err(Error::new(Kind::Usage, "usage", "no command to run"));
        };
        let failed = |error| Error::from(CommandError::new(program, error));
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&app.session.settings.directory);
        if self.job {
            return Err(failed(become_command(command)));
        }
        let mut job = Command::new(std::env::current_exe().map_err(failed)?);
        job.args(["leader", "--job"]).args(app.ui.json.then_some("--json")).arg("--").args(&self.command);
        job.current_dir(&app.session.settings.directory);
        lead(job).map_err(failed)
    }
}
