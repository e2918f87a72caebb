//! The texts that environments are read from: one parser per format, text in and assignments out. What other
//! programs keep in a shape of their own is recognised, and parsed or refused by name.
//!
//! No parser runs anything, or expands anything unless it is asked to, panics, or repeats a value in an error.

mod assignments;
mod conversion;
mod dotenv;
mod export;
mod foreign;
mod invisible;
mod json;
mod kubernetes;
mod spec;
mod syntax_error;
mod tree;
mod yaml;

pub use assignments::{Assignments, Entry, Note, NoteKind};
pub use conversion::Conversion;
pub use dotenv::{parse as dotenv, parse_expanded as dotenv_expanded};
pub use export::parse as export;
pub use foreign::{ExportError, Foreign};
pub use invisible::invisible_ends;
pub use json::parse as json;
pub use spec::{SpecError, parse as spec};
pub use syntax_error::SyntaxError;
pub use yaml::parse as yaml;
