//! dotenv text is parsed as npm dotenv and python-dotenv parse it, wherever the two agree, and a warning names the one
//! that reads another value. Nothing is expanded unasked, and the text that etui prints is parsed back.

mod hostile;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use etui::formats::parse::{self, Note, NoteKind};
use etui::formats::{Dialect, Format, Options, Variable, assignment};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::bench::feed;

/// The content of a file: the last value of each name.
type Reading = BTreeMap<String, String>;

fn fixtures() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/dotenv");
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "env")).collect();
    files.sort();
    files
}

fn name(file: &Path) -> &str {
    file.file_stem().unwrap().to_str().unwrap()
}

fn read(text: &str) -> Reading {
    let entries = parse::dotenv(text).entries.into_iter();
    entries.map(|entry| (entry.name, entry.value.unwrap().to_string())).collect()
}

// Files as people have them.

#[test]
fn parses_each_fixture_as_before() {
    let golden = include_str!("../../fixtures/dotenv/golden.json");
    let golden: BTreeMap<String, Reading> = serde_json::from_str(golden).unwrap();
    let files = fixtures();
    assert!(files.len() >= 60);
    assert!(golden.keys().map(String::as_str).eq(files.iter().map(|file| name(file)).collect::<BTreeSet<_>>()));
    for file in files {
        let reading = read(&fs::read_to_string(&file).unwrap());
        let name = name(&file);
        assert_eq!(reading, golden[name], "{name}, read as {}", serde_json::to_string(&reading).unwrap());
    }
}

#[test]
fn the_fixtures_keep_their_line_ends() {
    for (wanted, start) in [
        ("crlf", "# saved by Notepad\r\n"),
        ("bom", "\u{feff}FIRST=1\n"),
        ("bom-crlf", "\u{feff}# by Visual Studio\r\n"),
        ("cr", "# classic Mac\rFIRST=1\r"),
        ("cr-mixed", "A=1\rB='2'\rC=3\nD=4\n"),
    ] {
        let file = fixtures().into_iter().find(|file| name(file) == wanted).unwrap();
        assert!(fs::read_to_string(file).unwrap().starts_with(start), "{wanted}");
    }
}

#[test]
fn reports_doubtful_lines_with_their_numbers() {
    for (file, notes) in NOTES {
        let file = fixtures().into_iter().find(|path| name(path) == *file).unwrap();
        let messages = parse::dotenv(&fs::read_to_string(&file).unwrap()).notes.into_iter();
        let messages: Vec<String> =
            messages.map(|note| format!("{}{} {}", note.line, mark(note.kind), note.text)).collect();
        assert_eq!(messages, *notes, "{}", name(&file));
    }
}

fn mark(kind: NoteKind) -> char {
    match kind {
        NoteKind::Reading => ':',
        NoteKind::Difference | NoteKind::Reference => '?',
        NoteKind::Mistake => '!',
    }
}

/// The warning on a reference.
const EXPANDED: &str = "`$` is kept as it is; dotenv-expand, docker compose, python-dotenv and others may expand it";

/// The messages about some fixtures: each with its line, with `!` for a mistake and `?` for another warning.
const NOTES: &[(&str, &[&str])] = &[
    ("rails", &[]),
    ("crlf", &[]),
    ("gcp-json-multiline", &[]),
    ("multiline-hostile", &[]),
    ("pem-multiline", &["10! not an assignment: no `=`"]),
    ("crlf-multiline", &["7! not an assignment: no `=`"]),
    ("cr", &["6! not an assignment: no `=`"]),
    ("export", &["8! not an assignment: no `=`"]),
    (
        "yaml-like",
        &[
            "1? python-dotenv does not read this line",
            "2? python-dotenv does not read this line",
            "3? python-dotenv does not read this line",
            "4! not an assignment: no `=`",
            "5! not an assignment: no `=`",
            "6? python-dotenv does not read this line",
        ],
    ),
    (
        "heroku-columns",
        &[
            "1! not an assignment: no name before the `=`",
            "3? python-dotenv does not read this line",
            "4? python-dotenv does not read this line",
            "5? python-dotenv does not read this line",
            "6? python-dotenv does not read this line",
        ],
    ),
    (
        "names",
        &[
            "8! not an assignment: no name before the `=`",
            "9! not an assignment: no name before the `=`",
            "10! not an assignment: no name before the `=`",
            "11! not an assignment: no name before the `=`",
            "12! not an assignment: no name before the `=`",
            "13! not an assignment: no name before the `=`",
        ],
    ),
    (
        "duplicates",
        &[
            "3! PORT is also set on line 1; the last value wins",
            "4! HOST is also set on line 2; the last value wins",
            "6! PORT is also set on line 3; the last value wins",
        ],
    ),
    (
        "hash-in-password",
        &[
            "1? a `#` without a space before it is part of the value; npm dotenv ends the value there",
            "4? a `#` without a space before it is part of the value; npm dotenv ends the value there",
            "5? a `#` without a space before it is part of the value; npm dotenv ends the value there",
            "6? a `#` without a space before it is part of the value; npm dotenv ends the value there",
            "7? a `#` without a space before it is part of the value; npm dotenv ends the value there",
            "8? a `#` without a space before it is part of the value; npm dotenv ends the value there",
        ],
    ),
    (
        "quotes-inside-same",
        &[
            "1! the value contains its own quotes: read up to the last one",
            "1? python-dotenv does not read this line",
            "2! the value contains its own quotes: read up to the last one",
            "2? python-dotenv does not read this line",
            "3! the value contains its own quotes: read up to the last one",
            "3? python-dotenv does not read this line",
            "4! unbalanced quotes: read as part of the value",
            "4? python-dotenv does not read this line",
            "5! unbalanced quotes: read as part of the value",
            "5? python-dotenv does not read this line",
        ],
    ),
    ("next", &["7? `$` is kept as it is; dotenv-expand, docker compose, python-dotenv and others may expand it"]),
    (
        "unterminated-last",
        &["2! unbalanced quotes: read as part of the value", "2? python-dotenv does not read this line"],
    ),
    (
        "windows-paths",
        &["4: the backslash before the closing quote is part of the value", "4? python-dotenv does not read this line"],
    ),
];

// Nothing is expanded and nothing is run.

#[test]
fn no_reference_is_expanded_whatever_the_environment_contains() {
    let directory = tempfile::tempdir().unwrap();
    let marker = directory.path().join("run");
    // Cargo sets this variable; any other would do.
    let names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
    assert!(names.iter().any(|name| name == "CARGO_PKG_NAME"));
    for name in names {
        for value in [
            format!("${name}"),
            format!("${{{name}}}"),
            format!("${{{name}:-x}}"),
            format!("a$${name}b"),
            format!("%{name}%"),
            format!("$env:{name}"),
            format!("$(echo ${name}; touch {})", marker.display()),
            format!("a `echo ${name}; touch {}` b", marker.display()),
        ] {
            let text = format!("A={value}\nB='{value}'\nC=\"{value}\"\nD: {value}\n{name}=own\nE=${{{name}}}\n");
            let reading = read(&text);
            for at in ["A", "B", "C", "D"] {
                assert!(reading[at] == value, "{at} of {text}");
            }
            assert!(reading["E"] == format!("${{{name}}}"), "{text}");
        }
    }
    assert!(!marker.exists());
}

// Text that etui prints.

const NAMES: [&str; 6] = ["A", "B_2", "c", "export", "TOKEN", "Z"];

fn print(values: &[String], reader: Option<Dialect>) -> Option<String> {
    let variables = NAMES.iter().zip(values).map(|(name, value)| Variable { name, text: value.into() });
    let options = Options { reader, name: "", random: &mut String::new };
    let printed = Format::Dotenv.print(&variables.collect::<Vec<_>>(), options);
    printed.ok().map(|printed| printed.text.to_string())
}

/// Prints a file of all values that the dialect can hold and `is_kept` accepts, and parses it back.
fn prints_and_parses(
    values: Vec<String>,
    reader: Option<Dialect>,
    is_kept: impl Fn(&str, &str) -> bool,
) -> TestCaseResult {
    let one = |value: &String| print(std::slice::from_ref(value), reader);
    let fits = |value: &String| one(value).is_some_and(|printed| is_kept(value, &printed));
    let values: Vec<String> = values.into_iter().filter(fits).collect();
    parses_back(&print(&values, reader).unwrap(), values)
}

fn parses_back(text: &str, values: Vec<String>) -> TestCaseResult {
    let parsed = parse::dotenv(text);
    prop_assert!(parsed.notes.iter().all(|note| note.kind != NoteKind::Mistake), "{:?}", parsed.notes);
    let read = parsed.entries.into_iter().map(|entry| (entry.name, entry.value.unwrap().to_string()));
    let names = NAMES.iter().map(|name| (*name).to_owned());
    prop_assert_eq!(read.collect::<Vec<_>>(), names.zip(values).collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_portable_dialect_is_parsed_back(values in hostile::values()) {
        // The editor can show every value in this form; printing for consumers may refuse some.
        let mut text = String::new();
        for (name, value) in NAMES.iter().zip(&values) {
            assignment(&Variable { name, text: value.into() }, &mut text);
        }
        let printed = print(&values, None);
        prop_assert!(printed.is_none_or(|printed| printed == text));
        parses_back(&text, values)?;
    }

    #[test]
    fn the_compose_dialect_holds_every_value_and_is_parsed_back(values in hostile::values()) {
        prop_assert!(print(&values, Some(Dialect::Compose)).is_some());
        prints_and_parses(values, Some(Dialect::Compose), |_, _| true)?;
    }

    #[test]
    fn the_node_dialect_is_parsed_back_except_for_backslashes_in_double_quotes(values in hostile::values()) {
        // There, node keeps the backslash and etui reads an escape.
        prints_and_parses(values, Some(Dialect::Node), |value, printed| !(printed.starts_with("A=\"") && value.contains('\\')))?;
    }

    #[test]
    fn the_python_dialect_is_parsed_back_except_for_doubled_backslashes_and_references(values in hostile::values()) {
        prints_and_parses(values, Some(Dialect::Python), |value, printed| {
            !(value.contains("${") || printed.starts_with("A='") && value.contains('\\'))
        })?;
    }
}

#[test]
fn a_long_value_is_parsed_back() {
    for piece in ["x", "'", "\"'", "\\'", "`'", "$'", "\n'", "\r\n", "#", " #'", "=\n"] {
        let value = piece.repeat((1 << 20) / piece.len());
        let printed = print(std::slice::from_ref(&value), Some(Dialect::Compose)).unwrap();
        assert!(read(&printed).remove("A").unwrap() == value, "{piece:?}");
    }
}

// Comparison with the real consumers.

fn target(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/readers").join(path)
}

/// Parses all files in one process.
fn read_by(command: &mut Command, files: &[PathBuf]) -> Vec<Reading> {
    let outcome = feed(command, serde_json::to_string(files).unwrap().as_bytes()).ok();
    let readings: Vec<Reading> = serde_json::from_slice(&outcome.out).unwrap();
    assert_eq!(readings.len(), files.len());
    readings
}

fn npm(files: &[PathBuf]) -> Vec<Reading> {
    node("", "parse(fs.readFileSync(file))", files)
}

fn dotenv_expand(files: &[PathBuf]) -> Vec<Reading> {
    let expand = "const { expand } = require(process.argv[1] + '-expand');";
    node(expand, "expand({ parsed: parse(fs.readFileSync(file)), processEnv: {} }).parsed", files)
}

fn node(require: &str, read: &str, files: &[PathBuf]) -> Vec<Reading> {
    let script = format!(
        "const fs = require('fs'), {{ parse }} = require(process.argv[1]); {require}
        const files = JSON.parse(fs.readFileSync(0));
        process.stdout.write(JSON.stringify(files.map(file => {read})));"
    );
    read_by(Command::new("node").arg("-e").arg(script).arg(target("node/node_modules/dotenv")), files)
}

fn python(files: &[PathBuf]) -> Vec<Reading> {
    python_dotenv("False", files)
}

fn python_dotenv(interpolate: &str, files: &[PathBuf]) -> Vec<Reading> {
    let script = format!(
        "
import dotenv, json, sys
def read(file):
    values = dotenv.dotenv_values(file, interpolate={interpolate})
    return {{name: value for name, value in values.items() if value is not None}}
json.dump([read(file) for file in json.load(sys.stdin)], sys.stdout)"
    );
    read_by(Command::new(target("python/bin/python")).arg("-c").arg(script), files)
}

/// Checks our parsing of the files wherever both consumers agree.
#[track_caller]
fn agrees_with_both(files: &[PathBuf]) {
    let (mut names, mut agreed, mut differences) = (0, 0, Vec::new());
    for ((file, npm), python) in files.iter().zip(npm(files)).zip(python(files)) {
        let text = fs::read_to_string(file).unwrap();
        if is_accidental(&text) {
            continue;
        }
        names += npm.keys().chain(python.keys()).collect::<BTreeSet<_>>().len();
        for (name, theirs) in npm.iter().filter(|(name, value)| python.get(*name) == Some(value)) {
            agreed += 1;
            let ours = read(&text).remove(name);
            if ours.as_ref() != Some(theirs) && !is_intended(&text, name, theirs) {
                differences.push(format!("{text:?}: {name} is {theirs:?}, not {ours:?}"));
            }
        }
    }
    println!("{} files, {names} names, {agreed} of them read alike by npm dotenv and python-dotenv", files.len());
    // The shortest differences are the most useful.
    differences.sort_by_key(String::len);
    differences.truncate(20);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Whether the two may agree only by accident: about characters that only one of them treats as a space, or about
/// what npm dotenv takes from the line after `NAME:`. Nobody writes these.
fn is_accidental(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').contains(['\u{85}', '\u{feff}'])
        || text.split(['\n', '\r']).any(|line| line.trim_end().ends_with(':'))
}

/// Whether we parse a name differently from both consumers on purpose.
fn is_intended(text: &str, name: &str, theirs: &str) -> bool {
    let find = |text: &str| parse::dotenv(text).entries.into_iter().find(|entry| entry.name == name);
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let (Some(ours), Some(entry)) = (find(text), find(&unix)) else { return false };
    let (ours, value) = (ours.value.unwrap(), entry.value.unwrap());
    // Both turn each CR into a newline. For us a CR between quotes is data if the file's own line ends are
    // newlines.
    let is_end = ['\r', '\n'];
    if *ours != *value && (!ours.contains('\r') || ours.replace(is_end, "") != value.replace(is_end, "")) {
        return false;
    }
    // Both keep a backslash that a shell removes between double quotes, and that we print there.
    let line = unix.split('\n').nth(entry.line - 1).unwrap();
    let is_double = line.split_once(['=', ':']).is_some_and(|(_, value)| value.trim_start().starts_with('"'));
    let is_shell = is_double && *value == theirs.replace("\\$", "$").replace("\\`", "`");
    // npm dotenv cuts at a `#` without a space, and python-dotenv may have the same value from an earlier
    // line.
    let is_cut = value.strip_prefix(theirs).is_some_and(|rest| rest.starts_with('#'));
    *value == theirs || is_shell || is_cut
}

/// Checks that each consumer reads each value as we do, or that a warning on that line names the consumer. Such a
/// warning must be true, too.
#[track_caller]
fn agrees_or_warns(files: &[PathBuf]) {
    let (mut agreed, mut warned, mut wrong) = (0, 0, Vec::new());
    let readings = [("npm dotenv", npm(files)), ("python-dotenv", python(files))];
    for (at, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file).unwrap();
        let parsed = parse::dotenv(&text);
        let names = |note: &Note, consumer: &str| note.kind == NoteKind::Difference && note.text.contains(consumer);
        for (consumer, readings) in &readings {
            for entry in &parsed.entries {
                let ours = entry.value.as_ref().unwrap().as_str();
                let theirs = readings[at].get(&entry.name);
                let mut notes = parsed.notes.iter().filter(|note| note.line == entry.line && note.text != EXPANDED);
                let is_warned = notes.any(|note| names(note, consumer));
                // Entries that only a CR separates have the same line.
                let is_alone = parsed.entries.iter().filter(|other| other.line == entry.line).count() == 1;
                let is_false = is_warned && is_alone;
                match (theirs.is_some_and(|theirs| theirs == ours), is_false) {
                    (true, false) => agreed += 1,
                    (false, _) if is_warned => warned += 1,
                    _ => wrong.push(format!(
                        "{text:?}: {} is {ours:?}, {consumer} reads {theirs:?}, warned: {is_warned}",
                        entry.name
                    )),
                }
            }
            // What only the consumer reads stands on a line that we cannot read, or in a value that it reads
            // differently.
            let is_told = parsed.notes.iter().any(|note| note.kind == NoteKind::Mistake || names(note, consumer));
            let ours: BTreeSet<&str> = parsed.entries.iter().map(|entry| entry.name.as_str()).collect();
            if let Some(name) = readings[at].keys().find(|name| !ours.contains(name.as_str()) && !is_told) {
                wrong.push(format!("{text:?}: only {consumer} reads {name}"));
            }
        }
    }
    println!("{} files: {agreed} values read alike, {warned} with a warning", files.len());
    // The shortest differences are the most useful.
    wrong.sort_by_key(String::len);
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs npm dotenv and python-dotenv"]
fn each_consumer_reads_each_fixture_as_we_do_or_a_warning_names_it() {
    agrees_with_both(&fixtures());
    agrees_or_warns(&fixtures());
}

#[test]
#[ignore = "needs npm dotenv and python-dotenv"]
fn each_consumer_reads_thousands_of_hostile_files_as_we_do_or_a_warning_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let files = write(directory.path(), hostile::texts(10_000));
    agrees_with_both(&files);
    agrees_or_warns(&files);
}

#[test]
#[ignore = "needs npm's dotenv-expand and python-dotenv"]
fn what_is_expanded_is_what_applications_expand() {
    let directory = tempfile::tempdir().unwrap();
    // dotenv-expand never ends on some references that etui refuses.
    let is_plain = |text: &String| parse::dotenv_expanded(text).entries.iter().all(|entry| entry.value.is_ok());
    let files = write(directory.path(), hostile::references(10_000).filter(is_plain));
    let (node, python) = (dotenv_expand(&files), python_dotenv("True", &files));
    let (mut expanded, mut wrong) = (0, Vec::new());
    for (at, file) in files.iter().enumerate() {
        let text = fs::read_to_string(file).unwrap();
        let as_text = read(&text);
        // python-dotenv leaves `$NAME` alone.
        let is_braced = text.matches('$').count() == text.matches("${").count();
        for entry in parse::dotenv_expanded(&text).entries {
            let ours = entry.value.unwrap().to_string();
            if ours == as_text[&entry.name] {
                continue;
            }
            expanded += 1;
            let python = python[at].get(&entry.name).filter(|_| is_braced);
            for theirs in [node[at].get(&entry.name), python].into_iter().flatten() {
                if *theirs != ours {
                    wrong.push(format!("{text:?}: {} is {theirs:?}, not {ours:?}", entry.name));
                }
            }
        }
    }
    println!("{} files, {expanded} values expanded", files.len());
    assert!(expanded > 500);
    wrong.sort_by_key(String::len);
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn write(directory: &Path, texts: impl Iterator<Item = String>) -> Vec<PathBuf> {
    let write = |(at, text): (usize, String)| {
        let file = directory.join(at.to_string());
        fs::write(&file, text).unwrap();
        file
    };
    texts.enumerate().map(write).collect()
}
