//! The text of a format, and the parts that most formats build it from.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use zeroize::Zeroizing;

use super::variable::Variable;
use crate::report::and;

/// The printed variables.
pub struct FormattedText {
    pub text: Zeroizing<String>,
    /// One line for each variable that some consumer would misread; never with a value.
    pub warnings: Vec<String>,
    /// One line for all of them.
    pub summary: Option<String>,
}

/// What a consumer would do with a variable: its name, and `would …`.
pub(super) type Misreading<'v> = (&'v str, Cow<'static, str>);

impl FormattedText {
    /// A text, and what some consumers would do with it. The summary names together what would be done alike.
    pub(super) fn new(text: Zeroizing<String>, misreadings: Vec<Misreading<'_>>) -> FormattedText {
        let warnings = misreadings.iter().map(|(name, what)| format!("{name} {what}")).collect();
        let mut alike: Vec<(&str, Vec<&str>)> = Vec::new();
        for (name, what) in &misreadings {
            match alike.iter_mut().find(|(known, _)| known == what) {
                Some((_, names)) => names.push(name),
                None => alike.push((what, vec![name])),
            }
        }
        let alike: Vec<String> = alike.iter().map(|(what, names)| format!("{} {what}", and(names))).collect();
        let summary = (!alike.is_empty()).then(|| alike.join("; "));
        FormattedText { text, warnings, summary }
    }
}

/// A text between two quotes. Each of the characters in the list gets a backslash.
pub(super) struct Quoted<'t>(pub char, pub &'t str, pub &'t [char]);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quoted(quote, text, escaped) = self;
        f.write_char(*quote)?;
        let mut written = 0;
        for (at, mark) in text.match_indices(*escaped) {
            f.write_str(&text[written..at])?;
            f.write_char('\\')?;
            f.write_str(mark)?;
            written = at + mark.len();
        }
        f.write_str(&text[written..])?;
        f.write_char(*quote)
    }
}

/// Where a format writes: first to measure the text, then into a buffer that has just the room for it. A buffer that
/// grows copies the values in it, and one that is too large takes long to wipe.
pub(super) enum Out {
    Length(usize),
    Text(Zeroizing<String>),
}

impl fmt::Write for Out {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        match self {
            Out::Length(length) => *length += part.len(),
            Out::Text(text) => text.push_str(part),
        }
        Ok(())
    }
}

/// Prints a text. It is written twice, so both times it must be the same.
pub(super) fn text(write: impl Fn(&mut Out) -> fmt::Result) -> Zeroizing<String> {
    let mut out = Out::Length(0);
    loop {
        // Writing to memory cannot fail.
        let _ = write(&mut out);
        out = match out {
            Out::Length(length) => Out::Text(Zeroizing::new(String::with_capacity(length))),
            Out::Text(text) => return text,
        }
    }
}

/// Prints a text that is known to have at most this many bytes, and not many less. So it is written only once.
pub(super) fn text_within(limit: usize, write: impl Fn(&mut String) -> fmt::Result) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(limit));
    // Writing to memory cannot fail.
    let _ = write(&mut text);
    text
}

/// Prints one line for each variable.
pub(super) fn lines(
    variables: &[Variable<'_>],
    line: impl Fn(&mut Out, &Variable<'_>) -> fmt::Result,
) -> Zeroizing<String> {
    text(|out| variables.iter().try_for_each(|variable| line(out, variable)))
}

/// Writes the parts of a line. It costs less than `write!`.
pub(super) fn put<const N: usize>(out: &mut impl fmt::Write, parts: [&str; N]) -> fmt::Result {
    parts.into_iter().try_for_each(|part| out.write_str(part))
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
