//! Arguments that several verbs share.

mod file;
mod output;
mod scope;
mod value;

pub use file::TextFile;
pub use output::Output;
pub use scope::{ContextScope, SectionScope};
pub use value::{DetailOptions, ValueSource};
