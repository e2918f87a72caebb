//! Values that some consumer misreads, and random ones.

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// The seed of the random values.
pub const SEED: u64 = 20_261_121;

/// The number of random values.
const RANDOM: usize = 1_200;

/// The file that exists afterwards if a consumer ran one of the values.
pub const MARKER: &str = "was-run";

/// Each is tried alone, at the start, in the middle, at the end, and twice.
const CHARACTERS: &str = "'\"`$\\#= \t\n\r!%~;&|<>()[]{}*?^:,@é\u{a0}\u{feff}\u{2028}\u{85}\u{b}\u{c}\u{1c}\u{1b}\u{1}\u{7f}\
                          \u{2019}\u{fdd0}\u{10ffff}🦀";

/// Each is tried before and after each other.
const QUOTING: &str = "'\"`$\\#\n\r";

/// Common values, and values that have broken some consumer.
pub const KNOWN: &[&str] = &[
    "",
    // Ordinary values.
    "postgres://u:p@h:5432/db?sslmode=require&x=1",
    "dGhpcyBpcyBiYXNlNjQ=",
    "c2VjcmV0+/==",
    "sk_live_51HxYz",
    "2026-11-21T10:00:00Z",
    "{\"type\": \"service_account\", \"id\": [1, 2.5, null]}",
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSj+/==\n-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\r\nMIIEvQIBADANBgkqhkiG9w0BAQEF\r\n-----END PRIVATE KEY-----\r\n",
    // Types and structures of YAML.
    "yes",
    "NO",
    "null",
    "~",
    "true",
    "0777",
    "0o17",
    "1e3",
    "1.10",
    "1_000",
    "12:34:56",
    "2001-01-01",
    ".inf",
    "<<",
    "- a",
    "? a",
    "a: b",
    "&a b",
    "*a",
    "!!str x",
    "|\n x",
    ">-",
    "%YAML 1.1",
    "---",
    "...",
    "@x",
    // Special characters of a shell.
    "=ls",
    "~root",
    "*",
    "a b  c   d",
    " a ",
    "\ta\t",
    "\n a \n\n",
    "!!",
    "!x",
    "{a,b}",
    "a;b",
    "a & b",
    "a | b > c",
    "<(x)",
    "(x)",
    "[ x ]",
    "-n",
    "-e a\\tb",
    "%s%d%n",
    // Quotes.
    "'quoted'",
    "\"quoted\"",
    "`quoted`",
    "'",
    "''",
    "'''",
    "\"\"\"",
    "it's",
    "it's so",
    "'it's'",
    "\"it's\"",
    "say \"it's\"",
    "'\"'\"'",
    "'\\''",
    "a'b\"c`d",
    "x'\"`",
    "'\"`x",
    "`it's \"so\"`",
    "it's $5",
    "it's `so`",
    "it's #1",
    "it's \\",
    "ends with \"",
    "'ends with \"",
    "\" begins",
    "{'a': \"b\"}",
    "\\'",
    "'\\",
    "\"\\",
    // Comments.
    "a #b",
    "a#b",
    "#a",
    " #a",
    "a # b 'c' # d",
    "a' #b",
    "a\" #b",
    "a\n#b\nc",
    "a'\n#b",
    "'#'",
    "\"#\"",
    // Variables and commands.
    "$",
    "$$",
    "$X",
    "a$X",
    "a$X b",
    "${X}",
    "a${X}b",
    "${X:-y}",
    "${X",
    "$X}",
    "${}",
    "${ X }",
    "$1",
    "$0$@$*$#$?$!$-",
    "$.x",
    "\\$X",
    "\\${X}",
    "\\\\$X",
    "a\\$",
    "it's $X",
    "it's ${X}",
    "it's \\$X",
    "it's 5$",
    "$'a\\nb'",
    "$\"a\"",
    "$((1+1))",
    "$[1+1]",
    "$(touch was-run)",
    "a$(touch was-run)b",
    "it's $(touch was-run)",
    "\\$(touch was-run)",
    "it's \\$(touch was-run)",
    "\"$(touch was-run)\"",
    "'$(touch was-run)'",
    "$(touch was-run",
    "${X:-$(touch was-run)}",
    "`touch was-run`",
    "it's `touch was-run`",
    "'`touch was-run`'",
    "\\`touch was-run\\`",
    "';touch was-run;'",
    "\";touch was-run;\"",
    "'\ntouch was-run\n'",
    "\"\ntouch was-run\n\"",
    "\n;touch was-run #",
    "&& touch was-run",
    "| touch was-run",
    "<(touch was-run)",
    "%x(touch was-run)",
    "#{%x(touch was-run)}",
    "(touch was-run)",
    "');(touch was-run);('",
    "\\';touch was-run;\\'",
    "EOF\ntouch was-run\n",
    // Backslashes.
    "\\",
    "\\\\",
    "\\\\\\",
    "a\\",
    "a\\\\",
    "a\\b",
    "a\\\\b",
    "C:\\app\\new\\table",
    "C:\\app\\",
    "\\\\server\\share",
    "\\\\server\\share\\",
    "it's C:\\app",
    "it's \\\\server",
    "a\\nb",
    "a\\rb",
    "a\\tb",
    "a\\\\nb",
    "it's a\\nb",
    "it's a\\rb",
    "it's a\\tb",
    "\\x41",
    "\\u0041",
    "\\101",
    "\\0",
    "\\a\\b\\e\\f\\v",
    "\\\n",
    "a\\\nb",
    "a \\",
    "\\ a",
    "^(\\d+)\\.(\\w*)$",
    "s/\\//'/g",
    // Lines.
    "a\nb",
    "a\n",
    "\na",
    "\n\n",
    "a\r\nb",
    "a\rb",
    "a\r",
    "\r",
    "\r\n",
    "a\n\rb",
    "a\n\nb\n",
    "a\nINJECTED=1\nb",
    "a'\nINJECTED=1\n'b",
    "a\"\nINJECTED=1\n\"b",
    "x\"\nNODE_OPTIONS=1\n'",
    "x'\"\nINJECTED=1\n`",
    "`\nINJECTED=1\n`",
    "a\\\nINJECTED=1",
    "a\r\nINJECTED=1\r\nb",
    "a\rINJECTED=1\rb",
    "it's\nINJECTED=1",
    "it's\n\\",
    "it's a\nb",
    "it's a\r\nb $X",
    "export INJECTED=1",
    "INJECTED: 1",
    "\n}\n",
    "\"}\n{\"INJECTED\": \"1",
    "\"\nINJECTED: \"1",
    "a\n---\nb: c",
    // Unicode and invisible characters.
    "é",
    "e\u{301}",
    "☃",
    "日本語",
    "\u{feff}a",
    "a\u{feff}",
    "\u{a0}a\u{a0}",
    "\u{3000}a\u{3000}",
    "a\u{200b}b",
    "a\u{202e}b",
    "a\u{2028}b\u{2029}c",
    "\u{2018}a\u{2019} \u{201c}b\u{201d}",
    "\u{ffff}",
    "\u{fffe}a",
    "\u{1ffff}",
    "\u{e000}",
    "\u{f6f6}",
    "\u{f600}\u{f6ff}",
    "\u{10fffd}",
    "\u{1b}[31mred\u{1b}[0m",
    "\u{8}\u{7}\u{1f}",
    "👩‍👩‍👧‍👦",
];

/// [`KNOWN`], and each special character in each position.
pub fn known() -> Vec<String> {
    let mut values: Vec<String> = KNOWN.iter().map(|value| (*value).to_owned()).collect();
    for c in CHARACTERS.chars() {
        values.extend([format!("{c}"), format!("{c}x"), format!("x{c}y"), format!("x{c}"), format!("{c}x y{c}")]);
    }
    for first in QUOTING.chars() {
        values.extend(QUOTING.chars().flat_map(|second| [format!("x{first}{second}y"), format!("{second}x {first}")]));
    }
    values.extend([60_000, 4_095, 4_096, 4_097, 1_023].map(|length| "x".repeat(length)));
    values.extend(["it's \"", "a\\", "é ", "a\n", "$x "].map(|piece| piece.repeat(3_000)));
    assert!(values.len() >= 200);
    values
}

/// Random values: passwords, lines, and any Unicode.
pub fn random() -> Vec<String> {
    const PIECES: &[&str] = &[
        "'", "\"", "`", "$", "\\", "#", " #", "\n", "\r\n", "\t", " ", "=", "${", "}", "$(", ")", "\\n", "\\r", "\\\\",
        "\\$", "a", "B", "7", "X", "_", ".", "%", "é", "🦀", "\nX=1",
    ];
    let mut random = StdRng::seed_from_u64(SEED);
    let value = |at: usize| match at % 6 {
        // A generated password.
        0 | 1 => {
            let length = *[8, 16, 24, 32].choose(&mut random).unwrap_or(&16);
            (0..length).map(|_| random.gen_range('!'..='~')).collect()
        }
        2 => (0..random.gen_range(1..12)).filter_map(|_| PIECES.choose(&mut random)).copied().collect(),
        3 => (0..random.gen_range(1..40)).map(|_| random.gen_range(' '..='~')).collect(),
        4 => (0..random.gen_range(1..12)).map(|_| random.gen_range('\u{1}'..=char::MAX)).collect(),
        _ if at % 60 == 5 => (0..random.gen_range(500..5_000)).map(|_| random.gen_range(' '..='~')).collect(),
        _ => {
            let line = |_| (0..random.gen_range(0..20)).map(|_| random.gen_range(' '..='~')).collect::<String>();
            let lines: Vec<String> = (0..4).map(line).collect();
            lines.join("\n")
        }
    };
    (0..RANDOM).map(value).collect()
}
