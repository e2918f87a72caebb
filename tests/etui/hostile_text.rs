//! What others wrote cannot act on a terminal: names, paths, notes and the texts of links, shown by any
//! command, hold no control characters and none that hide or reorder others.

use std::fs;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::json;

use crate::bench::{Bench, Outcome};
use crate::terminal::driver::Terminal;

/// Every character that must not be printed, but NUL, which neither a path nor an argument can hold.
fn hidden() -> Vec<char> {
    let ranges = ['\u{1}'..='\u{1f}', '\u{7f}'..='\u{9f}', '\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}'];
    let more = ['\u{61c}'..='\u{61c}', '\u{2060}'..='\u{2069}', '\u{feff}'..='\u{feff}'];
    ranges.into_iter().chain(more).flatten().collect()
}

/// Texts in which these characters stand between others.
fn hostile() -> impl Strategy<Value = String> {
    let character = prop_oneof![prop::sample::select(hidden()), prop::sample::select(vec!['a', '-', '[', 'é', '"'])];
    prop::collection::vec(character, 1..12).prop_map(String::from_iter)
}

/// Fails if a stream holds such a character, apart from the ends of lines and the tabs between cells.
#[track_caller]
fn assert_harmless(outcome: &Outcome, arguments: &[&str]) {
    let texts = [String::from_utf8_lossy(&outcome.out), outcome.err.as_str().into()];
    let hidden = hidden();
    let found = texts.iter().flat_map(|text| text.chars()).find(|c| !"\n\t".contains(*c) && hidden.contains(c));
    assert_eq!(found, None, "{arguments:?}: {outcome:?}");
}

fn show(bench: &Bench, arguments: &[&str]) -> Outcome {
    let outcome = bench.etui(arguments);
    assert_harmless(&outcome, arguments);
    outcome
}

proptest! {
    #![proptest_config(Config { cases: 12, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_text_of_others_acts_on_a_terminal(text in hostile()) {
        let bench = Bench::acme();
        bench.set("A", "value-to-be-found", &["-g"]);

        // A link of somebody else.
        let quoted = toml::Value::String(text.clone());
        for key in ["team", "project", "cluster", "vault"] {
            let rest = if key == "vault" { "team = \"acme\"\n" } else { "" };
            fs::write(bench.work().join(".etui.toml"), format!("{rest}{key} = {quoted}\n")).unwrap();
            for verb in ["link", "status", "doctor", "list"] {
                show(&bench, &[verb, "-j"]);
                show(&bench, &[verb, "-l", "debug"]);
            }
            show(&bench, &["link", "--accept"]);
        }
        drop(fs::remove_file(bench.work().join(".etui.toml")));

        // A note and a value.
        show(&bench, &["set", "B", "-g", "--value", &text, "--note", &text]);
        for verb in ["list", "history B", "explain", "audit", "edit", "diff"] {
            let arguments: Vec<&str> = verb.split(' ').chain(["-g"]).collect();
            show(&bench, &arguments);
            show(&bench, &[&arguments[..], &["-j"]].concat());
        }
        let shown = show(&bench, &["get", "B", "-g", "-j"]);
        if shown.code == 0 {
            let document = shown.document();
            prop_assert_eq!((&document["value"], &document["note"]), (&json!(text), &json!(text)));
            let resolved = show(&bench, &["resolve", "-g", "-j"]).ok().document();
            prop_assert_eq!(&resolved["B"], &json!(text));
        }

        // Files and directories.
        let named = bench.work().join(format!("x{text}"));
        fs::create_dir(&named).unwrap();
        fs::write(named.join(&text), "value-to-be-found").unwrap();
        let (directory, file) = (named.to_str().unwrap(), format!("{}/none", named.display()));
        for arguments in [
            &["scan"][..], &["scan", "-j"], &["--cwd", directory, "status"], &["--cwd", &file, "status"],
            &["--cwd", directory, "link", "-p", "web"], &["--cwd", directory, "link"],
            &["import", &file, "-g"], &["import", &file, "-g", "-j"], &["check", &file], &["-i", &file, "get", "A", "-g"],
            &["resolve", "-g", "-o", directory], &["list", "--vault", &file], &["list", "-t", &text],
            &["list", "-p", &text], &["key", "new", "--output", &file], &["key", "new", "--output", &file],
            &[&text], &["get", &text, "-g", "-j"],
        ] {
            show(&bench, arguments);
        }
    }
}

#[test]
fn a_question_about_a_link_shows_its_control_characters() {
    let bench = Bench::acme();
    let link = bench.work().join(".etui.toml");
    fs::write(&link, "team = \"acme\"\nproject = \"web\"\nvault = \"a\\u009b2J\\u202Eb.age\"\n").unwrap();
    bench
        .etui(["link"])
        .prints(&format!("{}: team acme, project web, vault a\\u{{9b}}2J\\u{{202e}}b.age\n", link.display()));
    let mut terminal = Terminal::etui(&bench, ["list"]);
    terminal.sees("says: team acme, project web, vault a\\u{9b}2J\\u{202e}b.age. Do you know").types("n\r");
    assert_eq!(terminal.ends().code, 1);
}
