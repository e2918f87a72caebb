//! Texts and values that are hard for a dotenv parser.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

fn some(of: &[&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(of.to_vec())
}

fn pieces(most: usize) -> impl Strategy<Value = String> + Clone {
    let piece = prop_oneof![
        8 => some(&[
            "'", "\"", "`", "\\", "\\\\", "\\'", "\\\"", "\\`", "\\n", "\\r", "\\t", "\\$", "#", " #", " # ", "=", ":", ": ", " ", "  ",
            "\t", "\n", "\r\n", "\r", "\n\n", "export ", "A=", "\nB=", "$A", "${A:-b}", "$(id)", "\u{a0}", "\u{b}",
            "é", "🦀", "''", "\"\"", "'\\''", "C:\\app\\",
        ]).prop_map(str::to_owned),
        4 => "[a-z]{1,3}",
        1 => "[ -~]{1,3}",
        1 => any::<char>().prop_filter("no environment holds a NUL", |c| *c != '\0').prop_map(String::from),
    ];
    prop::collection::vec(piece.boxed(), 0..most).prop_map(|pieces| pieces.concat()).boxed()
}

/// The values for one file.
pub fn values() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(pieces(8), 1..6)
}

/// Lines, most of them assignments, and what may stand between them.
fn text() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        2 => pieces(5),
        1 => pieces(5).prop_map(|inner| format!("'{inner}'")),
        1 => pieces(5).prop_map(|inner| format!("\"{inner}\"")),
        1 => pieces(5).prop_map(|inner| format!("`{inner}`")),
    ];
    let before = some(&["", "", "", "", "", " ", "export ", "\t", "# ", "\u{a0}"]);
    let name = some(&["A", "B", "C", "D", "a.b", "E-F", "1G", "export", "H I", "é"]);
    let sign = some(&["=", "=", "=", "=", " = ", "= ", "=\t", " =", ": ", ":", "=\u{a0}", ""]);
    let after = some(&["", "", "", "", " ", " # c", "#c", "\u{a0}", " 'd'"]);
    let line = (before, name, sign, value, after)
        .prop_map(|(before, name, sign, value, after)| [before, name, sign, &value, after].concat());
    let line = prop_oneof![6 => line, 1 => pieces(5)].boxed();
    let end = some(&["\n", "\n", "\n", "\r\n", "\r", "\n\n"]);
    let mixed = prop::collection::vec((line.clone(), end), 0..6)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect());
    let plain = prop::collection::vec(line, 0..6).prop_map(|lines| lines.join("\n"));
    let bom = prop_oneof![1 => Just("\u{feff}"), 19 => Just("")];
    let text = (bom, prop_oneof![1 => mixed, 2 => plain]).prop_map(|(bom, text): (_, String)| format!("{bom}{text}"));
    // Leaves out characters that only JavaScript's or Python's notion of a line end has. Nobody writes these.
    text.prop_filter("an accident", |text| !text.contains(['\u{2028}', '\u{2029}']))
}

/// Lines that refer to each other, most of them plainly.
fn referring() -> impl Strategy<Value = String> {
    let piece = some(&[
        "$A", "${A}", "${B}", "$B", "${C}", "${A}", "${B}", "$AB", "${A:-x}", "${A-x}", "${A", "$$A", "\\$A", "\\${A}",
        "$5", "$", "$A.x", "$A:1", "$A-", "x", "/", ":", " ", "@", "1",
    ]);
    let value = prop::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat());
    let value = prop_oneof![
        2 => some(&["1", "http://h", "a b", "''", ""]).prop_map(str::to_owned),
        3 => value.clone(),
        2 => value.prop_map(|inner| format!("\"{inner}\"")),
    ];
    let name = some(&["C", "D", "E", "F", "AB"]);
    let line = (name, value).prop_map(|(name, value)| format!("{name}={value}\n"));
    prop::collection::vec(line, 1..5).prop_map(|lines| format!("A=1\nB=http://h\n{}", lines.concat()))
}

/// Random texts, the same ones in every run.
pub fn texts(count: usize) -> impl Iterator<Item = String> {
    of(text(), count)
}

/// Random texts with references, the same ones in every run.
pub fn references(count: usize) -> impl Iterator<Item = String> {
    of(referring(), count)
}

fn of(strategy: impl Strategy<Value = String>, count: usize) -> impl Iterator<Item = String> {
    let mut runner = TestRunner::deterministic();
    std::iter::repeat_with(move || strategy.new_tree(&mut runner).unwrap().current()).take(count)
}
