//! `run --redact`: values in the output are replaced by names, in pipes and on a terminal, and the command
//! does not notice.

mod screens;

use std::fs;

use crate::bench::Bench;
use crate::terminal::driver::{Finished, Terminal};

const KEY: &str = "sk_live_9fK2mQ8sLw3T";

fn web() -> Bench {
    let bench = Bench::linked();
    bench.set("KEY", KEY, &["-p", "web"]);
    bench.set("PEM", "first-9fK2mQ8s-line\nsecond-Lw3TxY7z-line\n", &["-g"]);
    bench
}

/// Runs a shell script, redacted, in a terminal.
fn shell(bench: &Bench, script: &str) -> Terminal {
    Terminal::etui(bench, ["run", "--redact", "--", "sh", "-c", script])
}

#[track_caller]
fn shows(left: Finished, code: i32, screen: &str) {
    left.shows(code, screen);
}

#[test]
fn both_streams_stay_separate_pipes() {
    let bench = web();
    let script = r#"test -t 1 || test -t 2 || echo "out $KEY"; printf "$PEM" | sed 's/^/> /' >&2; exit 3"#;
    bench.etui(["run", "--redact", "sh", "-c", script]).exits(3, "out [KEY]\n").says("> [PEM]\n> [PEM]");
    // Both streams into one file keep their order.
    let script = "for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done";
    let expected: String = (1..=5).map(|i| format!("out {i}\nerr {i}\n")).collect();
    bench.sh(&format!("etui run --redact sh -c '{script}' > log 2>&1; cat log")).prints(&expected).says("");
    bench.sh("etui run --redact yes | head -n 1").prints("y\n").says("");
    bench.sh("echo in | etui run --redact cat").prints("in\n").says("");
}

#[test]
fn exits_with_the_status_of_the_command() {
    let bench = web();
    for (script, code) in
        [("exit 0", 0), ("exit 77", 77), ("kill -TERM $$", 143), ("kill -KILL $$", 137), ("kill -INT $$", 130)]
    {
        assert_eq!(bench.etui(["run", "--redact", "sh", "-c", script]).code, code, "{script}");
        shows(
            shell(&bench, script).ends(),
            code,
            if code == 143 {
                "Terminated\n"
            } else if code == 137 {
                "Killed\n"
            } else {
                ""
            },
        );
    }
    bench.etui(["run", "--redact", "no-such"]).fails(127, "error: no-such: command not found");
    let screen = "error: no-such: command not found\n";
    shows(Terminal::etui(&bench, ["run", "--redact", "no-such"]).ends(), 127, screen);
}

#[test]
fn on_a_terminal_the_command_has_a_terminal_and_values_are_redacted() {
    let bench = web();
    let script =
        r#"test -t 0 && test -t 1 && test -t 2 && echo "out $KEY" && echo "err $KEY" >&2; printf "$PEM"; stty size"#;
    shows(shell(&bench, script).ends(), 0, "out [KEY]\nerr [KEY]\n[PEM]\n24 100\n");
    let mut terminal =
        Terminal::script(r#""$@" 2>log"#, bench.command(["run", "--redact", "sh", "-c", script]).env("TERM", "dumb"));
    shows(terminal.ends(), 0, "[PEM]\n24 100\n");
}

#[test]
fn typed_text_is_echoed_at_once_and_read_as_a_line() {
    let bench = web();
    let mut terminal = shell(&bench, "printf 'Name: '; read -r x; echo \"<$x>\"; read -r y; echo \"<$y>\"");
    // The typed text begins like a value.
    terminal.sees("Name: ").types("s").sees("s").types("k").sees("k").types("ip\x7f\x7f\x7f\x7fme\r").sees("<me>\r\n");
    terminal.types(KEY).sees("[KEY]").types("\r").sees("<[KEY]>");
    assert_eq!(terminal.ends().code, 0);
}

#[test]
fn ctrl_c_and_ctrl_d_reach_the_command() {
    let bench = web();
    let mut terminal = shell(&bench, "trap 'echo caught; exit 7' INT; echo ready; while :; do sleep 0.02; done");
    terminal.sees("ready").types("\x03").sees("caught");
    assert_eq!(terminal.ends().code, 7);
    let mut terminal = shell(&bench, "echo ready; exec sleep 60");
    terminal.sees("ready").types("\x03");
    let left = terminal.ends();
    assert_eq!((left.code, left.echo), (130, true), "{left:?}");
    let mut terminal = shell(&bench, "cat; echo end");
    terminal.types("line\r").sees("line\r\nline\r\n").types("\x04").sees("end");
    assert_eq!(terminal.ends().code, 0);
}

#[test]
fn a_resize_reaches_the_command() {
    let bench = web();
    let mut terminal = shell(&bench, "trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done");
    terminal.sees("ready").resizes(31, 91).sees("31 91").resizes(32, 92).sees("32 92").types("\x03");
    assert_eq!(terminal.ends().code, 130);
    // Also a command that only writes to the terminal.
    let bench = web();
    let script = "trap 'stty size <&1' WINCH; echo ready; while :; do sleep 0.02; done";
    let command = bench.command(["run", "--redact", "sh", "-c", script]);
    let mut terminal = Terminal::script(r#""$@" </dev/null"#, &command);
    terminal.sees("ready").resizes(31, 91).sees("31 91").types("\x03");
    assert_eq!(terminal.ends().code, 130);
}

#[test]
fn the_terminal_is_restored_however_the_command_ends() {
    let bench = web();
    for script in ["stty raw -echo; kill -9 $$", "stty -echo -icanon; exit 1", "kill -9 $PPID; sleep 5"] {
        let left = shell(&bench, script).ends();
        assert!(left.echo && left.code != 0, "{script}: {left:?}");
    }
    // A signal from elsewhere reaches the command through etui and its session leader.
    let etui = if cfg!(target_os = "linux") { "cut -d ' ' -f 4 /proc/$PPID/stat" } else { "ps -o ppid= -p $PPID" };
    let script = format!("trap 'echo told; exit 9' TERM; kill -TERM $({etui}); sleep 5 & wait");
    let left = shell(&bench, &script).ends();
    assert_eq!((left.code, left.echo, &left.screen[..]), (9, true, "told\n"));
}

#[test]
fn closing_the_terminal_ends_the_command() {
    let bench = web();
    let file = bench.work().join("told");
    let mut terminal = shell(&bench, "trap 'echo gone > told; exit' HUP; echo ready; while :; do sleep 0.02; done");
    terminal.sees("ready");
    drop(terminal);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !fs::read_to_string(&file).is_ok_and(|text| text == "gone\n") {
        assert!(std::time::Instant::now() < until, "the command got no hangup");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn ctrl_z_stops_it_and_fg_continues_it() {
    let bench = web();
    let mut jobs = bench.command([""; 0]);
    jobs.env("TERM", "dumb").env("PS1", "$ ");
    let etui = env!("CARGO_BIN_EXE_etui");
    let mut sh = std::process::Command::new("sh");
    sh.args(["-i"]).envs(jobs.get_envs().filter_map(|(name, value)| Some((name, value?))));
    sh.current_dir(bench.work());
    let mut terminal = Terminal::script(r#""$@""#, &sh);
    for round in 0..2 {
        let line = format!("'{etui}' run --redact -- sh -c 'echo read''y; exec cat'\r");
        terminal.sees("$ ").types(&line).sees("ready").types("before\r").sees("before\r\nbefore\r\n");
        terminal
            .types("\x1a")
            .sees("Stopped")
            .sees("$ ")
            .types("stty -a | tr ' ;' '\\n\\n' | grep echo$\r")
            .sees("\r\necho\r\n");
        if round == 1 {
            // In the background it continues, and leaves the keyboard to the shell.
            terminal
                .sees("$ ")
                .types("bg; echo in''side\r")
                .sees("inside")
                .sees("$ ")
                .types("echo st''ill\r")
                .sees("still");
        }
        terminal.sees("$ ").types("fg\r").asks_hidden("cat").types("after\r").sees("after\r\nafter\r\n").types("\x04");
    }
    terminal.sees("$ ").types("exit\r");
    terminal.ends();
}

#[test]
fn redirected_streams_leave_the_others_on_the_terminal() {
    let bench = web();
    let terminal = |around: &str, script: &str| {
        let command = bench.command(["run", "--redact", "sh", "-c", script]);
        Terminal::script(around, &command).ends()
    };
    let script = r#"read -r x; test -t 0 || test -t 1 && test -t 2 && echo "$x $KEY"; exit 4"#;
    shows(terminal(r#"echo in | "$@""#, script), 4, "in [KEY]\n");
    let script = r#"test -t 0 && test -t 2 && ! test -t 1 && echo "err $KEY" >&2 && sleep 0.3 && echo "$KEY""#;
    shows(terminal(r#""$@" | tr a-z A-Z"#, script), 0, "err [KEY]\n[KEY]\n");
    // It stays in its process group and can read the keyboard.
    shows(terminal(r#""$@" & wait $!"#, "echo \"$KEY\"; exit 5"), 5, "[KEY]\n");
    let command = bench.command(["run", "--redact", "sh", "-c", "read -r x </dev/tty; echo \"<$x>\"; exec sleep 60"]);
    let mut terminal = Terminal::script(r#""$@" | cat"#, &command);
    terminal.types("me\r").sees("<me>").types("\x03");
    assert!(terminal.ends().echo);
}

#[test]
fn large_output_is_complete() {
    let bench = web();
    let all: String = (1..=50_000).map(|i| format!("{i}\n")).collect();
    bench.etui(["run", "--redact", "seq", "50000"]).prints(&all);
    shows(Terminal::etui(&bench, ["run", "--redact", "seq", "50000"]).ends(), 0, &all);
}

#[test]
fn a_link_can_turn_redaction_on_but_not_off() {
    let bench = web();
    let link = bench.work().join(".etui.toml");
    let run = || bench.etui(["run", "sh", "-c", "echo $KEY"]);
    run().prints(&format!("{KEY}\n"));
    for (redact, shown) in [("true", "[KEY]"), ("false", KEY)] {
        fs::write(&link, format!("team = \"acme\"\nproject = \"web\"\nredact = {redact}\n")).unwrap();
        bench.etui(["link", "--accept"]).ok();
        run().prints(&format!("{shown}\n"));
    }
    bench.etui(["run", "--redact", "sh", "-c", "echo $KEY"]).prints("[KEY]\n");
    // Linking another project keeps the setting.
    fs::write(&link, "team = \"acme\"\nredact = true\n").unwrap();
    bench.etui(["link", "--accept"]).ok();
    bench.etui(["link", "-p", "web"]).ok();
    run().prints("[KEY]\n");
    assert!(fs::read_to_string(&link).unwrap().contains("redact = true"));
}

#[test]
fn works_with_files_and_reports_once_what_it_cannot_hide() {
    let bench = web();
    bench.set("PIN", "1234", &["-g"]);
    bench.etui(["use", "PEM", "--as", "CERT", "--as-file"]).ok();
    let outcome = bench.etui([
        "run",
        "--redact",
        "--clean-env",
        "sh",
        "-c",
        "cat \"$CERT\"; echo $PIN; sleep 0.1; test -e \"$CERT\"",
    ]);
    outcome.prints("[PEM]\n1234\n").says("note: 1 secret of fewer than 8 characters cannot be redacted");
}
