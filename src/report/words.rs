//! Numbers and lists in words.

use std::fmt::Display;
use std::io;

/// `1 secret`, `2 secrets`, `2 entries`.
pub fn count(number: usize, noun: &str) -> String {
    match noun.strip_suffix("ry") {
        _ if number == 1 => format!("1 {noun}"),
        Some(stem) => format!("{number} {stem}ries"),
        None => format!("{number} {noun}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn and<T: Display>(items: &[T]) -> String {
    list(items, "and")
}

/// `a`, `a or b`, `a, b or c`.
pub fn or<T: Display>(items: &[T]) -> String {
    list(items, "or")
}

fn list<T: Display>(items: &[T], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.to_string(),
        [all @ .., end] => {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            format!("{} {last} {end}", all.join(", "))
        }
    }
}

/// Renders a system error in the system's own words, without Rust's error number behind them.
pub fn plain_io(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut text = text[..end].to_owned();

    let is_upper = |at: usize| text[at..].starts_with(|c: char| c.is_ascii_uppercase());
    if is_upper(0) && !is_upper(1) {
        text[..1].make_ascii_lowercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_lists() {
        assert_eq!((count(0, "secret"), count(1, "secret")), ("0 secrets".into(), "1 secret".into()));
        assert_eq!(and::<&str>(&[]), "");
        assert_eq!(
            (and(&["a"]), and(&["a", "b"]), or(&["a", "b", "c"])),
            ("a".into(), "a and b".into(), "a, b or c".into())
        );
    }
}
