//! Questions. Each is asked only where it can be answered.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use zeroize::Zeroizing;

use super::{Ui, hidden};
use crate::report::{Error, Kind, Message, Report, plain_io, visible};

impl Ui {
    /// Asks for a line, shown as it is typed.
    pub fn ask(&self, prompt: &str) -> Result<String, Error> {
        let _ = write!(io::stderr(), "{} ", visible(prompt));
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            // As at any prompt, Ctrl-D leaves.
            Ok(0) => {
                let _ = writeln!(io::stderr());
                Err(Error::interrupted())
            }
            Ok(_) => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
            Err(error) => Err(unreadable("the terminal", &error)),
        }
    }

    /// Asks for a line that is a secret, but that is only typed well if it is seen. It is shown as it is typed, and wiped
    /// from the screen after Enter, if the terminal [can](Ui::can_wipe).
    pub fn ask_wiped(&self, prompt: &str) -> Result<Zeroizing<String>, Error> {
        let mut err = io::stderr();
        let prompt = format!("{} ", visible(prompt));
        let _ = err.write_all(prompt.as_bytes());
        let Some(line) = read_line("the terminal")? else {
            let _ = writeln!(err);
            return Err(Error::interrupted());
        };
        if self.can_wipe() {
            let columns = super::width(io::stderr()).unwrap_or(usize::MAX);
            let rows = 1 + (prompt.chars().count() + line.chars().count()) / columns;
            // Up to where the prompt began, and what is below that.
            let _ = write!(err, "\x1b[{rows}A\r\x1b[J");
        }
        Ok(line)
    }

    /// Returns whether the terminal can take back what it shows.
    pub fn can_wipe(&self) -> bool {
        std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb")
    }

    /// Says something as a part of a dialogue.
    pub fn remark(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{}", visible(text));
    }

    /// Returns the next line of standard input, if that is not a terminal; none at its end.
    pub fn piped_line(&self) -> Result<Option<Zeroizing<String>>, Error> {
        if io::stdin().is_terminal() { Ok(None) } else { read_line("standard input") }
    }

    /// Asks for a value, hidden as it is typed or pasted. It may have several lines.
    pub fn ask_hidden(&self, prompt: &str) -> Result<Zeroizing<String>, Error> {
        hidden::ask_value(&visible(prompt))
    }

    /// Asks for confirmation, unless it was given in advance. *No* is the default.
    ///
    /// # Errors
    /// If the answer is no (exit 1), or the question is interrupted.
    pub fn confirm(&self, question: &str) -> Result<(), Error> {
        if self.yes || self.yes_no(question)? { Ok(()) } else { Err(Error::declined()) }
    }

    /// Demands confirmation: on a terminal, or in advance by `-y`. `command` is the command that needs it.
    ///
    /// # Errors
    /// As [`Ui::confirm`], and if it can neither be asked nor was given (exit 2).
    pub fn require_confirmation(&self, command: &str, question: &str) -> Result<(), Error> {
        if self.yes || self.interactive {
            return self.confirm(question);
        }
        let message = format!("`{command}` needs confirmation");
        Err(Error::new(Kind::Usage, "not_confirmed", message).hint("run it again with `-y`"))
    }

    pub(super) fn yes_no(&self, question: &str) -> Result<bool, Error> {
        self.ask_for(&format!("{question} [y/N]"), |answer| match answer.to_ascii_lowercase().as_str() {
            "y" | "yes" => Ok(true),
            "" | "n" | "no" => Ok(false),
            _ => Err(unusable("please answer y or n")),
        })
    }

    /// Asks to choose one of several, by number or by name. Returns its index.
    pub fn choose(&self, question: &str, choices: &[String]) -> Result<usize, Error> {
        let mut err = io::stderr();
        let _ = writeln!(err, "{}", visible(question));
        for (index, choice) in choices.iter().enumerate() {
            let _ = writeln!(err, "{:>3}  {}", index + 1, visible(choice));
        }
        self.ask_for(">", |answer| {
            let numbered = answer.parse().ok().and_then(|number: usize| number.checked_sub(1));
            let named = choices.iter().position(|choice| choice == answer);
            let chosen = named.or(numbered).filter(|index| *index < choices.len());
            chosen.ok_or_else(|| match choices.len() {
                1 => unusable("please answer 1, or the name"),
                last => unusable(&format!("please answer with a number from 1 to {last}, or a name from the list")),
            })
        })
    }

    /// Asks for a line until `parse` can use it. What the error of `parse` says is shown before the question comes
    /// again.
    pub fn ask_for<T>(&self, question: &str, parse: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
        loop {
            match parse(self.ask(question)?.trim()) {
                Ok(answer) => return Ok(answer),
                Err(error) => self.explain(&error),
            }
        }
    }

    /// Says what is wrong with an answer, as a part of the dialogue.
    fn explain(&self, error: &Error) {
        let Report { message, hints, .. } = error.report();
        let hints = hints.iter().map(|hint| hint.render(&self.reach));
        let parts: Vec<String> = std::iter::once(message.render(&self.reach)).chain(hints).collect();
        self.remark(&parts.join(": "));
    }
}

/// Reads a line of standard input; none at its end.
fn read_line(source: &str) -> Result<Option<Zeroizing<String>>, Error> {
    let failed = |error| unreadable(source, &error);
    let mut input = super::input().map_err(failed)?;

    // Byte by byte: what follows the line belongs to whoever reads next.
    let (mut line, mut byte) = (Zeroizing::new(Vec::new()), Zeroizing::new([0]));
    let is_at_end = loop {
        match input.read(&mut *byte) {
            Ok(0) => break line.is_empty(),
            Ok(_) if *byte == *b"\n" => break false,
            Ok(_) => line.extend_from_slice(&*byte),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    };
    let text = std::str::from_utf8(&line);
    let text = text.map_err(|_| failed(io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text")))?;
    Ok((!is_at_end).then(|| Zeroizing::new(text.to_owned())))
}

/// The error for an answer that a question does not offer.
fn unusable(message: &str) -> Error {
    Error::new(Kind::Usage, "answer", message)
}

/// The error for a question that cannot be asked: no terminal, or `--no-input`. `missing` says what it would have
/// asked for, and the hint how to give it otherwise.
pub fn no_terminal(missing: &str, hint: impl Into<Message>) -> Error {
    let message = format!("{missing}, and there is no terminal to ask");
    Error::new(Kind::Usage, "no_terminal", message).hint(hint)
}

fn unreadable(what: &str, error: &io::Error) -> Error {
    Error::new(Kind::Failed, "input", format!("cannot read {what}: {}", plain_io(error)))
}
