//! The error for a text with one fixed form, such as a fingerprint or a date.

use std::fmt;

/// The error for a text that does not have the form it must have.
///
/// It holds no part of the text, which may be a value typed in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// What the text should have been, with its article: "a vault id (32 lowercase hexadecimal digits)".
    pub expected: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}", self.expected)
    }
}

impl std::error::Error for Malformed {}
