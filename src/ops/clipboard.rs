//! Values on the clipboard: put there, and taken away again.

use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::process::{Clipboard, copy as put, detach, start_detached, without_own_variables};
use crate::report::{Error, Kind};
use crate::session::pins::new_hash_key;
use crate::store::read_private;
use crate::vault::head::HashKey;
use crate::vault::{Age, Value, value};

/// The hidden verb that clears a clipboard.
pub const CLEAR: &str = "clear-clipboard";

/// What becomes of a value that was copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// It is cleared after a time.
    Clears,
    /// A terminal has it. A terminal's clipboard cannot be read.
    InTerminal,
    /// The process that would clear it could not be started.
    Stays,
}

/// Puts a value on the clipboard, and starts a process that clears it after this time.
///
/// That process holds no value but a keyed hash of it, which it gets through a pipe.
///
/// # Errors
/// If there is no clipboard.
pub fn copy(value: &Value, after: Age) -> Result<Copied, Error> {
    let clipboard = put(value.expose())?;
    if !clipboard.can_paste() {
        return Ok(Copied::InTerminal);
    }
    let key = new_hash_key();
    let mark = format!("{key} {}", key.hash(value));
    let start = || {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([CLEAR, clipboard.program(), &format!("{}s", after.seconds())]);
        without_own_variables(&mut command);
        start_detached(command, mark.as_bytes())
    };
    Ok(if start().is_ok() { Copied::Clears } else { Copied::Stays })
}

/// Waits, and clears the clipboard if it still holds the value of this mark.
///
/// # Errors
/// If the mark or the program is none, or the clipboard cannot be read or cleared.
pub fn clear(program: &str, after: Age, mark: &[u8]) -> Result<(), Error> {
    let failed = || Error::new(Kind::Failed, "clipboard_failed", "cannot clear the clipboard");
    let clipboard = Clipboard::find(program).filter(|clipboard| clipboard.can_paste()).ok_or_else(failed)?;
    let mark = std::str::from_utf8(mark).ok().and_then(|mark| mark.split_once(' ')).ok_or_else(failed)?;
    let key: HashKey = mark.0.parse().map_err(|_| failed())?;

    detach().map_err(|_| failed())?;
    thread::sleep(Duration::from_secs(after.seconds()));

    let held = clipboard.paste(|output| read_private(output, value::LIMIT)).map_err(|_| failed())?;
    match Value::any(held) {
        Ok(held) if key.hash(&held) == mark.1 => clipboard.clear().map_err(|_| failed()),
        _ => Ok(()),
    }
}
