//! The engines of `scan` and `redact`: they find the values of a vault where they should not be.
//!
//! [`forms`] lists the ways to write a value, [`Search`] looks for all of them, [`Scanner`] reads texts of any size,
//! and [`Tree`] goes through directories. [`Redactor`] replaces values in a stream. [`hook`] edits the text of a git
//! hook, and [`manager`] knows the programs that write hooks. Nothing here knows about vaults or the terminal; of git,
//! [`Tree`] asks what it ignores.

mod common;
mod encode;
mod escape;
mod filter;
mod form;
pub mod hook;
mod index;
pub mod manager;
mod parts;
mod reading;
mod redactor;
mod replacements;
mod scanner;
mod search;
mod tree;
mod wide;

pub use common::{SHORTEST, is_plain, is_short};
pub use form::{Encoding, Form, InText, forms};
pub use redactor::Redactor;
pub use replacements::Replacements;
pub use scanner::{Match, Scanner, lets_pass};
pub use search::Search;
pub use tree::{Count, SearchEvent, Tree};
pub use wide::decode;
