//! Where a value comes from: an option, a file, a pipe, or a hidden prompt.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use super::context::Cx;
use crate::old::error::Error;
use crate::old::ui;
use crate::store::read_private;
use crate::vault::{Details, SecretName, Timestamp, Value, value};

// The options of a value.
#[derive(Debug, Clone, Default, Args)]
pub struct Source {
    /// The value itself; it ends in the shell's history
    #[arg(long, value_name = "V", allow_hyphen_values = true, conflicts_with = "file")]
    pub value: Option<String>,
    /// A file that holds the value, kept exactly, bytes too; - is standard input
    #[arg(long, value_name = "PATH")]
    pub file: Option<PathBuf>,
}

// The options of what goes with a value.
#[derive(Debug, Clone, Default, Args)]
pub struct DetailOptions {
    /// What people should know about it
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// When it must be replaced: 90d, or a date
    #[arg(long, value_name = "WHEN")]
    pub expires: Option<String>,
}

impl Source {
    /// Whether it will have to be asked for at the terminal.
    pub fn asks(&self) -> bool {
        self.value.is_none() && self.file.is_none() && io::stdin().is_terminal()
    }

    /// Reads the value.
    ///
    /// `command` is what to type for it, without an option of this kind.
    pub fn read(self, cx: &Cx, command: &str, name: &SecretName) -> Result<Value, Error> {
        let refused = |error| Error::Value { name: name.clone(), error };
        if let Some(value) = self.value {
            if cx.ui.interactive {
                cx.ui.note("the value is in the shell's history now; without --value it is asked for");
            }
            return Value::text(Zeroizing::new(value.into_bytes())).map_err(refused);
        }
        if let Some(path) = self.file {
            let source = match path.as_os_str() == "-" {
                true => ui::input(),
                false => File::open(cx.directory().join(&path)),
            };
            return Value::any(read(source, name, &path)?).map_err(refused);
        }
        let mut bytes = if !io::stdin().is_terminal() {
            read(ui::input(), name, &PathBuf::from("standard input"))?
        } else if cx.ui.interactive {
            let typed = cx.ui.ask_hidden(&format!("Value for {name}:"))?;
            Zeroizing::new(typed.as_bytes().to_vec())
        } else {
            let way_out = format!("pipe it in, or --file PATH: {command} --file PATH");
            return Err(Error::Unasked { what: "no value is given", way_out });
        };
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        if bytes.is_empty() {
            return Err(Error::ValueEmpty { name: name.clone(), command: command.to_owned() });
        }
        Value::text(bytes).map_err(refused)
    }
}

/// Reads at most one byte more than a value may have, which is then refused with its size.
fn read(source: io::Result<File>, name: &SecretName, what: &std::path::Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    // The newline that a pipe adds does not count.
    source.and_then(|source| read_private(source, value::LIMIT + 1)).map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => Error::Value { name: name.clone(), error: value::ValueError::TooLong },
        _ => Error::Input { what: what.to_owned(), error },
    })
}

impl DetailOptions {
    /// Whether any of them is given.
    pub fn says_something(&self) -> bool {
        self.note.is_some() || self.expires.is_some()
    }

    pub fn read(self, now: Timestamp) -> Result<Details, Error> {
        let expires = self.expires.map(|typed| moment(&typed, now).ok_or(Error::Date { typed })).transpose()?;
        Ok(Details { note: self.note, expires })
    }
}

/// A moment as a person says it: `90d` from now, or a date.
fn moment(typed: &str, now: Timestamp) -> Option<Timestamp> {
    match typed.strip_suffix('d') {
        Some(days) => Some(now.plus_days(days.parse().ok()?)),
        None => Timestamp::parse(typed),
    }
}
