//! Text files that verbs read: dotenv, JSON and YAML.

use std::fs::File;
use std::path::Path;

use clap::ValueEnum;
use zeroize::Zeroizing;

use crate::commands::App;
use crate::formats::parse::{self, Assignments, Note, NoteKind, SpecError};
use crate::report::{Error, Kind, or, plain_io};
use crate::session::environment::Listed;
use crate::store::read_private;
use crate::ui;
use crate::vault::Value;

/// The largest file, in bytes: far more than any environment, and little enough to hold in memory.
const LIMIT: usize = 64 << 20;

/// The syntax of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Syntax {
    Dotenv,
    Json,
    Yaml,
}

/// A file's text.
pub struct TextFile {
    /// The file, as messages name it.
    pub name: String,
    text: Zeroizing<String>,
}

impl App {
    /// Reads a file whole; `-` is standard input.
    pub fn text_file(&self, path: &Path) -> Result<TextFile, Error> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        let bytes = match is_stdin {
            true => ui::input().and_then(|input| read_private(input, LIMIT)),
            false => {
                let path = self.session.settings.directory.join(path);
                File::open(path).and_then(|file| read_private(file, LIMIT))
            }
        };
        let bytes = bytes
            .map_err(|error| Error::new(Kind::Failed, "input", format!("cannot read {name}: {}", plain_io(&error))))?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(TextFile { text: Zeroizing::new(text.to_owned()), name }),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
                Err(bad_input(&name, Some(line), "not UTF-8 text"))
            }
        }
    }

    /// Shows what the parser noticed.
    pub fn show_notes(&self, file: &TextFile, notes: &[Note]) {
        for note in notes {
            let text = format!("{}:{}: {}", file.name, note.line, note.text);
            if note.kind == NoteKind::Reading { self.ui.note(text) } else { self.ui.warn(text) }
        }
    }

    /// Reads the variables that a file lists: dotenv text, or a spec if a job may be given.
    pub fn listed(&self, path: &Path, spec: Option<Option<&str>>) -> Result<Listed, Error> {
        let file = self.text_file(path)?;
        let assignments = match spec {
            None => file.dotenv(),
            Some(job) => file.spec(job)?,
        };
        self.show_notes(&file, &assignments.notes);
        let entry = |entry: parse::Entry| {
            let bad = |what: &str| bad_input(&file.name, Some(entry.line), &format!("{}: {what}", entry.name));
            let text = entry.value.map_err(bad)?;
            let value = Value::from_text(text).map_err(|error| bad(&error.to_string()))?;
            Ok((entry.line, entry.name, value))
        };
        let entries = assignments.entries.into_iter().map(entry).collect::<Result<_, Error>>()?;
        Ok(Listed { file: file.name, entries })
    }
}

impl TextFile {
    /// Parses it in the given syntax, or in the one that its name or first character suggests.
    pub fn parse(&self, syntax: Option<Syntax>) -> Result<Assignments, Error> {
        let bad = |error: parse::SyntaxError| bad_input(&self.name, error.line, &error.what);
        match syntax.unwrap_or_else(|| self.guess()) {
            Syntax::Dotenv => Ok(self.dotenv()),
            Syntax::Json => parse::json(&self.text).map_err(bad),
            Syntax::Yaml => parse::yaml(&self.text).map_err(bad),
        }
    }

    /// Parses it as [`TextFile::parse`] does, and expands references. Only dotenv text has any.
    pub fn parse_expanded(&self, syntax: Option<Syntax>) -> Result<Assignments, Error> {
        match syntax.unwrap_or_else(|| self.guess()) {
            Syntax::Dotenv => Ok(parse::dotenv_expanded(&self.text)),
            _ => Err(Error::new(Kind::Usage, "usage", "`--expand` works with dotenv text only")),
        }
    }

    pub fn dotenv(&self) -> Assignments {
        parse::dotenv(&self.text)
    }

    /// Parses it as a spec.
    fn spec(&self, job: Option<&str>) -> Result<Assignments, Error> {
        let file = &self.name;
        let which = |message: String, jobs: &[String]| {
            let error = Error::new(Kind::Usage, "which_job", message);
            if jobs.is_empty() { error } else { error.hint(format!("`--job` with {}", or(jobs))) }
        };
        parse::spec(&self.text, job).map_err(|error| match error {
            SpecError::Wrong(error) => bad_input(file, error.line, &error.what),
            SpecError::JobUnsaid { jobs } => which(format!("{file} has several jobs; name one"), &jobs),
            SpecError::JobMissing { job, jobs } => which(format!("{file} has no job {job}"), &jobs),
            SpecError::NoJobs => which(format!("{file} has no jobs"), &[]),
        })
    }

    fn guess(&self) -> Syntax {
        let extension = Path::new(&self.name).extension().map(|extension| extension.to_ascii_lowercase());
        match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("json") => Syntax::Json,
            Some("yaml" | "yml") => Syntax::Yaml,
            // No line of a dotenv file begins like this.
            _ if self.text.trim_start_matches('\u{feff}').trim_start().starts_with('{') => Syntax::Json,
            _ => Syntax::Dotenv,
        }
    }
}

/// The error for a file with a mistake in it.
pub fn bad_input(file: &str, line: Option<usize>, what: &str) -> Error {
    let line = line.map_or(String::new(), |line| format!(":{line}"));
    Error::new(Kind::Failed, "bad_input", format!("{file}{line}: {what}"))
}
