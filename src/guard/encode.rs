//! The encodings in which values turn up.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use memchr::memchr2;
use zeroize::Zeroizing;

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// Encodes a value as it appears at each of the three offsets in a longer base64 text.
///
/// The digits that depend on the neighbours of the value are left out.
pub fn base64(value: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for before in 0..3 {
        let padded = Zeroizing::new([&[0; 2][..before], value].concat());
        let mut text = BASE64_STANDARD_NO_PAD.encode(&*padded).into_bytes();
        text.truncate(padded.len() * 8 / 6);
        text.drain(..(before * 8).div_ceil(6).min(text.len()));
        // The alphabet for URLs differs in two digits (RFC 4648, section 5).
        if memchr2(b'+', b'/', &text).is_some() {
            let for_url = |digit: &u8| match digit {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            };
            texts.push(text.iter().map(for_url).collect());
        }
        texts.push(text);
    }
    texts
}

/// Encodes a value in hexadecimal.
pub fn hex(value: &[u8]) -> Vec<Vec<u8>> {
    [LOWER, UPPER].map(|digits| hex_with(value, digits)).into()
}

/// Encodes a value with spaces as an HTML form does, but for the escapes.
pub fn form(value: &[u8]) -> Option<Vec<u8>> {
    let plus = |byte: &u8| if *byte == b' ' { b'+' } else { *byte };
    value.contains(&b' ').then(|| value.iter().map(plus).collect())
}

/// Writes a value with single quotes as shells do between single quotes.
pub fn quoted(value: &[u8]) -> Vec<Vec<u8>> {
    if !value.contains(&b'\'') {
        return Vec::new();
    }
    let parts: Vec<&[u8]> = value.split(|byte| *byte == b'\'').collect();
    [r"'\''", r#"'"'"'"#].map(|quote| parts.join(quote.as_bytes())).into()
}

fn hex_with(bytes: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    let mut text = vec![0; 2 * bytes.len()];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[byte >> 4, byte & 15].map(|digit| digits[usize::from(digit)]));
    }
    text
}
