//! fish: `etui resolve --format fish | source`.

use std::fmt::Write as _;

use super::shell_names;
use super::text::{FormattedText, Quoted, lines};
use super::variable::Variable;

/// Prints one line `set -gx NAME 'value'` for each variable.
pub fn print(variables: &[Variable<'_>]) -> FormattedText {
    let text = lines(variables, |out, Variable { name, text }| {
        writeln!(out, "set -gx {name} {}", Quoted('\'', text, &['\\', '\'']))
    });
    FormattedText::new(text, shell_names::warnings(variables, shell_names::fish))
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::print;

    #[test]
    fn escapes_quotes_and_backslashes() {
        assert_eq!(print_one("it's \\ $x\n", print).text.as_str(), "set -gx A 'it\\'s \\\\ $x\n'\n");
    }
}
