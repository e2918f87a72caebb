//! systemd's `EnvironmentFile=`.

use zeroize::Zeroizing;

use super::{FormatError, Variable, dotenv::SPECIAL, escaped, is_noncharacter, lines};

/// `NAME="value"`, a line each; newlines of a value stand raw inside its quotes.
///
/// # Errors
/// For a value with a Unicode noncharacter: systemd would reject the whole file.
pub fn print(variables: &[Variable<'_>]) -> Result<Zeroizing<String>, FormatError> {
    if let Some(variable) = variables.iter().find(|variable| variable.text.chars().any(is_noncharacter)) {
        let why = "it has a Unicode noncharacter, for which systemd rejects the file";
        return Err(FormatError { name: variable.name.to_owned(), why, instead: "--format json, or etui run" });
    }
    Ok(lines(variables, |variable, out| {
        out.push_str(variable.name);
        out.push('=');
        escaped(out, '"', &variable.text, &SPECIAL);
        out.push('\n');
    }))
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn quotes_everything_and_refuses_noncharacters() {
        assert_eq!(one("it's \"$5\"\n", print).unwrap().as_str(), "A=\"it's \\\"\\$5\\\"\n\"\n");
        assert!(one("\u{fdd0}", print).is_err());
        assert!(one("\u{10ffff}", print).is_err());
    }
}
