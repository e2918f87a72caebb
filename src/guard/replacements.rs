//! Values and the names that take their places.

use std::cmp::Reverse;
use std::sync::Arc;

use super::common::is_short;
use super::search::{Hit, Search};

/// The values to replace, prepared.
///
/// Where several values stand in a text, the one that begins first is replaced, and of those that begin together the
/// longest.
pub struct Replacements {
    search: Search,
    /// The texts that take the places of the values, each in brackets.
    names: Vec<Arc<str>>,
    /// The number of values that are too short to be looked for.
    pub skipped: usize,
}

impl Replacements {
    /// Prepares these names and values, each value in all its forms.
    ///
    /// If a text is a form of several values, the first name counts.
    pub fn new<'v, N: ToString>(values: impl IntoIterator<Item = (N, &'v [u8])>) -> Replacements {
        let mut skipped = 0;
        let (names, values): (Vec<Arc<str>>, Vec<&[u8]>) = values
            .into_iter()
            .filter(|(_, value)| {
                skipped += usize::from(is_short(value));
                !is_short(value)
            })
            .map(|(name, value)| (Arc::from(format!("[{}]", name.to_string())), value))
            .unzip();
        Replacements { search: Search::whole(values), names, skipped }
    }

    /// Writes the part of a text that more text cannot change, and returns its length.
    ///
    /// No value begins among the first `fixed` bytes. The first `shown` bytes were written before and are left out. At
    /// the end of the text, all of it is final.
    pub(super) fn replace(&self, text: &[u8], fixed: usize, shown: usize, is_end: bool, out: &mut Vec<u8>) -> usize {
        let show = |from: usize, to: usize, out: &mut Vec<u8>| {
            out.extend_from_slice(&text[from.max(shown).min(to)..to]);
        };
        let unfinished = |from| if is_end { text.len() } else { self.search.unfinished(text, from) };

        let mut done = fixed;
        let mut certain = unfinished(fixed);
        for Hit { start, end, value, .. } in self.hits(text) {
            if start >= certain {
                break;
            }
            if start >= done {
                show(done, start, out);
                out.extend_from_slice(self.names[value].as_bytes());
                done = end;
                if certain < done {
                    certain = unfinished(done);
                }
            }
        }
        show(done, certain, out);
        certain
    }

    /// Returns the values in a text: the first first, and of those the longest, and of those the first by its number.
    fn hits(&self, text: &[u8]) -> Vec<Hit> {
        let mut hits = self.search.find(text);
        hits.sort_unstable_by_key(|hit| (hit.start, Reverse(hit.end), hit.value));
        hits
    }
}
