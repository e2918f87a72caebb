//! What a parser returns: names with their values, and notes on how they were read.

use std::collections::{HashMap, HashSet};

use zeroize::Zeroizing;

/// The assignments of a text.
#[derive(Default)]
pub struct Assignments {
    /// In the order of the text, each name once.
    pub entries: Vec<Entry>,
    /// In the order of the text; never with a value.
    pub notes: Vec<Note>,
    /// Names in capitals that stand alone on a line, without `=`, as a list of names has them. A line of a value that
    /// lost its quotes is hardly one.
    pub bare: Vec<String>,
    /// The first name whose value holds names and values of its own.
    pub nested: Option<String>,
}

/// A name, as written, and its value.
pub struct Entry {
    /// The line of the name, from 1.
    pub line: usize,
    pub name: String,
    /// The value, or the reason why there is none.
    pub value: Result<Zeroizing<String>, &'static str>,
}

/// A remark on how a line was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// From 1.
    pub line: usize,
    pub text: String,
    pub kind: NoteKind,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// How a line was read that may well be correct.
    Reading,
    /// Other programs read another value.
    Difference,
    /// A reference to another variable, which applications may expand.
    Reference,
    /// The line is most likely a mistake, such as a second value for a name.
    Mistake,
}

#[cfg(test)]
impl NoteKind {
    /// How tests show it.
    pub(super) fn mark(self) -> char {
        match self {
            NoteKind::Reading => ':',
            NoteKind::Difference | NoteKind::Reference => '?',
            NoteKind::Mistake => '!',
        }
    }
}

impl Note {
    /// Makes a note on a line that may well be correct.
    pub(super) fn new(line: usize, text: &str) -> Note {
        Note { line, text: text.to_owned(), kind: NoteKind::Reading }
    }

    /// Makes a note on a line that other programs read differently.
    pub(super) fn difference(line: usize, text: &str) -> Note {
        Note { line, text: text.to_owned(), kind: NoteKind::Difference }
    }

    /// Makes a note on a line that is most likely a mistake.
    pub(super) fn mistake(line: usize, text: &str) -> Note {
        Note { line, text: text.to_owned(), kind: NoteKind::Mistake }
    }

    /// Makes the note on a name that an earlier line sets too.
    pub(super) fn repeated(name: &str, earlier: usize, line: usize) -> Note {
        Note::mistake(line, &format!("{name} is also set on line {earlier}; the last value wins"))
    }
}

impl Assignments {
    /// Keeps the last entry of each name, and sorts the notes.
    pub(super) fn last_of_each(mut self) -> Assignments {
        let mut lines = HashMap::new();
        for Entry { name, line, .. } in &self.entries {
            if let Some(earlier) = lines.insert(name, *line) {
                self.notes.push(Note::repeated(name, earlier, *line));
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

    /// Shows each entry and note on a line: `1: A=b`, `2: B: null is not a value`, `3! a mistake`.
    #[cfg(test)]
    pub(super) fn show(&self) -> String {
        let entry = |Entry { line, name, value }: &Entry| match value {
            Ok(value) => format!("{line}: {name}={}", **value),
            Err(why) => format!("{line}: {name}: {why}"),
        };
        let note = |note: &Note| format!("{}{} {}", note.line, note.kind.mark(), note.text);
        let lines = self.entries.iter().map(entry).chain(self.notes.iter().map(note));
        lines.collect::<Vec<_>>().join("\n")
    }
}
