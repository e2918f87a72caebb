//! `redact`: copy standard input to standard output, each value replaced by its name.

use std::io;

use clap::Args;

use super::App;
use super::args::ContextScope;
use crate::ops::redact::{CopyError, copy, secrets};
use crate::process::{Stream, input};
use crate::report::{Error, Kind, plain_io};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  npm test 2>&1 | etui redact\n  etui redact -p web -c gpu < build.log")]
pub struct Redact {
    #[command(flatten)]
    scope: ContextScope,
}

impl Redact {
    pub fn run(self, app: &App) -> Result<(), Error> {
        app.check_input()?;
        let replacements = secrets(&app.session, &self.scope.parse()?)?;
        let unread = |error: io::Error| {
            Error::new(Kind::Failed, "input", format!("cannot read standard input: {}", plain_io(&error)))
        };
        let input = input().map_err(unread)?;
        let to_terminal = Stream::Output.is_terminal();
        copy(&replacements, input, to_terminal, |bytes| app.ui.data(bytes)).map_err(|error| match error {
            CopyError::Write(error) => error,
            CopyError::Read(error) => unread(error),
        })
    }
}
