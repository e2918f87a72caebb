//! `redact`: copy standard input to standard output, each value replaced by its name.

use std::io;

use clap::Args;

use super::App;
use super::args::ContextScope;
use crate::ops::redact::{CopyError, copy, replacements};
use crate::report::{Error, Kind, plain_io};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  npm test 2>&1 | etui redact\n  etui redact -p web -c gpu < build.log")]
pub struct Redact {
    #[command(flatten)]
    scope: ContextScope,
}

impl Redact {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let (_, view) = app.session.context_view(&self.scope.parse()?)?;
        let replacements = replacements(&app.session, &view.sections);
        copy(&replacements, io::stdin().lock(), |bytes| app.ui.data(bytes)).map_err(|error| match error {
            CopyError::Write(error) => error,
            CopyError::Read(error) => {
                Error::new(Kind::Failed, "input", format!("cannot read standard input: {}", plain_io(&error)))
            }
        })
    }
}
