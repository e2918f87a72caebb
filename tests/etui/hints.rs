//! Runs what a message tells a person to type, there and then: in a copy of the machine on which the message was shown.
//!
//! Every command that a [`Bench`](crate::bench::Bench) runs comes through [`follow`]. A hint fails the test if it is a
//! usage error, or leads to the very error that gave it. Each hint is run once for each message, names aside, and what
//! a person would be asked counts as answered later: there is no terminal.
//!
//! [`unreached`] lists the hints of the source that no expected text of a test shows.

mod copy;
mod unreached;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use copy::Copy;
use rustix::process::{Pid, Signal, kill_process};

use crate::bench::Outcome;
use crate::update;

/// What was run already: a hint and its message, without the names in them.
static FOLLOWED: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// Long enough for any command that ends by itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// The errors of a command that could ask a person.
const ASKS: [&str; 4] = ["no_terminal", "value_empty", "section_unsaid", "words_count"];

/// The exit code if what must come before a hint cannot be done here, such as fetching from a server.
const NOT_READY: i32 = 99;

/// What cannot be tried here: it serves until it is stopped, opens the kernel's keyring, or changes what a copy shares
/// with the machine, such as a remote.
const LEFT_ALONE: [&str; 4] = ["ui", "unlock", "lock", "sync"];

/// Runs every command of etui that the messages of a command name.
pub fn follow(command: &Command, outcome: &Outcome) {
    let Some(root) = sandbox(command) else { return };
    let error = outcome.err.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or_default();
    for line in outcome.err.lines() {
        for hint in commands(line, &typed(command)) {
            let message = if error.is_empty() { line } else { error };
            let is_new = FOLLOWED.lock().unwrap().insert((shape(hint.line), shape(message)));
            if is_new && !update::is_on() {
                try_hint(&hint, error, command, &root, outcome);
            }
        }
    }
}

/// The directory of the machine on which etui was run, if that is a sandbox.
fn sandbox(command: &Command) -> Option<PathBuf> {
    if command.get_program() != env!("CARGO_BIN_EXE_etui") {
        return None;
    }
    let home = command.get_envs().find(|(name, _)| *name == "HOME")?.1?;
    let root = PathBuf::from(home);
    root.file_name()?.to_str()?.starts_with("etui-test-").then_some(root)
}

/// What was typed, as one line.
fn typed(command: &Command) -> String {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    format!("etui {}", words.join(" "))
}

/// A command of etui in a message.
struct Hint<'l> {
    line: &'l str,
    /// What comes before it: `A, then B`.
    first: Option<&'l str>,
}

/// The commands of etui in backticks that a line tells a person to type, at this machine and now.
fn commands<'l>(line: &'l str, typed: &str) -> Vec<Hint<'l>> {
    let labels = ["error: ", " hint: ", "note: ", "warning: "];
    let Some(label) =
        labels.into_iter().find(|label| line.starts_with(label)).or(line.contains("undo: ").then_some(""))
    else {
        return Vec::new();
    };
    let parts: Vec<&str> = line.split('`').collect();
    let hint = |at: usize| {
        let (before, line) = (parts[at - 1], parts[at]);
        // An error also names the command that failed, or that holds a lock.
        let is_named = label == "error: " && (typed.starts_with(line) || before.ends_with('('));
        let is_elsewhere = ["on a terminal: ", "a writer ", "a member ", "who can let you in: "]
            .iter()
            .any(|other| before.contains(other));
        let clause = before.rsplit("; ").next().unwrap_or_default();
        let is_asked = ["ask ", " hint: ask "].iter().any(|ask| clause.starts_with(ask));
        let first = (before == ", then ").then(|| parts[at - 2]);
        // A copy shares its remotes with the original.
        let is_shared = first.is_some_and(|first| ["fetch", "pull", "push"].iter().any(|word| first.contains(word)));
        (line.starts_with("etui ") && !is_named && !is_elsewhere && !is_asked && !is_shared)
            .then_some(Hint { line, first })
    };
    (1..parts.len()).step_by(2).filter_map(hint).collect()
}

/// A text with what differs from test to test replaced: only words in lower case and options stay.
fn shape(text: &str) -> String {
    let is_plain = |word: &str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') || word.len() < 2;
    let words = text.split(' ').map(|word| if is_plain(word.trim_matches([',', ':', ';', '.'])) { word } else { "_" });
    words.collect::<Vec<_>>().join(" ")
}

fn try_hint(hint: &Hint<'_>, error: &str, command: &Command, root: &Path, outcome: &Outcome) {
    let Hint { line: hint, first } = hint;
    let verb = verb(hint);
    if LEFT_ALONE.contains(&verb) || hint.contains('…') {
        return;
    }
    let Some(copy) = Copy::of(root) else { return };
    let machine = Machine { command, copy: &copy };
    let Some(line) = machine.fill(&copy.moved(hint), verb) else { return };
    // Confirmations are given: a person would say yes.
    let line = line.replacen("etui ", "etui -j -y ", 1);
    let first = first.map(|first| format!("{} > first 2>&1 || exit {NOT_READY}; ", copy.moved(first)));
    let Some(ran) = machine.run(&format!("{}{line}", first.unwrap_or_default())) else { return };
    if ran.code == NOT_READY {
        return;
    }

    let document: serde_json::Value =
        ran.err.lines().last().and_then(|line| serde_json::from_str(line).ok()).unwrap_or_default();
    let (code, message) = (document["error"]["code"].as_str(), document["error"]["message"].as_str());
    let is_usage = ran.code == 2 && !code.is_some_and(|code| ASKS.contains(&code));
    // Where a listing ends in an error, such as the findings of an audit, it was printed all the same.
    let is_same =
        !error.is_empty() && ran.out.is_empty() && message.is_some_and(|message| copy.moved_back(message) == error);
    // On a terminal it asks whether to take the removal back, which `-y` does not answer.
    let is_asked = verb == "trust" && code == Some("signer_removed");
    let is_bad = is_usage || (is_same && !is_asked) || ran.code == 101 || ran.code > 128;
    assert!(
        !is_bad,
        "a hint leads nowhere: `{hint}`\ntyped: {}\nwhich said: {}\nthe hint, as {line}, said: {}",
        typed(command),
        outcome.err,
        ran.err
    );
}

/// The first word that is no option: `set` of `etui -t acme set TOKEN`.
fn verb(line: &str) -> &str {
    let mut words = line.split(' ').skip(1);
    while let Some(word) = words.next() {
        match word {
            "-t" | "--vault" | "-i" | "--cwd" => drop(words.next()),
            word if word.starts_with('-') => {}
            word => return word,
        }
    }
    ""
}

/// A copied machine, with the environment of the command that gave the hint.
struct Machine<'m> {
    command: &'m Command,
    copy: &'m Copy,
}

impl Machine<'_> {
    /// Replaces what a person fills in. None if there is nothing to fill it with.
    fn fill(&self, line: &str, verb: &str) -> Option<String> {
        let makes = ["set", "create", "generate", "env", "project", "cluster", "init", "secret", "secrets"];
        let words: Option<Vec<String>> = line
            .split(' ')
            .map(|word| {
                Some(match word {
                    "NAME" | "OLD" if !makes.contains(&verb) => self.first(&["list", "--all", "-F", "name"])?,
                    "NEW" if verb == "member" => "hinted".to_owned(),
                    "NAME" | "NEW" | "VAR" => "HINTED".to_owned(),
                    "PROJECT" => self.first(&["project", "list", "-F", "id"])?,
                    "CLUSTER" => self.first(&["cluster", "list", "-F", "id"])?,
                    "ID" => "hinted".to_owned(),
                    "MEMBER" => self.first(&["member", "list", "-F", "name"])?,
                    // It needs a copy from before.
                    "FILE" if line.contains(" restore ") && line.contains("--from FILE") => return None,
                    "FILE" if ["--vault", "--from"].iter().any(|option| line.contains(&format!("{option} FILE"))) => {
                        self.copy.root().join("home/acme.age").to_str()?.to_owned()
                    }
                    "FILE" => {
                        let file = self.copy.root().join("hinted.env");
                        std::fs::write(&file, "HINTED=1\n").ok()?;
                        file.to_str()?.to_owned()
                    }
                    "VALUE" | "NUMBER" | "N" => "1".to_owned(),
                    "CMD" | "COMMAND" => "true".to_owned(),
                    "TEXT" => "hinted".to_owned(),
                    "AGE" | "TIME" => "8h".to_owned(),
                    "YOU" | "TEAM" | "ENTITY" | "CARD" | "RECIPIENT" | "SECTION" | "KEYFILE" | "DIR" => return None,
                    word => word.to_owned(),
                })
            })
            .collect();
        Some(words?.join(" "))
    }

    /// The first cell that a listing prints.
    fn first(&self, arguments: &[&str]) -> Option<String> {
        let ran = self.run(&format!("etui {}", arguments.join(" ")))?;
        Some(String::from_utf8(ran.out).ok()?.split(['\t', '\n']).next()?.to_owned()).filter(|cell| !cell.is_empty())
    }

    /// Runs a line as a shell does. None if it does not end.
    fn run(&self, line: &str) -> Option<Outcome> {
        let mut path: OsString = Path::new(env!("CARGO_BIN_EXE_etui")).parent()?.into();
        path.push(":");
        path.push(std::env::var_os("PATH")?);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", line]).env_clear();
        for (name, value) in self.command.get_envs() {
            shell.env(name, self.copy.moved(value?.to_str()?));
        }
        shell.env("PATH", path);
        let directory = self.command.get_current_dir()?.to_str()?;
        let directory = PathBuf::from(self.copy.moved(directory));
        if !directory.is_dir() {
            return None;
        }
        shell.current_dir(directory).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = shell.spawn().ok()?;
        // Harmless as a value, as a name and as the text of a file.
        let _ = std::io::Write::write_all(&mut child.stdin.take()?, b"HINTED=1\n");
        let id = Pid::from_child(&child);
        let (ended, end) = mpsc::channel();
        std::thread::spawn(move || drop(ended.send(child.wait_with_output())));
        match end.recv_timeout(PATIENCE) {
            Ok(output) => Some(Outcome::from(output.ok()?)),
            Err(_) => {
                let _ = kill_process(id, Signal::KILL);
                None
            }
        }
    }
}

/// Follows a hint that nothing gave.
fn invented(error: &str, hint: &str) {
    let bench = crate::bench::Bench::acme();
    let outcome = Outcome { code: 1, out: Vec::new(), err: format!("error: {error}\n hint: `{hint}`\n") };
    try_hint(
        &Hint { line: hint, first: None },
        error,
        &bench.command(["status"]),
        bench.work().parent().unwrap(),
        &outcome,
    );
}

#[test]
fn a_hint_that_works_is_followed() {
    invented("", "etui set NAME -g");
    invented("NAME is not set in team acme", "etui get HINTED -g");
}

#[test]
#[should_panic = "a hint leads nowhere"]
fn a_hint_that_is_a_usage_error_is_found() {
    invented("", "etui set --nothing");
}

#[test]
#[should_panic = "a hint leads nowhere"]
fn a_hint_that_leads_to_its_own_error_is_found() {
    invented("HINTED is not set in team acme", "etui get HINTED -g");
}

#[test]
fn only_what_this_person_can_type_now_is_a_hint() {
    for (line, hints) in [
        (" hint: `etui a`; or `git b`, then `etui c`", &["etui a", "etui c"][..]),
        ("deleted A in team acme; undo: `etui restore A -g`", &["etui restore A -g"]),
        ("note: run `etui a`", &["etui a"]),
        // Not what a result says, what an error names, or what others type, or type elsewhere.
        ("A `etui b`", &[]),
        ("error: `etui set` needs a name, and (`etui get`) holds the lock: `etui a`", &["etui a"]),
        (" hint: first, on a terminal: `etui a`; or a writer can: `etui b`", &[]),
        (" hint: `git fetch --all`, then `etui a`", &[]),
        (" hint: ask alice or bob: `etui a`", &[]),
        ("note: it is still there; ask alice: `etui a`", &[]),
        (" hint: ask alice; to see it: `etui a`", &["etui a"]),
    ] {
        let found: Vec<&str> = commands(line, "etui set A").iter().map(|hint| hint.line).collect();
        assert_eq!(found, hints, "{line}");
    }
}
