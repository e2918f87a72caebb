//! What etui can do: each operation is a function with typed input and a typed outcome.
//!
//! Commands and the console are built on these. Nothing here knows a command line, a terminal or JSON: an outcome that a
//! front end shows as JSON derives `Serialize`, and the front end does the rest.

pub mod audit;
pub mod doctor;
pub mod key;
pub mod link;
pub mod member;
pub mod output;
pub mod secret;
pub mod section;
pub mod status;
pub mod trust;
pub mod vault;
pub mod view;
