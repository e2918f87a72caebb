//! Without a terminal: no command hangs waiting for an answer, and closed or full outputs are handled.

#[cfg(target_os = "linux")]
use std::fs;
use std::process::{Command, Stdio};

use crate::bench::{Bench, Outcome, bytes, feed};

/// Runs a shell script whose `"$@"` is an etui command, with empty standard input.
fn script(bench: &Bench, script: &str, line: &str) -> Outcome {
    let etui = bench.command(line.split_terminator(' '));
    let mut shell = Command::new("sh");
    shell.args(["-c", script, "sh"]).arg(etui.get_program()).args(etui.get_args());
    shell.current_dir(bench.work()).env_clear().stdin(Stdio::null());
    shell.envs(etui.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Outcome::from(shell.output().unwrap())
}

/// A vault with more data than a pipe holds (64 KiB), in one value and in the notes of a list.
fn large() -> Bench {
    let bench = Bench::acme();
    bench.set("LARGE", "x".repeat(300_000), &["-g"]);
    let note = "n".repeat(100_000);
    for name in ["A", "B", "C"] {
        bench.etui(["set", name, "-g", "--value", "1", "--note", &note]).ok();
    }
    bench
}

#[test]
fn a_question_without_a_terminal_is_an_error_with_a_way_out() {
    let bench = Bench::acme();
    bench.set("TOKEN", "1", &["-p", "web"]);
    let before = bytes(bench.vault());
    for (line, code, message) in [
        (
            "set TOKEN -g",
            2,
            "error: no value for TOKEN\n hint: for an empty value on purpose: `etui set TOKEN -g --value ''`",
        ),
        (
            "create NEW -g",
            2,
            "error: no value for NEW\n hint: for an empty value on purpose: `etui create NEW -g --value ''`",
        ),
        (
            "set TOKEN",
            2,
            "error: no section: neither an option nor a link names one\n \
             hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; or once for this directory: `etui link -p PROJECT`",
        ),
        (
            "generate TOKEN",
            2,
            "error: no section: neither an option nor a link names one\n \
             hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; or once for this directory: `etui link -p PROJECT`",
        ),
        (
            "list",
            2,
            "error: no section: neither an option nor a link names one\n \
             hint: `-g` for the team, `-p PROJECT` or `-c CLUSTER`; or once for this directory: `etui link -p PROJECT`",
        ),
        ("purge TOKEN -p web", 2, "error: `purge` needs confirmation\n hint: run it again with `-y`"),
        ("purge -p web", 2, "error: `purge` needs confirmation\n hint: run it again with `-y`"),
        (
            "project delete web --force",
            2,
            "error: `project delete --force` needs confirmation\n hint: run it again with `-y`",
        ),
        (
            "cluster delete gpu --force",
            2,
            "error: `cluster delete --force` needs confirmation\n hint: run it again with `-y`",
        ),
        (
            "link -p new",
            3,
            "error: no project new in team acme\n \
             hint: the projects are api and web; to create it: `etui project create new`",
        ),
        (
            "secret create",
            2,
            "error: no name is given, and there is no terminal to ask\n \
             hint: `etui secret create NAME`",
        ),
        (
            "secret delete -p web",
            2,
            "error: no name is given, and there is no terminal to ask\n hint: `etui secret delete NAME`",
        ),
        (
            "secrets set team",
            2,
            "error: no name is given, and there is no terminal to ask\n hint: `etui secrets set team --name NAME`",
        ),
        (
            "secrets set team --name NEW",
            2,
            "error: no value is given, and there is no terminal to ask\n \
             hint: `etui secrets set team --name NEW < FILE`",
        ),
        (
            "secrets set project --name NEW --value V",
            2,
            "error: Missing option '--id': which project?\n hint: `--id ID`; or to see the ids: `etui project list`",
        ),
        (
            "secrets delete team",
            2,
            "error: no name is given, and there is no terminal to ask\n hint: `etui secrets delete team --name NAME`",
        ),
    ] {
        bench.etui(line.split(' ')).fails(code, message);
        assert_eq!(bytes(bench.vault()), before, "{line}");
    }
}

#[test]
fn a_suggested_command_can_be_typed_as_it_is() {
    let bench = Bench::acme();
    for (line, way_out) in [
        ("secret create NEW -g", "etui secret create NEW -g"),
        ("secret update NEW -g", "etui secret update NEW -g"),
        ("secrets set team --name NEW", "etui secrets set team --name NEW"),
        ("secrets set project --id web --name NEW", "etui secrets set project --id web --name NEW"),
    ] {
        let message = bench.etui(line.split(' ')).err;
        let hint = message.lines().nth(1).unwrap().trim_start_matches(" hint: `").trim_end_matches(" < FILE`");
        assert_eq!(hint, way_out, "{line}");
        bench.piped("value\n", hint.split(' ').skip(1)).ok();
    }
}

#[test]
fn init_uses_the_login_name_or_says_how_to_give_one() {
    let bench = Bench::new();
    let mut nobody = bench.command(["init", "acme"]);
    nobody.env("USER", "---");
    Outcome::from(nobody.output().unwrap()).fails(
        2,
        "error: no member name is given, and there is no terminal to ask\n \
             hint: `etui init TEAM --as MEMBER`",
    );
    assert!(!bench.home().exists(), "a key was created");
    bench.etui(["init", "acme"]).ok();
    bench.etui(["set", "A", "-g", "--value", "1"]).ok();
    bench.etui(["list", "-g", "-F", "by"]).prints("alice\n");
}

#[test]
fn only_what_cannot_be_undone_needs_the_yes_option() {
    let bench = Bench::acme();
    for value in ["1", "2"] {
        bench.set("TOKEN", value, &["-g"]);
    }
    bench.etui(["delete", "TOKEN", "-g"]).ok();
    bench.etui(["purge", "TOKEN", "-g", "-y"]).ok();
    bench.etui(["--yes", "project", "delete", "web", "--force"]).ok();
}

#[test]
fn lines_from_a_pipe_answer_the_questions_of_the_older_grammars() {
    let bench = Bench::acme();
    bench
        .piped("TOKEN\nof the team\n", ["secret", "create", "-g"])
        .prints("Created secret \"TOKEN\" in team \"acme\"\n");
    bench.etui(["get", "TOKEN", "-g"]).prints("of the team");
    bench.piped("TOKEN\nnew", ["secrets", "set", "team"]).prints("Set team secret 'TOKEN'\n");
    bench.etui(["get", "TOKEN", "-g"]).prints("new");
    bench.piped("TOKEN\n", ["secrets", "delete", "team"]).prints("Deleted team secret 'TOKEN'\n");
}

#[test]
fn a_pipe_that_is_closed_early_ends_the_command_quietly() {
    let bench = large();
    for line in [
        "list -g",
        "list -g -j",
        "list --all",
        "resolve -g",
        "resolve -g -j",
        "get LARGE -g",
        "get LARGE -g -j",
        "secret list -g",
        "secrets list team",
        "explain -g",
        "--help",
        "set --help",
        "",
    ] {
        // The pipe is closed before the first byte is written, so the result does not depend on timing.
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = bench.command(line.split_terminator(' '));
        let outcome = Outcome::from(command.stdout(writer).output().unwrap());
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{line}");
    }
    for line in ["list -g", "resolve -g", "get LARGE -g"] {
        let outcome = script(&bench, r#"{ "$@"; echo "ended $?" >&2; } | head -c 5"#, line);
        assert_eq!((outcome.out.len(), outcome.err.as_str()), (5, "ended 0\n"), "{line}");
    }
}

#[test]
fn the_version_is_quiet_on_a_closed_pipe() {
    for line in ["--version", "-V", "-j --version"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Bench::new().command(line.split(' '));
        let outcome = Outcome::from(command.current_dir("/").stdout(writer).output().unwrap());
        assert_eq!((outcome.code, outcome.err.as_str()), (0, ""), "{line}");
    }
}

#[test]
fn a_change_is_made_even_if_standard_error_is_closed() {
    let bench = Bench::acme();
    let full = if cfg!(target_os = "linux") { &["> /dev/full", "2> /dev/full"][..] } else { &[] };
    for (number, redirection) in [">&-", "2>&-", "<&-", "<&- >&- 2>&-"].iter().chain(full).enumerate() {
        let value = number.to_string();
        let outcome = script(&bench, &format!(r#""$@" {redirection}"#), &format!("set TOKEN -g --value {value}"));
        assert_eq!((outcome.code, outcome.text()), (0, ""), "{redirection}: {outcome:?}");
        bench.etui(["get", "TOKEN", "-g"]).prints(&value);
    }
}

#[test]
fn closed_streams_cause_no_panic() {
    let bench = large();
    for line in [
        "list -g",
        "resolve -g",
        "get LARGE -g",
        "get NONE -g",
        "status",
        "--version",
        "--help",
        "nonsense",
        "",
        "purge -g",
        "set TOKEN -g",
        "secrets set team",
        "run -- true",
    ] {
        for redirection in [">&-", "2>&-", "<&-", "<&- >&- 2>&-"] {
            let outcome = script(&bench, &format!(r#""$@" {redirection}"#), line);
            assert!(outcome.code < 8, "{line} {redirection}: {outcome:?}");
            assert!(!outcome.err.contains("panicked"), "{line} {redirection}: {outcome:?}");
        }
    }
    // No vault file took the number of a closed stream.
    bench.etui(["get", "A", "-g"]).prints("1");
}

/// Runs etui with its standard output on a full disk.
#[cfg(target_os = "linux")]
fn on_a_full_disk(bench: &Bench, line: &str) -> Outcome {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    Outcome::from(bench.command(line.split_terminator(' ')).stdout(full).output().unwrap())
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_standard_output_is_an_error() {
    let bench = large();
    for line in [
        "list -g",
        "resolve -g",
        "get A -g",
        "get LARGE -g",
        "explain -g",
        "status",
        "secret list -g",
        "secrets list team",
        "key show",
        "project list",
        "history A -g",
        "",
    ] {
        let outcome = on_a_full_disk(&bench, line);
        assert_eq!(outcome.code, 1, "{line}");
        outcome.says("error: cannot write the output: no space left on device");
    }
    on_a_full_disk(&bench, "list -g -j").fails(
        1,
        r#"{"error":{"code":"output","exit":1,"message":"cannot write the output: no space left on device","hint":null}}"#,
    );
    // With standard error full, only the exit code reports the error.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = bench.command(["get", "NONE", "-g"]);
    let outcome = Outcome::from(command.stderr(full).output().unwrap());
    assert_eq!((outcome.code, outcome.text()), (3, ""));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_the_version_or_the_help_is_an_error() {
    let bench = Bench::new();
    for line in ["--version", "-V", "--help", "set --help"] {
        let outcome = on_a_full_disk(&bench, line);
        assert_eq!(outcome.code, 1, "{line}");
        outcome.says("error: cannot write the output: no space left on device");
    }
}

#[test]
fn a_command_that_ignores_its_standard_input_is_no_error() {
    let bench = large();
    let outcome = feed(bench.command(["run", "-g", "--only", "A", "--", "true"]).env("UNUSED", "1"), &[b'x'; 200_000]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
}
