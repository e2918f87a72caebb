//! Hidden prompts: for a passphrase, and for a value, which may be pasted as several lines.

use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use rpassword::ConfigBuilder;
use zeroize::Zeroizing;

use super::quiet::Quiet;
use super::typing::{Key, Typing};
use crate::report::{Error, Kind, count, plain_io};

/// Asks for a value without showing what is typed or pasted.
///
/// # Errors
/// If the prompt is ended by Ctrl-C or Ctrl-D, or if it would lose something that was typed: further lines, which the
/// shell would run as commands, or a character that a prompt cannot take.
pub fn ask_value(prompt: &str) -> Result<Zeroizing<String>, Error> {
    let mut quiet = Quiet::begin(prompt, true).map_err(failed)?;
    let mut typing = Typing::default();
    let mut buffer = Zeroizing::new([0; 4096]);
    loop {
        let length = quiet.read(&mut *buffer).map_err(failed)?;
        if length == 0 {
            return Err(Error::interrupted());
        }
        for (index, byte) in buffer[..length].iter().enumerate() {
            match typing.take(*byte) {
                None => {}
                Some(Key::Changed) => quiet.show(status(&typing)),
                Some(Key::Stop) => quiet.stop().map_err(failed)?,
                Some(Key::Cancel) => {
                    quiet.discard_pending();
                    return Err(Error::interrupted());
                }
                Some(Key::Enter) => {
                    let is_more = quiet.discard_pending() || index + 1 < length;
                    return if is_more { Err(several_lines()) } else { typing.finish().ok_or_else(untypable) };
                }
            }
        }
    }
}

/// Nobody sees what was pasted, and a line break in it does not end the prompt.
fn status(typing: &Typing) -> String {
    typing.lines().map_or(String::new(), |lines| format!("({}; Enter ends)", count(lines, "line")))
}

/// Asks for a passphrase, one line, without showing what is typed.
///
/// # Errors
/// As [`ask_value`].
pub fn ask_passphrase(prompt: &str) -> Result<Zeroizing<String>, Error> {
    let quiet = Quiet::begin(prompt, false).map_err(failed)?;
    let watched = Rc::new(RefCell::new(Watched { quiet, is_lost: false }));
    let config = ConfigBuilder::new().input_reader(Input(Rc::clone(&watched))).output_discard().build();
    let answer = rpassword::read_password_with_config(config);
    let watched = watched.borrow();
    let is_more = watched.quiet.discard_pending();
    match answer.map(Zeroizing::new) {
        Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof) => {
            Err(Error::interrupted())
        }
        Err(error) => Err(failed(error)),
        Ok(_) if is_more => Err(several_lines()),
        Ok(_) if watched.is_lost => Err(untypable()),
        Ok(answer) => Ok(answer),
    }
}

fn failed(error: io::Error) -> Error {
    Error::new(Kind::Failed, "input", format!("cannot read the terminal: {}", plain_io(&error)))
}

fn several_lines() -> Error {
    Error::new(Kind::Usage, "several_lines", "more than one line was typed or pasted; nothing was used")
        .hint("pass a value of several lines in a file or a pipe: `--file FILE`")
}

fn untypable() -> Error {
    let message = "a character was typed that a prompt cannot take; nothing was used";
    Error::new(Kind::Usage, "untypable", message).hint("pass such a value in a file or a pipe: `--file FILE`")
}

/// Typed input on its way to rpassword, which drops some characters silently, and ends the process at Ctrl-C.
struct Watched {
    quiet: Quiet,
    is_lost: bool,
}

struct Input(Rc<RefCell<Watched>>);

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut watched = self.0.borrow_mut();
        let Some(buffer) = buffer.get_mut(..1) else { return Ok(0) };
        loop {
            match watched.quiet.read(buffer)? {
                1 => {}
                read => return Ok(read),
            }
            match buffer[0] {
                0x03 | 0x1c => return Err(io::ErrorKind::Interrupted.into()),
                0x1a => watched.quiet.stop()?,
                // Characters that edit or end the line are expected, and so is the escape that begins an arrow key.
                byte if byte.is_ascii_control() && !b"\n\r\x04\x08\x15\x17\x1b\x7f".contains(&byte) => {
                    watched.is_lost = true;
                }
                _ => return Ok(1),
            }
        }
    }
}
