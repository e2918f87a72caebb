//! Bytes as hexadecimal text.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Encodes bytes as lowercase hexadecimal digits, two for each byte.
pub fn encode(bytes: &[u8]) -> String {
    let digit = |number: u8| char::from(DIGITS[usize::from(number)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Decodes exactly what [`encode`] prints for `N` bytes: uppercase digits are refused.
pub fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }

    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = number(pair[0])? << 4 | number(pair[1])?;
    }
    Some(bytes)
}

fn number(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_only_what_it_encodes() {
        assert_eq!(encode(&[0, 15, 160, 255]), "000fa0ff");
        assert_eq!(decode("000fa0ff"), Some([0, 15, 160, 255]));
        for bad in ["", "0", "000FA0FF", "000fa0f", "000fa0ff0", "000fa0f+", " 00fa0ff", "é0fa0ff"] {
            assert_eq!(decode::<4>(bad), None, "{bad}");
        }
    }
}
