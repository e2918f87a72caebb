//! systemd's `EnvironmentFile=`.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::shell::SPECIAL;
use super::text::{Quoted, is_noncharacter, lines};
use super::variable::{FormatError, Variable};

/// Prints one line `NAME="value"` for each variable. A newline stands raw between the quotes.
///
/// # Errors
/// For a value with a Unicode noncharacter: systemd would reject the whole file.
pub fn print(variables: &[Variable<'_>]) -> Result<Zeroizing<String>, FormatError> {
    if let Some(variable) = variables.iter().find(|variable| variable.text.contains(is_noncharacter)) {
        let why = "it contains a Unicode noncharacter, and systemd would reject the whole file";
        return Err(variable.refused(why, "use `--format json` or `etui run -- COMMAND`"));
    }
    Ok(lines(variables, |out, Variable { name, text }| writeln!(out, "{name}={}", Quoted('"', text, &SPECIAL))))
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::print;

    #[test]
    fn quotes_every_value_and_refuses_noncharacters() {
        assert_eq!(print_one("it's \"$5\"\n", print).unwrap().as_str(), "A=\"it's \\\"\\$5\\\"\n\"\n");
        assert!(print_one("\u{fdd0}", print).is_err());
        assert!(print_one("\u{10ffff}", print).is_err());
    }
}
