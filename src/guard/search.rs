//! The search for many texts at once, so fast that reading the files is most of the work.
//!
//! Of the text only a block at every so manieth place is looked at. For each needle all blocks are known of a
//! part of it that is long enough to cover one of those places wherever the needle stands. A filter that stays
//! in the processor's cache says no to nearly all blocks of other texts; the few that pass are compared.

use zeroize::Zeroizing;

use super::forms::{Encoding, SHORTEST, forms};

/// How much of a needle is looked for: what agrees so far is no chance, and a form may be megabytes long.
pub const LONGEST: usize = 4096;

/// Where in a needle its part is chosen.
const CHOICE: usize = 256;

/// One text that is looked for.
struct Needle {
    bytes: Zeroizing<Vec<u8>>,
    whose: usize,
    how: Encoding,
}

/// Where a needle stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub start: usize,
    pub end: usize,
    /// The number of the value.
    pub whose: usize,
    pub how: Encoding,
}

/// The needles, made ready.
pub struct Search {
    needles: Vec<Needle>,
    /// Needles of at least 16 bytes, and the others: a single short one must not slow the search for all.
    long: Index<8, 9>,
    short: Index<4, 5>,
}

impl Search {
    /// Of these values, each in all its forms.
    pub fn new<'v>(values: impl IntoIterator<Item = &'v [u8]>) -> Search {
        let mut needles = Vec::new();
        for (whose, value) in values.into_iter().enumerate() {
            for form in forms(value) {
                let mut bytes = form.bytes;
                // What base64 has in common with any neighbours of a short value is less than the value.
                if bytes.len() >= SHORTEST {
                    if bytes.len() > LONGEST {
                        bytes = Zeroizing::new(bytes[..LONGEST].to_vec());
                    }
                    needles.push(Needle { bytes, whose, how: form.how });
                }
            }
        }
        let (mut long, mut short) = (Vec::new(), Vec::new());
        for (number, needle) in needles.iter().enumerate() {
            let all = if needle.bytes.len() < Index::<8, 9>::PART { &mut short } else { &mut long };
            all.push((number, &needle.bytes[..]));
        }
        Search { long: Index::new(&long), short: Index::new(&short), needles }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    /// Everything that is found in a text, in no order.
    pub fn find(&self, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut at = |number: usize, start: usize| {
            let Needle { bytes, whose, how } = &self.needles[number];
            let end = start + bytes.len();
            if text.get(start..end) == Some(bytes) {
                hits.push(Hit { start, end, whose: *whose, how: *how });
            }
        };
        self.long.find(text, &mut at);
        self.short.find(text, &mut at);
        hits
    }
}

/// Looks at blocks of `BLOCK` bytes, one in every `STRIDE`.
pub struct Index<const BLOCK: usize, const STRIDE: usize> {
    /// Two bits of a word for each block of a needle.
    filter: Vec<u64>,
    /// Where the entries of each hash begin.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

/// A block of a needle.
#[derive(Clone, Copy)]
struct Entry {
    block: u64,
    needle: u32,
    /// Where in the needle it stands.
    at: u32,
}

impl<const BLOCK: usize, const STRIDE: usize> Index<BLOCK, STRIDE> {
    /// How long a part of a needle is: wherever it stands, one of the blocks looked at is within it.
    pub const PART: usize = BLOCK + STRIDE - 1;

    pub fn new(needles: &[(usize, &[u8])]) -> Self {
        let mut entries = Vec::with_capacity(needles.len() * STRIDE);
        for (number, bytes) in needles {
            let from = rarest(bytes, Self::PART);
            entries.extend((from..from + STRIDE).filter_map(|at| {
                let block = bytes[at..].first_chunk().map(block::<BLOCK>)?;
                Some(Entry { block, needle: *number as u32, at: at as u32 })
            }));
        }
        let buckets = entries.len().next_power_of_two().max(64);
        // With 16 bits for each block, one block of another text in a hundred passes or fewer.
        let mut filter = vec![0; buckets / 4];
        let mut starts = vec![0; buckets + 1];
        for entry in &entries {
            let (word, bits) = place(entry.block, filter.len());
            filter[word] |= bits;
            starts[bucket(entry.block, buckets) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        entries.sort_by_key(|entry| bucket(entry.block, buckets));
        Index { filter, starts, entries }
    }

    /// Calls with each needle that may stand in the text, and where it would begin.
    pub fn find(&self, text: &[u8], found: &mut impl FnMut(usize, usize)) {
        if self.entries.is_empty() {
            return;
        }
        for (number, piece) in text.chunks(STRIDE).enumerate() {
            let Some(block) = piece.first_chunk().map(block::<BLOCK>) else { return };
            let (word, bits) = place(block, self.filter.len());
            if self.filter[word] & bits == bits {
                self.compare(block, number * STRIDE, found);
            }
        }
    }

    #[cold]
    fn compare(&self, block: u64, at: usize, found: &mut impl FnMut(usize, usize)) {
        let bucket = bucket(block, self.starts.len() - 1);
        let all = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        for entry in self.entries[all].iter().filter(|entry| entry.block == block) {
            if let Some(start) = at.checked_sub(entry.at as usize) {
                found(entry.needle as usize, start);
            }
        }
    }
}

#[inline(always)]
pub fn block<const BLOCK: usize>(bytes: &[u8; BLOCK]) -> u64 {
    let mut block = [0; 8];
    block[..BLOCK].copy_from_slice(bytes);
    u64::from_le_bytes(block)
}

/// Multiplied by this odd number, every bit of a block changes the highest ones (Fibonacci hashing).
#[inline(always)]
fn hash(block: u64) -> u64 {
    (block ^ block >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The word of a filter of so many, and the bits of it.
#[inline(always)]
pub fn place(block: u64, words: usize) -> (usize, u64) {
    let hash = hash(block);
    let bits = 1 << (hash >> 26 & 63) | 1 << (hash >> 20 & 63);
    ((hash >> 32) as usize & (words - 1), bits)
}

fn bucket(block: u64, buckets: usize) -> usize {
    (hash(block) >> 40) as usize & (buckets - 1)
}

/// Where the part of a needle begins that other texts have least: what is rare is digits, capitals, and
/// the change from one to the other.
fn rarest(bytes: &[u8], part: usize) -> usize {
    let kind = |byte: u8| match byte {
        b'0'..=b'9' => 3,
        b'A'..=b'Z' => 2,
        b'a'..=b'z' => 0,
        _ => 1,
    };
    let rare = |part: &[u8]| -> usize {
        let change = |pair: &[u8]| usize::from(kind(pair[0]) != kind(pair[1])) * 2;
        part.iter().map(|byte| kind(*byte)).sum::<usize>() + part.windows(2).map(change).sum::<usize>()
    };
    let parts = bytes[..bytes.len().min(CHOICE)].windows(part).enumerate();
    // Of equal ones the first.
    parts.rev().max_by_key(|(_, part)| rare(part)).map_or(0, |(from, _)| from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str], text: &str) -> Vec<(usize, String, Encoding)> {
        let search = Search::new(values.iter().map(|value| value.as_bytes()));
        let mut hits = search.find(text.as_bytes());
        hits.sort();
        hits.into_iter().map(|hit| (hit.whose, text[hit.start..hit.end].to_owned(), hit.how)).collect()
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
    fn one_text_may_be_the_value_of_several() {
        let twice = ["hunter2canary", "hunter2canary"];
        assert_eq!(found(&twice, "hunter2canary").iter().map(|hit| hit.0).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn of_a_long_value_its_beginning_is_enough() {
        let value = "0123456789abcdef".repeat(10_000);
        let search = Search::new([value.as_bytes()]);
        let hits = search.find(&value.as_bytes()[..LONGEST]);
        assert_eq!(hits, [Hit { start: 0, end: LONGEST, whose: 0, how: Encoding::Raw }]);
        assert_eq!(search.find(&value.as_bytes()[..LONGEST - 1]), []);
    }

    #[test]
    fn the_part_that_is_looked_for_is_one_that_others_do_not_have() {
        let url = b"postgres://service:9fK2mQ8sLw3TxY7z@db.internal.example.com";
        let from = rarest(url, 16);
        assert_eq!(&url[from..from + 16], b":9fK2mQ8sLw3TxY7");
    }
}
