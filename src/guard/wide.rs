//! Texts whose characters are two or four bytes each: UTF-16 and UTF-32.
//!
//! A text is recognised by its byte order mark, or by the zero bytes of its ASCII characters. A text that is not one
//! as a whole may still hold pieces of one: Windows PowerShell appends UTF-16 to any file.

use std::ops::Range;

use memchr::memchr;

use super::common::SHORTEST;

/// The bytes at the start of a text that show what it is.
const HEAD: usize = 8192;

/// The bytes of a block in [`runs`]. Wherever a run of [`SHORTEST`] characters begins, it covers one.
const BLOCK: usize = 8;

/// A text without a byte order mark is recognised if at least one of so many characters is ASCII.
const ASCII_SHARE: usize = 8;

/// How the characters of a text are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Units {
    /// In bytes: 2 or 4.
    size: usize,
    is_big_endian: bool,
}

/// Turns a text into UTF-8, piece by piece. What is not valid becomes U+FFFD.
#[derive(Debug)]
pub(super) struct Decoder {
    units: Units,
    /// The start of a character whose end is in the next piece.
    carried: Vec<u8>,
    /// Whether nothing but a byte order mark can have come.
    is_at_start: bool,
}

/// Returns a text that is not UTF-8 as UTF-8.
pub fn decode(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = Decoder::of(bytes)?;
    let mut text = Vec::with_capacity(bytes.len() / 2);
    decoder.decode(bytes, &mut text);
    Some(text)
}

/// The parts of a text that look like ASCII in UTF-16: every other byte is zero. A part begins with a byte that is not.
pub(super) fn runs(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    // Most texts have no zero, and most that have some have no run.
    let (mut from, mut block) = (0, memchr(0, text).map_or(text.len(), |zero| zero.saturating_sub(1) / BLOCK));
    std::iter::from_fn(move || {
        loop {
            let (at, first) = next_alternating(text, block)?;
            let is_pair = |at: usize| text.get(at).is_some_and(|byte| *byte != 0) && text.get(at + 1) == Some(&0);
            let (mut start, mut end) = (at + first, at + first);
            while start >= from + 2 && is_pair(start - 2) {
                start -= 2;
            }
            while is_pair(end) {
                end += 2;
            }
            from = end;
            block = (end / BLOCK).max(at / BLOCK + 1);
            // The last byte of big-endian text has no zero after it.
            if text.get(end).is_some_and(|byte| *byte != 0) {
                end += 1;
            }
            if (end - start).div_ceil(2) >= SHORTEST {
                return Some(start..end);
            }
        }
    })
}

/// Finds the next block in which every other byte is zero and no other one. Returns its offset, and that of its first
/// byte that is not zero.
///
/// Every run of [`SHORTEST`] characters holds one. The test of a block has no branch, and the blocks are taken eight at
/// a time, so that a binary file is searched hardly slower than without it.
fn next_alternating(text: &[u8], from: usize) -> Option<(usize, usize)> {
    const EVEN: u64 = 0x00ff_00ff_00ff_00ff;
    const CARRY: u64 = 0x0100_0100_0100_0100;
    let is_alternating = |word: u64| {
        let (even, odd) = (word & EVEN, word & !EVEN);
        let bytes = even | odd >> 8;
        ((even == 0) | (odd == 0)) & ((bytes + EVEN) & CARRY == CARRY)
    };
    let word = |block: &[u8]| block.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));

    let mut at = from * BLOCK;
    while let Some(blocks) = text.get(at..at + 8 * BLOCK) {
        if blocks.chunks_exact(BLOCK).fold(false, |any, block| any | is_alternating(word(block))) {
            break;
        }
        at += 8 * BLOCK;
    }
    let mut blocks = text.get(at..)?.chunks_exact(BLOCK);
    let found = at + blocks.position(|block| is_alternating(word(block)))? * BLOCK;
    Some((found, usize::from(text[found] == 0)))
}

impl Units {
    fn of(head: &[u8]) -> Option<Units> {
        let units = |size, is_big_endian| Some(Units { size, is_big_endian });
        match head {
            [0xff, 0xfe, 0, 0, ..] => units(4, false),
            [0, 0, 0xfe, 0xff, ..] => units(4, true),
            [0xff, 0xfe, ..] => units(2, false),
            [0xfe, 0xff, ..] => units(2, true),
            _ => {
                let head = &head[..head.len().min(HEAD)];
                memchr(0, head)?;
                if head.iter().take(4).all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) {
                    // It begins as another text.
                    return None;
                }
                let all = [false, true].map(|is_big_endian| Units { size: 2, is_big_endian });
                all.into_iter().find(|units| units.fit(head))
            }
        }
    }

    /// Whether this is text if its characters are stored so: enough ASCII, nothing invalid, no control characters.
    fn fit(self, head: &[u8]) -> bool {
        let mut units = head.chunks_exact(2).map(|bytes| self.unit(bytes) as u16).peekable();
        let (mut all, mut ascii) = (0, 0);
        while let Some(unit) = units.next() {
            all += 1;
            match unit {
                0x09..=0x0d | 0x1b | 0x20..=0x7e => ascii += 1,
                0..=0x1f | 0x7f | 0xfffe | 0xffff | 0xdc00..=0xdfff => return false,
                // The second half may be behind the head.
                0xd800..=0xdbff if units.next_if(|low| (0xdc00..=0xdfff).contains(low)).is_none() => {
                    return units.peek().is_none() && ascii * ASCII_SHARE >= all;
                }
                _ => {}
            }
        }
        all > 0 && ascii * ASCII_SHARE >= all
    }

    fn unit(self, bytes: &[u8]) -> u32 {
        let add = |number, byte: &u8| number << 8 | u32::from(*byte);
        if self.is_big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }
}

impl Decoder {
    /// Recognises a text by its start.
    pub fn of(head: &[u8]) -> Option<Decoder> {
        Units::of(head).map(|units| Decoder { units, carried: Vec::new(), is_at_start: true })
    }

    /// Whether a run that begins at this offset of the text is among what is decoded.
    pub fn reads(&self, offset: u64) -> bool {
        offset % 2 == u64::from(self.units.is_big_endian)
    }

    /// Decodes the next piece, and appends it to a text.
    pub fn decode(&mut self, piece: &[u8], text: &mut Vec<u8>) {
        let Units { size, .. } = self.units;
        self.carried.extend_from_slice(piece);
        let unit = |at: usize| self.carried.get(at..at + size).map(|bytes| self.units.unit(bytes));

        let mut at = 0;
        while let Some(first) = unit(at) {
            let (character, length) = match (size, first) {
                (2, 0xd800..=0xdbff) => match unit(at + size) {
                    None => break,
                    Some(low @ 0xdc00..=0xdfff) => (0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00), 4),
                    Some(_) => (first, 2),
                },
                _ => (first, size),
            };
            at += length;
            let is_mark = self.is_at_start && character == 0xfeff;
            self.is_at_start = false;
            if !is_mark {
                let character = char::from_u32(character).unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        self.carried.drain(..at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str, is_big_endian: bool) -> Vec<u8> {
        let order = |unit: u16| if is_big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn recognises_and_decodes_texts_of_every_script() {
        for text in ["KEY=x9fK2mQ8\r\n", "密码: 上海 x9\n", "пароль = x9fK2mQ8\n", "🦀🦀 = 1\n", "é", "a"]
        {
            for is_big_endian in [false, true] {
                for mark in ["", "\u{feff}"] {
                    let decoded = decode(&bytes(&format!("{mark}{text}"), is_big_endian));
                    // Without a mark, a text without ASCII could be anything.
                    let is_known = !mark.is_empty() || text != "é";
                    let expected = is_known.then(|| text.as_bytes().to_vec());
                    assert_eq!(decoded, expected, "{text:?} {is_big_endian} {mark:?}");
                }
            }
        }
        let wide =
            |order: fn(u32) -> [u8; 4]| "\u{feff}x9🦀\n".chars().flat_map(|c| order(c.into())).collect::<Vec<_>>();
        for bytes in [wide(u32::to_le_bytes), wide(u32::to_be_bytes)] {
            assert_eq!(decode(&bytes), Some("x9🦀\n".into()));
        }
    }

    #[test]
    fn other_files_are_not_texts() {
        let numbers: Vec<u8> = (0..4000u16).flat_map(|number| (number % 300).to_le_bytes()).collect();
        for bytes in [
            "text".as_bytes(),
            b"",
            b"\0",
            "密码".as_bytes(),
            &[0; 64],
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
            &numbers,
        ] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_character_may_stand_at_the_edge_of_two_pieces() {
        let text = "\u{feff}a🦀\n漢b";
        let bytes = bytes(text, false);
        for cut in 2..bytes.len() {
            let mut decoder = Decoder::of(&bytes).unwrap();
            let mut decoded = Vec::new();
            decoder.decode(&bytes[..cut], &mut decoded);
            decoder.decode(&bytes[cut..], &mut decoded);
            assert_eq!(decoded, &text.as_bytes()[3..], "{cut}");
        }
    }

    #[test]
    fn what_is_not_valid_does_not_end_the_text() {
        let mut bytes = bytes("\u{feff}a", false);
        bytes.extend([0x00, 0xd8, b'b', 0, 0x00, 0xdc, b'c', 0, 0x00]);
        assert_eq!(decode(&bytes).unwrap(), "a\u{fffd}b\u{fffd}c".as_bytes());
    }

    #[test]
    fn finds_runs_at_every_offset() {
        let found = |text: &[u8]| runs(text).collect::<Vec<_>>();
        for before in 0..70 {
            for filler in [b'x', 0, b'\n'] {
                for is_big_endian in [false, true] {
                    let text = [vec![filler; before], bytes("x9fK2mQ8", is_big_endian), b"yyy\0\0zz".to_vec()].concat();
                    let run = found(&text).pop().map(|run| text[run].iter().step_by(2).copied().collect::<Vec<_>>());
                    let run = run.unwrap_or_else(|| panic!("{before} {filler} {is_big_endian}"));
                    assert!(run.windows(8).any(|eight| eight == b"x9fK2mQ8"), "{run:?}");
                }
            }
        }
        for none in [&b"a\0b\0c\0d\0e\0f\0g\0"[..], &[0; 1000], b"plain text", b""] {
            assert!(found(none).is_empty(), "{none:?}");
        }
    }
}
