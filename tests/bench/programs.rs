//! The programs that are measured, and those that they are compared with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ETUI;
use crate::race::Runner;
use crate::team::{Team, output};

/// Checks that all needed programs are installed. An error says what to install.
pub fn installed() -> Result<(), String> {
    for (program, package) in [("age", "age"), ("git", "git"), ("nm", "binutils"), ("rg", "ripgrep"), ("time", "time")]
    {
        let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if there.is_err() {
            return Err(format!("`{program}` is not there, beside which etui is measured: apt-get install {package}"));
        }
    }
    Ok(())
}

/// Builds etui: stripped as it is shipped, and copied as an installation does, or with its symbols.
///
/// For the bench, cargo unifies the features of shared dependencies with those that the tests need, which adds 500 KB.
/// And a file as the linker wrote it is mapped page by page until it is read anew, which makes a start 1 ms slower.
pub fn build(is_stripped: bool) {
    // PROFILE of TARGET in the target directory.
    let target = Path::new(ETUI).ancestors().nth(3).expect("a program in the directory of its profile");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["rustc", "--quiet", "--release", "--bin", "etui", "--manifest-path"]);
    cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).arg("--target-dir").arg(target);
    if !is_stripped {
        cargo.args(["--", "-C", "strip=none"]);
    }
    assert!(cargo.status().expect("cargo").success(), "cargo builds etui");
    let copy = format!("{ETUI}.copy");
    fs::copy(ETUI, &copy).and_then(|_| fs::rename(&copy, ETUI)).expect("etui is copied");
}

/// The programs on one vault.
pub struct Programs<'a> {
    team: &'a Team,
    /// A copy of the original vault for age to read, while etui changes the other.
    before: PathBuf,
    /// The file that age writes.
    rewritten: PathBuf,
}

impl<'a> Programs<'a> {
    pub fn new(team: &'a Team) -> Programs<'a> {
        let (before, rewritten) = (team.home.join("before"), team.home.join("rewritten"));
        fs::copy(team.vault(), &before).expect("a copy of the vault");
        Programs { team, before, rewritten }
    }

    pub fn decrypt(&self) -> Runner<'_> {
        let command = |_| {
            let mut command = self.team.command("age");
            command.args(["-d", "-i"]).arg(self.team.key()).arg(self.team.vault());
            command
        };
        Runner { name: "`age -d`", command: Box::new(command) }
    }

    pub fn resolve(&self) -> Runner<'_> {
        let command = |_| self.etui(&[&["resolve"], self.team.context()].concat());
        Runner { name: "`etui resolve`", command: Box::new(command) }
    }

    pub fn get(&self) -> Runner<'_> {
        let command = |_| self.etui(&Programs::get_words(self.team));
        Runner { name: "`etui get NAME`", command: Box::new(command) }
    }

    pub fn get_words(team: &Team) -> Vec<&str> {
        [&["get", &team.name], team.context()].concat()
    }

    pub fn run(&self) -> Runner<'_> {
        let command = |_| self.etui(&[&["run"], self.team.context(), &["--", "true"]].concat());
        Runner { name: "`etui run -- true`", command: Box::new(command) }
    }

    pub fn nothing(&self) -> Runner<'_> {
        Runner { name: "`true`", command: Box::new(|_| self.team.command("true")) }
    }

    /// A new value in each round, because an unchanged one is not written.
    pub fn set(&self) -> Runner<'_> {
        let command =
            |round| self.etui(&[&["set", &self.team.name, "--value", &new_value(round)], self.team.section()].concat());
        Runner { name: "`etui set NAME`", command: Box::new(command) }
    }

    /// What a person with only age would do, and as durably: the file and then its directory are on the disk.
    pub fn rewrite(&self) -> Runner<'_> {
        let script = r#"age -d -i "$1" "$2" | sed "s/$3/$4/" | age -r "$5" -o "$6.new" && sync "$6.new" &&
            mv "$6.new" "$6" && sync ."#;
        let command = move |round| {
            let mut command = self.team.command("sh");
            command.args(["-c", script, "sh"]);
            command.arg(self.team.key()).arg(&self.before).arg(&self.team.value).arg(new_value(round));
            command.arg(&self.team.recipient).arg(&self.rewritten);
            command
        };
        Runner { name: "`age -d \\| sed \\| age`, `sync`", command: Box::new(command) }
    }

    /// Redacts a log.
    pub fn redact<'t>(&'t self, log: &'t Path) -> Runner<'t> {
        let command = move |_| {
            let mut command = self.team.command("sh");
            command.args(["-c", r#"exec "$0" redact -g < "$1""#, ETUI]).arg(log);
            command
        };
        Runner { name: "`etui redact`", command: Box::new(command) }
    }

    pub fn cat<'t>(&'t self, log: &'t Path) -> Runner<'t> {
        let command = move |_| {
            let mut command = self.team.command("sh");
            command.args(["-c", r#"exec cat < "$0""#]).arg(log);
            command
        };
        Runner { name: "`cat`", command: Box::new(command) }
    }

    /// Checks that both programs wrote the new values.
    pub fn check_writes(&self) {
        let get = [&["get", &self.team.name], self.team.section()].concat();
        let last = output(&mut self.etui(&get));
        let earlier = output(&mut self.etui(&[&get[..], &["--version", "1"]].concat()));
        let mut decrypt = self.team.command("age");
        let rewritten = output(decrypt.args(["-d", "-i"]).arg(self.team.key()).arg(&self.rewritten));
        assert!(last.starts_with(b"changed") && earlier.starts_with(b"changed") && last != earlier);
        let has = |text: &[u8]| rewritten.windows(text.len()).any(|part| part == text);
        assert!(has(&last) && !has(self.team.value.as_bytes()), "age wrote the last value and not the first");
    }

    /// What bash asks when a person presses Tab after these words.
    pub fn complete(&self, name: &'static str, words: &'static str) -> Runner<'_> {
        let command = move |_| {
            let words: Vec<&str> = words.split(' ').collect();
            let mut command = self.etui(&["--", "etui"]);
            command.args(&words).env("_CLAP_COMPLETE_INDEX", words.len().to_string()).env("_CLAP_IFS", "\n");
            command.env("ETUI_COMPLETE", "bash");
            command
        };
        Runner { name, command: Box::new(command) }
    }

    pub fn version(&self) -> Runner<'_> {
        Runner { name: "`etui --version`", command: Box::new(|_| self.etui(&["--version"])) }
    }

    /// An empty program, built by the same compiler and linked dynamically.
    pub fn empty(&self) -> Runner<'_> {
        let (source, program) = (self.team.home.join("empty.rs"), self.team.home.join("empty"));
        fs::write(&source, "fn main() {}\n").expect("a source of one line");
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        output(Command::new(rustc).args(["-O", "-o"]).args([&program, &source]));
        let command = move |_| self.team.command(program.to_str().expect("a path that is text"));
        Runner { name: "an empty Rust `main`, dynamic", command: Box::new(command) }
    }

    fn etui(&self, arguments: &[&str]) -> Command {
        let mut command = self.team.command(ETUI);
        command.args(arguments);
        command
    }
}

/// A value as long as the existing ones.
fn new_value(round: usize) -> String {
    format!("changed{round:053}")
}
