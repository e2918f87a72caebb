//! A list of names, and how a name is found in it.

/// Names of variables, each with the reason why it is listed.
pub struct List {
    pub names: &'static [Group],
    /// Names with one `*`, which stands for any text.
    pub patterns: &'static [Group],
    /// Patterns and names that hold in any case, written in small letters.
    pub any_case: &'static [Group],
    marks: Marks,
}

/// A reason, and the names that have it.
pub type Group = (&'static str, &'static [&'static str]);

impl List {
    pub const fn new(names: &'static [Group], patterns: &'static [Group], any_case: &'static [Group]) -> List {
        let marks = Marks::none().with(names, Extent::Whole).with(patterns, Extent::Part).with(any_case, Extent::Part);
        List { names, patterns, any_case, marks }
    }

    /// Returns the reason why a name is listed.
    pub fn reason(&self, name: &str) -> Option<&'static str> {
        // Hundreds of entries are compared only for a name that looks like one of them.
        if !self.marks.may_hold(name) {
            return None;
        }
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

/// Marks of everything in a list: two bits for the ends and the length of each name, and two for three letters of each
/// pattern, in any case. A name without a mark is not listed; a name with one may be.
struct Marks([u64; WORDS]);

/// The words of [`Marks`]. With 500 entries, one of 500 other names has a mark by chance.
const WORDS: usize = 1024;

/// How much of an entry is marked.
#[derive(Clone, Copy)]
enum Extent {
    Whole,
    /// Its first three letters, or its last three if a `*` comes first.
    Part,
}

impl Marks {
    const fn none() -> Marks {
        Marks([0; WORDS])
    }

    /// Adds the marks of some entries. It runs when etui is compiled, where there are no iterators.
    const fn with(mut self, groups: &[Group], extent: Extent) -> Marks {
        let mut group = 0;
        while group < groups.len() {
            let (_, names) = groups[group];
            let mut at = 0;
            while at < names.len() {
                if let Some(ends) = Ends::of(names[at].as_bytes()) {
                    let (word, bits) = mark(match extent {
                        Extent::Whole => ends.whole,
                        Extent::Part if names[at].as_bytes()[0] == b'*' => ends.last,
                        Extent::Part => ends.first,
                    });
                    self.0[word] |= bits;
                }
                at += 1;
            }
            group += 1;
        }
        self
    }

    fn may_hold(&self, name: &str) -> bool {
        // Too short to have a mark.
        let Some(Ends { first, last, whole }) = Ends::of(name.as_bytes()) else { return true };
        [first, last, whole].into_iter().any(|key| {
            let (word, bits) = mark(key);
            self.0[word] & bits == bits
        })
    }
}

/// What is marked of a name, as numbers: its first three letters, its last three, and both with its length.
struct Ends {
    first: u64,
    last: u64,
    whole: u64,
}

impl Ends {
    const fn of(name: &[u8]) -> Option<Ends> {
        let (Some(first), Some(last)) = (name.first_chunk(), name.last_chunk()) else { return None };
        let (first, last) = (number(first), number(last));
        Some(Ends { first, last, whole: first | last << 24 | (name.len() as u64) << 48 })
    }
}

/// Returns three letters as a number, which is that of small ones.
const fn number(letters: &[u8; 3]) -> u64 {
    let [a, b, c] = *letters;
    (u32::from_le_bytes([a, b, c, 0]) | 0x20_2020) as u64
}

/// Returns where a mark is: a word and two of its bits, all from one hash (that of Fibonacci).
const fn mark(key: u64) -> (usize, u64) {
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    ((hash >> 12) as usize % WORDS, 1 << (hash >> 6 & 63) | 1 << (hash & 63))
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
