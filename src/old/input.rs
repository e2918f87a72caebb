//! Files that environments are read from: dotenv, JSON and YAML.

use std::fs::File;
use std::path::Path;

use clap::ValueEnum;
use zeroize::Zeroizing;

use super::context::Cx;
use crate::formats::parse::{self, Assignments, Note};
use crate::old::error::Error;
use crate::old::ui;
use crate::store::read_private;

/// Far more than any environment, and little enough to hold in memory.
const LIMIT: usize = 64 << 20;

/// What a file's text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Syntax {
    Dotenv,
    Json,
    Yaml,
}

/// A file's text, and what to call it in messages.
pub struct Input {
    pub name: String,
    text: Zeroizing<String>,
}

impl Cx {
    /// Reads a file whole; `-` is standard input.
    pub fn input(&self, path: &Path) -> Result<Input, Error> {
        let is_stdin = path.as_os_str() == "-";
        let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
        let failed = |error| Error::Input { what: name.clone().into(), error };
        let bytes = match is_stdin {
            true => ui::input().and_then(|input| read_private(input, LIMIT)),
            false => File::open(self.directory().join(path)).and_then(|file| read_private(file, LIMIT)),
        };
        let bytes = bytes.map_err(failed)?;
        match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Input { text: Zeroizing::new(text.to_owned()), name }),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
                Err(Error::BadInput { file: name, line: Some(line), what: "not UTF-8 text".into() })
            }
        }
    }
}

impl Input {
    /// What it says, read as what it is said to be, or else as what its name or its first character says.
    pub fn parse(&self, syntax: Option<Syntax>) -> Result<Assignments, Error> {
        match syntax.unwrap_or_else(|| self.guess()) {
            Syntax::Dotenv => Ok(self.dotenv()),
            Syntax::Json => parse::json(&self.text).map_err(|wrong| self.bad(wrong.line, wrong.what)),
            Syntax::Yaml => parse::yaml(&self.text).map_err(|wrong| self.bad(wrong.line, wrong.what)),
        }
    }

    pub fn dotenv(&self) -> Assignments {
        parse::dotenv(&self.text)
    }

    /// What it lists as a spec.
    pub fn spec(&self, job: Option<&str>) -> Result<Assignments, Error> {
        use parse::SpecError;
        parse::spec(&self.text, job).map_err(|error| match error {
            SpecError::Wrong(wrong) => self.bad(wrong.line, wrong.what),
            SpecError::JobUnsaid { jobs } => Error::Job { file: self.name.clone(), job: None, jobs },
            SpecError::JobMissing { job, jobs } => Error::Job { file: self.name.clone(), job: Some(job), jobs },
            SpecError::NoJobs => Error::Job { file: self.name.clone(), job: None, jobs: Vec::new() },
        })
    }

    fn guess(&self) -> Syntax {
        let extension = Path::new(&self.name).extension().map(|extension| extension.to_ascii_lowercase());
        match extension.as_ref().and_then(|extension| extension.to_str()) {
            Some("json") => Syntax::Json,
            Some("yaml" | "yml") => Syntax::Yaml,
            // No line of a dotenv file begins so.
            _ if self.text.trim_start_matches('\u{feff}').trim_start().starts_with('{') => Syntax::Json,
            _ => Syntax::Dotenv,
        }
    }

    /// The error for something in it.
    pub fn bad(&self, line: Option<usize>, what: String) -> Error {
        Error::BadInput { file: self.name.clone(), line, what }
    }

    /// Says what is to be known of how it was read.
    pub fn tell(&self, cx: &Cx, notes: &[Note]) {
        for note in notes {
            let text = format!("{}:{}: {}", self.name, note.line, note.text);
            if note.is_mistake { cx.ui.warn(&text) } else { cx.ui.note(&text) }
        }
    }
}
