//! The texts that environments are read from: one parser per format, text in and assignments out.
//!
//! No parser runs anything, or expands anything unless it is asked to, panics, or repeats a value in an error.

mod assignments;
mod dotenv;
mod json;
mod spec;
mod syntax_error;
mod tree;
mod yaml;

pub use assignments::{Assignments, Entry, Note, NoteKind};
pub use dotenv::{parse as dotenv, parse_expanded as dotenv_expanded};
pub use json::parse as json;
pub use spec::{SpecError, parse as spec};
pub use syntax_error::SyntaxError;
pub use yaml::parse as yaml;
