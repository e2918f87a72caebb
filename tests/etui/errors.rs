//! Errors: one message, one hint and one exit code, and the same in JSON.

use std::fs;

use crate::bench::Bench;
use crate::update;

/// Commands that fail, each with its exit code and its error code.
const FAILURES: &[(&[&str], i32, &str)] = &[
    (&["set", "A", "--value", "x"], 2, "section_unsaid"),
    (&["set", "A", "typed", "-g"], 2, "value_typed"),
    (&["set", "1", "--value", "x", "-g"], 2, "bad_name"),
    (&["set", "A", "-g"], 2, "value_empty"),
    (&["set", "A", "--expires", "soon", "--value", "x", "-g"], 2, "bad_date"),
    (&["set", "A", "--file", "none", "-g"], 1, "input"),
    (&["set", "A", "--value", "x", "-p", "none"], 3, "section_missing"),
    (&["list", "-F", "none", "-g"], 2, "bad_field"),
    (&["list", "-t", "none", "-g"], 3, "vault_missing"),
    (&["get", "NONE"], 3, "secret_missing"),
    (&["get", "HERE", "--version", "9", "-g"], 3, "version_missing"),
    (&["resolve", "--only", "NONE"], 3, "secret_missing"),
    (&["create", "HERE", "--value", "x", "-g"], 4, "secret_exists"),
    (&["project", "create", "web"], 4, "section_exists"),
    (&["project", "delete", "web"], 4, "section_not_empty"),
    (&["purge", "-g"], 2, "not_confirmed"),
    (&["project", "delete", "web", "--force"], 2, "not_confirmed"),
    (&["init", "acme"], 4, "vault_exists"),
    (&["key", "new"], 4, "identity_exists"),
    (&["list", "-g", "-i", "none"], 5, "no_identity"),
    (&["list", "-g", "-i", "junk"], 5, "bad_identity"),
    (&["list", "-g", "-i", "stranger"], 5, "not_a_member"),
    (&["list", "-g", "-i", "open"], 5, "identity_exposed"),
    (&["list", "-g", "--vault", "junk"], 6, "vault_damaged"),
    (&["copy", "HERE", "--to", "none", "-g"], 2, "bad_section"),
    (&["rename", "HERE", "HERE", "-g"], 2, "same_name"),
    (&["secrets", "list", "project"], 2, "id_missing"),
    (&["secrets", "set", "team"], 2, "no_terminal"),
    (&["--cwd", "none", "status"], 2, "no_directory"),
    (&["run", "no-such-command"], 127, "command_missing"),
    (&["run", "/"], 126, "command_fails"),
    (&["lst"], 2, "usage"),
    (&["list", "--nope"], 2, "usage"),
    (&["list", "-g", "-p", "web"], 2, "usage"),
    (&["get"], 2, "usage"),
    (&["list", "--limit", "x"], 2, "usage"),
];

fn bench() -> Bench {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = Bench::acme();
    bench.set("HERE", "x", &["-g"]);
    bench.set("IN_WEB", "x", &["-p", "web"]);
    bench.etui(["key", "new", "--output", "stranger"]).ok();
    for (name, text, mode) in [("junk", "junk", 0o600), ("open", "", 0o644)] {
        fs::write(bench.work().join(name), text).unwrap();
        fs::set_permissions(bench.work().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    bench
}

#[test]
fn each_error_has_its_exit_code_and_at_most_two_lines() {
    let bench = bench();
    let mut wrong = Vec::new();
    for (arguments, exit, _) in FAILURES {
        let outcome = bench.etui(*arguments);
        assert_eq!((outcome.code, outcome.text()), (*exit, ""), "{arguments:?}: {}", outcome.err);
        let lines: Vec<&str> = outcome.err.lines().collect();
        let fits = match &lines[..] {
            [message] => message.starts_with("error: "),
            [message, hint] => message.starts_with("error: ") && hint.starts_with(" hint: "),
            _ => false,
        };
        if !fits {
            wrong.push(format!("{arguments:?}:\n{}", outcome.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn in_json_each_error_is_one_document_with_code_exit_message_and_hint() {
    let bench = bench();
    for (arguments, exit, code) in FAILURES {
        let outcome = bench.etui(["-j"].iter().chain(*arguments));
        assert_eq!((outcome.code, outcome.text()), (*exit, ""), "{arguments:?}: {}", outcome.err);
        let document: serde_json::Value = serde_json::from_str(&outcome.err).expect(&outcome.err);
        let fields: Vec<&String> = document["error"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["code", "exit", "message", "hint"], "{arguments:?}");
        assert_eq!((&document["error"]["code"], &document["error"]["exit"]), (&(*code).into(), &(*exit).into()));
        let message = document["error"]["message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('\n'), "{arguments:?}: {message}");
        if *code != "usage" {
            let text = bench.etui(*arguments).err;
            assert_eq!(text.lines().next().unwrap(), format!("error: {message}"));
        }
    }
}

#[test]
fn a_failure_changes_nothing() {
    let bench = bench();
    let before = crate::bench::bytes(bench.vault());
    for (arguments, ..) in FAILURES {
        bench.etui(*arguments);
    }
    assert_eq!(crate::bench::bytes(bench.vault()), before);
}

#[test]
fn log_levels_say_less_and_never_hide_what_was_asked_for() {
    let bench = bench();
    let stderr = |level: &str, arguments: &[&str]| bench.etui(["-l", level].iter().chain(arguments)).err;
    update::text(&stderr("info", &["set", "A", "--value", "1", "-g"]), "created A in team acme\n", "");
    assert_eq!(stderr("warning", &["set", "A", "--value", "2", "-g"]), "");
    let warned = stderr("warning", &["run", "--except", "ZZZ", "true"]);
    update::text(&warned, "warning: --except ZZZ: nothing here sets it\n", "");
    assert_eq!(stderr("error", &["run", "--except", "ZZZ", "true"]), "");
    assert!(stderr("error", &["get", "NONE"]).starts_with("error: NONE is not set"));
    assert_eq!(stderr("critical", &["get", "NONE"]), "");
    assert_eq!(bench.etui(["-l", "critical", "get", "NONE"]).code, 3);
    assert!(stderr("debug", &["list", "-g"]).contains("debug: "));
    bench.etui(["--log-level", "critical", "get", "HERE"]).prints("x");
    assert_eq!(bench.etui(["-l", "loud", "list", "-g"]).code, 2);
}

#[test]
fn the_color_option_decides_about_colours() {
    let bench = bench();
    let red = bench.etui(["--color", "always", "get", "NONE"]).err;
    assert!(red.starts_with("\u{1b}[31;1merror: \u{1b}[0m"), "{red:?}");
    for options in [&["--color", "never"][..], &["--color", "auto"], &[]] {
        assert!(!bench.etui(options.iter().chain(&["get", "NONE"])).err.contains('\u{1b}'));
    }
}

#[test]
fn a_deleted_working_directory_is_an_error() {
    let bench = Bench::acme();
    let gone = |line: &str| bench.sh(&format!("mkdir gone && cd gone && rmdir ../gone && etui {line}"));
    let message =
        "error: the current directory no longer exists\n hint: go to another one with `cd`, or use `--cwd /DIR`";
    for line in ["run -g pwd", "--cwd . run -g pwd", "--cwd .. run -g pwd", "link -p web", "key new --output key"] {
        gone(line).fails(2, message);
    }
    let work = bench.work();
    gone(&format!("--cwd '{}' run -g pwd -P", work.display())).prints(&format!("{}\n", work.display()));
}

#[test]
fn an_empty_text_is_named_as_empty() {
    let bench = Bench::acme();
    let id = "a letter or digit, then letters, digits, `.`, `_` and `-`: `web-eu.1`";
    let team = "a lower-case letter or digit, then lower-case letters, digits, `.`, `_` and `-`: `acme`";
    for (arguments, message, hint) in [
        (
            &["set", "A", "--value", "x", "--expires", "", "-g"][..],
            "the date is empty",
            "`90d`, `2027-01-31`, `2027-01-31T12:00:00Z` or `never`",
        ),
        (&["list", "-t", ""], "the team name is empty", team),
        (&["list", "-p", ""], "the project or cluster id is empty", id),
        (&["get", ""], "the secret name is empty", "a letter, then letters, digits and `_`: `DATABASE_URL`"),
        (&["copy", "A", "-g", "--to", ""], "the section is empty", "`team`, `project:ID` or `cluster:ID`"),
        (&["copy", "A", "-g", "--to", "project:"], "the project or cluster id is empty", id),
    ] {
        bench.etui(arguments).fails(2, &format!("error: {message}\n hint: {hint}"));
    }
}

#[test]
fn a_hint_names_the_only_section_as_the_only_one() {
    let bench = Bench::new();
    bench.etui(["init", "acme"]).ok();
    let create = "`etui project create shop`";
    let missing = "error: no project shop in team acme\n hint:";
    bench.etui(["list", "-p", "shop"]).fails(3, &format!("{missing} the team has no project yet: {create}"));
    bench.etui(["project", "create", "web"]).ok();
    bench.etui(["list", "-p", "shop"]).fails(3, &format!("{missing} the only project is web; to create it: {create}"));
    bench.etui(["project", "create", "api"]).ok();
    bench
        .etui(["list", "-p", "shop"])
        .fails(3, &format!("{missing} the projects are api and web; to create it: {create}"));
}
