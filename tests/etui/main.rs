//! The binary, run as a user runs it.
//!
//! [`bench`](bench) is the builder: a home of its own per test, a cleared environment, whole outputs.

mod bench;
mod canary;
mod check;
mod damage;
mod edit;
mod editors;
mod entries;
mod env;
mod errors;
mod exact;
mod files;
mod get;
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
mod old_grammars;
mod output;
mod parsers;
mod pipe;
mod precedence;
mod readers;
mod readme;
mod rename;
mod reserved;
mod resolve;
mod run;
mod sealed;
mod sections;
mod set;
mod smoke;
mod store;
mod terminal;
mod which_key;
mod which_vault;
