//! A text with a time limit, for a keyring that knows none: a version, the end in seconds since 1970 (eight bytes, the
//! highest first), the text.

use zeroize::Zeroizing;

use super::LONGEST;

const VERSION: u8 = 1;

/// Prints a text that counts before `end`.
pub fn print(text: &[u8], end: u64) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&[VERSION][..], &end.to_be_bytes(), text].concat())
}

/// Returns the text, if its time is not over. An end beyond the longest time means that the clock was put back, and
/// nobody knows by how much.
pub fn parse(item: &[u8], now: u64) -> Option<&[u8]> {
    let (&[version], rest) = item.split_first_chunk()?;
    let (end, text) = rest.split_first_chunk()?;
    let left = u64::from_be_bytes(*end).checked_sub(now)?;
    (version == VERSION && left > 0 && left <= LONGEST.seconds()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn counts_before_its_end_only() {
        let longest = LONGEST.seconds();
        for (end, counts) in [
            (NOW + 1, true),
            (NOW + longest, true),
            (NOW, false),
            (NOW - 1, false),
            (0, false),
            // As after the clock was put back.
            (NOW + longest + 1, false),
            (u64::MAX, false),
        ] {
            assert_eq!(parse(&print(b"text", end), NOW), counts.then_some(&b"text"[..]), "{end}");
        }
    }

    #[test]
    fn what_etui_has_not_written_does_not_count() {
        let item = print(b"", NOW + 1);
        assert_eq!(parse(&item, NOW), Some(&b""[..]));
        for length in 0..item.len() {
            assert_eq!(parse(&item[..length], NOW), None, "{length}");
        }
        assert_eq!(parse(&[&[2][..], &item[1..]].concat(), NOW), None);
    }
}
