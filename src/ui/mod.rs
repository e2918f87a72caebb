//! The terminal: the only place that prints and asks.

#![allow(clippy::disallowed_methods, reason = "etui prints here and nowhere else")]

mod hidden;
mod progress;
mod prompt;
mod quiet;
mod table;
mod typing;

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd;

use serde::Serialize;
use zeroize::Zeroizing;

pub use progress::Progress;
pub use prompt::no_terminal;
pub use table::{Cell, Table};

use crate::report::{Error, Frontend, Kind, Level, Message, Notice, Reach, Report};
use crate::report::{now, plain_io, visible, visible_json};

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// What the user chose about output and questions.
#[derive(Debug, Clone)]
pub struct UiSettings {
    /// Print results and errors as JSON.
    pub json: bool,
    /// Confirmations are given in advance.
    pub yes: bool,
    /// Never prompt.
    pub no_input: bool,
    /// The least important notices that are shown.
    pub level: Level,
    pub color: Color,
    /// The option that named the vault, which commands in messages repeat.
    pub reach: Reach,
    /// Standard output is docker compose, which reads messages in JSON.
    pub is_provider: bool,
}

impl Default for UiSettings {
    fn default() -> UiSettings {
        let (level, color, reach) = (Level::Info, Color::Auto, Reach::default());
        UiSettings { json: false, yes: false, no_input: false, level, color, reach, is_provider: false }
    }
}

/// The terminal, or the pipes in its place.
#[derive(Debug, Clone)]
pub struct Ui {
    pub json: bool,
    /// Confirmations are given in advance.
    pub yes: bool,
    /// Whether a question can be asked, and answered.
    pub interactive: bool,
    /// Whether standard output is a terminal, with tables for people.
    pub tables: bool,
    /// Whether the user forbade questions.
    pub no_input: bool,
    /// The option that named the vault, which commands in messages repeat.
    pub reach: Reach,
    level: Level,
    color: bool,
    color_out: bool,
    is_provider: bool,
}

/// Returns standard input.
pub fn input() -> io::Result<File> {
    unbuffered(io::stdin())
}

/// Returns whether standard input is a terminal.
pub fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Returns the number of columns of the terminal on a stream, if it knows.
fn width(stream: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    Some(size.ws_col.into()).filter(|columns| *columns > 0)
}

/// Returns a stream that bypasses std's buffer, which would keep a value for as long as this process lives.
fn unbuffered(stream: impl AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

impl Ui {
    /// Finds out once what the terminal can do.
    pub fn new(settings: UiSettings) -> Ui {
        let UiSettings { json, yes, no_input, level, color, reach, is_provider } = settings;
        let (input, out, err) = (io::stdin().is_terminal(), io::stdout().is_terminal(), io::stderr().is_terminal());
        let wants_color = std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let color = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && wants_color,
        };
        Ui {
            json,
            yes,
            interactive: input && err && !no_input,
            tables: out,
            no_input,
            level,
            color: color(err),
            color_out: color(out),
            reach,
            is_provider,
        }
    }

    /// Writes data, all of it and as it is, to standard output.
    pub fn data(&self, bytes: &[u8]) -> Result<(), Error> {
        let written = unbuffered(io::stdout()).and_then(|mut file| file.write_all(bytes));
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Error::new(Kind::OutputClosed, "output_closed", ""),
            _ => Error::new(Kind::Failed, "output", format!("cannot write the output: {}", plain_io(&error))),
        })
    }

    /// Writes a line. What others wrote into it cannot act on the terminal.
    pub fn line(&self, text: &str) -> Result<(), Error> {
        self.lines([text])
    }

    /// Writes lines, like [`Ui::line`].
    pub fn lines<L: AsRef<str>>(&self, lines: impl IntoIterator<Item = L>) -> Result<(), Error> {
        let lines = lines.into_iter().map(|line| format!("{}\n", visible(line.as_ref())));
        self.data(lines.collect::<String>().as_bytes())
    }

    /// Writes a JSON document, indented, to standard output. What others wrote into it cannot act on the
    /// terminal.
    pub fn document(&self, document: &impl Serialize) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(document)
            .map_err(|error| Error::new(Kind::Failed, "output", format!("cannot write JSON: {error}")))?;
        let text = Zeroizing::new(text + "\n");
        self.data(Zeroizing::new(visible_json(&text).into_owned()).as_bytes())
    }

    /// Writes a table: for people on a terminal; elsewhere a line for each row, its cells separated by tabs.
    pub fn table(&self, table: &Table) -> Result<(), Error> {
        let text = if self.tables { table.aligned(now(), self.color_out, width(io::stdout())) } else { table.tabbed() };
        self.data(text.as_bytes())
    }

    /// Reports what was done.
    pub fn say(&self, message: impl Into<Message>) {
        self.notice(Notice::Done(message.into()));
    }

    /// Adds a note, for information.
    pub fn note(&self, message: impl Into<Message>) {
        self.notice(Notice::Note(message.into()));
    }

    /// Warns: it worked, but somebody should look.
    pub fn warn(&self, message: impl Into<Message>) {
        self.notice(Notice::Warning(message.into()));
    }

    /// Reports internals for debugging. Never a value.
    pub fn debug(&self, text: impl FnOnce() -> String) {
        if self.level == Level::Debug || self.is_provider {
            self.notice(Notice::Debug(text()));
        }
    }

    /// Reports what failed, and what to type next.
    pub fn error(&self, error: &Error) {
        let Report { message, hints, .. } = error.report();
        if message.is_empty() {
            return;
        }
        if self.is_provider {
            let hint = (!hints.is_empty()).then(|| format!("hint: {}", self.hint_line(hints)));
            let lines: Vec<String> = [message.render(&self.reach)].into_iter().chain(hint).collect();
            self.tell_compose("error", &lines);
        }
        if self.json {
            let document = self.error_document(error).to_string();
            let _ = writeln!(io::stderr(), "{}", visible_json(&document));
            return;
        }
        self.put(Level::Error, "error: ", &message.render(&self.reach));
        if !hints.is_empty() {
            self.put(Level::Error, " hint: ", &self.hint_line(hints));
        }
    }

    /// Returns an error in JSON: `{"error": {code, exit, message, hint}}`.
    pub fn error_document(&self, error: &Error) -> serde_json::Value {
        let Report { kind, code, message, hints } = error.report();
        let hint = (!hints.is_empty()).then(|| self.hint_line(hints));
        let message = message.render(&self.reach);
        serde_json::json!({"error": {"code": code, "exit": kind.exit(), "message": message, "hint": hint}})
    }

    /// Renders a sentence; its commands repeat the option that named the vault.
    pub fn render(&self, message: &Message) -> String {
        message.render(&self.reach)
    }

    /// Renders hints as one line.
    pub fn hint_line(&self, hints: &[Message]) -> String {
        let hints: Vec<String> = hints.iter().map(|hint| hint.render(&self.reach)).collect();
        hints.join("; or ")
    }

    /// Tells docker compose something besides the variables (docs/extension.md of github.com/docker/compose). It shows
    /// the first line at once, and an error whole. What is on standard error, it does not show. It writes to the terminal
    /// what it decodes, so the lines themselves must be harmless there.
    fn tell_compose(&self, kind: &str, lines: &[String]) {
        let lines: Vec<_> = lines.iter().map(|line| visible(line)).collect();
        let line = serde_json::json!({"type": kind, "message": lines.join("\n")}).to_string();
        // If compose has ended, there is nobody left to tell.
        let _ = self.data(format!("{}\n", visible_json(&line)).as_bytes());
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
        // If standard error is closed, there is nobody left to tell.
        let _ = io::stderr().write_all(format!("{label}{}\n", visible(text)).as_bytes());
    }
}

impl Frontend for Ui {
    fn notice(&self, notice: Notice) {
        let (level, label, text) = match notice {
            Notice::Done(message) => (Level::Info, "", message.render(&self.reach)),
            Notice::Note(message) => (Level::Info, "note: ", message.render(&self.reach)),
            Notice::Warning(message) => (Level::Warning, "warning: ", message.render(&self.reach)),
            Notice::Debug(text) => (Level::Debug, "debug: ", text),
        };
        if self.is_provider {
            let is_debug = level == Level::Debug;
            let label = if level == Level::Warning { label } else { "" };
            self.tell_compose(if is_debug { "debug" } else { "info" }, &[format!("{label}{text}")]);
        }
        self.put(level, label, &text);
    }

    fn can_ask(&self) -> bool {
        self.interactive && !self.yes
    }

    fn ask_yes_no(&self, question: &Message) -> Result<bool, Error> {
        self.yes_no(&question.render(&self.reach))
    }

    fn ask_passphrase(&self, prompt: &str) -> Result<Zeroizing<String>, Error> {
        hidden::ask_passphrase(&visible(prompt))
    }

    fn can_ask_passphrase(&self) -> bool {
        // Standard input may carry a value, so look at the terminal itself.
        !self.no_input && File::open("/dev/tty").is_ok()
    }
}
