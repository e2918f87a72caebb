//! Questions. Each is asked only where it can be answered; everywhere else the caller gets the way out.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use zeroize::Zeroizing;

use super::{Ui, hidden, visible};
use crate::old::error::Error;

impl Ui {
    /// Asks for a line, shown as it is typed.
    pub fn ask(&self, prompt: &str) -> Result<String, Error> {
        let _ = write!(io::stderr(), "{} ", visible(prompt));
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            // The end of the input is no answer: as at any prompt, Ctrl-D leaves.
            Ok(0) => {
                let _ = writeln!(io::stderr());
                Err(Error::Interrupted)
            }
            Ok(_) => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
            Err(error) => Err(Error::Input { what: "the terminal".into(), error }),
        }
    }

    /// The next line of standard input if that is no terminal; none at its end.
    pub fn piped_line(&self) -> Result<Option<Zeroizing<String>>, Error> {
        if io::stdin().is_terminal() {
            return Ok(None);
        }
        let failed = |error| Error::Input { what: "standard input".into(), error };
        let mut input = super::input().map_err(failed)?;
        // Byte by byte: what comes after the line is the next one's.
        let (mut line, mut byte) = (Zeroizing::new(Vec::new()), Zeroizing::new([0]));
        let is_ended = loop {
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
        Ok((!is_ended).then(|| Zeroizing::new(text.to_owned())))
    }

    /// Asks for a value, hidden as it is typed.
    pub fn ask_hidden(&self, prompt: &str) -> Result<Zeroizing<String>, Error> {
        hidden::ask(&visible(prompt))
    }

    /// Asks a question that yes or no answers; no is the default, and an error that changes nothing.
    pub fn confirm(&self, question: &str) -> Result<(), Error> {
        if self.yes {
            return Ok(());
        }
        loop {
            let answer = self.ask(&format!("{question} [y/N]"))?;
            match answer.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(()),
                "" | "n" | "no" => return Err(Error::Declined),
                _ => {}
            }
        }
    }

    /// Asks to choose one of several, by number or by name. Returns its place.
    pub fn choose(&self, question: &str, choices: &[String]) -> Result<usize, Error> {
        let mut err = io::stderr();
        let _ = writeln!(err, "{}", visible(question));
        for (at, choice) in choices.iter().enumerate() {
            let _ = writeln!(err, "{:>3}  {}", at + 1, visible(choice));
        }
        loop {
            let answer = self.ask(">")?;
            let answer = answer.trim();
            let numbered = answer.parse().ok().and_then(|number: usize| number.checked_sub(1));
            let found = choices.iter().position(|choice| choice == answer);
            if let Some(at) = found.or(numbered).filter(|at| *at < choices.len()) {
                return Ok(at);
            }
        }
    }
}
