//! Values that any text may contain by chance. To search for them would only find noise.

/// The fewest characters of a value that a search can look for.
pub const SHORTEST: usize = 8;

/// The length from which a text of nothing but letters or digits is more than a word or a number.
const LONG_WORD: usize = 16;

/// Whether any text may contain the value by chance.
///
/// Such a value has fewer than [`SHORTEST`] characters, repeats one character, or is a single word or number of fewer
/// than 16 characters, such as `localhost`.
pub fn is_plain(value: &[u8]) -> bool {
    let value = without_newlines(value);
    let is_word_or_number = || is_word(value) || value.iter().all(u8::is_ascii_digit);
    is_short(value) || value.iter().all(|byte| *byte == value[0]) || value.len() < LONG_WORD && is_word_or_number()
}

/// Whether the value has fewer than [`SHORTEST`] characters. Newlines at its end do not count: no form has them.
pub fn is_short(value: &[u8]) -> bool {
    let value = without_newlines(value);
    std::str::from_utf8(value).map_or(value.len(), |text| text.chars().count()) < SHORTEST
}

/// The first bytes, in base64, of every SSH key without a passphrase: `openssh-key-v1`, and that nothing is encrypted.
const SSH_KEY: &[u8] = b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB";

/// Whether a line of a longer value, or a text in it, may stand in other people's files.
pub(super) fn is_common_line(line: &[u8]) -> bool {
    is_plain(line) || is_phrase(line) || line.starts_with(SSH_KEY)
}

/// Whether a line of a longer value consists of nothing but words and numbers.
///
/// Such lines frame a key or hold the field names of a JSON file, and stand in everybody's files.
fn is_phrase(line: &[u8]) -> bool {
    let is_separator = |byte: &u8| !byte.is_ascii_alphanumeric() && byte.is_ascii();
    line.split(is_separator).all(|run| {
        let (letters, digits) = run.split_at(run.iter().take_while(|byte| byte.is_ascii_alphabetic()).count());
        let is_change = |pair: &&[u8]| pair[0].is_ascii_lowercase() != pair[1].is_ascii_lowercase();
        let changes = letters.windows(2).filter(is_change).count();
        let is_number = letters.is_empty() && digits.len() < LONG_WORD;
        let is_word = !letters.is_empty() && digits.len() <= 4 && changes * 3 <= letters.len();
        digits.iter().all(u8::is_ascii_digit) && (is_number || is_word)
    })
}

/// Returns the value without the line ends at its end. A value that was read from a file often has one.
pub(super) fn without_newlines(mut value: &[u8]) -> &[u8] {
    while let [rest @ .., b'\n' | b'\r'] = value {
        value = rest;
    }
    value
}

/// Whether the value is written as a word is: `word`, `Word` or `WORD`.
fn is_word(value: &[u8]) -> bool {
    let tail = value.get(1..).unwrap_or_default();
    value.iter().all(u8::is_ascii_alphabetic)
        && (tail.iter().all(u8::is_ascii_lowercase) || value.iter().all(u8::is_ascii_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_value_may_stand_in_any_text() {
        for plain in [
            "",
            "\n",
            "1234567",
            "éééé",
            "localhost",
            "Production",
            "POSTGRES",
            "production\n",
            "20261121",
            "--------",
            "xxxxxxxxxxxxxxxxxxxx",
            "123456789012345",
        ] {
            assert!(is_plain(plain.as_bytes()), "{plain}");
        }
        for distinctive in [
            "12345678x",
            "пароль12",
            "passWord",
            "correcthorsebatterystaple",
            "localhost:5432",
            "1234567890123456",
            "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}",
        ] {
            assert!(!is_plain(distinctive.as_bytes()), "{distinctive}");
        }
        assert!(!is_plain(b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8"));
    }
}
