//! One file per verb: take the input, look up or change, say what happened.

mod app;
mod args;

pub mod audit;
pub mod bind;
pub mod check;
pub mod completions;
pub mod delete;
pub mod diff;
pub mod doctor;
pub mod edit;
pub mod env;
pub mod explain;
pub mod generate;
pub mod get;
pub mod git;
pub mod guard;
pub mod history;
pub mod import;
pub mod init;
pub mod join;
pub mod key;
pub mod leader;
pub mod link;
pub mod list;
pub mod man;
pub mod member;
pub mod merge;
pub mod purge;
pub mod redact;
pub mod rename;
pub mod resolve;
pub mod restore;
pub mod run;
pub mod scan;
pub mod secret;
pub mod secrets;
pub mod sections;
pub mod set;
pub mod settle;
pub mod status;
pub mod sync;
pub mod transfer;
pub mod trust;
pub mod unlock;

pub use app::App;
