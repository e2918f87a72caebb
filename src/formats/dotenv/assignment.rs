//! One assignment of the portable form.

use std::fmt;

use crate::formats::shell::SPECIAL;
use crate::formats::text::{Quoted, put};
use crate::formats::variable::Variable;
use crate::report::is_plain;

/// How a value is quoted: with no more than it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// No quotes at all.
    Bare,
    /// Single quotes, between which few consumers decode anything.
    Single,
    /// Double quotes around a text that needs no escape.
    Double,
    /// Double quotes with backslashes: the last resort.
    Escaped,
}

impl Quoting {
    /// Returns the quoting that a value needs.
    pub fn of(text: &str) -> Quoting {
        if is_plain(text) {
            Quoting::Bare
        } else if !text.contains('\'') && !text.ends_with('\\') {
            Quoting::Single
        } else if text.contains('\'') && !text.contains(SPECIAL) {
            Quoting::Double
        } else {
            Quoting::Escaped
        }
    }

    /// Returns the most bytes that [`Quoting::print`] prints.
    pub fn limit(self, Variable { name, text }: &Variable<'_>) -> usize {
        let escapes = if self == Quoting::Escaped { text.len() } else { 0 };
        name.len() + "=''\n".len() + text.len() + escapes
    }

    /// Prints the assignment of a variable that needs this quoting.
    pub fn print(self, Variable { name, text }: &Variable<'_>, out: &mut impl fmt::Write) -> fmt::Result {
        match self {
            Quoting::Bare => put(out, [name, "=", text, "\n"]),
            Quoting::Single => put(out, [name, "='", text, "'\n"]),
            Quoting::Double => put(out, [name, "=\"", text, "\"\n"]),
            Quoting::Escaped => writeln!(out, "{name}={}", Quoted('"', text, &SPECIAL)),
        }
    }
}

/// Prints one `NAME=value` line of the portable form, even if it is dangerous to some consumer.
///
/// A newline of the value stands raw between its quotes. `import` reads every value back exactly.
pub fn assignment(variable: &Variable<'_>, out: &mut String) {
    // Writing to a `String` cannot fail.
    let _ = Quoting::of(&variable.text).print(variable, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_no_more_than_a_value_needs() {
        for (value, line) in [
            ("", "A=''\n"),
            ("postgres://u:p@h:5432/db", "A=postgres://u:p@h:5432/db\n"),
            ("a=b==", "A=a=b==\n"),
            ("=ls", "A='=ls'\n"),
            ("~", "A='~'\n"),
            ("a b", "A='a b'\n"),
            ("$HOME `id` \\n #", "A='$HOME `id` \\n #'\n"),
            ("line 1\nline 2\n", "A='line 1\nline 2\n'\n"),
            ("it's", "A=\"it's\"\n"),
            ("ends with \\", "A=\"ends with \\\\\"\n"),
            ("it's $5", "A=\"it's \\$5\"\n"),
            ("'\"`\\", "A=\"'\\\"\\`\\\\\"\n"),
        ] {
            let mut out = String::new();
            assignment(&Variable { name: "A", text: value.into() }, &mut out);
            assert_eq!(out, line);
        }
    }
}
