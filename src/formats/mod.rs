//! What an environment is written as: one file a format, text from data.
//!
//! Each value comes back byte for byte from the format's real readers, or is refused, or the readers that
//! would misread it are named.

mod docker;
mod dotenv;
mod fish;
mod github;
mod json;
mod k8s;
mod misreaders;
mod null;
pub mod parse;
mod powershell;
mod reader;
mod shell;
mod shell_names;
mod systemd;
mod yaml;

use std::borrow::Cow;

use clap::ValueEnum;
use zeroize::Zeroizing;

pub use dotenv::assignment;
pub use reader::Reader;

/// One variable: a name that an environment can hold, and a text without NUL.
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
    Fish,
    Powershell,
    Json,
    Yaml,
    Docker,
    Systemd,
    Github,
    K8s,
    Null,
}

/// What some formats need to know besides the variables.
pub struct Options<'o> {
    /// Who reads `dotenv`; none means whoever may.
    pub reader: Option<Reader>,
    /// What a Kubernetes Secret is called.
    pub name: &'o str,
    /// Makes a word that nobody can foresee, for the end of a value in `github`.
    pub random: &'o mut dyn FnMut() -> String,
}

/// What a format came to.
#[derive(Debug)]
pub struct FormattedText {
    pub text: Zeroizing<String>,
    /// What a reader of it would do with some variables, a line each; never a value.
    pub warnings: Vec<String>,
}

/// A variable that a format cannot hold. Nothing is printed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError {
    pub name: String,
    pub why: &'static str,
    /// What to say instead: options of `resolve`.
    pub instead: &'static str,
}

impl Format {
    /// What it is called.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether a variable of this name can stand in it. A vault's own names can, in all formats; those that
    /// a file lists may be anything an environment holds.
    fn takes(self, name: &str) -> bool {
        let is_word = |more: &[u8]| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte));
        match self {
            Format::Json | Format::Yaml | Format::Null => true,
            Format::K8s | Format::Docker => is_word(b"-._"),
            _ => is_word(b"_") && !name.starts_with(|first: char| first.is_ascii_digit()),
        }
    }

    /// Prints the variables, in their order.
    ///
    /// # Errors
    /// If the format cannot hold one of them.
    pub fn print(self, variables: &[Variable<'_>], options: Options<'_>) -> Result<FormattedText, FormatError> {
        if let Some(variable) = variables.iter().find(|variable| !self.takes(variable.name)) {
            let why = "that name cannot stand in it";
            return Err(FormatError { name: variable.name.to_owned(), why, instead: "--format json, yaml or null" });
        }
        let plain = |text| Ok(FormattedText { text, warnings: Vec::new() });
        match self {
            Format::Dotenv => match options.reader {
                None => dotenv::print(variables),
                Some(reader) => reader.print(variables),
            },
            Format::Shell => Ok(shell::print(variables)),
            Format::Fish => Ok(fish::print(variables)),
            Format::Powershell => Ok(powershell::print(variables)),
            Format::Json => plain(json::print(variables)),
            Format::Yaml => plain(yaml::print(variables)),
            Format::Docker => docker::print(variables),
            Format::Systemd => plain(systemd::print(variables)?),
            Format::Github => plain(github::print(variables, options.random)),
            Format::K8s => plain(k8s::print(variables, options.name)),
            Format::Null => plain(null::print(variables)),
        }
    }
}

/// Prints a line for each variable.
fn lines(variables: &[Variable<'_>], line: impl Fn(&Variable<'_>, &mut String)) -> Zeroizing<String> {
    // Quotes at most double most texts; grown in one step, so that no copy of it is left behind.
    let size = variables.iter().map(|variable| 64 + variable.name.len() + 4 * variable.text.len()).sum();
    let mut out = Zeroizing::new(String::with_capacity(size));
    for variable in variables {
        line(variable, &mut out);
    }
    out
}

/// Prints a text between quotes, with a backslash before each of the characters.
fn escaped(out: &mut String, quote: char, text: &str, escape: &[char]) {
    out.push(quote);
    for c in text.chars() {
        if escape.contains(&c) {
            out.push('\\');
        }
        out.push(c);
    }
    out.push(quote);
}

/// Whether a character is one of Unicode's 66 noncharacters.
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

#[cfg(test)]
fn one<T>(text: &str, print: impl FnOnce(&[Variable<'_>]) -> T) -> T {
    print(&[Variable { name: "A", text: text.into() }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_format_cannot_hold_is_refused_by_name() {
        let print = |format: Format, name| {
            let options = Options { reader: None, name: "x", random: &mut || "end".to_owned() };
            format.print(&[Variable { name, text: "v".into() }], options).map_err(|cannot| cannot.name)
        };
        for format in Format::value_variants() {
            assert!(print(*format, "A_1").is_ok(), "{format:?}");
            let anything = matches!(format, Format::Json | Format::Yaml | Format::Null);
            for name in ["some env", "a\nb", "é", "a'b"] {
                assert_eq!(print(*format, name).is_ok(), anything, "{format:?} {name}");
            }
            let dashes = anything || matches!(format, Format::K8s | Format::Docker);
            for name in ["some-env", "some.env", "1A"] {
                assert_eq!(print(*format, name).is_ok(), dashes, "{format:?} {name}");
            }
        }
    }
}
