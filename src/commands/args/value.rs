//! Where a value comes from: an option, a file, a pipe, or a hidden prompt.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use crate::commands::App;
use crate::ops::expiry;
use crate::ops::secret::bad_value;
use crate::report::{Command, Error, Kind, Message, plain_io};
use crate::store::read_private;
use crate::ui::{self, no_terminal};
use crate::vault::{Details, SecretName, Value, ValueError, value};

// The options that give a value.
#[derive(Debug, Clone, Default, Args)]
pub struct ValueSource {
    /// Give the value itself; it stays in the shell's history
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, conflicts_with = "file")]
    pub value: Option<String>,
    /// Read the value from this file, exactly, bytes too; - is standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

// The options of what is stored beside a value.
#[derive(Debug, Clone, Default, Args)]
pub struct DetailOptions {
    /// Add a note, for whoever can read the value
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Set when the value must be replaced: 90d, a date such as 2027-01-31, or never
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<String>,
}

impl ValueSource {
    /// Returns whether the value will have to be asked for at the terminal.
    pub fn asks(&self) -> bool {
        !self.is_given() && io::stdin().is_terminal()
    }

    /// Returns whether an option gives the value.
    pub fn is_given(&self) -> bool {
        self.value.is_some() || self.file.is_some()
    }

    /// Reads the value. None if it is empty and nothing says so on purpose, or if it cannot be asked for:
    /// [`ValueSource::missing`] is the error for that.
    pub fn read(self, app: &App, name: &SecretName) -> Result<Option<Value>, Error> {
        let refused = |error| bad_value(name, &error);
        if let Some(value) = self.value {
            if app.ui.interactive {
                app.ui.note("the value is now in the shell's history; without `--value` it is asked for");
            }
            return Value::text(Zeroizing::new(value.into_bytes())).map(Some).map_err(refused);
        }
        if let Some(path) = self.file {
            let file = match path.as_os_str() == "-" {
                true => app.check_input().map(|()| ui::input())?,
                false => File::open(app.session.settings.directory.join(&path)),
            };
            return Value::any(read(file, name, &path)?).map(Some).map_err(refused);
        }

        let bytes = if !io::stdin().is_terminal() {
            app.check_input()?;
            let mut piped = read(ui::input(), name, Path::new("standard input"))?;
            if piped.last() == Some(&b'\n') {
                piped.pop();
            }
            piped
        } else if app.ui.interactive {
            let typed = app.ui.ask_hidden(&format!("Value for {name}:"))?;
            Zeroizing::new(typed.as_bytes().to_vec())
        } else {
            return Ok(None);
        };
        if bytes.is_empty() {
            return Ok(None);
        }
        Value::text(bytes).map(Some).map_err(refused)
    }

    /// The error for a value that was not given. `command` is what to type for it, without an option of this kind.
    pub fn missing(app: &App, name: &SecretName, command: Command) -> Error {
        if io::stdin().is_terminal() && !app.ui.interactive {
            let hint = Message::from("pipe it in, or use a file: ").command(command.arg("--file FILE"));
            return no_terminal("no value is given", hint);
        }
        empty_value(name, command)
    }
}

/// The error for an empty value that nothing says on purpose.
pub fn empty_value(name: &SecretName, command: Command) -> Error {
    let hint = Message::from("for an empty value on purpose: ").command(command.arg("--value ''"));
    Error::new(Kind::Usage, "value_empty", format!("no value for {name}")).hint(hint)
}

/// Reads at most one byte more than a value may have. The newline that a pipe adds does not count.
fn read(file: io::Result<File>, name: &SecretName, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let read = file.and_then(|file| read_private(file, value::LIMIT + 1));
    read.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => bad_value(name, &ValueError::TooLong),
        _ => Error::new(Kind::Failed, "input", format!("cannot read {}: {}", path.display(), plain_io(&error))),
    })
}

impl DetailOptions {
    /// Returns what is given, in words; none if nothing is.
    pub fn list(&self) -> Option<&'static str> {
        match (&self.note, &self.expires) {
            (Some(_), Some(_)) => Some("note and the expiry"),
            (Some(_), None) => Some("note"),
            (None, Some(_)) => Some("expiry"),
            (None, None) => None,
        }
    }

    /// Adds what is given to a command; none if nothing is.
    pub fn on(&self, command: Command) -> Option<Command> {
        self.list()?;
        let given = [("--note", &self.note), ("--expires", &self.expires)];
        let given = given.into_iter().filter_map(|(option, text)| Some((option, text.as_ref()?)));
        Some(given.fold(command, |command, (option, text)| command.arg(option).quoted(text)))
    }

    /// Parses them, as of now.
    pub fn read(self) -> Result<Details, Error> {
        let expires = self.expires.map(|text| expiry::parse(&text)).transpose()?;
        Ok(Details { note: self.note, expires })
    }
}
