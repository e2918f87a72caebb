//! YAML (1.1 and 1.2 alike): a map of strings.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::{Variable, is_noncharacter, lines};

/// `"NAME": "value"`, a line each. Names are quoted too: `NO` and `y` are no strings everywhere.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    if variables.is_empty() {
        return Zeroizing::new("{}\n".to_owned());
    }
    lines(variables, |variable, out| {
        quoted(out, variable.name);
        out.push_str(": ");
        quoted(out, &variable.text);
        out.push('\n');
    })
}

/// A double-quoted scalar on one line, with all escaped that any parser refuses or folds.
pub(super) fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            c if c.is_control() => write!(out, "\\x{:02x}", u32::from(c)),
            '\u{2028}' | '\u{2029}' | '\u{feff}' => write!(out, "\\u{:04x}", u32::from(c)),
            c if is_noncharacter(c) && u32::from(c) > 0xffff => write!(out, "\\U{:08x}", u32::from(c)),
            c if is_noncharacter(c) => write!(out, "\\u{:04x}", u32::from(c)),
            c => write!(out, "{c}"),
        };
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn quotes_names_and_values() {
        assert_eq!(print(&[]).as_str(), "{}\n");
        assert_eq!(one("no", print).as_str(), "\"A\": \"no\"\n");
        assert_eq!(
            one("\"\\\n\u{85}\u{2028}\u{ffff}\u{1ffff}🦀", print).as_str(),
            "\"A\": \"\\\"\\\\\\n\\x85\\u2028\\uffff\\U0001ffff🦀\"\n"
        );
    }
}
