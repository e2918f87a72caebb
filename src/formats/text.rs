//! The text of a format, and the parts that most formats build it from.

use std::fmt::{self, Write as _};

use zeroize::Zeroizing;

use super::variable::Variable;

/// The printed variables.
pub struct FormattedText {
    pub text: Zeroizing<String>,
    /// One line for each variable that some consumer would misread; never with a value.
    pub warnings: Vec<String>,
}

/// A text between two quotes. Each of the characters in the list gets a backslash.
pub(super) struct Quoted<'t>(pub char, pub &'t str, pub &'t [char]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quoted(quote, text, escaped) = self;
        f.write_char(*quote)?;
        for c in text.chars() {
            if escaped.contains(&c) {
                f.write_char('\\')?;
            }
            f.write_char(c)?;
        }
        f.write_char(*quote)
    }
}

/// Prints one line for each variable.
pub(super) fn lines(
    variables: &[Variable<'_>],
    line: impl Fn(&mut String, &Variable<'_>) -> fmt::Result,
) -> Zeroizing<String> {
    let mut out = buffer(variables);
    for variable in variables {
        // Writing to a `String` cannot fail.
        let _ = line(&mut out, variable);
    }
    out
}

/// Returns a buffer with room for the text of all variables. Growing would leave copies of values behind.
pub(super) fn buffer(variables: &[Variable<'_>]) -> Zeroizing<String> {
    let size = |variable: &Variable<'_>| 64 + variable.name.len() + 4 * variable.text.len();
    Zeroizing::new(String::with_capacity(variables.iter().map(size).sum()))
}

/// Whether a character is one of Unicode's 66 noncharacters.
pub(super) fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// Prints the one variable `A`.
#[cfg(test)]
pub(super) fn print_one<T>(text: &str, print: impl FnOnce(&[Variable<'_>]) -> T) -> T {
    print(&[Variable { name: "A", text: text.into() }])
}
