//! The texts that environments are written as and read from: one file per format, text in and text out.
//!
//! A printed value comes back byte for byte from the format's real consumers. Otherwise the format refuses it,
//! or a warning names the consumers that would misread it. Nothing here reads or writes a file.

mod compose;
mod docker;
mod dotenv;
mod fish;
mod format;
mod github;
mod json;
mod k8s;
mod null;
pub mod parse;
mod powershell;
mod shell;
mod shell_names;
mod systemd;
mod text;
mod variable;
mod yaml;

pub use compose::print as compose;
pub use dotenv::{Dialect, assignment};
pub use format::{Format, Options};
pub use github::masks as github_masks;
pub use k8s::check_name as check_kubernetes_name;
pub use text::FormattedText;
pub use variable::{FormatError, Variable};
