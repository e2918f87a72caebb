//! The characters at the ends of a value that nobody sees.

/// Says which invisible characters stand at the ends of a value: `begins with a byte order mark`.
///
/// A text of several lines, such as a PEM file, may end with a newline and begin with spaces.
pub fn invisible_ends(value: &str) -> Option<String> {
    let is_text = value.trim_end_matches('\n').contains('\n');
    let name = |end: Option<char>| end.filter(|end| !is_text || has_no_width(*end)).and_then(name);
    match (name(value.chars().next()), name(value.chars().next_back())) {
        (None, None) => None,
        (Some(first), None) => Some(format!("begins with {first}")),
        (None, Some(last)) => Some(format!("ends with {last}")),
        (Some(first), Some(last)) => Some(format!("begins with {first} and ends with {last}")),
    }
}

/// Whether the character takes no room, so that it is not seen inside a text either.
fn has_no_width(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

fn name(character: char) -> Option<String> {
    let name = match character {
        '\r' => "a carriage return",
        '\n' => "a newline",
        '\t' => "a tab",
        ' ' => "a space",
        '\u{a0}' => "a no-break space",
        '\u{200b}' => "a zero width space",
        '\u{feff}' => "a byte order mark",
        _ if character.is_whitespace() || character.is_control() || has_no_width(character) => {
            return Some(format!("the invisible character U+{:04X}", character as u32));
        }
        _ => return None,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_nobody_sees() {
        for (value, said) in [
            ("", None),
            ("token", None),
            ("to ken", None),
            ("é🦀", None),
            ("token\r", Some("ends with a carriage return")),
            ("token\r\n", Some("ends with a newline")),
            ("token\n", Some("ends with a newline")),
            ("token\n\n", Some("ends with a newline")),
            ("token ", Some("ends with a space")),
            ("\ttoken", Some("begins with a tab")),
            ("token\u{a0}", Some("ends with a no-break space")),
            ("token\u{200b}", Some("ends with a zero width space")),
            ("\u{feff}token", Some("begins with a byte order mark")),
            ("\u{feff}token\r", Some("begins with a byte order mark and ends with a carriage return")),
            ("token\u{2060}", Some("ends with the invisible character U+2060")),
            ("token\u{2028}", Some("ends with the invisible character U+2028")),
            ("token\u{7}", Some("ends with the invisible character U+0007")),
            ("\u{202e}token", Some("begins with the invisible character U+202E")),
            (" ", Some("begins with a space and ends with a space")),
            ("\n", Some("begins with a newline and ends with a newline")),
            ("-----BEGIN X-----\nAA==\n-----END X-----\n", None),
            ("-----BEGIN X-----\r\nAA==\r\n-----END X-----\r\n", None),
            ("  a\n  b\n\n", None),
            ("\u{feff}{\n}\n", Some("begins with a byte order mark")),
        ] {
            assert_eq!(invisible_ends(value).as_deref(), said, "{value:?}");
        }
    }
}
