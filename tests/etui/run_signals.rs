//! Signals to etui while it stands before a command, and what the command inherits: as if etui had become it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix_libc_wrappers::process::SignalExt as _;

use crate::bench::{Bench, Outcome};
use crate::terminal::driver::Terminal;

/// The ways in which etui stays beside a command.
const BESIDE: [&[&str]; 3] = [&["--only", "AS_FILE"], &["--redact", "--except", "AS_FILE"], &["--redact"]];

fn bench() -> Bench {
    let bench = Bench::acme();
    bench.set("KEY", "a value that is long enough", &["-g"]);
    bench.etui(["use", "KEY", "--as", "AS_FILE", "--as-file", "-g"]).ok();
    bench
}

/// A run of a shell script.
fn run(bench: &Bench, options: &[&str], script: &str) -> Command {
    bench.command([&["run", "-g"], options, &["--", "sh", "-c", script]].concat())
}

/// The signals that can be forwarded: all but KILL and STOP, those that report a fault, CHLD, PIPE, and the two that
/// belong to the C library.
fn signals() -> impl Iterator<Item = i32> {
    (1..=64).filter(|number| ![4, 8, 9, 11, 13, 17, 19, 32, 33].contains(number))
}

fn send(to: Pid, number: i32) {
    kill_process(to, Signal::from_raw(number).unwrap()).unwrap();
}

/// A running command, and the lines that it prints.
struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    fn start(command: &mut Command) -> Running {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Running { child, lines }
    }

    #[track_caller]
    fn says(&mut self, expected: &str) {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), expected);
    }

    fn signal(&self, number: i32) {
        send(Pid::from_child(&self.child), number);
    }

    /// Returns its exit code, 128 plus the signal if there was one, and the rest of its output.
    fn ends(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.lines.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        (status.code().unwrap_or_else(|| 128 + status.signal().unwrap()), rest)
    }
}

/// A script that prints each signal that it gets, until a file `go` exists.
fn printing() -> String {
    let traps: String = signals().map(|number| format!("trap 'echo got {number}' {number}\n")).collect();
    format!("{traps} echo ready; while ! [ -e go ]; do sleep 0.01; done; exit 7")
}

#[test]
fn every_signal_reaches_a_command_that_handles_it_once() {
    let bench = bench();
    for options in BESIDE {
        let mut running = Running::start(&mut run(&bench, options, &printing()));
        running.says("ready");
        for number in signals() {
            running.signal(number);
            running.says(&format!("got {number}"));
        }
        fs::write(bench.work().join("go"), "").unwrap();
        assert_eq!(running.ends(), (7, String::new()), "{options:?}");
        fs::remove_file(bench.work().join("go")).unwrap();
    }
}

#[test]
fn every_signal_reaches_a_command_with_its_own_terminal() {
    let bench = bench();
    let script = r#"sh -c 'echo $$ >pid; exec "$@"' sh "$@""#;
    let mut terminal = Terminal::script(script, run(&bench, &["--redact"], &printing()).env("TERM", "dumb"));
    terminal.sees("ready");
    let pid = fs::read_to_string(bench.work().join("pid")).unwrap().trim().parse().unwrap();
    for number in signals() {
        send(Pid::from_raw(pid).unwrap(), number);
        terminal.sees(&format!("got {number}\r\n"));
    }
    fs::write(bench.work().join("go"), "").unwrap();
    assert_eq!(terminal.ends().code, 7);
}

#[test]
fn a_command_that_dies_of_a_signal_takes_etui_with_it() {
    let bench = bench();
    // All that a process dies of without a handler: not CONT, TSTP, TTIN, TTOU, URG and WINCH.
    for number in signals().filter(|number| ![18, 20, 21, 22, 23, 28].contains(number)) {
        for options in BESIDE {
            let mut running = Running::start(&mut run(&bench, options, "ulimit -c 0; echo ready; exec sleep 1000"));
            running.says("ready");
            running.signal(number);
            assert_eq!(running.ends(), (128 + number, String::new()), "{options:?}");
        }
    }
}

/// Waits until etui, the parent, holds back the signals that stop it.
const LISTENS: &str = "until grep -q '^SigBlk:.*380000$' /proc/$PPID/status; do :; done;";

/// Runs a script as a job of a shell, which continues it each time it stops.
fn job(bench: &Bench, options: &[&str], script: &str) -> (i32, String) {
    // A shell says differently which job it continues.
    let shell = r#"set -m; "$@"; n=$?; while [ $n -gt 144 ] && [ $n -lt 151 ]; do
        printf '<%s>\n' $n; fg >/dev/null; n=$?; done; (exit $n)"#;
    let mut terminal = Terminal::script(shell, run(bench, options, script).env("TERM", "dumb"));
    let left = terminal.ends();
    let lines = left.screen.lines().filter(|line| !line.contains("Stopped") && !line.contains("Suspended"));
    (left.code, lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" "))
}

#[test]
fn a_job_stops_as_its_command_does() {
    let bench = bench();
    // `$PPID` is etui. The command that becomes etui is the measure.
    for (script, expected) in [
        ("kill -STOP $$; echo on; exit 7", "<147> on"),
        ("kill -TSTP $$; echo on; exit 7", "<148> on"),
        ("kill -TTIN $$; echo on; exit 7", "<149> on"),
        ("kill -TTOU $$; echo on; exit 7", "<150> on"),
        // As vim stops: by a signal to its whole group.
        ("kill -TSTP 0; echo on; exit 7", "<148> on"),
        ("trap 'echo told' TSTP; kill -TSTP $$; echo on; exit 7", "told on"),
        ("trap '' TSTP; kill -TSTP 0; echo on; exit 7", "on"),
        ("for i in 1 2 3 4 5 6 7 8; do kill -TSTP 0; done; exit 7", &["<148>"; 8].join(" ")),
    ] {
        // Without etui beside it, `$PPID` is the shell.
        assert_eq!(job(&bench, &["--except", "AS_FILE"], script), (7, expected.to_owned()), "exec: {script}");
        let script = format!("{LISTENS} {script}");
        assert_eq!(job(&bench, &["--only", "AS_FILE"], &script), (7, expected.to_owned()), "{script}");
    }
    // A signal to etui alone.
    for (name, number) in [("TSTP", 148), ("TTIN", 149), ("TTOU", 150)] {
        let script = format!("{LISTENS} kill -{name} $PPID; while ! [ -e go ]; do sleep 0.01; done; exit 7");
        let shell = r#"set -m; "$@"; printf '<%s>\n' $?; : >go; fg >/dev/null"#;
        let command = run(&bench, &["--only", "AS_FILE"], &script);
        let left = Terminal::script(shell, &command).sees(&format!("<{number}>")).ends();
        assert_eq!(left.code, 7, "{}", left.screen);
        fs::remove_file(bench.work().join("go")).unwrap();
    }
}

#[test]
fn a_job_with_its_own_terminal_stops_as_its_command_does() {
    let bench = bench();
    for script in ["kill -STOP $$", "kill -TSTP $$", "kill -TSTP 0"] {
        let script = format!("{script}; echo on; exit 7");
        assert_eq!(job(&bench, &["--redact"], &script), (7, "<148> on".to_owned()), "{script}");
    }
    // In a group that nobody could continue, Ctrl-Z stops nothing.
    let mut terminal =
        Terminal::etui(&bench, ["run", "--redact", "--", "sh", "-c", "echo ready; read x; echo $x; exit 7"]);
    terminal.sees("ready").types("\x1a").types("go\r").sees("go\r\ngo");
    assert_eq!(terminal.ends().code, 7);
}

#[cfg(target_os = "linux")]
#[test]
fn the_command_inherits_what_is_ignored_and_what_is_blocked() {
    let bench = bench();
    // Without the two that belong to the C library, which some of its functions ignore.
    let script = "while read -r key set; do case $key in (SigBlk:|SigIgn:) \
                  echo $key $(printf %x $((0x$set & ~0x180000000)));; esac; done </proc/$$/status";
    for ignored in ["", "trap '' HUP;", "trap '' INT QUIT;", "trap '' TSTP TTIN TTOU;", "trap '' TERM USR1 34 64;"] {
        let begin = format!("{ignored} exec \"$@\"");
        let of = |options: &[&str]| {
            let etui = run(&bench, options, script);
            let mut shell = Command::new("sh");
            bench.as_user(&mut shell).args(["-c", &begin, "sh"]).arg(etui.get_program()).args(etui.get_args());
            Outcome::from(shell.output().unwrap()).ok().text().to_owned()
        };
        let expected = of(&["--except", "AS_FILE"]);
        for options in BESIDE {
            assert_eq!(of(options), expected, "{ignored} {options:?}");
        }
    }
}

#[test]
fn an_ignored_signal_stays_ignored_by_etui() {
    let bench = bench();
    for options in BESIDE {
        let etui = run(&bench, options, "echo ready; sleep 0.2; exit 7");
        let mut shell = Command::new("sh");
        let begin = "trap '' HUP USR1 40; exec \"$@\"";
        bench.as_user(&mut shell).args(["-c", begin, "sh"]).arg(etui.get_program()).args(etui.get_args());
        let mut running = Running::start(&mut shell);
        running.says("ready");
        for number in [1, 10, 40] {
            running.signal(number);
        }
        assert_eq!(running.ends(), (7, String::new()), "{options:?}");
    }
}

#[test]
fn a_status_is_not_lost_where_children_are_ignored() {
    let bench = bench();
    for options in BESIDE {
        let etui = run(&bench, options, "exit 3");
        let mut shell = Command::new("sh");
        bench.as_user(&mut shell).args(["-c", "trap '' CHLD; exec \"$@\"", "sh"]);
        let outcome = Outcome::from(shell.arg(etui.get_program()).args(etui.get_args()).output().unwrap());
        assert_eq!((outcome.code, &outcome.err[..]), (3, ""), "{options:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn children_that_others_leave_behind_are_reaped() {
    let bench = bench();
    for options in BESIDE {
        // The shell becomes etui, and so leaves it its child.
        let etui = run(&bench, options, "while [ -e /proc/$OLD ]; do sleep 0.01; done; exit 7");
        let mut shell = Command::new("sh");
        bench.as_user(&mut shell).args(["-c", "sleep 0.3 & export OLD=$!; exec \"$@\"", "sh"]);
        let outcome = Outcome::from(shell.arg(etui.get_program()).args(etui.get_args()).output().unwrap());
        assert_eq!(outcome.code, 7, "{options:?}");
    }
}

/// Runs a script as the command of process 1.
fn as_init(bench: &Bench, options: &[&str], script: &str) -> Outcome {
    let etui = run(bench, options, script);
    let mut unshare = Command::new("unshare");
    bench.as_user(&mut unshare).args(["--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child"]);
    unshare.arg(etui.get_program()).args(etui.get_args());
    Outcome::from(unshare.output().expect("unshare"))
}

#[test]
#[ignore = "needs unshare"]
fn process_1_reaps_forwards_and_ends_like_its_command() {
    let bench = bench();
    for options in BESIDE {
        let orphan = "pid=$(sleep 0.2 >/dev/null & echo $!); [ -e /proc/$pid ] || exit 1; \
                      while [ -e /proc/$pid ]; do sleep 0.01; done; echo $PPID reaped";
        as_init(&bench, options, orphan).prints("1 reaped\n").says("");
        // The system drops a signal to process 1 that nobody handles.
        for number in signals() {
            // More than once, since etui may not have started to listen.
            let script = format!("trap 'echo got; exit 7' {number}; while :; do kill -{number} 1; sleep 0.05; done");
            as_init(&bench, options, &script).exits(7, "got\n");
        }
        for number in [1, 2, 6, 9, 11, 13, 15, 34] {
            let outcome = as_init(&bench, options, &format!("ulimit -c 0; kill -{number} $$"));
            assert_eq!(outcome.code, 128 + number, "{options:?} {number}: {}", outcome.err);
        }
        assert_eq!(as_init(&bench, options, "exit 3").code, 3);
    }
}

#[test]
#[ignore = "needs python3"]
fn what_is_blocked_stays_blocked_and_still_reaches_the_command() {
    let bench = bench();
    let block = "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, [1, 10, 15, 20]); \
                 os.execvp(sys.argv[1], sys.argv[1:])";
    // It waits for a signal that it has blocked, as a server does.
    let wait = "import signal; print('ready', sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, []))), \
                flush=True); print(int(signal.sigwait([1, 10, 15, 20])))";
    for options in [&["--except", "AS_FILE"][..]].iter().chain(&BESIDE) {
        for number in [1, 10, 15, 20] {
            let etui = bench.command([&["run"], *options, &["--", "python3", "-c", wait]].concat());
            let mut python = Command::new("python3");
            bench.as_user(&mut python).args(["-c", block]).arg(etui.get_program()).args(etui.get_args());
            let mut running = Running::start(&mut python);
            running.says("ready [1, 10, 15, 20]");
            running.signal(number);
            assert_eq!(running.ends(), (0, format!("{number}\n")), "{options:?}");
        }
    }
}
