//! The parsers of other people's files: they never panic, their errors contain no value, and they parse the
//! text that etui prints.

use std::collections::BTreeSet;

use etui::formats::parse::{self, Assignments, ExportError, SpecError, SyntaxError};
use etui::formats::{Format, Options, Variable};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// A value that shares no part with etui's own words.
const CANARY: &str = "Zq7xJw9vKz3Q";

/// Texts made of pieces of the grammars in any order, of secret values, and of arbitrary characters.
fn hostile() -> impl Strategy<Value = String> {
    let syntax = prop::sample::select(vec![
        // All three grammars.
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "  ",
        "\t",
        "\u{feff}",
        "\0",
        "#",
        " # ",
        "'",
        "\"",
        "\\",
        "\\\"",
        "''",
        ":",
        ": ",
        ",",
        "\n\n",
        "A",
        "A_b",
        "env",
        "jobs",
        "name",
        "value",
        "1.10",
        "-",
        "0",
        "é",
        "🦀",
        "\u{85}",
        "\u{2028}",
        // YAML.
        "- ",
        "\n- ",
        "\n  ",
        "\n    ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        "&a ",
        "*a",
        "*a ",
        "&b ",
        "*b : ",
        "!",
        "!!str ",
        "!!binary ",
        "!x ",
        "!<x> ",
        "!e!y ",
        "<<: ",
        "~",
        "null",
        "|",
        "|\n",
        ">-\n",
        "|+2\n",
        ">9-",
        "---\n",
        "--- ",
        "...\n",
        "%YAML 1.2\n",
        "%TAG !e! x:\n",
        "@",
        "`",
        "%",
        "A: ",
        "\nA: ",
        "\nB:\n",
        "env:\n",
        "jobs:\n  a:\n    env:\n",
        "- name: A\n  value: ",
        "valueFrom: ",
        "defaults: ",
        "\\x41",
        "\\u00e9",
        "\\U0001F980",
        "\\N",
        // The shapes of other programs.
        "apiVersion: v1\nkind: Secret\ndata:\n  A: ",
        "\nstringData:\n  B: ",
        "apiVersion: v1\nkind: List\nitems:\n- kind: ConfigMap\n  data:\n    ",
        "YWJj",
        "- key: A\n  value: ",
        "[{\"key\": \"A\", \"value\": \"",
        "{\"A\": {\"computed\": \"",
        "ARN: x\nSecretString: '",
        "category: x\nvault: y\nfields:\n- label: A\n  value: ",
        "request_id: x\nlease_duration: 0\ndata:\n  ",
        "\nsops:\n  mac: ",
        // JSON.
        "{\"A\": ",
        "{\"A\":\"",
        "\", \"B\": ",
        "\",\n\"",
        "\": \"",
        "\"}",
        "true",
        "false",
        "1e400",
        "-0",
        "\\ud800",
        "\\udc00",
        "\\n",
        "\\/",
        "\\u0000",
        // dotenv.
        "A=",
        "\nA=",
        "export ",
        "export A=",
        "=",
        "$A",
        "${A}",
        "`",
        "\\'",
        "A='",
        "A=\"",
        "'\n",
        "\"\n",
        "\\$",
    ]);
    let piece = prop_oneof![
        8 => syntax.prop_map(str::to_owned),
        2 => Just(CANARY.to_owned()),
        1 => any::<char>().prop_map(String::from),
        1 => "\\PC{0,8}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Mostly well-formed entries in one of the formats.
fn formed() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "A", "B", "C", "some-env", "a b", "'q'", "\"d\"", "<<", "~", "*a ", "&n N", "env", "1.0", "",
    ]);
    let value = prop::sample::select(vec![
        "b",
        "",
        "~",
        "null",
        "1.10",
        "0777",
        "yes",
        "-1e9",
        "b c",
        "b # c",
        "b#c",
        "'b'",
        "\"b\"",
        "''",
        "\"\\x41\\n\"",
        "'it''s'",
        "&a b",
        "&a [b]",
        "&a {A: b}",
        "*a",
        "!!str 1",
        "!!binary aGk=",
        "!x y",
        "[b, c]",
        "[]",
        "{b: c}",
        "{}",
        "{name: A, value: b}",
        "|\n      b\n       c\n\n",
        ">-\n      b\n      c",
        "|+\n      b\n\n",
        "b\n      c",
        "\"b\n      c\"",
        "'b\n\n      c'",
        "\n      D: e",
        "\n      - D",
        "@b",
        "b: c",
        "true",
        "\"\\u0000\"",
        "\"\\ud83e\\udd80\"",
        "\"\\ud800\"",
        "$b",
        "`b`",
        "é🦀",
        CANARY,
        "\"Zq7xJw9vKz3Q",
    ]);
    let entries = prop::collection::vec((name, value), 0..8);
    (entries, 0..8_usize, any::<bool>()).prop_map(|(entries, form, is_windows)| {
        let each = |start: &str, between: &str, end: &str| -> String {
            entries.iter().map(|(name, value)| [start, name, between, value, end].concat()).collect()
        };
        let text = match form {
            0 => each("", ": ", "\n"),
            1 => format!("# x\n---\nenv:\n{}", each("  ", ": ", "\n")),
            2 => format!("image: x\nenv:\n{}", each("  - name: ", "\n    value: ", "\n")),
            3 => format!("env: &e\n{}jobs:\n  a:\n    env: *e\n  b:\n", each("  ", ": ", "\n")),
            4 => format!("jobs:\n  b:\n  a:\n    env:\n{}", each("      ", ": ", "\n")),
            5 => format!("{{{}}}", each("", ": ", ", ")),
            6 => format!("{{{}}}", each("\"", "\":\n", ",").trim_end_matches(',')),
            _ => each("export ", "=", "\n"),
        };
        if is_windows { text.replace('\n', "\r\n") } else { text }
    })
}

/// A text in one of the formats with pieces dropped, doubled or inserted.
fn damaged() -> impl Strategy<Value = String> {
    let whole = prop::sample::select(vec![
        format!("{{\n  \"A\": \"{CANARY}\",\n  \"B\": [1, {{\"C\": \"{CANARY}\"}}],\n  \"C\": 1.10, \"D\": null\n}}\n"),
        format!("A: {CANARY}\nB: '{CANARY}'\nC: |\n  {CANARY}\n  x\nD: &a \"{CANARY}\\n\"\nE: *a\nF: [1, {{x: y}}]\n"),
        format!("env:\n- name: A\n  value: {CANARY}\n- {{name: B, value: \"{CANARY}\"}}\n- name: C\n  valueFrom: x\n"),
        format!("jobs:\n  a:\n    env: &e\n      A: {CANARY}\n      B: !!str {CANARY}\n  b:\n    env: *e\nenv: {{}}\n"),
        format!("export A='{CANARY}'\nB=\"{CANARY}\\n\"\nC={CANARY} # x\nD=`{CANARY}`\nE='it'\\''s'\nF: {CANARY}\n"),
    ]);
    let cut = (any::<prop::sample::Index>(), 0..12_usize, "[-'\"\\\\\n\t {}\\[\\]:,#&*!|>%@`~=$A0]{0,3}");
    (whole, prop::collection::vec(cut, 0..4)).prop_map(|(whole, cuts)| {
        let mut text: Vec<char> = whole.chars().collect();
        for (at, length, instead) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + length).min(text.len());
            text.splice(at..end, instead.chars());
        }
        text.into_iter().collect()
    })
}

/// Distinct names that an environment can hold, with values without NUL.
fn variables() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        3 => "[A-Z][A-Z0-9_]{0,6}",
        1 => prop::sample::select(vec!["no", "~", "null", "1", "<<", "a b", "- a", "é", "#", "?", "A: b", "*a", "\u{feff}"])
            .prop_map(str::to_owned),
        1 => any::<String>().prop_filter("a name", |name| !name.is_empty() && !name.contains(['=', '\0'])),
    ];
    let text = prop_oneof![hostile(), any::<String>(), "[ \\n\\r\\t'\"\\\\#:-]{0,8}", "\\PC{0,40}"];
    let text = text.prop_map(|text| text.replace('\0', ""));
    prop::collection::btree_map(name, text, 0..6).prop_map(|map| map.into_iter().collect())
}

fn run<T: std::fmt::Debug>(cases: u32, strategy: impl Strategy<Value = T>, test: impl Fn(T)) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&strategy, |input| {
            test(input);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}

/// Whether a text contains four consecutive characters of the canary.
fn leaks(text: &str) -> bool {
    (0..=CANARY.len() - 4).any(|at| text.contains(&CANARY[at..at + 4]))
}

/// Checks the parsed entries: each name once, in the order of existing lines, and no note contains a value.
#[track_caller]
fn check_parsed(text: &str, parsed: &Assignments) {
    let lines = text.matches(['\n', '\r']).count() + 1;
    let places: Vec<usize> = parsed.entries.iter().map(|entry| entry.line).collect();
    assert!(places.is_sorted() && places.iter().all(|line| (1..=lines).contains(line)), "{places:?}");
    let names: BTreeSet<&str> = parsed.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names.len(), parsed.entries.len());
    for note in &parsed.notes {
        assert!((1..=lines).contains(&note.line), "{note:?}");
        assert!(!leaks(&note.text) || names.iter().any(|name| leaks(name) && note.text.starts_with(name)), "{note:?}");
    }
}

#[track_caller]
fn check_error(text: &str, error: &SyntaxError) {
    let lines = text.matches(['\n', '\r']).count() + 1;
    assert!(error.line.is_none_or(|line| (1..=lines).contains(&line)), "{error:?}");
    assert!(!leaks(&error.what), "{error:?}");
}

/// Parses a text with every parser.
fn parse_all(text: &str) {
    check_parsed(text, &parse::dotenv(text));
    for parse_all in [parse::json(text), parse::yaml(text)] {
        match parse_all {
            Ok(parsed) => check_parsed(text, &parsed),
            Err(error) => check_error(text, &error),
        }
    }
    match parse::export(text) {
        Ok(parsed) => parsed.iter().for_each(|parsed| check_parsed(text, parsed)),
        Err(ExportError::Wrong(error)) => check_error(text, &error),
        Err(ExportError::Foreign(_)) => {}
    }
    for job in [None, Some("a"), Some("b")] {
        match parse::spec(text, job) {
            Ok(parsed) => {
                check_parsed(text, &parsed);
                let is_variable = |name: &str| !name.is_empty() && !name.contains(['=', '\0']);
                assert!(parsed.entries.iter().all(|entry| is_variable(&entry.name)));
            }
            Err(SpecError::Wrong(error)) => check_error(text, &error),
            Err(SpecError::JobUnsaid { .. }) => assert!(job.is_none()),
            Err(SpecError::JobMissing { job: missing, jobs }) => {
                assert!(Some(&*missing) == job && !jobs.contains(&missing));
            }
            Err(SpecError::NoJobs) => assert!(job.is_some()),
        }
    }
}

/// Prints variables and parses them back, each on its own line, the first one on line `first`.
fn prints_and_parses(
    format: Format,
    parse: fn(&str) -> Result<Assignments, SyntaxError>,
    first: usize,
    pairs: &[(String, String)],
) {
    let variables: Vec<Variable<'_>> =
        pairs.iter().map(|(name, text)| Variable { name, text: text.as_str().into() }).collect();
    let options = Options { reader: None, name: "", random: &mut String::new };
    let printed = format.print(&variables, options).unwrap().text;
    let parsed = parse(&printed).unwrap_or_else(|error| panic!("{error:?}: {printed:?}", printed = &*printed));
    let back: Vec<(usize, &str, &str)> = parsed
        .entries
        .iter()
        .map(|entry| (entry.line, entry.name.as_str(), entry.value.as_ref().unwrap().as_str()))
        .collect();
    let expected: Vec<(usize, &str, &str)> =
        pairs.iter().enumerate().map(|(at, (name, text))| (first + at, name.as_str(), text.as_str())).collect();
    assert_eq!(back, expected);
    assert_eq!(parsed.notes, []);
}

fn print_and_parse_all(pairs: &[(String, String)]) {
    prints_and_parses(Format::Json, parse::json, 2, pairs);
    prints_and_parses(Format::Yaml, parse::yaml, 1, pairs);
}

#[test]
fn no_text_makes_a_parser_panic_or_leak_a_value() {
    run(1_500, prop_oneof![hostile(), formed(), damaged()], |text| parse_all(&text));
}

#[test]
fn printed_json_and_yaml_is_parsed_back() {
    run(300, variables(), |pairs| print_and_parse_all(&pairs));
}

#[test]
#[ignore = "long: half a million hostile texts"]
fn a_storm_of_hostile_texts() {
    run(420_000, prop_oneof![hostile(), formed(), damaged()], |text| parse_all(&text));
    run(60_000, variables(), |pairs| print_and_parse_all(&pairs));
}
