//! The vault as text: canonical TOML, signed by a trailer, in parts that are told apart without parsing.
//!
//! [`SignedReader`] finds what was signed, and keeps what is needed, [`parts`] finds the tables of each section in it, [`Text`]
//! reads those that are needed, and [`print()`] writes all of them in the one canonical form.

mod canonical;
mod intake;
mod parse;
mod parts;
mod print;
mod raw;
pub mod trailer;

pub use intake::{SignedBody, SignedReader};
pub use parse::{ParseError, SectionCache, Selection, Text};
pub use print::print;

/// The format this version reads and writes.
pub const FORMAT: i64 = 1;

/// The features this version knows, which a file may require.
pub const FEATURES: &[&str] = &[];

#[cfg(test)]
mod tests;
