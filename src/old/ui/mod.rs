//! The terminal: the only place that prints and asks.

#![allow(clippy::disallowed_methods, reason = "etui prints here and nowhere else")]

mod escape;
mod hidden;
mod mode;
mod progress;
mod prompt;
mod reach;
mod stream;
mod table;

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd;
use std::path::Path;

pub use escape::visible;
pub use mode::{Mode, is_foreground};
pub use progress::Progress;
pub use stream::Stream;
pub use table::{Cell, Table};

use crate::old::error::Error;
use crate::vault::Timestamp;

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// Standard input.
pub fn input() -> io::Result<File> {
    unbuffered(io::stdin())
}

/// A stream past std's buffer, which would keep a value for as long as this process lives.
fn unbuffered(stream: impl AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

/// What the user said about talking, and what the terminal allows.
#[derive(Debug, Clone)]
pub struct Ui {
    pub json: bool,
    /// Whether a question can be asked, and answered.
    pub interactive: bool,
    /// Whether questions are taken as answered with yes.
    pub yes: bool,
    pub now: Timestamp,
    level: Level,
    /// Whether standard output is a terminal, with tables for people.
    pub tables: bool,
    color: bool,
    color_out: bool,
    /// The options that say which vault is meant.
    said: String,
}

impl Ui {
    /// Looks at the terminal once.
    pub fn new(json: bool, yes: bool, no_input: bool, level: Level, color: Color, now: Timestamp) -> Ui {
        let (input, out, err) = (io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal());
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        let color = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && wanted && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
        };
        Ui {
            json,
            yes,
            now,
            level,
            interactive: input && err && !no_input,
            tables: out,
            color: color(err),
            color_out: color(out),
            said: String::new(),
        }
    }

    /// Has the commands that it tells mean the vault that was meant here.
    pub fn reaching(mut self, verb: &str, team: Option<&str>, vault: Option<&Path>) -> Ui {
        self.said = reach::said(verb, team, vault);
        self
    }

    /// Writes data, all of it, to standard output.
    pub fn data(&self, bytes: &[u8]) -> Result<(), Error> {
        Stream::Output.write(bytes)
    }

    /// Writes a line of data.
    pub fn line(&self, text: &str) -> Result<(), Error> {
        self.data(format!("{text}\n").as_bytes())
    }

    /// Writes a JSON document, indented, to standard output.
    pub fn document(&self, document: &serde_json::Value) -> Result<(), Error> {
        self.line(&zeroize::Zeroizing::new(format!("{document:#}")))
    }

    /// Writes a table: for people on a terminal, else a line a row, its cells separated by tabs.
    pub fn table(&self, table: &Table) -> Result<(), Error> {
        let text = if self.tables { table.aligned(self.now, self.color_out) } else { table.tabbed() };
        self.data(text.as_bytes())
    }

    /// Says what was done.
    pub fn say(&self, text: &str) {
        self.tell(Level::Info, "", text);
    }

    /// Says something that is good to know.
    pub fn note(&self, text: &str) {
        self.tell(Level::Info, "note: ", text);
    }

    /// Says something that the user would not want.
    pub fn warn(&self, text: &str) {
        self.tell(Level::Warning, "warning: ", text);
    }

    /// Says what is going on inside. Never a value.
    pub fn debug(&self, text: impl FnOnce() -> String) {
        if self.level == Level::Debug {
            self.tell(Level::Debug, "debug: ", &text());
        }
    }

    /// Says what went wrong, and what to type next.
    pub fn error(&self, error: &Error) {
        let mut report = error.report();
        report.hint = report.hint.map(|hint| reach::reaching(&hint, &self.said).into_owned());
        if report.message.is_empty() {
            return;
        }
        if self.json {
            let _ = writeln!(io::stderr(), "{}", report.document());
            return;
        }
        self.put(Level::Error, "error: ", &report.message);
        if let Some(hint) = &report.hint {
            self.put(Level::Error, " hint: ", hint);
        }
    }

    fn tell(&self, level: Level, label: &str, text: &str) {
        self.put(level, label, &reach::reaching(text, &self.said));
    }

    fn put(&self, level: Level, label: &str, text: &str) {
        if level < self.level {
            return;
        }
        let color = match label {
            "error: " => "31;1",
            "warning: " => "33;1",
            "" => "",
            _ => "36",
        };
        let label =
            if self.color && !color.is_empty() { format!("\x1b[{color}m{label}\x1b[0m") } else { label.to_owned() };
        // Nobody is left to tell that standard error is closed.
        let line = format!("{label}{}\n", visible(text));
        let _ = io::stderr().write_all(line.as_bytes());
    }
}
