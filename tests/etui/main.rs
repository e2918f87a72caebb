//! Runs the binary as a user does.
//!
//! [`bench`](bench) sets up the machine: each test has its own home and a cleared environment, and compares
//! whole outputs.

#![allow(clippy::disallowed_methods, clippy::panic, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

/// As in the program: what a command leaves in memory is searched in this process too.
#[global_allocator]
static HEAP: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

mod bench;
mod canary;
mod check;
#[cfg(target_os = "linux")]
mod closed;
mod completions;
#[cfg(feature = "ui")]
mod console;
mod damage;
mod edit;
mod editors;
mod entries;
mod env;
mod errors;
mod exact;
mod files;
mod foreign;
mod forgery;
mod fuzz_corpora;
mod get;
mod guard;
mod help;
mod history;
mod import;
mod import_grammar;
mod init;
mod json;
mod keys;
mod layers;
mod link;
mod list;
mod listed;
mod man;
mod members;
#[cfg(target_os = "linux")]
mod memory;
mod old_grammars;
mod output;
mod parsers;
mod pipe;
mod planted;
mod precedence;
mod readers;
mod readme;
mod redact;
mod rename;
mod reserved;
mod resolve;
mod rollback;
mod run;
mod run_redacted;
mod scan;
mod sealed;
mod sections;
mod set;
mod sharing;
mod smoke;
mod status;
mod store;
mod terminal;
mod update;
mod which_key;
mod which_vault;
