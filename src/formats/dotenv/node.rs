//! dotenv text for npm dotenv and node, which know three kinds of quotes and hardly any escapes.

use std::borrow::Cow;

use crate::formats::text::{FormattedText, lines, put};
use crate::formats::variable::{FormatError, Variable};
use crate::report::is_plain;

/// Prints one `NAME=value` for each variable.
///
/// # Errors
/// For a value that no kind of quotes can hold.
pub fn print(variables: &[Variable<'_>]) -> Result<FormattedText, FormatError> {
    if let Some(variable) = variables.iter().find(|variable| encode(&variable.text).is_none()) {
        let why = "npm dotenv and node cannot escape this mix of quotes and backslashes";
        return Err(variable.refused(why, "use `--format json` or `etui run -- COMMAND`"));
    }

    let with_return = variables.iter().filter(|variable| variable.text.contains('\r'));
    let what = "would lose its carriage return in node's `--env-file`";
    let warnings = with_return.map(|variable| (variable.name, what.into())).collect();
    let text = lines(variables, |out, Variable { name, text }| match encode(text) {
        Some((quote, value)) => put(out, [name, "=", quote, &value, quote, "\n"]),
        None => Ok(()),
    });
    Ok(FormattedText::new(text, warnings))
}

/// Returns the value's quotes, and how it is written between them; none if nothing would come back exactly.
fn encode(text: &str) -> Option<(&'static str, Cow<'_, str>)> {
    if text.contains('\r') {
        let is_exact = !text.contains('"') && !has_escape(text) && !text.ends_with('\\');
        return is_exact.then(|| ("\"", text.replace('\r', "\\r").into()));
    }
    match quote(text) {
        Some(quote) if !is_plain(text) => Some((quote, text.into())),
        Some(_) => Some(("", text.into())),
        None => is_exact_without_quotes(text).then(|| ("", text.into())),
    }
}

/// Returns the first kind of quotes that does not occur in the value. After a backslash, none of them closes.
fn quote(text: &str) -> Option<&'static str> {
    if text.ends_with('\\') {
        return None;
    }
    let mut unused = ["'", "`", "\""].into_iter().filter(|quote| !text.contains(*quote));
    unused.find(|quote| *quote != "\"" || !has_escape(text))
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
