//! The portable form: dotenv text that most consumers read alike, and that is always correct POSIX shell.
//!
//! No text is read alike by all of them. So a warning names the consumers that would misread a value, and a value
//! that is dangerous to one of them is refused.

use std::collections::BTreeSet;

use super::assignment::Quoting;
use super::consumer::Consumer;
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

    let (mut warnings, mut misread) = (Vec::new(), Vec::new());
    // Nobody runs or misreads a bare value.
    for (at, (variable, quoting)) in quoted().enumerate().filter(|(_, (_, quoting))| **quoting != Quoting::Bare) {
        if let Some(why) = danger(&variable.text, *quoting, &variables[at + 1..]) {
            let instead = "name the consumer with `--reader node`, `python` or `compose`, or use `--format shell`";
            return Err(variable.refused(why, instead));
        }
        let consumers = misreading_consumers(&variable.text, *quoting);
        if !consumers.is_empty() {
            warnings.push(format!("{} would be misread by {}", variable.name, and(&consumers)));
            misread.push((variable.name, consumers));
        }
    }
    let size = quoted().map(|(variable, quoting)| quoting.limit(variable)).sum();
    let text = text_within(size, |out| quoted().try_for_each(|(variable, quoting)| quoting.print(variable, out)));
    Ok(FormattedText { text, warnings, summary: summary(&misread) })
}

/// Names the values that would be misread, the best known of the programs that would do it, and the option that prints
/// them for one program.
fn summary(misread: &[(&str, Vec<Consumer>)]) -> Option<String> {
    let names: Vec<&str> = misread.iter().map(|(name, _)| *name).collect();
    let consumers: BTreeSet<Consumer> = misread.iter().flat_map(|(_, consumers)| consumers.iter().copied()).collect();
    let consumers: Vec<Consumer> = consumers.into_iter().collect();
    let has_details = names.len() > 1 || consumers.len() > 4;
    let names = match &names[..] {
        [] => return None,
        few if few.len() < 4 => and(few),
        many => format!("{} values", many.len()),
    };
    let consumers = match &consumers[..] {
        [first, second, third, _, rest @ ..] if !rest.is_empty() => {
            format!("{first}, {second}, {third} and {} others", rest.len() + 1)
        }
        few => and(few),
    };
    let details = if has_details { " (`-l debug` has the details)" } else { "" };
    Some(format!(
        "{names} would be misread by {consumers}; name your program with `--reader node`, `python` or `compose`{details}"
    ))
}

#[cfg(test)]
mod tests {
    use super::{Variable, print};
    use crate::formats::text::print_one;

    #[test]
    fn names_the_consumers_that_would_misread_a_value() {
        let printed = print_one("a$b", print).unwrap();
        assert_eq!(printed.text.as_str(), "A='a$b'\n");
        assert_eq!(printed.warnings, ["A would be misread by Vite, Next, Bun and dotenv-expand"]);
    }

    #[test]
    fn warns_of_all_values_in_one_line() {
        let end = "; name your program with `--reader node`, `python` or `compose`";
        let each = " (`-l debug` has the details)";
        let variable = |(name, text): &(&'static str, &'static str)| Variable { name, text: (*text).into() };
        for (pairs, line) in [
            (&[("A", "x"), ("B", "a b")][..], String::new()),
            (&[("A", "a$b")], format!("A would be misread by Vite, Next, Bun and dotenv-expand{end}")),
            (
                &[("A", "it's $5"), ("B", "a\nb"), ("C", "x")],
                format!("A and B would be misread by npm dotenv, node, python-dotenv and 12 others{end}{each}"),
            ),
            (
                &[("A", "a$b"), ("B", "a$b"), ("C", "a$b"), ("D", "\\\\srv")],
                format!("4 values would be misread by python-dotenv, Vite, Next and 3 others{end}{each}"),
            ),
        ] {
            let variables: Vec<_> = pairs.iter().map(variable).collect();
            assert_eq!(print(&variables).unwrap().summary.unwrap_or_default(), line);
        }
    }

    #[test]
    fn refuses_a_dangerous_value_by_name() {
        let error = print_one("$(id)", print).err().unwrap();
        assert_eq!(error.to_string(), "cannot hold A: dotenv-expand would run its `$(…)` as a command");
    }
}
