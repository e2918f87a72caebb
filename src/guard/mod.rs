//! The guard: finds the vault's values where they should not be.
//!
//! [`forms`] is how a value is met, [`Search`] finds all of them in a text, [`Texts`] reads texts of any size, and
//! [`Tree`] goes through directories. [`hook`] is what a git hook says. Knows nothing of git, nor how a value came here.

mod forms;
pub mod hook;
mod redact;
mod search;
mod text;
mod tree;

pub use forms::{Encoding, Form, SHORTEST, forms, is_plain, is_short};
pub use redact::{Redaction, Redactor};
pub use search::{Hit, Search};
pub use text::{Match, Texts, lets_pass};
pub use tree::{Count, SearchEvent, Tree};
