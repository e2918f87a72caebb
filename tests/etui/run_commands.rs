//! Which files `run` can run, and how it ends where it cannot: the same whether etui becomes the command or stays
//! beside it, with and without a terminal.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

use crate::bench::Bench;
use crate::terminal::driver::Terminal;

/// The ways to run a command.
const MODES: [&[&str]; 4] = [
    &["run", "-g", "--except", "AS_FILE", "--"],
    &["run", "-g", "--"],
    &["run", "-g", "--redact", "--except", "AS_FILE", "--"],
    &["run", "-g", "--redact", "--"],
];

struct Table {
    bench: Bench,
}

impl Table {
    /// A working directory with files of every kind. The first entry of `PATH` is empty.
    fn new() -> Table {
        let bench = Bench::acme();
        bench.set("KEY", "a value that is long enough", &["-g"]);
        bench.etui(["use", "KEY", "--as", "AS_FILE", "--as-file", "-g"]).ok();
        let table = Table { bench };
        let says = "echo \"$0\" \"$@\"; exit 3\n";
        for (name, mode, content) in [
            ("script", 0o755, format!("#!/bin/sh\n{says}").into_bytes()),
            ("plain", 0o755, says.into()),
            ("comment", 0o755, format!("# a comment\n{says}").into()),
            ("bom", 0o755, "\u{feff}: no such command 2>/dev/null\nexit 4\n".into()),
            ("empty", 0o755, Vec::new()),
            ("newline", 0o755, b"\n".to_vec()),
            ("crlf", 0o755, b"#!/bin/sh\r\nexit 3\r\n".to_vec()),
            ("missing", 0o755, b"#!/no/such/interpreter -x\nexit 3\n".to_vec()),
            ("env", 0o755, format!("#!/usr/bin/env sh\n{says}").into()),
            ("noexec", 0o644, format!("#!/bin/sh\n{says}").into()),
            ("noaccess", 0o644, says.into()),
            ("loader", 0o755, loaderless()),
        ] {
            let path = table.path(name);
            fs::write(&path, content).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
        fs::create_dir_all(table.path("bin/script")).unwrap();
        fs::create_dir(table.path("directory")).unwrap();
        symlink("script", table.path("link")).unwrap();
        symlink("nowhere", table.path("dangling")).unwrap();
        symlink("loop", table.path("loop")).unwrap();
        table
    }

    fn path(&self, name: &str) -> PathBuf {
        self.bench.work().join(name)
    }

    /// Runs a command in every way. Returns the one outcome: the exit code and both streams.
    #[track_caller]
    fn run(&self, words: &[&str]) -> (i32, String) {
        let path = format!(":{}:/no/such:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut outcomes = Vec::new();
        for mode in MODES {
            let line = [mode, words].concat();
            let outcome = self.bench.with(&[("PATH", &path)], &line);
            outcomes.push((mode, (outcome.code, format!("{}{}", outcome.text(), outcome.err))));

            let mut command = self.bench.command(&line);
            command.env("PATH", &path).env("TERM", "dumb");
            let left = Terminal::script(r#""$@""#, &command).ends();
            outcomes.push((mode, (left.code, left.screen)));
        }
        let first = outcomes[0].1.clone();
        for (mode, outcome) in outcomes {
            assert_eq!(outcome, first, "{mode:?} {words:?}");
        }
        first
    }
}

/// A program for this machine whose loader does not exist: `sh`, with its loader renamed.
fn loaderless() -> Vec<u8> {
    let mut program = fs::read("/bin/sh").unwrap();
    let at = memchr::memmem::find(&program, b"/lib").expect("sh is linked dynamically");
    program[at..at + 4].copy_from_slice(b"/nil");
    program
}

#[test]
fn every_kind_of_file_runs_or_fails_alike_in_every_mode() {
    let table = Table::new();
    let full = table.path("plain").display().to_string();
    let denied = |name: &str| (126, format!("error: {name}: permission denied\n"));
    let missing = |name: &str| (127, format!("error: {name}: command not found\n"));
    for (words, expected) in [
        (&["./script", "a b", ""][..], (3, "./script a b \n".to_owned())),
        (&["./plain", "a", "-b", "--"], (3, "./plain a -b --\n".into())),
        (&[&full], (3, format!("{full}\n"))),
        (&["./comment"], (3, "./comment\n".into())),
        (&["./env", "x"], (3, "./env x\n".into())),
        (&["./link"], (3, "./link\n".into())),
        (&["directory/../plain"], (3, "directory/../plain\n".into())),
        (&["./bom"], (4, String::new())),
        (&["./empty"], (0, String::new())),
        (&["./newline"], (0, String::new())),
        // By the empty entry of PATH.
        (&["plain", "x"], (3, "plain x\n".into())),
        (&["./noexec"], denied("./noexec")),
        (&["./noaccess"], denied("./noaccess")),
        (&["./directory"], denied("./directory")),
        (&["directory"], denied("directory")),
        (&["./none"], missing("./none")),
        (&["none"], missing("none")),
        (&["./dangling"], missing("./dangling")),
        (&[""], missing("")),
        (&["plain/x"], (126, "error: plain/x: not a directory\n".into())),
        (&["./loop"], (126, "error: ./loop: too many levels of symbolic links\n".into())),
        (&["./missing"], (127, "error: ./missing: its interpreter /no/such/interpreter does not exist\n".into())),
        (
            &["./crlf"],
            (
                127,
                "error: ./crlf: its interpreter /bin/sh\\r does not exist\n \
                 hint: its lines end in CR LF: `sed -i 's/\\r$//' ./crlf`\n"
                    .into(),
            ),
        ),
        (
            &["./loader"],
            (127, "error: ./loader: it was built for another system: what loads it does not exist\n".into()),
        ),
    ] {
        assert_eq!(table.run(words), expected, "{words:?}");
    }
    // A program of another kind of machine: whatever the shell makes of it.
    let mut foreign = fs::read("/bin/sh").unwrap();
    foreign[18] ^= 0x55;
    fs::write(table.path("foreign"), foreign).unwrap();
    fs::set_permissions(table.path("foreign"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_ne!(table.run(&["./foreign"]).0, 0);
}

#[test]
fn errors_in_json_are_alike_in_every_mode() {
    let table = Table::new();
    for mode in MODES {
        let line = [&["-j"], mode, &["./noexec"]].concat();
        table.bench.etui(line).fails_in_json(
            126,
            &serde_json::json!({"error": {
                "code": "command_fails", "exit": 126, "message": "./noexec: permission denied", "hint": null
            }}),
        );
    }
}
