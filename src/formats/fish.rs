//! fish: `etui resolve --format fish | source`.

use super::{FormattedText, Variable, escaped, lines, shell, shell_names};

/// `set -gx NAME 'value'`, a line each.
pub fn print(variables: &[Variable<'_>]) -> FormattedText {
    let text = lines(variables, |variable, out| {
        out.push_str("set -gx ");
        out.push_str(variable.name);
        out.push(' ');
        escaped(out, '\'', &variable.text, &['\\', '\'']);
        out.push('\n');
    });
    FormattedText { text, warnings: shell::owned(variables, shell_names::fish) }
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn escapes_quotes_and_backslashes() {
        assert_eq!(one("it's \\ $x\n", print).text.as_str(), "set -gx A 'it\\'s \\\\ $x\n'\n");
    }
}
