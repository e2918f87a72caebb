//! A filter for blocks of a few bytes: it rejects nearly all blocks that were not added, and none that were.

/// A Bloom filter with two bits of one word for each block. It is meant to fit in the processor's cache.
pub struct Filter {
    words: Vec<u64>,
}

impl Filter {
    /// Makes an empty filter for this many blocks.
    pub fn new(blocks: usize) -> Filter {
        // With 16 bits for each block, at most one foreign block in a hundred passes.
        Filter { words: vec![0; blocks.next_power_of_two().max(64) / 4] }
    }

    /// Adds a block.
    pub fn add(&mut self, block: u64) {
        let (word, bits) = self.place(block);
        self.words[word] |= bits;
    }

    /// Whether a block may have been added.
    #[inline(always)]
    pub fn passes(&self, block: u64) -> bool {
        let (word, bits) = self.place(block);
        self.words[word] & bits == bits
    }

    /// Returns the word of a block, and its bits there.
    #[inline(always)]
    fn place(&self, block: u64) -> (usize, u64) {
        let hash = hash(block);
        let bits = 1 << (hash >> 26 & 63) | 1 << (hash >> 20 & 63);
        ((hash >> 32) as usize & (self.words.len() - 1), bits)
    }
}

/// A set of pairs of bytes.
pub struct Pairs {
    bits: Vec<u64>,
}

impl Default for Pairs {
    fn default() -> Pairs {
        Pairs { bits: vec![0; 1 << 10] }
    }
}

impl Pairs {
    /// Adds a pair.
    pub fn add(&mut self, first: u8, second: u8) {
        let (word, bit) = Pairs::place(first, second);
        self.bits[word] |= bit;
    }

    /// Whether a pair was added.
    pub fn contains(&self, first: u8, second: u8) -> bool {
        let (word, bit) = Pairs::place(first, second);
        self.bits[word] & bit != 0
    }

    fn place(first: u8, second: u8) -> (usize, u64) {
        let number = u16::from_be_bytes([first, second]);
        (usize::from(number >> 6), 1 << (number & 63))
    }
}

/// Packs up to eight bytes into one word.
#[inline(always)]
pub fn block<const BLOCK: usize>(bytes: &[u8; BLOCK]) -> u64 {
    let mut block = [0; 8];
    block[..BLOCK].copy_from_slice(bytes);
    u64::from_le_bytes(block)
}

/// Hashes a block. Each of its bits changes the highest bits of the product (Fibonacci hashing).
#[inline(always)]
pub fn hash(block: u64) -> u64 {
    (block ^ block >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
