//! `docker run --env-file`: raw lines, in which nothing is quoted.

use super::{FormatError, FormattedText, Variable, lines};

/// The longest line that docker reads, with its name.
const LONGEST: usize = 65_535;

/// `NAME=value`, a line each.
///
/// # Errors
/// For a value with a newline or a final carriage return, and for one that is too long.
pub fn print(variables: &[Variable<'_>]) -> Result<FormattedText, FormatError> {
    let mut warnings = Vec::new();
    for variable in variables {
        let text = &*variable.text;
        let why = if text.contains('\n') {
            "it has several lines"
        } else if text.ends_with('\r') {
            "it ends with a carriage return"
        } else if variable.name.len() + 1 + text.len() > LONGEST {
            "it is longer than a line may be"
        } else {
            let is_quoted = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
            if is_quoted('"') || is_quoted('\'') {
                warnings.push(format!(
                    "{} keeps its quotes in docker; other readers of such files drop them",
                    variable.name
                ));
            }
            continue;
        };
        let instead = "--format json, or etui run -- docker run -e NAME";
        return Err(FormatError { name: variable.name.to_owned(), why, instead });
    }
    let text = lines(variables, |variable, out| {
        out.push_str(variable.name);
        out.push('=');
        out.push_str(&variable.text);
        out.push('\n');
    });
    Ok(FormattedText { text, warnings })
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn quotes_nothing_and_refuses_what_takes_a_second_line() {
        assert_eq!(one(" # 'x' ", print).unwrap().text.as_str(), "A= # 'x' \n");
        assert_eq!(one("\"x\"", print).unwrap().warnings.len(), 1);
        for bad in ["a\nb", "a\r", &"x".repeat(65_534)] {
            assert_eq!(one(bad, print).unwrap_err().name, "A");
        }
        assert!(one(&"x".repeat(65_533), print).is_ok());
    }
}
