//! dotenv text for npm dotenv and node, which know three kinds of quotes and hardly any escapes.

use crate::formats::text::{FormattedText, buffer};
use crate::formats::variable::{FormatError, Variable};
use crate::report::is_plain;

/// Prints one `NAME=value` for each variable.
///
/// # Errors
/// For a value that no kind of quotes can hold.
pub fn print(variables: &[Variable<'_>]) -> Result<FormattedText, FormatError> {
    let (mut text, mut warnings) = (buffer(variables), Vec::new());
    for variable in variables {
        let Some(value) = encode(&variable.text) else {
            let why = "npm dotenv and node cannot escape this mix of quotes and backslashes";
            return Err(variable.refused(why, "use `--format json` or `etui run`"));
        };
        text.extend([variable.name, "=", &value, "\n"]);
        if variable.text.contains('\r') {
            let name = variable.name;
            warnings.push(format!("{name} contains a carriage return, which node's `--env-file` cannot hold"));
        }
    }
    Ok(FormattedText { text, warnings })
}

/// Returns the value as it is written; none if nothing would come back exactly.
fn encode(text: &str) -> Option<String> {
    if text.contains('\r') {
        let is_exact = !text.contains('"') && !has_escape(text) && !text.ends_with('\\');
        return is_exact.then(|| format!("\"{}\"", text.replace('\r', "\\r")));
    }
    match quote(text) {
        Some(quote) if !is_plain(text) => Some(format!("{quote}{text}{quote}")),
        Some(_) => Some(text.to_owned()),
        None => is_exact_without_quotes(text).then(|| text.to_owned()),
    }
}

/// Returns the first kind of quotes that does not occur in the value. After a backslash, none of them closes.
fn quote(text: &str) -> Option<char> {
    if text.ends_with('\\') {
        return None;
    }
    let mut unused = ['\'', '`', '"'].into_iter().filter(|quote| !text.contains(*quote));
    unused.find(|quote| *quote != '"' || !has_escape(text))
}

fn is_exact_without_quotes(text: &str) -> bool {
    let is_trimmed = |c: char| c.is_whitespace() || c == '\u{feff}';
    !text.contains(['#', '\n'])
        && !text.starts_with(is_trimmed)
        && !text.ends_with(is_trimmed)
        && !text.starts_with(['\'', '"', '`'])
}

/// Whether the value holds one of the two escapes that are decoded between double quotes.
fn has_escape(text: &str) -> bool {
    text.contains("\\n") || text.contains("\\r")
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::formats::text::print_one;

    #[test]
    fn prints_the_first_kind_of_quotes_that_fits() {
        for (value, line) in [
            ("a", "A=a\n"),
            ("a b", "A='a b'\n"),
            ("it's", "A=`it's`\n"),
            ("it's `so`", "A=\"it's `so`\"\n"),
            ("it's `so` \\n", "A=it's `so` \\n\n"),
            ("x'\"`", "A=x'\"`\n"),
            ("ends \\", "A=ends \\\n"),
            ("a\r\nb", "A=\"a\\r\nb\"\n"),
        ] {
            assert_eq!(print_one(value, print).unwrap().text.as_str(), line);
        }
    }

    #[test]
    fn refuses_a_value_that_no_quotes_can_hold() {
        for value in ["'\"`x", "a\r\\", "a\r\"", "#\\", " '\"`"] {
            assert!(print_one(value, print).is_err(), "{value:?}");
        }
    }
}
