//! GitHub Actions: `etui resolve --format github --output "$GITHUB_ENV"`.

use std::collections::HashSet;
use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::text::{self, lines};
use super::variable::Variable;

/// Prints `NAME=value` for each variable. A value of several lines stands between `NAME<<WORD` and the word.
///
/// The word is random: a value that knows it could end there and set other variables.
pub fn print(variables: &[Variable<'_>], random: &mut dyn FnMut() -> String) -> Zeroizing<String> {
    let word = loop {
        let word = random();
        if !variables.iter().any(|variable| variable.text.contains(&word)) {
            break word;
        }
    };
    lines(variables, |out, Variable { name, text }| match text.contains(['\n', '\r']) {
        false => writeln!(out, "{name}={text}"),
        true => writeln!(out, "{name}<<{word}\n{text}\n{word}"),
    })
}

/// Prints the commands that hide these values in the log of a job.
///
/// The runner compares line by line, and warns of a mask without a character to hide. In a value of several lines, one
/// that is only punctuation, such as a brace, would hide that character everywhere.
pub fn masks<'v>(values: impl IntoIterator<Item = &'v str>) -> Zeroizing<String> {
    let mut known = HashSet::new();
    let mut hidden: Vec<&str> = Vec::new();
    for value in values {
        let is_one = !value.contains(['\n', '\r']);
        let says = |line: &&str| if is_one { !line.trim().is_empty() } else { line.contains(char::is_alphanumeric) };
        hidden.extend(value.split(['\n', '\r']).filter(says).filter(|line| known.insert(*line)));
    }
    // The runner decodes `%25`, and the codes of the ends of lines.
    text::text(|out| hidden.iter().try_for_each(|line| writeln!(out, "::add-mask::{}", line.replace('%', "%25"))))
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::{masks, print};

    #[test]
    fn masks_each_line_once_and_none_without_a_character() {
        for (values, printed) in [
            (&["a b", "a b", "", " \t"][..], "::add-mask::a b\n"),
            (&["50%25 off%0A"], "::add-mask::50%2525 off%250A\n"),
            (&["::x::%"], "::add-mask::::x::%25\n"),
            (&["one\n\n two\r\none\rthree\n"], "::add-mask::one\n::add-mask:: two\n::add-mask::three\n"),
            (&["{\n  \"key\": 1\n}\n", "}"], "::add-mask::  \"key\": 1\n::add-mask::}\n"),
        ] {
            assert_eq!(masks(values.iter().copied()).as_str(), printed, "{values:?}");
        }
    }

    #[test]
    fn ends_a_value_with_a_word_that_is_not_in_it() {
        let mut words = ["b", "end"].into_iter();
        let mut random = || words.next().unwrap().to_owned();
        assert_eq!(print_one("a\nb", |a| print(a, &mut random)).as_str(), "A<<end\na\nb\nend\n");
        assert_eq!(print_one("a b", |a| print(a, &mut || "end".into())).as_str(), "A=a b\n");
    }
}
