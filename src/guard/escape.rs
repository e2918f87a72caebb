//! The escapes with which writers stand for a character that they cannot or will not write.

use std::ops::Range;

use memchr::memchr2;

/// An escape and what it stands for.
pub struct Escape {
    /// In the text.
    pub length: usize,
    /// What it stands for, of which the first `size` bytes count.
    pub bytes: [u8; 4],
    pub size: usize,
}

/// Returns the escape at the start of a text.
///
/// These are the escapes of JSON (RFC 8259), of URLs (RFC 3986), and of C, Python, JavaScript and shells. A backslash
/// before a space or a punctuation mark stands for that.
pub fn escape(text: &[u8]) -> Option<Escape> {
    let byte = |length, byte| Some(Escape { length, bytes: [byte, 0, 0, 0], size: 1 });
    match *text {
        [b'%', a, b, ..] => byte(3, number([a, b], 16)? as u8),
        [b'\\', kind, ref rest @ ..] => match (kind, rest) {
            (b'n', _) => byte(2, b'\n'),
            (b'r', _) => byte(2, b'\r'),
            (b't', _) => byte(2, b'\t'),
            (b'b', _) => byte(2, 8),
            (b'f', _) => byte(2, 12),
            (b'v', _) => byte(2, 11),
            (b'a', _) => byte(2, 7),
            (b'e' | b'E', _) => byte(2, 27),
            (b'0'..=b'3', [b, c, ..]) => byte(4, number([kind, *b, *c], 8)? as u8),
            (b'x', [a, b, ..]) => byte(4, number([*a, *b], 16)? as u8),
            (b'u', [b'{', rest @ ..]) => {
                let digits = rest.iter().take(7).take_while(|byte| **byte != b'}').count();
                let code = number(rest[..digits].iter().copied(), 16)?;
                (digits > 0 && rest.get(digits) == Some(&b'}')).then_some(())?;
                character(digits + 4, code)
            }
            (b'u', [a, b, c, d, rest @ ..]) => match number([*a, *b, *c, *d], 16)? {
                // Two halves of a character outside the Basic Multilingual Plane (RFC 8259, section 7).
                high @ 0xd800..0xdc00 => match *rest {
                    [b'\\', b'u', a, b, c, d, ..] => match number([a, b, c, d], 16)? {
                        low @ 0xdc00..0xe000 => character(12, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)),
                        _ => None,
                    },
                    _ => None,
                },
                code => character(6, code),
            },
            (b'U', rest) => character(10, number(rest.first_chunk::<8>().copied()?, 16)?),
            (kind, _) if kind.is_ascii_punctuation() || kind.is_ascii_whitespace() => byte(2, kind),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the escape at the start of a text, with all backslashes before it, and whether it is clear what it stands
/// for: not for a part of another escape.
pub fn inner_escape(text: &[u8]) -> Option<(Escape, bool)> {
    let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
    let before = slashes.saturating_sub(1);
    match escape(&text[before..]) {
        Some(Escape { length, bytes, size }) => {
            // Only writers that escape every character escape letters and digits.
            let is_number = length > 2 && (before > 0 || bytes[0].is_ascii_alphanumeric());
            // Of several backslashes before a letter, one may be left, if what the letter stands for needs none.
            let leaves_none = before == 0 || bytes[0].is_ascii_punctuation() || bytes[0].is_ascii_whitespace();
            let is_clear = !b"\\%".contains(&bytes[0]) && !is_number && leaves_none;
            Some((Escape { length: before + length, bytes, size }, is_clear))
        }
        None if before > 0 => {
            let is_clear = !matches!(text.get(slashes), Some(b'u' | b'U' | b'x' | b'0'..=b'3'));
            Some((Escape { length: slashes, bytes: [b'\\', 0, 0, 0], size: 1 }, is_clear))
        }
        None => None,
    }
}

/// Returns the escapes of a text, from left to right.
pub fn escapes(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + memchr2(b'\\', b'%', &text[from..])?;
            from = start + 1;
            if let Some(Escape { length, .. }) = escape(&text[start..]) {
                from = start + length;
                return Some(start..from);
            }
        }
    })
}

/// Whether a text is the beginning of an escape.
pub fn is_open(text: &[u8]) -> bool {
    let is_completed = |rest: &&str| {
        let whole = [text, rest.as_bytes()].concat();
        escape(&whole).is_some_and(|escape| escape.length > text.len())
    };
    ["00000000", "}", "\\udc00", "udc00", "dc00", "c00"].iter().any(is_completed)
}

/// Returns an escape of this length that stands for a character.
fn character(length: usize, code: u32) -> Option<Escape> {
    let mut bytes = [0; 4];
    let size = char::from_u32(code)?.encode_utf8(&mut bytes).len();
    Some(Escape { length, bytes, size })
}

/// Reads a number of at least one digit.
fn number(digits: impl IntoIterator<Item = u8>, radix: u32) -> Option<u32> {
    let digit = |byte: u8| char::from(byte).to_digit(radix);
    digits.into_iter().map(digit).try_fold(0_u32, |number, digit| Some(number.checked_mul(radix)? + digit?))
}
