//! etui: a local-first, age-encrypted vault for a team's secrets.
//!
//! The layers, each knowing only those below it:
//!
//! ```text
//! cli        what can be typed, and the match that sends it on
//! commands   one file per verb: read arguments, call down, print
//! ui git guard formats store keys
//!            the terminal; git; the search for values; the text that programs read; files and locks;
//!            age and signatures
//! vault      the model: names, sections, precedence, history. No I/O, no clock, no randomness
//! ```
//!
//! `words` are plurals and lists. `error` knows all layers' errors and makes the words for them, once. `store` moves sealed bytes and
//! cannot decrypt; `keys` decrypts bytes and cannot open a file; they meet in `commands`, and only there.
//! Start reading in [`vault`].

#[macro_use]
pub mod report;

pub mod cli;
pub mod commands;
#[cfg(feature = "ui")]
pub mod console;
pub mod formats;
pub mod git;
pub mod guard;
pub mod keys;
pub mod ops;
pub mod process;
pub mod session;
pub mod store;
pub mod ui;
pub mod vault;
