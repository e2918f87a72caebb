//! What etui can do: each operation is a function with typed input and a typed outcome.
//!
//! Commands and the console are built on these. Nothing here knows a command line, a terminal or JSON: an outcome that a
//! front end shows as JSON derives `Serialize`, and the front end does the rest.

pub mod audit;
pub mod check;
pub mod clipboard;
pub mod closed;
pub mod compare;
pub mod diff;
pub mod doctor;
pub mod draft;
pub mod entry;
pub mod expiry;
pub mod files;
pub mod format;
pub mod git_merge;
pub mod guard;
pub mod history;
pub mod import;
pub mod key;
pub mod link;
pub mod list;
pub mod location;
pub mod log;
pub mod lookup;
pub mod member;
pub mod merge_copy;
pub mod output;
pub mod random;
pub mod redact;
pub mod repository;
pub mod rotate;
pub mod run;
pub mod scan;
pub mod secret;
pub mod section;
mod signing_key;
pub mod status;
pub mod sync;
pub mod trust;
pub mod vault;
pub mod versions;
pub mod view;
pub mod which;
