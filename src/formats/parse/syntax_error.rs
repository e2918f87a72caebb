//! The error of a text that cannot be read at all.

use std::fmt;

/// A syntax error, in words that never repeat a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// From 1; none if the error is about the whole text.
    pub line: Option<usize>,
    pub what: String,
}

/// A `\u` escape that no text can hold.
pub(super) const LONE_SURROGATE: &str = "half of a surrogate pair in a `\\u` escape";

impl SyntaxError {
    pub(super) fn at(line: usize, what: &str) -> SyntaxError {
        SyntaxError { line: Some(line), what: what.to_owned() }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for SyntaxError {}

/// Returns the text without its byte order mark.
pub(super) fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}
