//! `docker run --env-file`: raw lines, without any quoting.

use super::text::{FormattedText, lines, put};
use super::variable::{FormatError, Variable};

/// The longest line that docker reads, in bytes with the name (measured with docker 28.2).
const MAX_LINE: usize = 65_535;

/// Prints one line `NAME=value` for each variable.
///
/// # Errors
/// For a value that contains a newline, ends with a carriage return, or is too long.
pub fn print(variables: &[Variable<'_>]) -> Result<FormattedText, FormatError> {
    if let Some((variable, why)) = variables.iter().find_map(|variable| Some((variable, refusal(variable)?))) {
        return Err(variable.refused(why, "use `--format json` or `etui run -- docker run -e NAME`"));
    }

    let quoted = variables.iter().filter(|variable| is_quoted(&variable.text));
    let what = "would keep quotes in docker that other consumers of env files drop";
    let warnings = quoted.map(|variable| (variable.name, what.into())).collect();
    let text = lines(variables, |out, Variable { name, text }| put(out, [name, "=", text, "\n"]));
    Ok(FormattedText::new(text, warnings))
}

fn refusal(Variable { name, text }: &Variable<'_>) -> Option<&'static str> {
    if text.contains('\n') {
        Some("it contains a newline")
    } else if text.ends_with('\r') {
        Some("it ends with a carriage return")
    } else if name.len() + "=".len() + text.len() > MAX_LINE {
        Some("its line would be longer than 65,535 bytes")
    } else {
        None
    }
}

fn is_quoted(text: &str) -> bool {
    text.len() > 1 && ['"', '\''].iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote))
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::print;

    #[test]
    fn prints_raw_values_and_refuses_what_does_not_fit_on_one_line() {
        let text = |value: &str| print_one(value, print).map(|printed| printed.text.to_string());
        assert_eq!(text(" # 'x' ").unwrap(), "A= # 'x' \n");
        for value in ["a\nb", "a\r", &"x".repeat(65_534)] {
            assert_eq!(text(value).unwrap_err().name, "A");
        }
        assert!(text(&"x".repeat(65_533)).is_ok());
    }

    #[test]
    fn warns_of_a_quoted_value() {
        let warnings = |value: &str| print_one(value, print).map(|printed| printed.warnings.len());
        assert_eq!(["\"x\"", "'x'", "\"x'", "'"].map(warnings), [Ok(1), Ok(1), Ok(0), Ok(0)]);
    }
}
