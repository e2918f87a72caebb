//! One file per verb: take the input, look up or change, say what happened.

mod context;
mod json;
mod missing;
mod open;
pub mod options;
mod scope;
mod value;

pub mod delete;
pub mod explain;
pub mod generate;
pub mod get;
pub mod history;
pub mod init;
pub mod key;
pub mod link;
pub mod list;
pub mod purge;
pub mod rename;
pub mod resolve;
pub mod restore;
pub mod run;
pub mod secret;
pub mod secrets;
pub mod sections;
pub mod set;
pub mod status;
pub mod transfer;

pub use context::Cx;
