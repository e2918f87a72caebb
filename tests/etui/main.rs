//! Runs the binary as a user does.
//!
//! [`bench`](bench) sets up the machine: each test has its own home and a cleared environment, and compares
//! whole outputs.

#![allow(clippy::disallowed_methods, clippy::panic, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

/// As in the program: what a command leaves in memory is searched in this process too.
#[global_allocator]
static HEAP: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

mod age_vectors;
mod attacks;
mod audit;
mod bench;
mod canary;
mod check;
#[cfg(target_os = "linux")] // its programs come second on macOS, after the real pbcopy
mod clipboard;
mod closed;
mod compare;
mod completions;
mod compose;
#[cfg(feature = "ui")]
mod console;
mod consumers;
mod damage;
mod edit;
mod editors;
mod encoders;
mod entries;
mod env;
mod env_file;
mod errors;
mod files;
mod firstweek;
mod foreign;
mod foreign_links;
mod format;
mod fuzz_corpora;
mod get;
mod git_pipes;
mod git_refusals;
mod github_env;
mod guard;
mod hardware;
mod help;
mod hints;
mod history;
mod hostile_text;
mod import;
mod import_grammar;
mod init;
mod join;
mod json;
mod key_files;
mod key_paper;
mod key_rotation;
mod keys;
mod kills;
mod layers;
mod limits;
mod link;
mod link_trees;
mod list;
mod locations;
mod log;
mod man;
mod members;
mod mounts;
mod narrow;
mod older_grammars;
mod output;
mod owners;
mod packages;
mod parsers;
mod patterns;
mod picture;
mod pins_file;
mod pipe;
mod precedence;
#[cfg(target_os = "linux")]
mod process_memory;
#[cfg(target_os = "linux")]
mod process_privacy;
mod readme;
mod recipients;
mod redact;
mod rename;
mod reserved_names;
mod resolve;
mod resolve_files;
mod rollback;
mod round_trip;
mod run;
mod run_commands;
mod run_redacted;
#[cfg(target_os = "linux")] // the numbers of signals are those of Linux
mod run_signals;
mod scan;
mod scan_planted;
mod sealed;
mod sections;
mod set;
mod several_names;
mod shared_directories;
mod sharing;
mod smoke;
#[cfg(target_os = "linux")]
mod static_linking;
mod status;
mod store;
mod synonyms;
mod terminal;
mod tokens;
mod update;
mod vault_gone;
mod went_back;
mod which;
mod which_key;
mod which_vault;
