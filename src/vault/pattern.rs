//! Patterns for names: `*` stands for any run of characters, `?` for one.

/// A pattern, such as `DB_*`. A text without `*` and `?` matches itself alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Takes a text as a pattern; every text is one.
    pub fn parse(text: &str) -> Pattern {
        Pattern(text.to_owned())
    }

    /// The text that was taken as a pattern.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it may match more than one name.
    pub fn is_wild(&self) -> bool {
        self.0.contains(['*', '?'])
    }

    /// Whether it matches a name. Upper and lower case differ.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut at, mut in_name) = (0, 0);
        // Where the last `*` was, and how much of the name it stands for so far. Only the last one needs another try.
        let mut star = None;
        while in_name < name.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, in_name));
                    at += 1;
                }
                Some(byte) if *byte == b'?' || *byte == name[in_name] => {
                    at += 1;
                    in_name += 1;
                }
                _ => {
                    let Some((of_star, end)) = star else { return false };
                    star = Some((of_star, end + 1));
                    (at, in_name) = (of_star + 1, end + 1);
                }
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_any_run_and_a_question_mark_one_character() {
        for (pattern, name, matches) in [
            ("DB_URL", "DB_URL", true),
            ("DB_URL", "DB_URLS", false),
            ("db_url", "DB_URL", false),
            ("*", "", true),
            ("DB_*", "DB_", true),
            ("DB_*", "DB", false),
            ("*_KEY", "STRIPE_KEY", true),
            ("*KEY*", "A_KEY_B", true),
            ("*A*B", "AABAB", true),
            ("*A*B", "AABA", false),
            ("DB?URL", "DB_URL", true),
            ("??", "A", false),
            ("?*?", "AB", true),
            ("A**", "A", true),
            ("", "A", false),
        ] {
            assert_eq!(Pattern::parse(pattern).matches(name), matches, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_cost_no_more_than_the_name_times_the_pattern() {
        let pattern = Pattern::parse(&format!("{}B", "*A".repeat(60)));
        assert!(!pattern.matches(&"A".repeat(128)));
    }
}
