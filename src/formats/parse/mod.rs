//! What an environment is read from: one file a format, data from text.

mod dotenv;

use zeroize::Zeroizing;

pub use dotenv::parse as dotenv;

/// What a text says.
#[derive(Default)]
pub struct Parsed {
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
