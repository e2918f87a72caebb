//! What an environment is read from: one file a format, data from text.

mod dotenv;
mod json;
mod spec;
mod tree;
mod yaml;

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

pub use dotenv::parse as dotenv;
pub use json::parse as json;
pub use spec::{SpecError, parse as spec};
pub use yaml::parse as yaml;

/// What a text says.
#[derive(Default)]
pub struct Assignments {
    /// In the order of the text, each name once.
    pub entries: Vec<Entry>,
    /// What a person should know about how it was read; never a value.
    pub notes: Vec<Note>,
}

/// A name, as it is written, and its value.
pub struct Entry {
    /// Counted from 1.
    pub line: usize,
    pub name: String,
    /// The value; or what stands there instead of one, in words that follow the name.
    pub value: Result<Zeroizing<String>, &'static str>,
}

/// Something about a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Counted from 1.
    pub line: usize,
    pub text: String,
    /// Whether it can hardly be what was meant, as two values for one name.
    pub is_mistake: bool,
}

/// Why a text cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Counted from 1; none if it is about the whole text.
    pub line: Option<usize>,
    /// What it is, in words; never a value.
    pub what: String,
}

/// What no text can hold.
const HALF: &str = "a \\u escape that is half a character (a lone surrogate)";

impl SyntaxError {
    fn at(line: usize, what: &str) -> SyntaxError {
        SyntaxError { line: Some(line), what: what.to_owned() }
    }
}

impl Assignments {
    /// Of a name that is set twice the last value counts, in the place of the last.
    fn last_of_each(mut self) -> Assignments {
        let mut lines = HashMap::new();
        for entry in &self.entries {
            if let Some(before) = lines.insert(&entry.name, entry.line) {
                self.notes.push(twice(&entry.name, before, entry.line));
            }
        }
        if lines.len() < self.entries.len() {
            let mut seen = HashSet::new();
            self.entries.reverse();
            self.entries.retain(|entry| seen.insert(entry.name.clone()));
            self.entries.reverse();
        }
        self.notes.sort_by_key(|note| note.line);
        self
    }
}

/// Says that a name is set twice.
fn twice(name: &str, before: usize, line: usize) -> Note {
    let text = format!("{name} is set in line {before} too: the last one counts");
    Note { line, text, is_mistake: true }
}

/// A byte order mark is no part of a text.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
impl Assignments {
    /// A line for each entry and note: `1: A=b`, `2: B is null, and no value`, `3! a mistake`.
    fn shown(&self) -> String {
        let entry = |entry: &Entry| match &entry.value {
            Ok(value) => format!("{}: {}={}", entry.line, entry.name, **value),
            Err(what) => format!("{}: {} {what}", entry.line, entry.name),
        };
        let note = |note: &Note| format!("{}{} {}", note.line, if note.is_mistake { '!' } else { ':' }, note.text);
        self.entries.iter().map(entry).chain(self.notes.iter().map(note)).collect::<Vec<_>>().join("\n")
    }
}
