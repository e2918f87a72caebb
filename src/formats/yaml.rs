//! YAML, versions 1.1 and 1.2: a map of strings.

use std::fmt::{self, Write as _};

use zeroize::Zeroizing;

use super::text::{is_noncharacter, lines};
use super::variable::Variable;

/// Prints one line `"NAME": "value"` for each variable. Names need quotes too: to some parsers `NO` is a boolean.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    if variables.is_empty() {
        return Zeroizing::new("{}\n".to_owned());
    }
    lines(variables, |out, Variable { name, text }| match is_short(name) {
        true => writeln!(out, "{}: {}", Scalar(name), Scalar(text)),
        false => writeln!(out, "? {}\n: {}", Scalar(name), Scalar(text)),
    })
}

/// The most characters of a key that no `?` introduces (YAML 1.2, 7.4.2).
const KEY_LIMIT: usize = 1024;

/// Whether a name can be a key without `?`. An escape has at most four characters for a byte.
fn is_short(name: &str) -> bool {
    4 * name.len() + 2 <= KEY_LIMIT || Scalar(name).to_string().chars().count() <= KEY_LIMIT
}

/// A double-quoted scalar on one line, in which everything is escaped that some parser rejects or folds.
pub(super) struct Scalar<'t>(pub &'t str);

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let is_plain = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
        if self.0.bytes().all(is_plain) {
            f.write_str(self.0)?;
            return f.write_char('"');
        }
        for c in self.0.chars() {
            let code = u32::from(c);
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c if c.is_control() => write!(f, "\\x{code:02x}")?,
                '\u{2028}' | '\u{2029}' | '\u{feff}' => write!(f, "\\u{code:04x}")?,
                c if is_noncharacter(c) && code > 0xffff => write!(f, "\\U{code:08x}")?,
                c if is_noncharacter(c) => write!(f, "\\u{code:04x}")?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::{KEY_LIMIT, Variable, print};

    #[test]
    fn quotes_names_and_values() {
        assert_eq!(print(&[]).as_str(), "{}\n");
        assert_eq!(print_one("no", print).as_str(), "\"A\": \"no\"\n");
        let long = "A".repeat(KEY_LIMIT);
        let variable = Variable { name: &long, text: "x".into() };
        assert_eq!(print(&[variable]).as_str(), format!("? \"{long}\"\n: \"x\"\n"));
        assert_eq!(
            print_one("\"\\\n\u{85}\u{2028}\u{ffff}\u{1ffff}🦀", print).as_str(),
            "\"A\": \"\\\"\\\\\\n\\x85\\u2028\\uffff\\U0001ffff🦀\"\n"
        );
    }
}
