//! `check`: check that every name that a program needs has a value.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::App;
use super::args::ContextScope;
use crate::ops::check::{Checked, check};
use crate::report::{Command, Error, Kind, Message, Report};

/// The file that lists what a program needs, by convention.
const EXAMPLE: &str = ".env.example";

const EXAMPLES: &str = "\
Examples:
  etui check
  etui check deploy/needs.yaml -p web -c gpu";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Check {
    /// A dotenv, JSON or YAML file that lists the names; - is standard input
    #[arg(default_value = EXAMPLE)]
    file: PathBuf,
    #[command(flatten)]
    scope: ContextScope,
}

impl Check {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let file = app.text_file(&self.file, None)?;
        let names = file.names()?;
        let needed = names.len();

        let Checked { context, missing, broken } = check(&app.session, &self.scope.parse()?, names)?;

        let file = self.file.display();
        if app.ui.json {
            app.ui.document(&json!({"needed": needed, "missing": missing}))?;
        } else if missing.is_empty() {
            app.ui.say(format!("all {needed} names of {file} are set in {context}"));
        } else {
            app.ui.lines(&missing)?;
            for error in broken {
                let Report { message, .. } = error.report();
                app.ui.warn(message.clone());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let have = if missing.len() == 1 { "has" } else { "have" };
        let message = format!("{} of the {needed} names in {file} {have} no value in {context}", missing.len());
        let hint = Message::from("to see what is set: ").command(Command::new("explain"));
        Err(Error::new(Kind::Failed, "check_missing", message).hint(hint))
    }
}
