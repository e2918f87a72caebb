//! The binary, run as a user runs it.
//!
//! [`bench`](bench) is the builder: a home of its own per test, a cleared environment, whole outputs.

mod bench;
mod get;
mod history;
mod init;
mod link;
mod list;
mod precedence;
mod readme;
mod rename;
mod reserved;
mod sections;
mod set;
mod smoke;
mod which_key;
mod which_vault;
