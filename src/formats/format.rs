//! The list of output formats.

use clap::ValueEnum;

use super::dotenv::{self, Dialect};
use super::text::FormattedText;
use super::variable::{FormatError, Variable};
use super::{docker, fish, github, json, k8s, null, powershell, shell, systemd, yaml};

/// A format of `resolve`.
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

/// What some formats need besides the variables.
pub struct Options<'o> {
    /// The dialect of `dotenv`; without one, the portable form.
    pub reader: Option<Dialect>,
    /// The name of the Kubernetes Secret.
    pub name: &'o str,
    /// Makes an unpredictable word, which ends a value in `github`.
    pub random: &'o mut dyn FnMut() -> String,
}

impl Format {
    /// Returns the name, as the option `--format` takes it.
    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Prints the variables in the given order.
    ///
    /// # Errors
    /// If the format cannot hold one of them.
    pub fn print(self, variables: &[Variable<'_>], options: Options<'_>) -> Result<FormattedText, FormatError> {
        if let Some(variable) = variables.iter().find(|variable| !self.allows(variable.name)) {
            let instead = "use `--format json`, `yaml` or `null`";
            return Err(variable.refused("the format does not allow this name", instead));
        }

        let text = match self {
            Format::Dotenv => return dotenv::print(variables, options.reader),
            Format::Docker => return docker::print(variables),
            Format::Shell => return Ok(shell::print(variables)),
            Format::Fish => return Ok(fish::print(variables)),
            Format::Powershell => return Ok(powershell::print(variables)),
            Format::K8s => return k8s::print(variables, options.name),
            Format::Json => json::print(variables),
            Format::Yaml => yaml::print(variables),
            Format::Systemd => systemd::print(variables)?,
            Format::Github => github::print(variables, options.random),
            Format::Null => null::print(variables),
        };
        Ok(FormattedText::new(text, Vec::new()))
    }

    /// Whether a variable may have this name. Every format allows the names of a vault; a spec may list anything
    /// that an environment can hold.
    fn allows(self, name: &str) -> bool {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() | (byte == b'_');
        match self {
            Format::Json | Format::Yaml | Format::Null => true,
            Format::K8s | Format::Docker => name.bytes().all(|byte| is_word(byte) || matches!(byte, b'-' | b'.')),
            // All bytes are looked at, whatever they are: so the compiler takes many at once.
            _ => {
                name.bytes().fold(true, |all, byte| all & is_word(byte))
                    && !name.starts_with(|c: char| c.is_ascii_digit())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_name_that_the_format_does_not_allow() {
        let print = |format: Format, name| {
            let options = Options { reader: None, name: "x", random: &mut || "end".to_owned() };
            let printed = format.print(&[Variable { name, text: "v".into() }], options);
            assert!(printed.as_ref().err().is_none_or(|error| error.name == name));
            printed.is_ok()
        };
        for format in Format::value_variants() {
            assert!(print(*format, "A_1"), "{format:?}");
            let any = matches!(format, Format::Json | Format::Yaml | Format::Null);
            for name in ["some env", "a\nb", "é", "a'b"] {
                assert_eq!(print(*format, name), any, "{format:?} {name}");
            }
            let dashes = any || matches!(format, Format::K8s | Format::Docker);
            for name in ["some-env", "some.env", "1A"] {
                assert_eq!(print(*format, name), dashes, "{format:?} {name}");
            }
        }
    }
}
