//! Patterns that names match: `*` is any text, `?` any one character.

use super::malformed::Malformed;

/// A pattern for names, such as `DB_*` or `*KEY?`. Without a wildcard it is one name. Case counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// If it is empty, or holds a character that no name has. The error holds no part of the text, which may be a
    /// value typed in the wrong place.
    pub fn parse(text: &str) -> Result<Pattern, Malformed> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'*' | b'?');
        if text.is_empty() || !text.bytes().all(fits) {
            return Err(Malformed { expected: "a name or a pattern: letters, digits, `_`, `*` and `?`" });
        }
        Ok(Pattern(text.to_owned()))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it can match more than one name.
    pub fn has_wildcard(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// Whether a name matches it.
    ///
    /// Only the last `*` is ever tried again, since an earlier one gains nothing by a longer text. So the time is at
    /// most the product of both lengths.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut at, mut next) = (0, 0);
        // Where the pattern goes on after its last `*`, and what that has not taken of the name yet.
        let mut star: Option<(usize, usize)> = None;

        while next < name.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    at += 1;
                    star = Some((at, next));
                }
                Some(byte) if *byte == b'?' || *byte == name[next] => {
                    at += 1;
                    next += 1;
                }
                _ => {
                    let Some((after, taken)) = star else { return false };
                    star = Some((after, taken + 1));
                    (at, next) = (after, taken + 1);
                }
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(name)
    }

    /// The definition, as slow as it is short.
    fn by_definition(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern, name) {
            ([], rest) => rest.is_empty(),
            ([b'*', after @ ..], _) => (0..=name.len()).any(|taken| by_definition(after, &name[taken..])),
            ([byte, after @ ..], [first, rest @ ..]) => (*byte == b'?' || byte == first) && by_definition(after, rest),
            ([_, ..], []) => false,
        }
    }

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, name, is_match) in [
            ("DB_URL", "DB_URL", true),
            ("DB_URL", "DB_URLS", false),
            ("db_url", "DB_URL", false),
            ("*", "A", true),
            ("**", "A", true),
            ("DB_*", "DB_", true),
            ("DB_*", "DB_URL", true),
            ("DB_*", "MY_DB_URL", false),
            ("*_KEY", "API_KEY", true),
            ("*_KEY", "API_KEYS", false),
            ("*KEY*", "API_KEYS", true),
            ("A*B*C", "A1B2BC", true),
            ("A*B*C", "A1B2", false),
            ("?", "A", true),
            ("?", "AB", false),
            ("DB?", "DB", false),
            ("DB?", "DB1", true),
            ("*?", "A", true),
            ("A*A", "A", false),
        ] {
            assert_eq!(matches(pattern, name), is_match, "{pattern} {name}");
        }
        for (pattern, has_wildcard) in [("A", false), ("A*", true), ("?", true)] {
            assert_eq!(Pattern::parse(pattern).unwrap().has_wildcard(), has_wildcard);
        }
    }

    #[test]
    fn refuses_what_no_name_holds_and_does_not_repeat_it() {
        for text in ["", "a b", "Cargo.toml", "DB-*", "[AB]", "é*"] {
            let error = Pattern::parse(text).unwrap_err();
            assert_eq!(error.to_string(), "not a name or a pattern: letters, digits, `_`, `*` and `?`");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!matches(&"A*".repeat(2_000), &"A".repeat(128).replace("AA", "AB")));
        assert!(!matches(&format!("{}B", "*A".repeat(60)), &"A".repeat(128)));
    }

    proptest! {
        #[test]
        fn matches_by_the_definition(pattern in "[AB*?]{1,8}", name in "[AB]{0,10}") {
            prop_assert_eq!(matches(&pattern, &name), by_definition(pattern.as_bytes(), name.as_bytes()));
        }
    }
}
