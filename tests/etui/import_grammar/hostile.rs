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
    // Leaves out characters that only one consumer treats as a space or a line end, and what npm dotenv's
    // regular expression takes from the line after `NAME:`. Nobody writes these, and with them the two agree
    // only by accident.
    text.prop_filter("an accident", |text| {
        !text.trim_start_matches('\u{feff}').contains(['\u{85}', '\u{feff}', '\u{2028}', '\u{2029}'])
            && !text.split(['\n', '\r']).any(|line| line.trim_end().ends_with(':'))
    })
}

/// Random texts, the same ones in every run.
pub fn texts(count: usize) -> impl Iterator<Item = String> {
    let mut runner = TestRunner::deterministic();
    std::iter::repeat_with(move || text().new_tree(&mut runner).unwrap().current()).take(count)
}
