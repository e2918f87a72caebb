//! `get`: print a value exactly.

use std::borrow::Cow;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::App;
use super::args::ContextScope;
use crate::ops::lookup::{self, Effective, Found};
use crate::report::{Command, Error, Kind, in_team};
use crate::session::parse_name;
use crate::vault::{SecretName, Value};

const EXAMPLES: &str = "\
Examples:
  etui get DATABASE_URL
  etui get DATABASE_URL -p web -c gpu
  etui get DATABASE_URL -g --version 2";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Get {
    /// The name of a secret or an env entry
    name: String,
    /// Print the section's own value, even if another section wins
    #[arg(long)]
    exact: bool,
    /// Print an earlier value of the section; 1 is the newest
    #[arg(long, value_name = "N")]
    version: Option<usize>,
    #[command(flatten)]
    scope: ContextScope,
}

/// A view together with the value that it is about.
#[derive(Serialize)]
struct WithValue<'v, T> {
    #[serde(flatten)]
    view: T,
    value: Cow<'v, str>,
}

impl Get {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let name = parse_name(&self.name)?;
        let scope = self.scope.parse()?;
        if let Some(version) = self.version {
            let (view, value) = lookup::earlier(&app.session, &app.section_to_read(&scope)?, &name, version)?;
            return print(app, &name, view, &value);
        }
        if self.exact {
            let found = lookup::own(&app.session, &app.section_to_read(&scope)?, &name)?;
            return print(app, &name, found.secret, &found.value);
        }

        let Effective { found, asked } = lookup::effective(&app.session, &scope, &name)?;

        let Found { team, section, secret, value } = found;
        match asked {
            None => {}
            Some((asked, true)) => {
                app.ui.note(format!("{section} wins over {asked}; `--exact` prints the value of {asked}"));
            }
            Some((asked, false)) => {
                app.ui.note(format!("from {}; {asked} does not set it", in_team(&section, &team)));
            }
        }
        print(app, &name, secret, &value)
    }
}

/// Prints the exact bytes. A terminal gets text with a newline after it, and no other bytes.
fn print(app: &App, name: &SecretName, view: impl Serialize, value: &Value) -> Result<(), Error> {
    if app.ui.json {
        return app.ui.document(&WithValue { view, value: value.as_text() });
    }
    if !app.ui.tables {
        return app.ui.data(value.expose());
    }
    if !value.is_text() {
        let message = format!("{name} holds bytes, which a terminal cannot show");
        let get = Command::new("get").arg(name).arg("> FILE");
        return Err(Error::new(Kind::Failed, "bytes_on_terminal", message).hint(get));
    }
    app.ui.data(&Zeroizing::new([value.expose(), b"\n"].concat()))
}
