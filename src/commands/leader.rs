//! `leader` (hidden): the processes between etui and a command that it stays beside.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
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
    /// Lead nothing: become the command at once
    #[arg(long, conflicts_with = "job")]
    none: bool,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

impl Leader {
    pub fn run(self, app: &App) -> Result<ExitStatus, Error> {
        let [program, arguments @ ..] = &self.command[..] else {
            return Err(Error::new(Kind::Usage, "usage", "no command to run"));
        };
        let failed = |error| Error::from(CommandError::new(program, &app.session.settings.directory, error));
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&app.session.settings.directory);
        // By exec, so that whatever runs in the place of etui also runs beside it. Starting a process is stricter: it
        // refuses a script without `#!` (posix_spawn).
        if self.none {
            return Err(failed(command.exec()));
        }
        if self.job {
            return Err(failed(become_command(command)));
        }
        let mut job = Command::new(std::env::current_exe().map_err(failed)?);
        job.args(["leader", "--job"]).args(app.ui.json.then_some("--json")).arg("--").args(&self.command);
        job.current_dir(&app.session.settings.directory);
        lead(job).map_err(failed)
    }
}
