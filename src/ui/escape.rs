//! Escapes text from a vault or a file for the terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns the text with control and bidirectional characters escaped, so that it cannot move the cursor, change
/// colours, or make one name look like another.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) => drop(write!(shown, "\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

fn is_hidden(c: char) -> bool {
    // Unicode's Bidi_Control, and the line and paragraph separators.
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_would_hide() {
        assert_eq!(visible("naïve 🦀"), "naïve 🦀");
        assert_eq!(visible("a\n\tb\x1b[31m\u{202e}c\u{9b}"), "a\\n\\tb\\u{1b}[31m\\u{202e}c\\u{9b}");
    }
}
