//! The dialects of dotenv text.

use clap::ValueEnum;

use super::{compose, node, portable, python};
use crate::formats::text::FormattedText;
use crate::formats::variable::{FormatError, Variable};

/// A form of dotenv text for a known family of consumers. Each value comes back exactly, or is refused.
///
/// No dialect is safe to source in a shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// npm dotenv and node's own `--env-file`.
    Node,
    /// python-dotenv, environs and pydantic-settings.
    Python,
    /// docker compose 2, dotenvy, uv and just.
    Compose,
}

/// Prints one `NAME=value` for each variable, in a dialect or in the portable form.
///
/// # Errors
/// For a value that the form cannot hold, or that a consumer would run.
pub fn print(variables: &[Variable<'_>], dialect: Option<Dialect>) -> Result<FormattedText, FormatError> {
    let text = match dialect {
        None => return portable::print(variables),
        Some(Dialect::Node) => return node::print(variables),
        Some(Dialect::Python) => python::print(variables),
        Some(Dialect::Compose) => compose::print(variables),
    };
    Ok(FormattedText::new(text, Vec::new()))
}
