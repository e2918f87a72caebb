//! `which`: name the secrets that have a value, which is read and never shown.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};

use clap::Args;
use zeroize::Zeroizing;

use super::App;
use crate::ops::view::Page;
use crate::ops::which::which;
use crate::report::{Command, Error, Kind, Message, plain_io};
use crate::store::read_private;
use crate::ui::{self, Cell, Table, no_terminal};
use crate::vault::text::Selection;
use crate::vault::value;

const EXAMPLES: &str = "\
Examples:
  etui which
  pbpaste | etui which
  etui which --history < key.pem";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Which {
    /// Look at earlier values too
    #[arg(long)]
    history: bool,
    /// Accepted only to refuse a value typed here without repeating it
    #[arg(hide = true, allow_hyphen_values = true)]
    typed: Vec<OsString>,
}

impl Which {
    pub fn run(self, app: &App) -> Result<(), Error> {
        if !self.typed.is_empty() {
            return Err(value_typed());
        }
        // Before a person types the value.
        let (head, sections) = match self.history {
            true => app.session.vault().map(|vault| (vault.head, vault.sections))?,
            false => app.session.view(Selection::All).map(|view| (view.head, view.sections))?,
        };
        app.session.note_locked(&sections);
        let value = read(app)?;

        // `set` drops the newline that a pipe adds, and `--file` does not.
        let text = value.strip_suffix(b"\n").unwrap_or(&value);
        let holders = which(&sections, &head.team, &[&value[..], text]);

        if holders.is_empty() {
            let had_it =
                !self.history && !which(&app.session.vault()?.sections, &head.team, &[&value[..], text]).is_empty();
            let error = |when| {
                let message = format!("no name in team {} has this value{when}", head.team);
                Error::new(Kind::NotFound, "value_unknown", message)
            };
            return Err(match had_it {
                true => error(" now").hint(Message::from("which had it: ").command(Command::new("which --history"))),
                false => error(""),
            });
        }
        if app.ui.json {
            return app.ui.document(&Page::whole(holders));
        }
        let mut table = Table::new(&["NAME", "SECTION", "KIND", "STATE"]);
        for holder in &holders {
            let section = Cell::from(&holder.section);
            table.row([Cell::from(&holder.name), section, Cell::from(&holder.kind()), Cell::Text(holder.state())]);
        }
        app.ui.table(&table)
    }
}

/// Reads the value from standard input, or asks for it.
fn read(app: &App) -> Result<Zeroizing<Vec<u8>>, Error> {
    app.check_input()?;
    let value = if !io::stdin().is_terminal() {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::FileTooLarge => Error::new(Kind::Usage, "bad_value", "a value has at most 1 MiB"),
            _ => Error::new(Kind::Failed, "input", format!("cannot read standard input: {}", plain_io(&error))),
        };
        ui::input().and_then(|input| read_private(input, value::LIMIT + 1)).map_err(failed)?
    } else if app.ui.interactive {
        Zeroizing::new(app.ui.ask_hidden("Value:")?.as_bytes().to_vec())
    } else {
        return Err(no_terminal("no value is given", Command::new("which").arg("< FILE")));
    };
    if value.is_empty() {
        let hint = Message::from("pipe it in, or from a file: ").command(Command::new("which").arg("< FILE"));
        return Err(Error::new(Kind::Usage, "value_empty", "no value is given").hint(hint));
    }
    Ok(value)
}

/// The error for an operand, which may be a value: it is not repeated.
fn value_typed() -> Error {
    let message = "a value on the command line would stay in the shell's history";
    let ask = Message::default().command(Command::new("which")).text(" asks for it");
    let name = Message::from("where a name is set: ").command(Command::new("explain").arg("NAME"));
    Error::new(Kind::Usage, "value_typed", message).hint(ask).hint("pipe it in").hint(name)
}
