//! The bytes that hashes and signatures cover.

use sha2::{Digest as _, Sha256};

/// Joins a label and parts into the bytes that one hash or one signature covers.
///
/// The label says what they are for, so that nothing made for one purpose counts for another. Each part
/// follows its length, so that no two lists of parts make the same bytes.
pub fn labelled(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("etui {label} v1\n").into_bytes();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(*part);
    }
    bytes
}

/// A SHA-256 digest.
pub type Digest = [u8; 32];

/// Hashes a label and parts.
pub fn digest(label: &str, parts: &[&[u8]]) -> Digest {
    Sha256::digest(labelled(label, parts)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lists_of_parts_make_the_same_bytes() {
        assert_eq!(labelled("card", &[b"ab", b""]), b"etui card v1\n\0\0\0\0\0\0\0\x02ab\0\0\0\0\0\0\0\0");
        let lists: [&[&[u8]]; 5] = [&[], &[b""], &[b"ab"], &[b"a", b"b"], &[b"", b"ab"]];
        for (at, one) in lists.iter().enumerate() {
            for other in &lists[at + 1..] {
                assert_ne!(labelled("card", one), labelled("card", other));
            }
        }
    }
}
