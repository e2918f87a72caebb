//! POSIX shell: `eval "$(etui resolve --format shell)"`.

use super::{FormattedText, Variable, lines, shell_names};

/// `export NAME='value'`, a line each. Nothing is special inside single quotes but their own end.
pub fn print(variables: &[Variable<'_>]) -> FormattedText {
    let text = lines(variables, |variable, out| {
        out.push_str("export ");
        out.push_str(variable.name);
        out.push_str("='");
        for (at, piece) in variable.text.split('\'').enumerate() {
            if at > 0 {
                out.push_str("'\\''");
            }
            out.push_str(piece);
        }
        out.push_str("'\n");
    });
    FormattedText { text, warnings: owned(variables, shell_names::posix) }
}

/// A warning for each name that the shell owns.
pub(super) fn owned(variables: &[Variable<'_>], whose: fn(&str) -> Option<&'static str>) -> Vec<String> {
    variables.iter().filter_map(|variable| Some(format!("{} {}", variable.name, whose(variable.name)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn quotes_everything_alike() {
        assert_eq!(one("", print).text.as_str(), "export A=''\n");
        assert_eq!(one("a'b'", print).text.as_str(), "export A='a'\\''b'\\'''\n");
        assert_eq!(one("$(id)\n\"", print).text.as_str(), "export A='$(id)\n\"'\n");
    }
}
