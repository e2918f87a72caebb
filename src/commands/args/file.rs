//! Text files that verbs read: dotenv, JSON and YAML.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use zeroize::Zeroizing;

use super::origin::Origin;
use super::syntax::Syntax;
use crate::commands::App;
use crate::formats::parse::{self, Assignments, Conversion, ExportError, Foreign, Note, NoteKind, SpecError};
use crate::report::{Error, Kind, count, or, plain_io};
use crate::session::environment::Listed;
use crate::store::read_private;
use crate::ui;
use crate::vault::{SectionId, Value};

/// The largest file, in bytes: far more than any environment, and little enough to hold in memory.
const LIMIT: usize = 64 << 20;

/// How many lines of a file a message names.
const NAMED: usize = 8;

/// A file's text.
pub struct TextFile {
    pub origin: Origin,
    text: Zeroizing<String>,
}

impl App {
    /// Reads a file whole; `-` is standard input. The section is that of an import.
    pub fn text_file(&self, path: &Path, section: Option<&SectionId>) -> Result<TextFile, Error> {
        let is_stdin = path.as_os_str() == "-";
        if is_stdin {
            self.check_input()?;
        }
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
        let origin = Origin { name, is_stdin, section: section.cloned() };
        if let Some(foreign) = Foreign::of_bytes(&bytes) {
            return Err(origin.refuse(foreign, Syntax::Dotenv));
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(TextFile { text: Zeroizing::new(text.to_owned()), origin }),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
                let error = origin.bad(Some(line), "not UTF-8 text");
                Err(origin.convert(error, &Conversion::OneValue, Syntax::Dotenv))
            }
        }
    }

    /// Shows what the parser noticed, in one line for all the lines of the file that are alike.
    pub fn show_notes(&self, file: &TextFile, notes: &[Note]) {
        let (mut alike, mut known): (Vec<(&Note, Vec<usize>)>, _) = (Vec::new(), HashMap::new());
        for note in notes {
            let at = *known.entry((&note.text, note.kind == NoteKind::Reading)).or_insert(alike.len());
            match alike.get_mut(at) {
                Some((_, lines)) => lines.push(note.line),
                None => alike.push((note, vec![note.line])),
            }
        }
        for (note, mut lines) in alike {
            lines.dedup();
            let shown: Vec<String> = lines.iter().take(NAMED).map(ToString::to_string).collect();
            let more = match lines.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {}", count(more, "more line")),
            };
            let text = format!("{}:{}{more}: {}", file.origin.name, shown.join(","), note.text);
            if note.kind == NoteKind::Reading { self.ui.note(text) } else { self.ui.warn(text) }
        }
    }

    /// Reads the variables that a file lists: dotenv text, or a spec if a job may be given.
    pub fn listed(&self, path: &Path, spec: Option<Option<&str>>) -> Result<Listed, Error> {
        let file = self.text_file(path, None)?;
        file.refuse_foreign(Syntax::Dotenv)?;
        let assignments = match spec {
            None => file.dotenv(),
            Some(job) => file.spec(job)?,
        };
        self.show_notes(&file, &assignments.notes);
        let entry = |entry: parse::Entry| {
            let bad = |what: &str| file.origin.bad(Some(entry.line), &format!("{}: {what}", entry.name));
            let text = entry.value.map_err(bad)?;
            // What is only a reference may be resolved by the program that gets it.
            if let Some(foreign) = Foreign::of_value(&text).filter(|foreign| foreign.is_ciphertext()) {
                let conversion = file.origin.conversion(foreign, Syntax::Dotenv, true);
                return Err(file.origin.convert(bad(foreign.what()), &conversion, Syntax::Dotenv));
            }
            let value = Value::from_text(text).map_err(|error| bad(&error.to_string()))?;
            Ok((entry.line, entry.name, value))
        };
        let entries = assignments.entries.into_iter().map(entry).collect::<Result<_, Error>>()?;
        Ok(Listed { file: file.origin.name, entries })
    }
}

impl TextFile {
    /// Parses it in a syntax, or in the shape of a known program.
    pub fn parse(&self, syntax: Syntax) -> Result<Assignments, Error> {
        self.refuse_foreign(syntax)?;
        let bad = |error: parse::SyntaxError| self.origin.bad(error.line, &error.what);
        let parsed = match syntax {
            Syntax::Dotenv => return Ok(self.dotenv()),
            Syntax::Json | Syntax::Yaml => parse::export(&self.text),
        };
        match (parsed, syntax) {
            (Ok(Some(parsed)), _) => Ok(parsed),
            (Err(ExportError::Wrong(error)), _) => Err(bad(error)),
            (Err(ExportError::Foreign(foreign)), _) => Err(self.origin.refuse(foreign, syntax)),
            (Ok(None), Syntax::Yaml) => parse::yaml(&self.text).map_err(bad),
            (Ok(None), _) => parse::json(&self.text).map_err(bad),
        }
    }

    /// Parses the names that it lists. In dotenv text, one may stand alone on its line.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        let Assignments { entries, bare, .. } = self.parse(self.guess())?;
        let mut names: Vec<String> = entries.into_iter().map(|entry| entry.name).collect();
        for name in bare {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// Parses it as [`TextFile::parse`] does, and expands references. Only dotenv text has any.
    pub fn parse_expanded(&self, syntax: Syntax) -> Result<Assignments, Error> {
        self.refuse_foreign(syntax)?;
        match syntax {
            Syntax::Dotenv => Ok(parse::dotenv_expanded(&self.text)),
            _ => Err(Error::new(Kind::Usage, "usage", "`--expand` works with dotenv text only")),
        }
    }

    /// Refuses a text that is of another program's form as a whole.
    fn refuse_foreign(&self, syntax: Syntax) -> Result<(), Error> {
        match Foreign::of_text(&self.text) {
            Some(foreign) => Err(self.origin.refuse(foreign, syntax)),
            None => Ok(()),
        }
    }

    /// Takes the values away that another program has to convert first. Returns what converts those, and what
    /// selects a map inside the text.
    pub fn conversions(&self, parsed: &mut Assignments, syntax: Syntax) -> Vec<Conversion> {
        let foreign = parsed.refuse_foreign().map(|foreign| self.origin.conversion(foreign, syntax, true));
        let nested = parsed.nested.as_ref().map(|name| self.origin.selection(name, syntax));
        foreign.into_iter().chain(nested).collect()
    }

    /// The error for a text that sets no name.
    pub fn nothing(&self, parsed: &Assignments) -> Error {
        let is_empty = self.text.trim().is_empty();
        let what = if is_empty { "the file is empty" } else { "nothing to import: it sets no name" };
        let error = self.origin.bad(None, what);
        // A line that is skipped may be a value without a name.
        if parsed.notes.is_empty() { error } else { self.origin.convert(error, &Conversion::OneValue, Syntax::Dotenv) }
    }

    pub fn dotenv(&self) -> Assignments {
        parse::dotenv(&self.text)
    }

    /// Parses it as a spec.
    fn spec(&self, job: Option<&str>) -> Result<Assignments, Error> {
        let file = &self.origin.name;
        let which = |message: String, jobs: &[String]| {
            let error = Error::new(Kind::Usage, "which_job", message);
            if jobs.is_empty() { error } else { error.hint(format!("`--job` with {}", or(jobs))) }
        };
        parse::spec(&self.text, job).map_err(|error| match error {
            SpecError::Wrong(error) => self.origin.bad(error.line, &error.what),
            SpecError::JobUnsaid { jobs } => which(format!("{file} has several jobs; name one"), &jobs),
            SpecError::JobMissing { job, jobs } => which(format!("{file} has no job {job}"), &jobs),
            SpecError::NoJobs => which(format!("{file} has no jobs"), &[]),
        })
    }

    /// Returns the syntax that the file's name or its beginning suggests.
    pub fn guess(&self) -> Syntax {
        let extension = Path::new(&self.origin.name).extension().map(|extension| extension.to_ascii_lowercase());
        match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("json") => Syntax::Json,
            Some("yaml" | "yml") => Syntax::Yaml,
            _ => self.guess_from_text(),
        }
    }

    fn guess_from_text(&self) -> Syntax {
        let text = self.text.trim_start_matches('\u{feff}').trim_start();
        let is_list = text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{'));
        let begins = |name: &str| text.lines().any(|line| line.starts_with(name));
        // A manifest may also be the value of a variable that stands above it.
        let first = text.lines().find(|line| !line.is_empty() && !line.starts_with(['#', '-'])).unwrap_or_default();
        let is_map = first.split_once(':').is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphabetic()));
        match text {
            // No line of a dotenv file begins like this.
            _ if text.starts_with('{') || is_list => Syntax::Json,
            // A manifest, or what sops writes beside the data.
            _ if is_map && (begins("apiVersion:") && begins("kind:") || begins("sops:")) => Syntax::Yaml,
            _ => Syntax::Dotenv,
        }
    }
}
