//! Arguments that several verbs share.

mod environment;
pub mod fields;
mod file;
pub mod names;
mod origin;
mod output;
mod paging;
mod patterns;
mod prompted;
mod scope;
mod syntax;
mod value;

pub use environment::EnvironmentOptions;
pub use output::Output;
pub use paging::PagingOptions;
pub use patterns::{Patterns, parse_pattern};
pub use prompted::{prompted_name, prompted_value};
pub use scope::{ContextScope, SectionScope};
pub use syntax::Syntax;
pub use value::{DetailOptions, ValueSource};
