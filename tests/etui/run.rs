//! `run`: the command gets the merged environment, its own arguments, and nothing of etui's keys; its end
//! is etui's end.

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
fn arguments_are_untouched() {
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
    // Options of etui stand before the command; the first word that is none begins it.
    bench.etui(["run", "-p", "api", "./show", "-p", "web"]).prints("[-p][web]");
}

#[test]
fn bytes_in_arguments_that_are_no_text_come_through() {
    use std::os::unix::ffi::OsStrExt as _;
    let bench = web();
    let odd = std::ffi::OsStr::from_bytes(b"\xff\x01");
    let arguments = ["run", "--", "printf", "%s"].map(std::ffi::OsStr::new).into_iter().chain([odd]);
    assert_eq!(bench.etui(arguments).ok().out, b"\xff\x01");
}

#[test]
fn the_vault_wins_over_the_environment_unless_that_is_to_be_kept() {
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
    let ran = bench.with(&variables, ["run", "--clean-env", "--only", "A", "env"]).ok();
    let mut names: Vec<&str> = ran.text().lines().map(|line| line.split('=').next().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["A", "HOME", "LANG", "PATH", "SHELL", "TERM", "TMPDIR", "USER"]);
    // What it keeps counts as set already; what it does not keep, does not.
    let echo = ["run", "--clean-env", "--preserve-env", "sh", "-c", "echo $TERM-$EDITOR"];
    bench.set("TERM", "vault", &["-g"]);
    bench.set("EDITOR", "vault", &["-g"]);
    bench.with(&variables, echo).prints("dumb-vault\n");
}

#[test]
fn etuis_own_keys_never_reach_the_command() {
    let bench = web();
    let (key, text) = (bench.key().display().to_string(), fs::read_to_string(bench.key()).unwrap());
    let command = format!("cat '{key}'");
    let variables = [("ETUI_KEY", &text[..]), ("ETUI_KEY_FILE", &key), ("ETUI_KEY_COMMAND", &command)];
    for options in
        [&[][..], &["--clean-env"], &["--preserve-env"], &["--clean-env", "--preserve-env"], &["--only", "A"]]
    {
        let arguments = ["run"].iter().chain(options).chain(&["env"]);
        let ran = bench.with(&variables, arguments).ok();
        assert!(
            !ran.text().contains("ETUI_KEY") && !ran.text().contains("AGE-SECRET-KEY"),
            "{options:?} {}",
            ran.text()
        );
        assert!(ran.text().contains("A=team\n"));
    }
}

#[test]
fn the_status_is_the_commands_own() {
    let bench = web();
    for status in [0, 1, 2, 7, 77, 125, 255] {
        let ran = bench.etui(["run", "sh", "-c", &format!("exit {status}")]);
        assert_eq!((ran.code, &ran.err[..]), (status, ""));
    }
    // 128 and the signal: the bench tells a death by signal so, and only that.
    for (signal, number) in [("KILL", 9), ("TERM", 15), ("INT", 2), ("PIPE", 13)] {
        let ran = bench.etui(["run", "sh", "-c", &format!("kill -{signal} $$; echo survived")]);
        assert_eq!((ran.code, ran.text(), &ran.err[..]), (128 + number, "", ""), "{signal}");
    }
}

#[test]
fn what_cannot_be_run_is_told_as_a_shell_tells_it() {
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
fn input_and_output_are_the_commands_own() {
    let bench = web();
    feed(&mut bench.command(["run", "--", "cat"]), b"in\xff").says("");
    assert_eq!(feed(&mut bench.command(["run", "--", "cat"]), b"in\xff").out, b"in\xff");
    bench.etui(["run", "sh", "-c", "echo out; echo err >&2"]).prints("out\n").says("err");
    bench.sh("etui run sh -c 'while :; do echo y; done' | head -n 1").prints("y\n").says("");
}

#[test]
fn names_that_are_not_set_stop_only_and_are_said_of_except() {
    let bench = web();
    bench.set("STRIPE_KEY", "x", &["-g"]);
    let place = "project web on cluster gpu of team acme";
    bench
        .etui(["run", "--only", "STRIPE_KYE", "echo", "ran"])
        .fails(3, &format!("error: STRIPE_KYE is not set in {place}\n hint: did you mean STRIPE_KEY?"));
    bench
        .etui(["run", "--except", "STRIPE_KYE", "echo", "ran"])
        .prints("ran\n")
        .says("warning: --except STRIPE_KYE: nothing here sets it; did you mean STRIPE_KEY?");
    assert_eq!(bench.etui(["run", "--only", "A", "--except", "B", "true"]).code, 2);
}

#[test]
fn every_name_that_except_does_not_know_is_said() {
    let bench = web();
    bench
        .etui(["run", "--except", "XXX,YYY", "true"])
        .ok()
        .says("warning: --except XXX: nothing here sets it\nwarning: --except YYY: nothing here sets it");
}

#[test]
fn the_command_runs_where_it_is_told() {
    let bench = web();
    fs::create_dir(bench.work().join("sub")).unwrap();
    let sub = bench.work().join("sub").canonicalize().unwrap();
    bench.etui(["--cwd", "sub", "run", "pwd", "-P"]).prints(&format!("{}\n", sub.display()));
    bench.set("HERE", "x", &["-g"]);
    fs::write(sub.join("tool"), "#!/bin/sh\necho $HERE\n").unwrap();
    fs::set_permissions(sub.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
    bench.etui(["run", "--cwd", "sub", "./tool"]).prints("x\n");
}
