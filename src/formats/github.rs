//! GitHub Actions: `etui resolve --format github >> "$GITHUB_ENV"`.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::{Variable, lines};

/// `NAME=value`; of a value with several lines `NAME<<WORD`, the lines, and the word. The word is random:
/// one that could be foreseen would let a value end there and set other variables.
pub fn print(variables: &[Variable<'_>], random: &mut dyn FnMut() -> String) -> Zeroizing<String> {
    let word = loop {
        let word = random();
        if !variables.iter().any(|variable| variable.text.contains(&word)) {
            break word;
        }
    };
    lines(variables, |variable, out| {
        let _ = match variable.text.contains(['\n', '\r']) {
            false => writeln!(out, "{}={}", variable.name, &*variable.text),
            true => writeln!(out, "{}<<{word}\n{}\n{word}", variable.name, &*variable.text),
        };
    })
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn ends_a_value_with_a_word_that_is_not_in_it() {
        let mut words = ["b", "end"].into_iter();
        let mut random = || words.next().unwrap().to_owned();
        assert_eq!(one("a\nb", |v| print(v, &mut random)).as_str(), "A<<end\na\nb\nend\n");
        assert_eq!(one("a b", |v| print(v, &mut || "end".into())).as_str(), "A=a b\n");
    }
}
