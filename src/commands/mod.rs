//! One file per verb: take the input, look up or change, say what happened.

mod child;
mod context;
mod environment;
mod input;
mod json;
mod missing;
mod open;
pub mod options;
mod output;
mod scope;
mod sealed;
mod trusted;
mod value;

pub mod audit;
pub mod bind;
pub mod check;
pub mod delete;
pub mod edit;
pub mod env;
pub mod explain;
pub mod generate;
pub mod get;
pub mod history;
pub mod import;
pub mod init;
pub mod join;
pub mod key;
pub mod link;
pub mod list;
pub mod member;
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
pub mod trust;
pub mod unlock;

pub use child::end_like;
pub use context::Cx;
