//! Every value comes back byte for byte, whichever way it is set and read.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::bench::{Bench, bytes, feed};

/// The longest value.
const MIB: usize = 1 << 20;

/// The longest `NAME=value` that Linux accepts.
const MAX_VARIABLE: usize = 131_071;

const NAMES: [&str; 4] = ["A", "B_2", "c", "TOKEN"];

/// The ways to set a value that keep a whole text.
#[derive(Debug, Clone, Copy)]
enum Way {
    File,
    Stdin,
    /// A pipe, which drops one trailing newline, so the test adds one.
    Pipe,
    Value,
}

fn set(bench: &Bench, way: Way, name: &str, value: &[u8]) {
    let outcome = match way {
        Way::File => {
            fs::write(bench.work().join("value"), value).unwrap();
            bench.etui(["set", name, "-g", "--file", "value"])
        }
        Way::Stdin => bench.piped(value, ["set", name, "-g", "--file", "-"]),
        Way::Pipe => bench.piped([value, b"\n"].concat(), ["set", name, "-g"]),
        Way::Value => bench.etui(["set", name, "-g", "--value", std::str::from_utf8(value).unwrap()]),
    };
    outcome.ok();
}

/// Texts that TOML, a shell, dotenv, JSON or a terminal might change.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "'", "''", "'''", "\"", "\"\"\"", "\\", "\\n", "\\u0041", "\n", "\n\n", "\r\n", "\r", "\t", " ", "=", "#", " #",
            "$HOME", "${A}", "$(id)", "`id`", "!!", "%s", "%", "~", "*", "&&", ";", "{}", "\u{feff}", "\u{1b}[31m", "\u{7f}",
            "\u{1}", "\u{80}", "\u{85}", "\u{2028}", "\u{202e}", "\u{ffff}", "é", "🦀", "[", "]", "[secrets.A]",
            "\n[signature]\nvalue = \"...\"\n", "\n[[history.secrets.A]]\nvalue = ''", "value = 'x'", "A=b", "secret:A", "null",
            "export A=", "-----BEGIN KEY-----\n",
        ]).prop_map(str::to_owned),
        1 => "[ -~]{1,12}",
        1 => any::<char>().prop_filter("no environment holds a NUL", |c| *c != '\0').prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn way() -> impl Strategy<Value = Way> {
    prop::sample::select(vec![Way::File, Way::Stdin, Way::Pipe, Way::Value])
}

/// The NUL-terminated pairs that `env -0` prints, limited to [`NAMES`].
fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    let text = std::str::from_utf8(text).unwrap();
    let all = text.split_terminator('\0').map(|pair| pair.split_once('=').unwrap());
    all.filter(|(name, _)| NAMES.contains(name)).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The variables that a shell has after it ran a text.
fn evaluated(bench: &Bench, text: &[u8]) -> BTreeMap<String, String> {
    let script =
        r#"eval "$(cat; echo :)"; for name in "$@"; do eval "printf '%s=%s\\0' $name \"\${$name-unset}\""; done"#;
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).args(NAMES).current_dir(bench.work());
    let outcome = feed(&mut command, text).ok();
    assert_eq!(outcome.err, "", "the shell printed errors");
    pairs(&outcome.out)
}

fn property<S: Strategy>(cases: u32, strategy: S, test: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    TestRunner::new(config).run(&strategy, test).unwrap_or_else(|error| panic!("{error}"));
}

fn any_text_comes_back(cases: u32) {
    let bench = Bench::acme();
    let values = prop::collection::vec((text(), way()), NAMES.len());
    property(cases, values, |values| {
        let mut wanted = BTreeMap::new();
        for (name, (value, way)) in NAMES.into_iter().zip(values) {
            // An empty pipe is not an empty value.
            let way = if value.is_empty() && matches!(way, Way::Pipe) { Way::Value } else { way };
            set(&bench, way, name, value.as_bytes());
            wanted.insert(name.to_owned(), value);
        }
        for (name, value) in &wanted {
            prop_assert_eq!(&bench.etui(["get", name, "-g"]).ok().out, value.as_bytes());
        }
        prop_assert_eq!(&pairs(&bench.etui(["run", "-g", "--", "env", "-0"]).ok().out), &wanted);
        let resolve = |format: &str| bench.etui(["resolve", "-g", "--format", format]).ok().out;
        let json: BTreeMap<String, String> = serde_json::from_slice(&resolve("json")).unwrap();
        prop_assert_eq!(&json, &wanted);
        let null: String = wanted.iter().map(|(name, value)| format!("{name}={value}\0")).collect();
        prop_assert_eq!(resolve("null"), null.into_bytes());
        prop_assert_eq!(&evaluated(&bench, &resolve("shell")), &wanted);
        // The portable form is also shell. A value that some consumer would run is refused.
        let dotenv = bench.etui(["resolve", "-g", "--format", "dotenv"]);
        if dotenv.code == 0 {
            prop_assert_eq!(&evaluated(&bench, &dotenv.out), &wanted);
        } else {
            let dangerous = |value: &String| {
                value.contains("$(") || value.ends_with('\\') || value.contains('"') && value.contains('\n')
            };
            prop_assert!(dotenv.code == 1 && dotenv.out.is_empty() && wanted.values().any(dangerous), "{dotenv:?}");
        }
        Ok(())
    });
}

#[test]
fn any_text_comes_back_byte_for_byte() {
    any_text_comes_back(12);
}

#[test]
#[ignore = "long: 500 vaults of hostile texts"]
fn any_of_many_texts_comes_back_byte_for_byte() {
    any_text_comes_back(500);
}

fn any_bytes_come_back(cases: u32) {
    let bench = Bench::acme();
    property(cases, (prop::collection::vec(any::<u8>(), 0..300), any::<bool>()), |(value, by_stdin)| {
        set(&bench, if by_stdin { Way::Stdin } else { Way::File }, "A", &value);
        prop_assert_eq!(&bench.etui(["get", "A", "-g"]).ok().out, &value);
        let as_text = match std::str::from_utf8(&value) {
            Ok(text) if !text.contains('\0') => text.to_owned(),
            _ => BASE64_STANDARD.encode(&value),
        };
        let resolved = bench.etui(["resolve", "-g", "--format", "null"]).ok().out;
        prop_assert_eq!(resolved, format!("A={as_text}\0").into_bytes());
        // Also as an earlier value, and after it is restored.
        set(&bench, Way::Value, "A", b"next");
        prop_assert_eq!(&bench.etui(["get", "A", "-g", "--version", "1"]).ok().out, &value);
        bench.etui(["restore", "A", "-g"]).ok();
        prop_assert_eq!(&bench.etui(["get", "A", "-g"]).ok().out, &value);
        Ok(())
    });
}

#[test]
fn any_bytes_come_back_byte_for_byte() {
    any_bytes_come_back(12);
}

#[test]
#[ignore = "long: 500 values of bytes"]
fn any_of_many_bytes_come_back_byte_for_byte() {
    any_bytes_come_back(500);
}

#[test]
fn a_value_stays_exact_through_rename_move_copy_and_restore() {
    const VALUE: &str = "'''\"\"\"\\\r\n\t\u{1}[x]\n[y]\n";
    let bench = Bench::acme();
    for value in [VALUE.as_bytes(), b"\xff\0\r\n"] {
        set(&bench, Way::File, "A", value);
        bench.etui(["rename", "A", "B", "-g"]).ok();
        bench.etui(["copy", "B", "-g", "--to", "project:web"]).ok();
        bench.etui(["move", "B", "-p", "web", "--to", "cluster:gpu"]).ok();
        bench.etui(["delete", "B", "-c", "gpu"]).ok();
        bench.etui(["restore", "B", "-c", "gpu"]).ok();
        bench.etui(["cluster", "rename", "gpu", "tpu"]).ok();
        for scope in [["-g"].as_slice(), &["-c", "tpu"]] {
            let outcome = bench.etui(["get", "B"].iter().chain(scope)).ok();
            assert_eq!(outcome.out, value);
        }
        bench.etui(["cluster", "rename", "tpu", "gpu"]).ok();
        for scope in [["-g"].as_slice(), &["-c", "gpu"]] {
            bench.etui(["delete", "B"].iter().chain(scope)).ok();
        }
    }
}

#[test]
fn a_pipe_drops_one_trailing_newline_and_no_more() {
    let bench = Bench::acme();
    for (piped, kept) in [
        ("a", "a"),
        ("a\n", "a"),
        ("a\n\n", "a\n"),
        ("a\r\n", "a\r"),
        ("\n\n", "\n"),
        (" a \n", " a "),
        ("a\nb\n", "a\nb"),
    ] {
        bench.piped(piped, ["set", "A", "-g"]).ok();
        bench.etui(["get", "A", "-g"]).prints(kept);
        // With `--file` the pipe is exact.
        bench.piped(piped, ["set", "A", "-g", "--file", "-"]).ok();
        bench.etui(["get", "A", "-g"]).prints(piped);
    }
    for nothing in ["", "\n"] {
        bench
            .piped(nothing, ["set", "A", "-g"])
            .fails(2, "error: no value for A\n hint: for an empty value on purpose: `etui set A -g --value ''`");
    }
    for empty in [&["--value", ""][..], &["--value="], &["--file", "-"], &["--file", "/dev/null"]] {
        bench.etui(["set", "A", "-g"].iter().chain(empty)).ok();
        bench.etui(["get", "A", "-g"]).prints("");
        bench.etui(["run", "-g", "--", "sh", "-c", "echo ${A-unset}"]).prints("\n");
        bench.etui(["set", "A", "-g", "--value", "full"]).ok();
    }
}

// Limits.

#[test]
fn a_value_of_one_mebibyte_is_kept_and_one_byte_more_is_refused() {
    let bench = Bench::acme();
    set(&bench, Way::Value, "A", b"before");
    let before = bytes(bench.vault());
    let refused = "error: A: longer than 1048576 bytes, the limit\n \
         hint: store it in a file of its own, and its key here";
    // The limit counts bytes, not characters.
    for more in [vec![b'x'; MIB + 1], vec![0xff; MIB + 1], "é".repeat(MIB / 2 + 1).into_bytes(), vec![b'x'; 3 * MIB]] {
        fs::write(bench.work().join("value"), &more).unwrap();
        bench.etui(["set", "A", "-g", "--file", "value"]).fails(2, refused);
        bench.piped(&more, ["set", "A", "-g", "--file", "-"]).fails(2, refused);
        bench.piped(&more, ["set", "A", "-g"]).fails(2, refused);
        bench.piped([&more[..], b"\n"].concat(), ["set", "A", "-g"]).fails(2, refused);
    }
    assert!(bytes(bench.vault()) == before, "a refused value changed the vault");
    for (way, most) in [
        (Way::File, vec![b'x'; MIB]),
        (Way::Pipe, vec![b'\n'; MIB]),
        (Way::Stdin, "é".repeat(MIB / 2).into_bytes()),
        (Way::Pipe, b"'\r".repeat(MIB / 2)),
        (Way::File, vec![0xff; MIB]),
    ] {
        // Use a new vault each time, so that no earlier values of this size add up.
        let bench = Bench::acme();
        set(&bench, way, "A", &most);
        assert!(bench.etui(["get", "A", "-g"]).ok().out == most, "{way:?}");
        let as_text = String::from_utf8(most).unwrap_or_else(|bytes| BASE64_STANDARD.encode(bytes.into_bytes()));
        let resolved = bench.etui(["resolve", "-g", "--format", "null"]).ok().out;
        assert!(resolved == format!("A={as_text}\0").into_bytes(), "{way:?}");
    }
}

#[test]
fn values_that_no_environment_can_hold_are_refused_as_text_and_kept_as_bytes() {
    let bench = Bench::acme();
    let hint = " hint: `--file` keeps bytes exactly: `etui set A --file FILE`";
    let before = bench.snapshot();
    for (value, why, as_text) in [
        (&b"a\0b"[..], "a NUL at byte 1, which no environment can hold", "YQBi"),
        (b"\0", "a NUL at byte 0, which no environment can hold", "AA=="),
        (b"ab\xff", "not UTF-8 text at byte 2", "YWL/"),
        (b"\xed\xa0\x80", "not UTF-8 text at byte 0", "7aCA"),
        (b"\xc0\xaf", "not UTF-8 text at byte 0", "wK8="),
        (b"\xff\xfeh\0i\0", "not UTF-8 text at byte 0", "//5oAGkA"),
    ] {
        bench.restore(&before);
        for piped in [value.to_vec(), [value, b"\n"].concat()] {
            bench.piped(piped, ["set", "A", "-g"]).fails(2, &format!("error: A: {why}\n{hint}"));
        }
        assert!(bytes(bench.vault()) == before.vault);
        for way in [Way::File, Way::Stdin] {
            set(&bench, way, "A", value);
            assert_eq!(bench.etui(["get", "A", "-g"]).ok().out, value);
            bench.etui(["resolve", "-g"]).ok();
            bench.etui(["resolve", "-g", "--format", "null"]).prints(&format!("A={as_text}\0"));
            bench.etui(["run", "-g", "--", "printenv", "A"]).prints(&format!("{as_text}\n"));
            let shown = bench.etui(["get", "A", "-g", "-j"]).ok();
            let shown: serde_json::Value = serde_json::from_str(shown.text()).unwrap();
            assert_eq!((&shown["value"], &shown["encoding"]), (&as_text.into(), &"base64".into()));
            assert_eq!(shown["size"], value.len());
            bench.etui(["delete", "A", "-g"]).ok();
        }
    }
}

#[test]
fn a_value_argument_that_is_not_utf8_is_refused_and_not_repeated() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = Bench::acme();
    let value = std::ffi::OsStr::from_bytes(b"hunter2\xff");
    let arguments = ["set", "A", "-g", "--value"].map(std::ffi::OsStr::new);
    let outcome = bench.etui(arguments.into_iter().chain([value]));
    assert_eq!((outcome.code, outcome.text()), (2, ""), "{}", outcome.err);
    assert!(outcome.err.starts_with("error: ") && !outcome.err.contains("hunter2"), "{}", outcome.err);
}

#[test]
fn an_option_after_the_name_is_not_taken_for_a_value() {
    for options in
        [&["-pweb"][..], &["-p=web"], &["-p", "web"], &["--project=web"], &["-tacme", "-pweb"], &["-ldebug", "-pweb"]]
    {
        let bench = Bench::acme();
        let outcome = bench.piped("v", ["set", "A"].iter().chain(options));
        assert_eq!(outcome.code, 0, "{options:?}: {}", outcome.err);
        bench.etui(["get", "A", "--exact", "-p", "web"]).prints("v");
    }
}

#[test]
fn the_longest_possible_variable_is_passed_and_a_longer_one_is_refused_first() {
    let bench = Bench::acme();
    let longest = "x".repeat(MAX_VARIABLE - "A=".len());
    set(&bench, Way::Stdin, "A", longest.as_bytes());
    bench.etui(["run", "-g", "--", "printenv", "A"]).prints(&format!("{longest}\n"));
    for value in [format!("{longest}x"), "é".repeat(MAX_VARIABLE / 2)] {
        set(&bench, Way::Stdin, "A", value.as_bytes());
        let refused = format!(
            "error: A has {} bytes with its name; this system accepts 131071 for one variable\n \
             hint: leave it out with `--except A`, and give it as a file: `etui use A --as A_FILE --as-file`",
            value.len() + 2
        );
        bench.etui(["run", "-g", "--", "echo", "started"]).fails(1, &refused);
        bench.etui(["run", "-g", "--only", "A", "--", "echo", "started"]).fails(1, &refused);
        // The way out that the hint names.
        bench.etui(["run", "-g", "--except", "A", "--", "echo", "started"]).prints("started\n");
        bench.etui(["get", "A", "-g"]).prints(&value);
    }
    // Binary values are passed as base64, so the base64 text must fit.
    set(&bench, Way::Stdin, "A", &[0xff; 98_301]);
    bench.etui(["run", "-g", "--", "echo", "started"]).prints("started\n");
    set(&bench, Way::Stdin, "A", &[0xff; 98_302]);
    let outcome = bench.etui(["run", "-g", "--", "echo", "started"]);
    outcome.fails(
        1,
        "error: A has 131074 bytes with its name; this system accepts 131071 for one variable\n \
         hint: leave it out with `--except A`, and give it as a file: `etui use A --as A_FILE --as-file`",
    );
}

#[test]
fn an_excluded_variable_may_have_any_length() {
    let bench = Bench::acme();
    set(&bench, Way::Stdin, "A", &[b'x'; 2 * MAX_VARIABLE]);
    let mut command = bench.command(["run", "-g", "--preserve-env", "--", "printenv", "A"]);
    feed(command.env("A", "of the environment"), b"").prints("of the environment\n");
}

#[test]
#[cfg(target_os = "linux")] // which alone says how much it accepts
fn an_environment_that_is_too_large_is_refused_with_a_message() {
    let bench = Bench::acme();
    let names = ["A", "B", "C", "D"];
    for name in names {
        set(&bench, Way::Stdin, name, &[b'x'; 100_000]);
    }
    let limited = |arguments: &[&str]| {
        let etui = bench.command(arguments);
        let mut command = Command::new("sh");
        // Linux limits the environment to a quarter of the stack: 256 KiB here.
        command.args(["-c", "ulimit -s 1024; exec \"$0\" \"$@\""]).arg(etui.get_program()).args(etui.get_args());
        command.env_clear().envs(etui.get_envs().filter_map(|(name, value)| Some((name, value?))));
        feed(command.current_dir(bench.work()), b"")
    };
    // The size includes pointers and other variables, so it depends on the machine.
    let outcome = limited(&["run", "-g", "--", "echo", "started"]);
    assert_eq!((outcome.code, outcome.text()), (1, ""));
    let (message, hint) = outcome.err.split_once('\n').unwrap();
    let size = message.strip_prefix("error: the environment and the arguments have ").unwrap();
    let size: usize = size.strip_suffix(" bytes; this system accepts 262144").unwrap().parse().unwrap();
    assert!((400_000..402_000).contains(&size), "{size}");
    let largest = " hint: leave out the largest with `--except NAME`: A (100000), B (100000) and C (100000); or raise the limit with \
                   `ulimit -s`\n";
    assert_eq!(hint, largest);
    limited(&["run", "-g", "--only", "A,B", "--", "echo", "started"]).prints("started\n");
}
