//! Which hints of the source no expected text of a test shows, and so nobody ever ran.
//!
//! It compares texts: the commands that `src` makes with `report::Command`, with `_` for what is filled in, and the
//! commands in backticks in the tests and in the README. So it depends on neither the order nor the choice of the tests
//! that run. Two places that make the same command count as one, and options that are added behind it do not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::update;

/// The list: `UPDATE=1` rewrites it. A hint that is new here wants a test that shows it.
const LIST: &str = "tests/etui/hints/unreached.txt";

/// Programs that are started by std's own `Command`.
const OTHERS: [&str; 6] = ["git", "sh", "/bin/sh", "id", "etui", "help"];

/// What stands for a section: an option, mostly with an id.
const SECTION: &str = "SECTION";

#[test]
fn the_hints_that_no_test_shows_are_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = texts(&root.join("src"));
    let hints: BTreeSet<Vec<String>> = sources.iter().flat_map(|text| hints(text)).collect();
    let mut shown: Vec<Vec<String>> = texts(&root.join("tests/etui")).iter().flat_map(|text| shown(text)).collect();
    shown.extend(self::shown(&fs::read_to_string(root.join("README.md")).unwrap()));
    let unreached: Vec<String> = hints
        .iter()
        .filter(|hint| !shown.iter().any(|line| line.first() == hint.first() && fits(hint, line)))
        .map(|hint| format!("etui {}\n", hint.join(" ")))
        .collect();
    assert!(hints.len() > 50 && unreached.len() < hints.len() / 2, "{unreached:?}");

    let (list, unreached) = (root.join(LIST), unreached.concat());
    if update::is_on() {
        fs::write(&list, &unreached).unwrap();
    }
    assert_eq!(fs::read_to_string(list).unwrap(), unreached, "UPDATE=1 rewrites {LIST}");
}

/// The Rust files below a directory. What follows the tests inside a file does not count.
fn texts(directory: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(self::texts(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            texts.push(text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned());
        }
    }
    texts
}

/// The commands that a source makes, in words.
fn hints(source: &str) -> Vec<Vec<String>> {
    let starts = ["Command::new(\"", "Command::without_vault(\""];
    let found = starts.iter().flat_map(|start| source.match_indices(start).map(|(at, _)| at + start.len()));
    let hint = |at: usize| {
        let (verb, rest) = source[at..].split_once('"')?;
        let mut words: Vec<String> = verb.split(' ').map(str::to_owned).collect();
        let mut rest = rest.strip_prefix(')')?.trim_start();
        while let Some((method, behind)) = rest.strip_prefix('.').and_then(|rest| rest.split_once('(')) {
            let (argument, behind) = argument(behind);
            match method {
                "arg" => words.extend(argument_words(argument)),
                "quoted" => words.push("_".to_owned()),
                "section" => words.push(SECTION.to_owned()),
                _ => break,
            }
            rest = behind.trim_start();
        }
        (!OTHERS.contains(&verb)).then_some(words)
    };
    found.filter_map(hint).collect()
}

/// Splits a text at the parenthesis that ends the argument.
fn argument(text: &str) -> (&str, &str) {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 {
            return (&text[..at], &text[at + 1..]);
        }
    }
    (text, "")
}

/// The words of an argument: of its literal, with `_` for each hole, or else one that is filled in.
fn argument_words(argument: &str) -> Vec<String> {
    let argument = argument.trim();
    match argument.strip_prefix("format!(").unwrap_or(argument).strip_prefix('"').and_then(|text| text.split_once('"'))
    {
        Some((literal, _)) => words(literal),
        None => vec!["_".to_owned()],
    }
}

/// The words of a text; one with a hole in braces is filled in.
fn words(text: &str) -> Vec<String> {
    text.split(' ').map(|word| if word.contains('{') { "_" } else { word }.to_owned()).collect()
}

/// The commands of etui that a text has in backticks, in words, without the option that names the vault.
fn shown(text: &str) -> Vec<Vec<String>> {
    // A literal may go on in the next line.
    let joined: String =
        text.split("\\\n").enumerate().map(|(n, part)| if n == 0 { part } else { part.trim_start() }).collect();
    let starts = ["`etui ", " | etui "].map(|start| joined.match_indices(start)).into_iter().flatten();
    let spans = starts.filter_map(|(at, start)| joined[at + start.len()..].split('`').next());
    let line = |span: &str| {
        let mut words = words(span);
        while words.first().is_some_and(|word| ["-t", "--vault"].contains(&word.as_str())) {
            words.drain(..words.len().min(2));
        }
        words
    };
    spans.map(line).collect()
}

/// Whether a line begins with a hint.
fn fits(hint: &[String], line: &[String]) -> bool {
    let Some((word, rest)) = hint.split_first() else { return true };
    let Some((first, others)) = line.split_first() else { return false };
    match word.as_str() {
        SECTION => match first.as_str() {
            "-g" | "_" => fits(rest, others),
            "-p" | "-c" => fits(rest, others.get(1..).unwrap_or_default()),
            _ => false,
        },
        "_" => fits(rest, others),
        word => (first == word || first == "_") && fits(rest, others),
    }
}
