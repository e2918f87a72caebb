//! The search for all forms of many values at once.

use zeroize::Zeroizing;

use super::common::SHORTEST;
use super::form::{Encoding, Form, forms};
use super::index::Index;

/// The bytes of a needle that are looked for. A text that agrees so far agrees by no chance, and a form may be
/// megabytes long.
pub(super) const LONGEST: usize = 4096;

/// A text to look for.
struct Needle {
    bytes: Zeroizing<Vec<u8>>,
    value: usize,
    encoding: Encoding,
}

/// A needle in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub start: usize,
    pub end: usize,
    /// The number of the value.
    pub value: usize,
    pub encoding: Encoding,
}

/// The values to look for, prepared.
pub struct Search {
    needles: Vec<Needle>,
    index: Index,
}

impl Search {
    /// Prepares the search for these values, each in all its forms.
    pub fn new<'v>(values: impl IntoIterator<Item = &'v [u8]>) -> Search {
        let mut needles = Vec::new();
        for (value, bytes) in values.into_iter().enumerate() {
            // In base64, the part of a short value that does not depend on its neighbours may be too short.
            for Form { bytes, how } in forms(bytes).into_iter().filter(|form| form.bytes.len() >= SHORTEST) {
                let bytes = match bytes.get(..LONGEST) {
                    Some(start) => Zeroizing::new(start.to_vec()),
                    None => bytes,
                };
                needles.push(Needle { bytes, value, encoding: how });
            }
        }
        let index = Index::new(needles.iter().map(|needle| &needle.bytes[..]));
        Search { needles, index }
    }

    /// Finds every needle in a text, in no particular order.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.index.find(text, |number, start| {
            let Needle { bytes, value, encoding } = &self.needles[number];
            let end = start + bytes.len();
            if text.get(start..end) == Some(bytes) {
                hits.push(Hit { start, end, value: *value, encoding: *encoding });
            }
        });
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str], text: &str) -> Vec<(usize, String, Encoding)> {
        let search = Search::new(values.iter().map(|value| value.as_bytes()));
        let mut hits = search.find(text.as_bytes());
        hits.sort();
        hits.into_iter().map(|hit| (hit.value, text[hit.start..hit.end].to_owned(), hit.encoding)).collect()
    }

    #[test]
    fn finds_short_and_long_values_wherever_they_stand() {
        let values = ["x9fK2mQ8", "a-password-of-words-and-1-number", "x9fK2mQ8-and-more-of-it"];
        for before in 0..40 {
            let text = format!("{}{}", "-".repeat(before), values.join(""));
            let raw = |number: usize| (number, values[number].to_owned(), Encoding::Raw);
            assert_eq!(found(&values, &text), [raw(0), raw(1), raw(0), raw(2)], "{before}");
        }
        assert_eq!(found(&values, &values.join("")[1..][..38]), []);
        assert_eq!(found(&[], "x9fK2mQ8"), []);
    }

    #[test]
    fn finds_a_text_for_each_value_that_it_is() {
        let twice = ["hunter2canary", "hunter2canary"];
        assert_eq!(found(&twice, "hunter2canary").iter().map(|hit| hit.0).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn finds_a_long_value_by_its_first_bytes() {
        let value = "0123456789abcdef".repeat(10_000);
        let search = Search::new([value.as_bytes()]);
        let hits = search.find(&value.as_bytes()[..LONGEST]);
        assert_eq!(hits, [Hit { start: 0, end: LONGEST, value: 0, encoding: Encoding::Raw }]);
        assert_eq!(search.find(&value.as_bytes()[..LONGEST - 1]), []);
    }
}
