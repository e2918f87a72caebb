//! A list of names, and how a name is found in it.

/// Names of variables, each with the reason why it is listed.
#[derive(Clone, Copy)]
pub struct List {
    pub names: &'static [Group],
    /// Names with one `*`, which stands for any text.
    pub patterns: &'static [Group],
    /// Patterns and names that hold in any case, written in small letters.
    pub any_case: &'static [Group],
}

/// A reason, and the names that have it.
pub type Group = (&'static str, &'static [&'static str]);

impl List {
    /// Returns the reason why a name is listed.
    pub fn reason(&self, name: &str) -> Option<&'static str> {
        let lowercase = name.to_ascii_lowercase();
        find(self.names, |listed| listed == name)
            .or_else(|| find(self.patterns, |pattern| matches(pattern, name)))
            .or_else(|| find(self.any_case, |pattern| matches(pattern, &lowercase)))
    }
}

/// Whether a name is the pattern, with any text in the place of its `*`.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((start, end)) => name.strip_prefix(start).is_some_and(|rest| rest.ends_with(end)),
    }
}

fn find(groups: &[Group], is_it: impl Fn(&str) -> bool) -> Option<&'static str> {
    groups.iter().find(|(_, names)| names.iter().any(|name| is_it(name))).map(|(reason, _)| *reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text_between_start_and_end() {
        for (pattern, name, is_match) in [
            ("A_*", "A_", true),
            ("A_*", "A_B", true),
            ("A_*", "XA_B", false),
            ("*_Z", "A_Z", true),
            ("A_*_Z", "A_B_Z", true),
            ("A_*_Z", "A__Z", true),
            // Start and end do not overlap.
            ("A_*_Z", "A_Z", false),
            ("A", "A", true),
            ("A", "AB", false),
        ] {
            assert_eq!(matches(pattern, name), is_match, "{pattern} {name}");
        }
    }
}
