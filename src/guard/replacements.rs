//! Values and the names that take their places.

use std::cmp::Reverse;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::common::{is_plain, is_short};
use super::filter::{Filter, block};
use super::form::forms;
use super::index::Index;

/// The bytes of a needle's start that the filter knows. No needle is shorter.
pub(super) const PREFIX: usize = 8;

/// The values to replace, prepared.
///
/// Where several values stand in a text, the one that begins first is replaced, and of those that begin together the
/// longest.
pub struct Replacements {
    /// Sorted by their bytes, each once.
    needles: Vec<Needle>,
    index: Index,
    /// The prefixes of the needles.
    prefixes: Filter,
    longest: usize,
    /// The number of values that are too short to be looked for.
    pub skipped: usize,
}

struct Needle {
    bytes: Zeroizing<Vec<u8>>,
    /// The text that takes its place.
    name: Arc<str>,
}

impl Replacements {
    /// Prepares these names and values, each value in all its forms.
    ///
    /// If a text is a form of several values, the first name counts.
    pub fn new<'v, N: ToString>(values: impl IntoIterator<Item = (N, &'v [u8])>) -> Replacements {
        let (mut needles, mut skipped) = (Vec::new(), 0);
        for (name, value) in values {
            if is_short(value) {
                skipped += 1;
                continue;
            }
            let name: Arc<str> = format!("[{}]", name.to_string()).into();
            let forms = forms(value).into_iter().map(|form| form.bytes);
            let texts = lines(value).into_iter().chain(forms).filter(|bytes| bytes.len() >= PREFIX);
            needles.extend(texts.map(|bytes| Needle { bytes, name: Arc::clone(&name) }));
        }
        // The sort is stable, so the first of equal needles stays.
        needles.sort_by(|a, b| a.bytes.cmp(&b.bytes));
        needles.dedup_by(|later, earlier| later.bytes == earlier.bytes);

        let index = Index::new(needles.iter().map(|needle| &needle.bytes[..]));
        let mut prefixes = Filter::new(needles.len());
        for prefix in needles.iter().filter_map(|needle| needle.bytes.first_chunk::<PREFIX>()) {
            prefixes.add(block(prefix));
        }
        let longest = needles.iter().map(|needle| needle.bytes.len()).max().unwrap_or(0);
        Replacements { needles, index, prefixes, longest, skipped }
    }

    /// Writes the part of a text that more text cannot change, and returns its length.
    ///
    /// The first `shown` bytes were written before and are left out. At the end of the text, all of it is final.
    pub(super) fn replace(&self, text: &[u8], shown: usize, is_end: bool, out: &mut Vec<u8>) -> usize {
        let show = |from: usize, to: usize, out: &mut Vec<u8>| {
            out.extend_from_slice(&text[from.max(shown).min(to)..to]);
        };
        let unfinished = |from| if is_end { text.len() } else { self.unfinished(text, from) };

        let mut done = 0;
        let mut certain = unfinished(0);
        for (start, number) in self.candidates(text) {
            if start >= certain {
                break;
            }
            let Needle { bytes, name } = &self.needles[number];
            if start >= done && text[start..].starts_with(bytes) {
                show(done, start, out);
                out.extend_from_slice(name.as_bytes());
                done = start + bytes.len();
                if certain < done {
                    certain = unfinished(done);
                }
            }
        }
        show(done, certain, out);
        certain
    }

    /// Returns where needles may stand, with their numbers: the first first, and of those the longest.
    fn candidates(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        self.index.find(text, |number, start| found.push((start, number)));
        found.sort_unstable_by_key(|(start, number)| (*start, Reverse(self.needles[*number].bytes.len())));
        found
    }

    /// Returns the first place, at or after `from`, from which the rest of the text may grow into a needle.
    fn unfinished(&self, text: &[u8], from: usize) -> usize {
        let from = from.max((text.len() + 1).saturating_sub(self.longest));
        let passes =
            |rest: &[u8]| rest.first_chunk::<PREFIX>().is_none_or(|prefix| self.prefixes.passes(block(prefix)));
        let is_prefix = |rest: &[u8]| {
            let after = self.needles.partition_point(|needle| &needle.bytes[..] <= rest);
            self.needles.get(after).is_some_and(|needle| needle.bytes.starts_with(rest))
        };
        (from..text.len()).find(|at| passes(&text[*at..]) && is_prefix(&text[*at..])).unwrap_or(text.len())
    }

    /// Returns the longest needle at the start of a text, and its name: the slow and simple way.
    #[cfg(test)]
    pub(super) fn longest_at(&self, text: &[u8]) -> Option<(usize, &str)> {
        let here = self.needles.iter().filter(|needle| text.starts_with(&needle.bytes));
        here.map(|needle| (needle.bytes.len(), &*needle.name)).max()
    }
}

/// Returns what a value of several lines looks like on a terminal, as a whole and by line.
///
/// These are more lines than `scan` reports: rather too much is hidden than too little. But the frame of a key is
/// also that of every certificate.
fn lines(value: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    if !value.contains(&b'\n') {
        return Vec::new();
    }
    let lines: Vec<&[u8]> = value.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    // A terminal puts a CR before each newline.
    let whole = lines.join(&b"\r\n"[..]);
    let lines = lines.into_iter().map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| !is_plain(line) && !line.starts_with(b"-----"));
    [whole].into_iter().chain(lines.map(<[u8]>::to_vec)).map(Zeroizing::new).collect()
}
