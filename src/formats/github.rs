//! GitHub Actions: `etui resolve --format github >> "$GITHUB_ENV"`.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::text::lines;
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

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::print;

    #[test]
    fn ends_a_value_with_a_word_that_is_not_in_it() {
        let mut words = ["b", "end"].into_iter();
        let mut random = || words.next().unwrap().to_owned();
        assert_eq!(print_one("a\nb", |a| print(a, &mut random)).as_str(), "A<<end\na\nb\nend\n");
        assert_eq!(print_one("a b", |a| print(a, &mut || "end".into())).as_str(), "A=a b\n");
    }
}
