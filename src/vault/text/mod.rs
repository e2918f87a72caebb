//! The text of a vault: canonical TOML, and a signature in a trailer at its end.
//!
//! [`SignedReader`] takes the decrypted text and finds what was signed. [`Text`] finds the tables of each
//! section without parsing them, and parses those that are needed. [`print()`] writes a vault in the one
//! canonical form.
#![doc = ""]
#![doc = include_str!("FORMAT.md")]

mod canonical;
mod format;
mod intake;
mod parse;
mod parts;
mod print;
mod raw;
pub mod trailer;

pub use format::{FEATURES, FORMAT, HEAD_LIMIT};
pub use intake::{Hash, Part, SignedBody, SignedReader, split};
pub use parse::{ParseError, SectionCache, Selection, Text};
pub use print::print;
pub use trailer::{Digests, Trailer};

#[cfg(test)]
mod tests;
