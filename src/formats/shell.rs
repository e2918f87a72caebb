//! POSIX shells: `eval "$(etui resolve --format shell)"`.

use std::fmt;

use super::shell_names;
use super::text::{FormattedText, lines, put};
use super::variable::Variable;

/// The characters that mean something between double quotes.
pub const SPECIAL: [char; 4] = ['"', '$', '\\', '`'];

/// Prints one line `export NAME='value'` for each variable.
pub fn print(variables: &[Variable<'_>]) -> FormattedText {
    let text = lines(variables, |out, Variable { name, text }| {
        put(out, ["export ", name, "='"])?;
        single_quoted(out, text)?;
        put(out, ["'\n"])
    });
    FormattedText::new(text, shell_names::warnings(variables, shell_names::posix))
}

/// Writes what stands between single quotes. Only a quote has a meaning there.
fn single_quoted(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    let mut parts = text.split('\'');
    out.write_str(parts.next().unwrap_or_default())?;
    parts.try_for_each(|part| put(out, [r"'\''", part]))
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::*;

    #[test]
    fn quotes_every_value() {
        for (value, line) in [
            ("", "export A=''\n"),
            ("a", "export A='a'\n"),
            ("a'b'", "export A='a'\\''b'\\'''\n"),
            ("$(id)\n\"", "export A='$(id)\n\"'\n"),
        ] {
            assert_eq!(print_one(value, print).text.as_str(), line);
        }
    }
}
