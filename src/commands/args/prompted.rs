//! Names and values that the two older grammars ask for: at a terminal, or as the next line of standard input.

use zeroize::Zeroizing;

use super::value::empty_value;
use crate::commands::App;
use crate::report::{Command, Error};
use crate::session::parse_name;
use crate::ui::no_terminal;
use crate::vault::{SecretName, SectionId};

/// Asks for a name. `command` is what to type instead.
pub fn prompted_name(app: &App, command: Command) -> Result<SecretName, Error> {
    if app.ui.interactive {
        return app.ui.ask_for("Name:", parse_name);
    }
    match piped_line(app)? {
        Some(line) => parse_name(line.trim()),
        None => Err(no_terminal("no name is given", command)),
    }
}

/// Asks for a value, hidden. `command` is what to type, without the value.
pub fn prompted_value(
    app: &App,
    section: &SectionId,
    name: &SecretName,
    command: Command,
) -> Result<Zeroizing<String>, Error> {
    let line = if app.ui.interactive { Some(app.ui.ask_hidden("Value:")?) } else { piped_line(app)? };
    match line {
        None => Err(no_terminal("no value is given", command.arg("< FILE"))),
        Some(line) if line.is_empty() => Err(empty_value(name, Command::new("set").arg(name).section(section))),
        Some(line) => Ok(line),
    }
}

fn piped_line(app: &App) -> Result<Option<Zeroizing<String>>, Error> {
    app.check_input()?;
    app.ui.piped_line()
}
