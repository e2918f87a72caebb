//! Words in the form that a shell reads back as they are.

use std::borrow::Cow;

/// Quotes a word for a POSIX shell. A plain word stays as it is.
pub fn shell_quote(word: &str) -> Cow<'_, str> {
    if is_plain(word) { Cow::Borrowed(word) } else { Cow::Owned(single_quoted(word)) }
}

/// Whether a word means itself without quotes, in every shell and to every consumer of dotenv text.
pub fn is_plain(word: &str) -> bool {
    // From `+` to `:` there are the digits and `+,-./:`.
    let is_plain =
        |byte: u8| byte.is_ascii_alphabetic() | matches!(byte, b'+'..=b':') | matches!(byte, b'@' | b'_' | b'%' | b'=');
    // All bytes are looked at, whatever they are: so the compiler takes many at once.
    let all_plain = word.bytes().fold(true, |all, byte| all & is_plain(byte));
    // zsh replaces `=ls` by the path of `ls`.
    all_plain && !word.is_empty() && !word.starts_with('=')
}

/// Puts a text between single quotes. Nothing has a meaning between them but the quote that ends them.
fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_and_some_marks_are_plain() {
        for byte in 0..=127_u8 {
            let plain = byte.is_ascii_alphanumeric() || b"_./:@%+,-=".contains(&byte);
            assert_eq!(is_plain(&format!("a{}", char::from(byte))), plain, "{byte}");
        }
    }

    #[test]
    fn quotes_a_word_only_if_it_needs_quotes() {
        for word in ["acme", "/home/al/vault.age", "-p", "a=b,c", "user@host:22", "50%", "a+b_c-d"] {
            assert_eq!(shell_quote(word), word);
        }
        for (word, quoted) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("'", r"''\'''"),
            ("=ls", "'=ls'"),
            ("~", "'~'"),
            ("#a", "'#a'"),
            ("a*", "'a*'"),
            ("$HOME", "'$HOME'"),
            ("a\\b", "'a\\b'"),
            ("!x", "'!x'"),
            ("é", "'é'"),
            ("a\nb", "'a\nb'"),
        ] {
            assert_eq!(shell_quote(word), quoted);
        }
    }
}
