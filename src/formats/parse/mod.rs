//! The texts that environments are read from: one parser per format, text in and assignments out.
//!
//! No parser expands or runs anything, panics, or repeats a value in an error.

mod assignments;
mod dotenv;
mod invisible;
mod json;
mod spec;
mod syntax_error;
mod tree;
mod yaml;

pub use assignments::{Assignments, Entry, Note};
pub use dotenv::parse as dotenv;
pub use invisible::invisible_ends;
pub use json::parse as json;
pub use spec::{SpecError, parse as spec};
pub use syntax_error::SyntaxError;
pub use yaml::parse as yaml;
