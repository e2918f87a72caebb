//! Code that is on its way into the new rooms. Nothing new goes here.

pub mod child;
pub mod context;
pub mod environment;
pub mod error;
mod identities;
pub mod input;
pub mod json;
pub mod merging;
mod missing;
pub mod open;
pub mod options;
pub mod output;
pub mod put;
pub mod redacted;
pub mod scope;
mod sealed;
mod trusted;
pub mod ui;
pub mod value;
pub mod verbs;
