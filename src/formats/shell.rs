//! POSIX shells: `eval "$(etui resolve --format shell)"`, and the quoting of single words.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::shell_names;
use super::text::{FormattedText, lines};
use super::variable::Variable;

/// The characters that mean something between double quotes.
pub const SPECIAL: [char; 4] = ['"', '$', '\\', '`'];

/// Prints one line `export NAME='value'` for each variable.
pub fn print(variables: &[Variable<'_>]) -> FormattedText {
    let text = lines(variables, |out, Variable { name, text }| writeln!(out, "export {name}={}", single_quoted(text)));
    FormattedText { text, warnings: shell_names::warnings(variables, shell_names::posix) }
}

/// Quotes a word for a POSIX shell. A plain word stays as it is.
pub fn shell_quote(word: &str) -> Cow<'_, str> {
    if is_plain(word) { Cow::Borrowed(word) } else { Cow::Owned(single_quoted(word)) }
}

/// Whether a word means itself without quotes, in every shell and to every consumer of dotenv text.
pub fn is_plain(word: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+,-=".contains(&byte);
    // zsh replaces `=ls` by the path of `ls`.
    !word.is_empty() && !word.starts_with('=') && word.bytes().all(is_plain)
}

/// Nothing has a meaning between single quotes but the quote that ends them.
fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::*;

    #[test]
    fn quotes_every_value() {
        for (value, line) in [
            ("", "export A=''\n"),
            ("a", "export A='a'\n"),
            ("a'b'", "export A='a'\\''b'\\'''\n"),
            ("$(id)\n\"", "export A='$(id)\n\"'\n"),
        ] {
            assert_eq!(print_one(value, print).text.as_str(), line);
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
