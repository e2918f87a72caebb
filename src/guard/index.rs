//! An index of many needles, so fast that reading the haystack is most of the work.
//!
//! Of a text it looks only at one block in every few bytes. Of each needle it knows all blocks of a part that is long
//! enough to cover one of those places, wherever the needle stands. A filter rejects nearly all blocks of other
//! texts; the few that pass are compared.

use super::filter::{Filter, block, hash};

/// The bytes of a needle, from its start, among which its part is chosen.
const CHOICE: usize = 256;

/// The needles of one search.
///
/// Long and short ones are apart: a single short needle must not slow down the search for all others.
pub struct Index {
    long: Blocks<8, 9>,
    short: Blocks<4, 5>,
}

impl Index {
    /// Indexes needles of at least eight bytes.
    pub fn new<'n>(needles: impl IntoIterator<Item = &'n [u8]>) -> Index {
        let needles = needles.into_iter().enumerate();
        let (long, short): (Vec<_>, Vec<_>) = needles.partition(|(_, needle)| needle.len() >= Blocks::<8, 9>::PART);
        Index { long: Blocks::new(&long), short: Blocks::new(&short) }
    }

    /// Calls `found` with the number of each needle that may stand in the text, and its start there.
    pub fn find(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        self.long.find(text, &mut found);
        self.short.find(text, &mut found);
    }
}

/// An index that looks at one block of `BLOCK` bytes in every `STRIDE`.
struct Blocks<const BLOCK: usize, const STRIDE: usize> {
    filter: Filter,
    /// Where the entries of each bucket begin.
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

/// A block of a needle.
#[derive(Clone, Copy)]
struct Entry {
    block: u64,
    needle: u32,
    /// The offset of the block in the needle.
    at: u32,
}

impl<const BLOCK: usize, const STRIDE: usize> Blocks<BLOCK, STRIDE> {
    /// The length of a part. Wherever it stands, one of the blocks that are looked at lies within it.
    const PART: usize = BLOCK + STRIDE - 1;

    fn new(needles: &[(usize, &[u8])]) -> Self {
        let mut entries = Vec::with_capacity(needles.len() * STRIDE);
        for (number, needle) in needles {
            let from = rarest_part(needle, Self::PART);
            entries.extend((from..from + STRIDE).filter_map(|at| {
                let block = block::<BLOCK>(needle[at..].first_chunk()?);
                Some(Entry { block, needle: *number as u32, at: at as u32 })
            }));
        }

        let mut filter = Filter::new(entries.len());
        let buckets = entries.len().next_power_of_two().max(64);
        let mut starts = vec![0; buckets + 1];
        for entry in &entries {
            filter.add(entry.block);
            starts[bucket(entry.block, buckets) + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        // The buckets are known, so each entry goes to its place without a comparison.
        let mut free = starts.clone();
        let mut sorted = entries.clone();
        for entry in entries {
            let place = &mut free[bucket(entry.block, buckets)];
            sorted[*place as usize] = entry;
            *place += 1;
        }
        Blocks { filter, starts, entries: sorted }
    }

    fn find(&self, text: &[u8], found: &mut impl FnMut(usize, usize)) {
        if self.entries.is_empty() {
            return;
        }
        for (number, piece) in text.chunks(STRIDE).enumerate() {
            let Some(bytes) = piece.first_chunk() else { return };
            let block = block::<BLOCK>(bytes);
            if self.filter.passes(block) {
                self.compare(block, number * STRIDE, found);
            }
        }
    }

    #[cold]
    fn compare(&self, block: u64, at: usize, found: &mut impl FnMut(usize, usize)) {
        let bucket = bucket(block, self.starts.len() - 1);
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        for entry in self.entries[range].iter().filter(|entry| entry.block == block) {
            if let Some(start) = at.checked_sub(entry.at as usize) {
                found(entry.needle as usize, start);
            }
        }
    }
}

fn bucket(block: u64, buckets: usize) -> usize {
    (hash(block) >> 40) as usize & (buckets - 1)
}

/// How rare each byte is in other texts.
const RARITY: [u32; 256] = {
    let mut rarity = [1; 256];
    let mut byte = 0;
    while byte < 256 {
        match byte as u8 {
            b'0'..=b'9' => rarity[byte] = 3,
            b'A'..=b'Z' => rarity[byte] = 2,
            b'a'..=b'z' => rarity[byte] = 0,
            _ => {}
        }
        byte += 1;
    }
    rarity
};

/// Returns the start of the part that is rarest in other texts: the one with the most digits, capitals, and changes
/// between kinds of characters.
fn rarest_part(needle: &[u8], length: usize) -> usize {
    let worth = |byte: &u8| RARITY[usize::from(*byte)];
    let change = |pair: &[u8]| if worth(&pair[0]) != worth(&pair[1]) { 2 } else { 0 };
    let needle = &needle[..needle.len().min(CHOICE)];

    let first = &needle[..length];
    let mut score = first.iter().map(worth).sum::<u32>() + first.windows(2).map(change).sum::<u32>();
    let (mut rarest, mut highest) = (0, score);
    for (start, (left, entered)) in needle.windows(2).zip(needle[length - 1..].windows(2)).enumerate() {
        // The part moves by one byte.
        score += change(entered) + worth(&entered[1]);
        score -= worth(&left[0]) + change(left);
        if score > highest {
            (rarest, highest) = (start + 1, score);
        }
    }
    rarest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_the_part_that_other_texts_do_not_have() {
        let url = b"postgres://service:9fK2mQ8sLw3TxY7z@db.internal.example.com";
        let from = rarest_part(url, 16);
        assert_eq!(&url[from..from + 16], b":9fK2mQ8sLw3TxY7");
    }
}
