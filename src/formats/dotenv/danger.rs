//! Values that are worse than misread: some consumer would run them, or lose or gain variables by them.

use super::assignment::Quoting;
use crate::formats::text::lines;
use crate::formats::variable::Variable;

/// Returns what a well-known consumer would do with a dangerous value, given its quoting and the variables after it.
pub fn danger(text: &str, quoting: Quoting, after: &[Variable<'_>]) -> Option<&'static str> {
    let is_escaped = quoting == Quoting::Escaped;
    if text.contains("$(") {
        Some("dotenv-expand would run its `$(…)` as a command")
    } else if is_escaped && text.contains('"') && text.contains('\n') {
        Some("node and Vite would read its later lines as new variables")
    } else if is_escaped && text.ends_with('\\') && closes_later(after) {
        Some("npm dotenv would read past its final backslash and lose the variables after it")
    } else {
        None
    }
}

/// Whether npm dotenv finds another end for a value that ends with `\\"`.
///
/// It takes that quote for an escaped one, and searches on for a quote at the end of a line or before a comment.
/// Every quote that it passes on the way must have a backslash before it.
fn closes_later(after: &[Variable<'_>]) -> bool {
    let after = lines(after, |out, variable| Quoting::of(&variable.text).print(variable, out));
    let is_end = |c: char| matches!(c, '#' | '\n' | '\r' | '\u{2028}' | '\u{2029}');
    let is_blank = |c: char| c.is_whitespace() || c == '\u{feff}';

    for (at, quote) in after.match_indices('"') {
        let rest = &after[at + quote.len()..];
        if rest.chars().find(|c| is_end(*c) || !is_blank(*c)).is_some_and(is_end) {
            return true;
        }
        if !after[..at].ends_with('\\') {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_values_that_a_consumer_would_run_or_take_variables_from() {
        for (value, why) in [
            ("$(id)", "dotenv-expand would run its `$(…)` as a command"),
            ("it's $(id)", "dotenv-expand would run its `$(…)` as a command"),
            ("'\"\nNODE_OPTIONS=x", "node and Vite would read its later lines as new variables"),
        ] {
            assert_eq!(danger(value, Quoting::of(value), &[]), Some(why));
        }
    }

    #[test]
    fn knows_a_final_backslash_that_makes_npm_dotenv_lose_variables() {
        let lost = |texts: &[&'static str]| {
            let after: Vec<_> = texts.iter().map(|text| Variable { name: "A", text: (*text).into() }).collect();
            danger("a\\", Quoting::of("a\\"), &after).is_some()
        };
        for texts in [&["#it's"][..], &["x", "#it's"], &["say \"#1\""], &["x \" #"], &["\"\nB=1"], &["\\\"#"]] {
            assert!(lost(texts), "{texts:?}");
        }
        for texts in [&[][..], &["b\\"], &["x", "#y z"], &["it's #1"], &["say \"it's\"", "#it's"]] {
            assert!(!lost(texts), "{texts:?}");
        }
    }
}
