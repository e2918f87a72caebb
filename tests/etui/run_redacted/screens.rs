//! Full-screen programs in tmux look the same with redaction as without.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::bench::{Bench, Outcome};

/// A separate tmux server with one window.
struct Tmux<'b> {
    bench: &'b Bench,
    socket: String,
}

impl<'b> Tmux<'b> {
    fn new(bench: &'b Bench, name: &str, command: &str) -> Tmux<'b> {
        let socket = bench.home().join(name).display().to_string();
        let tmux = Tmux { bench, socket };
        tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", command]).ok();
        tmux
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut tmux = Command::new("tmux");
        self.bench.as_user(tmux.args(["-S", &self.socket]).args(arguments)).env("LANG", "C.UTF-8").env("TERM", "xterm");
        Outcome::from(tmux.output().unwrap())
    }

    fn screen(&self) -> String {
        // The screen with its colours, and the cursor position.
        let shown = self.run(&["capture-pane", "-p", "-e"]).ok().text().to_owned();
        shown + self.run(&["display-message", "-p", "#{cursor_x},#{cursor_y} #{alternate_on}"]).ok().text()
    }

    /// The screen once it contains a text and no longer changes.
    fn settled(&self, text: &str) -> String {
        let until = Instant::now() + Duration::from_secs(30);
        let (mut before, mut looks_the_same) = (String::new(), 0);
        while looks_the_same < 4 {
            let now = self.screen();
            let is_there = || self.run(&["capture-pane", "-p"]).ok().text().contains(text);
            looks_the_same = if now == before && is_there() { looks_the_same + 1 } else { 0 };
            assert!(Instant::now() < until, "{text:?} is not in\n{now}");
            before = now;
            std::thread::sleep(Duration::from_millis(60));
        }
        before
    }
}

impl Drop for Tmux<'_> {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

/// Keys to type, and a text that the screen then contains.
type Step<'s> = (&'s [&'s str], &'s str);

/// Compares each screen of a program without and with redaction.
fn looks_the_same(program: &str, steps: &[Step<'_>]) {
    let bench = super::web();
    let text: String = (1..200).map(|line| format!("line {line} with\ttabs and ünïcode\n")).collect();
    std::fs::write(bench.work().join("text"), text).unwrap();
    let screens = |name: &str, command: &str| {
        let tmux = Tmux::new(&bench, name, &format!("{command}; echo ended $?; exec cat"));
        steps
            .iter()
            .map(|(keys, seen)| {
                match keys {
                    ["resize", x, y] => tmux.run(&["resize-window", "-x", x, "-y", y]),
                    keys => tmux.run(&[&["send-keys"], *keys].concat()),
                }
                .ok();
                tmux.settled(seen)
            })
            .collect::<Vec<String>>()
    };
    let alone = screens("alone", program);
    let redacted = screens("redacted", &format!("'{}' run --redact -- {program}", env!("CARGO_BIN_EXE_etui")));
    for (number, (alone, redacted)) in alone.iter().zip(&redacted).enumerate() {
        assert_eq!(alone, redacted, "{:?}\n{alone}\n{redacted}", steps[number]);
    }
}

#[test]
#[ignore = "needs tmux and vim"]
fn vim_looks_the_same() {
    looks_the_same(
        "vim -u NONE -N text",
        &[
            (&[], "line 23 with"),
            (&["50G", "i", "new words", "Enter", "Escape"], "new words"),
            (&[":set number", "Enter", ":syntax on", "Enter"], "50 new words"),
            (&["resize", "100", "40"], "60 "),
            (&["/line 150", "Enter"], "150"),
            (&[":q!", "Enter"], "ended 0"),
        ],
    );
}

#[test]
#[ignore = "needs tmux and less"]
fn less_looks_the_same() {
    looks_the_same(
        "less text",
        &[
            (&[], "line 23"),
            (&["Space"], "line 46"),
            (&["/line 120", "Enter"], "line 120"),
            (&["resize", "100", "40"], "line 150"),
            (&["G"], "line 199"),
            (&["q"], "ended 0"),
        ],
    );
}

#[test]
#[ignore = "needs tmux and less"]
fn less_at_the_end_of_a_pipe_looks_the_same() {
    looks_the_same("sh -c 'cat text | less'", &[(&[], "line 23"), (&["Space"], "line 46"), (&["q"], "ended 0")]);
}

#[test]
#[ignore = "needs tmux and python3"]
fn a_python_prompt_looks_the_same() {
    looks_the_same(
        "python3 -q",
        &[
            (&[], ">>>"),
            (&["print('a' * 10, 6 * 7)", "Enter"], "42"),
            (&["import getpass", "Enter"], "import getpass"),
            (&["getpass.getpass()", "Enter"], "Password:"),
            (&["hidden", "Enter"], "'hidden'"),
            (&["while True: pass", "Enter", "Enter", "C-c"], "KeyboardInterrupt"),
            (&["exit(3)", "Enter"], "ended 3"),
        ],
    );
}
