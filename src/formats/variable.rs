//! One variable to print, and the error of a format that cannot hold it.

use std::borrow::Cow;
use std::fmt;

/// A variable: a name that an environment can hold, and a text without NUL.
///
/// It has no `Debug`: the text is usually secret.
pub struct Variable<'v> {
    pub name: &'v str,
    pub text: Cow<'v, str>,
}

/// A variable that a format cannot hold. The format then prints nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    /// The name of the variable.
    pub name: String,
    /// The reason, never with the value.
    pub why: &'static str,
    /// The options or the command to use instead.
    pub instead: &'static str,
}

impl Variable<'_> {
    /// Returns the error of a format that cannot hold this variable.
    pub(super) fn refused(&self, why: &'static str, instead: &'static str) -> FormatError {
        FormatError { name: self.name.to_owned(), why, instead }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot hold {}: {}", self.name, self.why)
    }
}

impl std::error::Error for FormatError {}
