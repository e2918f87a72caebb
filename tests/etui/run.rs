//! `run`: the command gets the merged environment and its own arguments, but none of etui's keys, and etui
//! exits as it does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::bench::{Bench, feed};

fn web() -> Bench {
    let bench = Bench::linked();
    bench.set("A", "team", &["-g"]);
    bench.set("B", "gpu", &["-c", "gpu"]);
    bench.set("C", "web", &["-p", "web"]);
    bench
}

#[test]
fn arguments_are_passed_unchanged() {
    let bench = web();
    let show = bench.work().join("show");
    fs::write(&show, "#!/bin/sh\nfor a; do printf '[%s]' \"$a\"; done\n").unwrap();
    fs::set_permissions(&show, fs::Permissions::from_mode(0o755)).unwrap();
    for (arguments, shown) in [
        (&["a b", "$A", "'q'", "\"", "*", "\n", "", "\\"][..], "[a b][$A]['q'][\"][*][\n][][\\]"),
        (&["-p", "api", "--help", "-j", "--cwd", "x", "-V"], "[-p][api][--help][-j][--cwd][x][-V]"),
        (&["--", "x", "--", "y"], "[--][x][--][y]"),
        (&["--only=Z"], "[--only=Z]"),
        (&[], ""),
    ] {
        for begin in [&["run", "--", "./show"][..], &["run", "./show"], &["exec", "./show"], &["x", "--", "./show"]] {
            bench.etui(begin.iter().chain(arguments)).prints(shown).says("");
        }
    }
    // etui's options come before the command; the first word that is not an option starts it.
    bench.etui(["run", "-p", "api", "./show", "-p", "web"]).prints("[-p][web]");
}

#[test]
fn arguments_that_are_not_utf8_are_passed_unchanged() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = web();
    let odd = std::ffi::OsStr::from_bytes(b"\xff\x01");
    let arguments = ["run", "--", "printf", "%s"].map(std::ffi::OsStr::new).into_iter().chain([odd]);
    assert_eq!(bench.etui(arguments).ok().out, b"\xff\x01");
}

#[test]
fn the_vault_wins_over_the_environment_without_preserve_env() {
    let bench = web();
    let echo = |options: &[&str]| {
        let arguments = ["run"].iter().chain(options).chain(&["sh", "-c", "echo $A-$B-$C-$D"]);
        bench.with(&[("A", "mine"), ("D", "d")], arguments).ok().text().to_owned()
    };
    assert_eq!(echo(&[]), "team-gpu-web-d\n");
    assert_eq!(echo(&["--preserve-env"]), "mine-gpu-web-d\n");
    assert_eq!(echo(&["--clean-env"]), "team-gpu-web-\n");
    assert_eq!(echo(&["--clean-env", "--preserve-env"]), "team-gpu-web-\n");
    assert_eq!(echo(&["--only", "B,C"]), "mine-gpu-web-d\n");
    assert_eq!(echo(&["--except", "A,C"]), "mine-gpu--d\n");
    assert_eq!(echo(&["--except", "A", "--except", "B"]), "mine--web-d\n");
    assert_eq!(echo(&["-g"]), "team---d\n");
    assert_eq!(echo(&["-p", "api"]), "team-gpu--d\n");
    assert_eq!(echo(&["--no-link", "-p", "web"]), "team--web-d\n");
}

#[test]
fn a_clean_environment_keeps_seven_names() {
    let bench = web();
    let variables = [("TERM", "dumb"), ("LANG", "C"), ("SHELL", "/bin/x"), ("TMPDIR", "/tmp"), ("EDITOR", "vi")];
    let outcome = bench.with(&variables, ["run", "--clean-env", "--only", "A", "env"]).ok();
    let mut names: Vec<&str> = outcome.text().lines().map(|line| line.split('=').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["A", "HOME", "LANG", "PATH", "SHELL", "TERM", "TMPDIR", "USER"]);
    // With --preserve-env too, only the variables that it keeps count as already set.
    let echo = ["run", "--clean-env", "--preserve-env", "sh", "-c", "echo $TERM-$EDITOR"];
    bench.set("TERM", "vault", &["-g"]);
    bench.set("EDITOR", "vault", &["-g"]);
    bench.with(&variables, echo).prints("dumb-vault\n");
}

#[test]
fn etuis_keys_never_reach_the_command() {
    let bench = web();
    let (key, text) = (bench.key().display().to_string(), fs::read_to_string(bench.key()).unwrap());
    let command = format!("cat '{key}'");
    let variables = [("ETUI_KEY", &text[..]), ("ETUI_KEY_FILE", &key), ("ETUI_KEY_COMMAND", &command)];
    for options in
        [&[][..], &["--clean-env"], &["--preserve-env"], &["--clean-env", "--preserve-env"], &["--only", "A"]]
    {
        let arguments = ["run"].iter().chain(options).chain(&["env"]);
        let outcome = bench.with(&variables, arguments).ok();
        assert!(
            !outcome.text().contains("ETUI_KEY") && !outcome.text().contains("AGE-SECRET-KEY"),
            "{options:?} {}",
            outcome.text()
        );
        assert!(outcome.text().contains("A=team\n"));
    }
}

#[test]
fn exits_with_the_status_of_the_command() {
    let bench = web();
    for status in [0, 1, 2, 7, 77, 125, 255] {
        let outcome = bench.etui(["run", "sh", "-c", &format!("exit {status}")]);
        assert_eq!((outcome.code, &outcome.err[..]), (status, ""));
    }
    // The test harness reports 128 plus the signal only for a death by signal.
    for (signal, number) in [("KILL", 9), ("TERM", 15), ("INT", 2), ("PIPE", 13)] {
        let outcome = bench.etui(["run", "sh", "-c", &format!("kill -{signal} $$; echo survived")]);
        assert_eq!((outcome.code, outcome.text(), &outcome.err[..]), (128 + number, "", ""), "{signal}");
    }
}

#[test]
fn a_command_that_cannot_be_run_fails_as_in_a_shell() {
    let bench = web();
    fs::write(bench.work().join("plain"), "").unwrap();
    let directory = bench.work().display().to_string();
    bench.etui(["run", "no-such-command"]).fails(127, "error: no-such-command: command not found");
    bench.etui(["run", "./none"]).fails(127, "error: ./none: command not found");
    bench.etui(["run", "./plain"]).fails(126, "error: ./plain: permission denied");
    bench.etui(["run", &directory]).fails(126, &format!("error: {directory}: permission denied"));
    let document = bench.etui(["run", "-j", "none"]);
    assert_eq!(document.code, 127);
    assert!(document.err.starts_with("{\"error\":{\"code\":\"command_missing\",\"exit\":127,"), "{}", document.err);
    assert_eq!(bench.etui(["run"]).code, 2);
    assert_eq!(bench.etui(["run", "--"]).code, 2);
}

#[test]
fn the_command_keeps_its_input_and_output() {
    let bench = web();
    feed(&mut bench.command(["run", "--", "cat"]), b"in\xff").says("");
    assert_eq!(feed(&mut bench.command(["run", "--", "cat"]), b"in\xff").out, b"in\xff");
    bench.etui(["run", "sh", "-c", "echo out; echo err >&2"]).prints("out\n").says("err");
    bench.sh("etui run sh -c 'while :; do echo y; done' | head -n 1").prints("y\n").says("");
}

#[test]
fn a_missing_name_is_an_error_for_only_and_a_warning_for_except() {
    let bench = web();
    bench.set("STRIPE_KEY", "x", &["-g"]);
    let context = "project web on cluster gpu of team acme";
    bench
        .etui(["run", "--only", "STRIPE_KYE", "echo", "ran"])
        .fails(3, &format!("error: STRIPE_KYE is not set in {context}\n hint: did you mean STRIPE_KEY?"));
    bench
        .etui(["run", "--except", "STRIPE_KYE", "echo", "ran"])
        .prints("ran\n")
        .says("warning: --except STRIPE_KYE: nothing here sets it; did you mean STRIPE_KEY?");
    assert_eq!(bench.etui(["run", "--only", "A", "--except", "B", "true"]).code, 2);
}

#[test]
fn every_missing_name_in_except_gets_a_warning() {
    let bench = web();
    bench
        .etui(["run", "--except", "XXX,YYY", "true"])
        .ok()
        .says("warning: --except XXX: nothing here sets it\nwarning: --except YYY: nothing here sets it");
}

#[test]
fn the_command_runs_in_the_chosen_directory() {
    let bench = web();
    fs::create_dir(bench.work().join("sub")).unwrap();
    let sub = bench.work().join("sub").canonicalize().unwrap();
    bench.etui(["--cwd", "sub", "run", "pwd", "-P"]).prints(&format!("{}\n", sub.display()));
    bench.set("HERE", "x", &["-g"]);
    fs::write(sub.join("tool"), "#!/bin/sh\necho $HERE\n").unwrap();
    fs::set_permissions(sub.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    bench.etui(["run", "--cwd", "sub", "./tool"]).prints("x\n");
}
