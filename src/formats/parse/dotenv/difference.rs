//! Where npm dotenv and python-dotenv read another value than we do: a warning on that line names them.
//!
//! Both are read out here exactly, because no list of rules knows which later lines an open quote takes along.

use std::cmp::Ordering;

use super::{npm, python};
use crate::formats::dotenv::Consumer;
use crate::formats::parse::assignments::{Entry, Note};
use crate::report::and;

/// How a consumer's reading of a value differs from ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    Unread,
    Return,
    Cut,
    Backslash,
    Escape,
    Quotes,
    Other,
}

/// Compares entries with what the two consumers read in the same text, whose lines end with newlines.
pub fn differences(text: &str, entries: &[Entry]) -> Vec<Note> {
    let readings = [(Consumer::NpmDotenv, npm::read(text)), (Consumer::PythonDotenv, python::read(text))];
    let mut notes = Vec::new();
    for Entry { line, name, value } in entries {
        let Ok(ours) = value else { continue };
        let differing = readings.iter().filter_map(|(consumer, values)| {
            let theirs = values.get(name.as_str()).map(|value| value.as_str());
            (theirs != Some(ours)).then(|| (*consumer, Difference::of(ours, theirs)))
        });
        match differing.collect::<Vec<_>>()[..] {
            [(first, difference), (second, other)] if difference == other => {
                notes.push(Note::difference(*line, &difference.message(&[first, second])));
            }
            ref each => notes.extend(each.iter().map(|(one, how)| Note::difference(*line, &how.message(&[*one])))),
        }
    }
    notes
}

impl Difference {
    fn of(ours: &str, theirs: Option<&str>) -> Difference {
        let Some(theirs) = theirs else { return Difference::Unread };
        let unix = |text: &str| text.replace("\r\n", "\n").replace('\r', "\n");
        if ours.contains('\r') && unix(ours) == unix(theirs) {
            return Difference::Return;
        }
        if ours.strip_prefix(theirs).is_some_and(|rest| rest.trim_start().starts_with('#')) {
            return Difference::Cut;
        }
        let backslashes = |text: &str| text.matches('\\').count();
        if encoded(ours) == encoded(theirs) {
            return match backslashes(theirs).cmp(&backslashes(ours)) {
                Ordering::Greater => Difference::Backslash,
                Ordering::Less => Difference::Escape,
                Ordering::Equal => Difference::Other,
            };
        }
        let unquoted = |text: &str| text.replace(['\'', '"', '`'], "");
        if theirs.len() > ours.len() && unquoted(theirs) == unquoted(ours) {
            return Difference::Quotes;
        }
        Difference::Other
    }

    /// Says it without the value.
    fn message(self, consumers: &[Consumer]) -> String {
        let who = and(consumers);
        let (s, does) = if consumers.len() == 1 { ("s", "does") } else { ("", "do") };
        match self {
            Difference::Unread => format!("{who} {does} not read this line"),
            Difference::Return => format!("a carriage return is part of the value; {who} read{s} a newline"),
            Difference::Cut => {
                format!("a `#` without a space before it is part of the value; {who} end{s} the value there")
            }
            Difference::Backslash => format!("a backslash is read as an escape; {who} keep{s} it"),
            Difference::Escape => format!("a backslash is part of the value; {who} read{s} an escape"),
            Difference::Quotes => format!("the quotes are not part of the value; {who} keep{s} them"),
            Difference::Other => format!("{who} read{s} another value here"),
        }
    }
}

/// A value with its escapes as letters and without backslashes.
fn encoded(text: &str) -> String {
    let letter = |c: char| match c {
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        c => c,
    };
    text.chars().filter(|c| *c != '\\').map(letter).collect()
}
