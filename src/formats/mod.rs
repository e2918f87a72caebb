//! What an environment is written as: one file a format, text from data.

mod dotenv;
mod json;
mod null;
mod shell;

use std::borrow::Cow;

use clap::ValueEnum;
use zeroize::Zeroizing;

/// One variable: a name that is a variable's, and a text without NUL.
#[derive(Debug)]
pub struct Variable<'v> {
    pub name: &'v str,
    pub text: Cow<'v, str>,
}

/// The formats of `resolve`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Dotenv,
    Shell,
    Json,
    Null,
}

impl Format {
    /// Prints the variables, in their order.
    pub fn print(self, variables: &[Variable<'_>]) -> Zeroizing<String> {
        match self {
            Format::Dotenv => dotenv::print(variables),
            Format::Shell => shell::print(variables),
            Format::Json => json::print(variables),
            Format::Null => null::print(variables),
        }
    }
}

/// Prints a line for each variable.
fn lines(variables: &[Variable<'_>], line: impl Fn(&Variable<'_>, &mut String)) -> Zeroizing<String> {
    // Quotes at most double a text; grown in one step, so that no copy of it is left behind.
    let size = variables.iter().map(|variable| 16 + variable.name.len() + 4 * variable.text.len()).sum();
    let mut out = Zeroizing::new(String::with_capacity(size));
    for variable in variables {
        line(variable, &mut out);
    }
    out
}

#[cfg(test)]
fn one(text: &str, print: fn(&[Variable<'_>]) -> Zeroizing<String>) -> String {
    print(&[Variable { name: "A", text: text.into() }]).to_string()
}
