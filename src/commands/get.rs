//! `get`: print a value exactly, or put it on the clipboard.

use std::borrow::Cow;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::App;
use super::args::ContextScope;
use crate::ops::clipboard::{self, Copied};
use crate::ops::lookup::{self, Effective, Found};
use crate::report::{Command, Error, Kind, in_team};
use crate::session::parse_name;
use crate::vault::{Age, SecretName, Value};

const EXAMPLES: &str = "\
Examples:
  etui get DATABASE_URL
  etui get DATABASE_URL -p web -c gpu
  etui get DATABASE_URL --copy --clear-after 2m
  etui get DATABASE_URL -g --exact
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
    /// Put the value on the clipboard, and print nothing
    #[arg(long)]
    copy: bool,
    /// Clear the clipboard after this time, if it still holds the value
    #[arg(long, value_name = "AGE", default_value = "45s", requires = "copy")]
    clear_after: Age,
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
            return self.answer(app, &name, view, &value);
        }
        if self.exact {
            let found = lookup::own(&app.session, &app.section_to_read(&scope)?, &name)?;
            return self.answer(app, &name, found.secret, &found.value);
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
        self.answer(app, &name, secret, &value)
    }

    fn answer(&self, app: &App, name: &SecretName, view: impl Serialize, value: &Value) -> Result<(), Error> {
        if self.copy { copy(app, name, value, self.clear_after) } else { print(app, name, view, value) }
    }
}

/// Puts the value on the clipboard, which holds text.
fn copy(app: &App, name: &SecretName, value: &Value, after: Age) -> Result<(), Error> {
    if !value.is_text() {
        return Err(bytes(name, "the clipboard cannot hold"));
    }
    match clipboard::copy(value, after)? {
        Copied::Clears => {
            app.ui.say(format!("copied {name}; the clipboard is cleared in {after}, if it still holds the value"));
        }
        Copied::InTerminal => {
            app.ui.say(format!("copied {name} through the terminal"));
            app.ui.note("the clipboard of a terminal cannot be read, so it is not cleared");
        }
        Copied::Stays => {
            app.ui.say(format!("copied {name}"));
            app.ui.warn("the clipboard is not cleared: the process for it could not be started");
        }
    }
    Ok(())
}

fn bytes(name: &SecretName, who_cannot: &str) -> Error {
    let get = Command::new("get").arg(name).arg("> FILE");
    Error::new(Kind::Failed, "bytes_on_terminal", format!("{name} holds bytes, which {who_cannot}")).hint(get)
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
        return Err(bytes(name, "a terminal cannot show"));
    }
    app.ui.data(&Zeroizing::new([value.expose(), b"\n"].concat()))
}
