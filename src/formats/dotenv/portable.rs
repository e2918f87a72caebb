//! The portable form: dotenv text that most consumers read alike, and that is always correct POSIX shell.
//!
//! No text is read alike by all of them. So a warning names the consumers that would misread a value, and a value
//! that is dangerous to one of them is refused.

use super::assignment::Quoting;
use super::danger::danger;
use super::misreading::misreading_consumers;
use crate::formats::text::{FormattedText, text_within};
use crate::formats::variable::{FormatError, Variable};
use crate::report::and;

/// Prints one `NAME=value` for each variable.
///
/// # Errors
/// For a value that is dangerous to some consumer.
pub fn print(variables: &[Variable<'_>]) -> Result<FormattedText, FormatError> {
    let quotings: Vec<Quoting> = variables.iter().map(|variable| Quoting::of(&variable.text)).collect();
    let quoted = || variables.iter().zip(&quotings);

    let mut warnings = Vec::new();
    // Nobody runs or misreads a bare value.
    for (at, (variable, quoting)) in quoted().enumerate().filter(|(_, (_, quoting))| **quoting != Quoting::Bare) {
        if let Some(why) = danger(&variable.text, *quoting, &variables[at + 1..]) {
            let instead = "name the consumer with `--reader node`, `python` or `compose`, or use `--format shell`";
            return Err(variable.refused(why, instead));
        }
        let consumers = misreading_consumers(&variable.text, *quoting);
        if !consumers.is_empty() {
            warnings.push(format!("{} would be misread by {}", variable.name, and(&consumers)));
        }
    }
    let size = quoted().map(|(variable, quoting)| quoting.limit(variable)).sum();
    let text = text_within(size, |out| quoted().try_for_each(|(variable, quoting)| quoting.print(variable, out)));
    Ok(FormattedText { text, warnings })
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::formats::text::print_one;

    #[test]
    fn names_the_consumers_that_would_misread_a_value() {
        let printed = print_one("a$b", print).unwrap();
        assert_eq!(printed.text.as_str(), "A='a$b'\n");
        assert_eq!(printed.warnings, ["A would be misread by Vite, Next, Bun and dotenv-expand"]);
    }

    #[test]
    fn refuses_a_dangerous_value_by_name() {
        let error = print_one("$(id)", print).err().unwrap();
        assert_eq!(error.to_string(), "cannot hold A: dotenv-expand would run its `$(…)` as a command");
    }
}
