//! Text that others wrote, made harmless for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns the text with hidden characters escaped, so that it cannot move the cursor, change colours, or make
/// one name look like another.
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
            c if is_hidden(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Returns a JSON text that means the same and has its hidden characters escaped. They can only be inside its
/// strings. JSON itself demands this for those below U+0020 only.
pub fn visible_json(json: &str) -> Cow<'_, str> {
    let is_raw = |c: char| c > '\u{1f}' && is_hidden(c);
    if !json.chars().any(is_raw) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() * 2);
    for c in json.chars() {
        if !is_raw(c) {
            shown.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(shown, "\\u{unit:04x}");
        }
    }
    Cow::Owned(shown)
}

/// Whether a character acts on a terminal or is not seen there: Unicode's control characters, bidirectional
/// and zero-width formats, line and paragraph separators, and tags, which spell text that nobody sees.
fn is_hidden(c: char) -> bool {
    let is_format = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || is_format
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_would_hide() {
        assert_eq!(visible("naïve 🦀"), "naïve 🦀");
        assert_eq!(visible("a\n\tb\x1b[31m\u{202e}c\u{9b}"), "a\\n\\tb\\u{1b}[31m\\u{202e}c\\u{9b}");
        let ends = ['\u{7f}', '\u{80}', '\u{9f}', '\u{200b}', '\u{200f}', '\u{2060}', '\u{2069}', '\u{feff}'];
        for hidden in ends.into_iter().chain(['\u{61c}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{e0041}']) {
            assert_eq!(visible(&hidden.to_string()), format!("\\u{{{:x}}}", u32::from(hidden)));
        }
    }

    #[test]
    fn json_means_the_same_afterwards() {
        let text = "naïve 🦀 \"\\\n\t\x1b\x7f\u{9b}\u{202e}\u{e0041}\u{feff}";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let shown = visible_json(&json);
        assert!(shown.ends_with("\\u001b\\u007f\\u009b\\u202e\\udb40\\udc41\\ufeff\"\n]"), "{shown}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&shown).unwrap(), [text]);
    }
}
