//! Rust's text, as far as the law of the layers needs to read it: which paths, macros and methods a file
//! uses outside its tests. Comments and strings are no code.

/// What a file uses: `std::fs` with its whole path, also from within a `use` of many; `println!`; `.unwrap`.
pub fn uses(text: &str) -> Vec<String> {
    let tokens = without_tests(tokens(text));
    let mut used = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at] == "use" {
            at = tree(&tokens, at + 1, String::new(), &mut used);
        } else if is_word(&tokens[at]) {
            let is_method = at > 0 && tokens[at - 1] == ".";
            let mut path = if is_method { format!(".{}", tokens[at]) } else { tokens[at].clone() };
            while tokens.get(at + 1).is_some_and(|next| next == "::") && tokens.get(at + 2).is_some_and(|t| is_word(t))
            {
                path = format!("{path}::{}", tokens[at + 2]);
                at += 2;
            }
            if tokens.get(at + 1).is_some_and(|next| next == "!") && tokens.get(at + 2).is_none_or(|next| next != "=") {
                path.push('!');
            }
            used.push(path);
        }
        at += 1;
    }
    used
}

/// How many lines a file has before its tests.
pub fn length(text: &str) -> usize {
    text.lines().take_while(|line| *line != "#[cfg(test)]").count()
}

/// Adds the paths of one branch of a `use`, which ends before a comma, a brace or a semicolon.
fn tree(tokens: &[String], mut at: usize, mut path: String, used: &mut Vec<String>) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "{" => {
                loop {
                    at = tree(tokens, at + 1, path.clone(), used);
                    if tokens.get(at).is_none_or(|token| token != ",") {
                        break;
                    }
                }
                return at + 1;
            }
            "," | "}" | ";" => break,
            "as" => at += 1,
            "::" if path.is_empty() => {}
            "self" if !path.is_empty() => path.truncate(path.trim_end_matches("::").len()),
            token => path.push_str(token),
        }
        at += 1;
    }
    if !path.is_empty() && !path.ends_with("::") {
        used.push(path);
    }
    at
}

fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].starts_with(&["#", "[", "cfg", "(", "test", ")", "]"].map(String::from)) {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        // The item ends with its own semicolon, or with the brace that closes it.
        let mut depth = 0;
        at += 7;
        while at < tokens.len() {
            match tokens[at].as_str() {
                "{" | "(" | "[" => depth += 1,
                ")" | "]" => depth -= 1,
                "}" => depth -= 1,
                _ => {}
            }
            at += 1;
            if depth == 0 && matches!(tokens[at - 1].as_str(), ";" | "}") {
                break;
            }
        }
    }
    kept
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let raw = rest.trim_start_matches(['b', 'c']);
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(hashes) = raw_string(raw) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = rest.len() - raw.len() + 1 + hashes + 1;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if raw.starts_with('"') && rest.len() - raw.len() < 2 {
            rest.len() - raw.len() + quoted(raw, '"')
        } else if raw.starts_with('\'') && rest.len() - raw.len() < 2 && is_character(raw) {
            rest.len() - raw.len() + quoted(raw, '\'')
        } else if word > 0 {
            found.push(rest[..word].to_owned());
            word
        } else if rest.starts_with("::") {
            found.push("::".to_owned());
            2
        } else {
            if !c.is_whitespace() {
                found.push(c.to_string());
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    found
}

/// The number of hashes, if here begins a raw string.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?.trim_start_matches('#');
    after.starts_with('"').then(|| text.len() - 1 - after.len())
}

/// Whether a character, and no lifetime, begins here.
fn is_character(text: &str) -> bool {
    let mut after = text.chars().skip(1);
    after.next() == Some('\\') || after.next() == Some('\'')
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

#[test]
fn reads_what_is_used_and_nothing_that_is_only_said() {
    for (text, used) in [
        ("use std::fs;", "std::fs"),
        ("pub use std::{fs::{self, File}, io};", "pub std::fs std::fs::File std::io"),
        ("use crate::a::{B, c::*}; use crate::d as e;", "crate::a::B crate::a::c::* crate::d"),
        ("use io::Read as _;", "io::Read"),
        ("crate::ui::words::and(x)", "crate::ui::words::and x"),
        ("x.unwrap(); println!(\"unsafe\"); a != b", "x .unwrap println! a b"),
        ("// dbg!(a)\n/* todo!() */ r#\"x \" unsafe\"# b\"unsafe\" 'u' '\\'' &'a str", "a str"),
        ("a #[cfg(test)]\nmod tests { use x::y; fn f() { z } } b", "a b"),
        ("a #[cfg(test)] mod tests; b", "a b"),
        ("#[cfg(test)] #[allow(x)] fn f(a: [u8; 2]) { b } c", "c"),
        ("Vec::<u8>::new()", "Vec u8 new"),
    ] {
        let found = uses(text);
        let found: Vec<&str> =
            found.iter().map(String::as_str).filter(|word| !word.starts_with(char::is_numeric)).collect();
        assert_eq!(found.join(" "), used, "{text}");
    }
}
