//! `run`: a command with the merged environment.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use clap::Args;

use super::App;
use super::args::EnvironmentOptions;
use crate::ops::redact::secrets_of;
use crate::ops::run::{CommandError, Inherit, Invocation, run};
use crate::process::needs_leader;
use crate::report::Error;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui run -- npm start\n  etui run -p web -c gpu -- ./deploy.sh --dry-run\n  \
    etui run --except STRIPE_KEY -- npm test\n  \
    etui run --redact --only DATABASE_URL -- psql")]
pub struct Run {
    /// Inherit nothing but PATH, HOME, TERM, LANG, USER, SHELL and TMPDIR
    #[arg(long)]
    clean_env: bool,
    /// Let variables that are set already win over the vault
    #[arg(long)]
    preserve_env: bool,
    /// Use the environment in this file, sealed for this machine by `etui resolve --recipient`; -p and -c demand its
    /// project and cluster
    #[arg(long, value_name = "FILE", conflicts_with_all = ["env_file", "spec", "job"])]
    sealed: Option<PathBuf>,
    /// Replace each value in the command's output by its name
    #[arg(long)]
    redact: bool,
    /// The command and its arguments, untouched by any shell
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[command(flatten)]
    environment: EnvironmentOptions,
}

impl Run {
    /// Returns the command's name, as it was typed.
    pub fn program(&self) -> Option<&str> {
        self.command.first()?.to_str()
    }

    pub fn run(mut self, app: &App) -> Result<ExitStatus, Error> {
        let except = std::mem::take(&mut self.environment.except);
        let directory = &app.session.settings.directory;
        let environment = match &self.sealed {
            Some(path) => {
                let scope = self.environment.scope.parse()?;
                app.session.open_sealed(path, &scope, self.environment.only)?
            }
            None => app.environment(self.environment)?,
        };
        let is_redacted = self.redact || app.session.link()?.is_some_and(|link| link.link.redact);
        let replacements = if is_redacted { Some(secrets_of(&app.session, &environment)?) } else { None };
        let leader = match is_redacted && needs_leader() {
            true => leader(app, None).map_err(|error| CommandError::new(&self.command[0], directory, error))?,
            // Without it, which takes /proc, nearly every command still starts.
            false => leader(app, Some("--none")).unwrap_or_default(),
        };

        let inherit = match (self.clean_env, self.preserve_env) {
            (false, false) => Inherit::All,
            (false, true) => Inherit::First,
            (true, false) => Inherit::Kept,
            (true, true) => Inherit::KeptFirst,
        };
        let invocation = Invocation { leader, words: self.command, inherit, replacements };
        run(&app.session, environment, &except, invocation)
    }
}

/// Returns the command that stands before another one: this program, as `etui leader`.
fn leader(app: &App, option: Option<&str>) -> io::Result<Vec<OsString>> {
    let mut words: Vec<OsString> = vec![std::env::current_exe()?.into(), "leader".into()];
    words.extend(option.map(Into::into));
    words.extend(app.ui.json.then(|| "--json".into()));
    words.push("--".into());
    Ok(words)
}
