//! Numbers and lists in words.

use std::fmt::Display;

/// `1 secret`, `2 secrets`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
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
