//! POSIX shells: `eval "$(etui resolve --format shell)"`.

use std::fmt::Write as _;

use super::shell_names;
use super::text::{FormattedText, lines};
use super::variable::Variable;
use crate::report::single_quoted;

/// The characters that mean something between double quotes.
pub const SPECIAL: [char; 4] = ['"', '$', '\\', '`'];

/// Prints one line `export NAME='value'` for each variable.
pub fn print(variables: &[Variable<'_>]) -> FormattedText {
    let text = lines(variables, |out, Variable { name, text }| writeln!(out, "export {name}={}", single_quoted(text)));
    FormattedText { text, warnings: shell_names::warnings(variables, shell_names::posix) }
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
