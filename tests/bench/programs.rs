//! The programs that are measured, and those that they are compared with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ETUI;
use crate::race::Runner;
use crate::team::{Team, output};

/// Checks that all needed programs are installed. An error says what to install.
pub fn installed() -> Result<(), String> {
    for (program, package) in [("age", "age"), ("rg", "ripgrep"), ("time", "time")] {
        let there = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if there.is_err() {
            return Err(format!("`{program}` is not there, beside which etui is measured: apt-get install {package}"));
        }
    }
    Ok(())
}

/// Builds etui as it is shipped, and copies it as an installation does.
///
/// For the bench, cargo unifies the features of shared dependencies with those that the tests need, which
/// adds 500 KB. And a file as the linker wrote it is mapped page by page until it is read anew, which makes a
/// start 1 ms slower.
pub fn build() {
    let target = Path::new(ETUI).ancestors().nth(2).expect("a program in the directory of its profile");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--release", "--bin", "etui", "--manifest-path"]);
    let cargo = cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).arg("--target-dir").arg(target);
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
        let command = |_| self.etui(&["resolve", "-p", "project-1", "-c", "cluster-1"]);
        Runner { name: "`etui resolve -p … -c …`", command: Box::new(command) }
    }

    pub fn get(&self) -> Runner<'_> {
        let command = |_| self.etui(&Programs::get_words(self.team));
        Runner { name: "`etui get NAME -p … -c …`", command: Box::new(command) }
    }

    pub fn get_words(team: &Team) -> [&str; 6] {
        ["get", &team.name, "-p", "project-1", "-c", "cluster-1"]
    }

    pub fn run(&self) -> Runner<'_> {
        let command = |_| self.etui(&["run", "-p", "project-1", "-c", "cluster-1", "--", "true"]);
        Runner { name: "`etui run -p … -c … -- true`", command: Box::new(command) }
    }

    /// A new value in each round, because an unchanged one is not written.
    pub fn set(&self) -> Runner<'_> {
        let command = |round| self.etui(&["set", &self.team.name, "-p", "project-1", "--value", &new_value(round)]);
        Runner { name: "`etui set NAME -p …`", command: Box::new(command) }
    }

    /// What a person with only age would do.
    pub fn rewrite(&self) -> Runner<'_> {
        let command = |round| {
            let mut command = self.team.command("sh");
            command.args(["-c", r#"age -d -i "$1" "$2" | sed "s/$3/$4/" | age -r "$5" -o "$6""#, "sh"]);
            command.arg(self.team.key()).arg(&self.before).arg(&self.team.value).arg(new_value(round));
            command.arg(&self.team.recipient).arg(&self.rewritten);
            command
        };
        Runner { name: "`age -d \\| sed \\| age`", command: Box::new(command) }
    }

    /// Redacts a log in the project that has all secrets.
    pub fn redact<'t>(&'t self, log: &'t Path) -> Runner<'t> {
        let command = move |_| {
            let mut command = self.team.command("sh");
            command.args(["-c", r#"exec "$0" redact -p project-1 < "$1""#, ETUI]).arg(log);
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
        let last = output(&mut self.etui(&["get", &self.team.name, "-p", "project-1"]));
        let earlier = output(&mut self.etui(&["get", &self.team.name, "-p", "project-1", "--version", "1"]));
        let mut decrypt = self.team.command("age");
        let rewritten = output(decrypt.args(["-d", "-i"]).arg(self.team.key()).arg(&self.rewritten));
        assert!(last.starts_with(b"changed") && earlier.starts_with(b"changed") && last != earlier);
        let has = |text: &[u8]| rewritten.windows(text.len()).any(|part| part == text);
        assert!(has(&last) && !has(self.team.value.as_bytes()), "age wrote the last value and not the first");
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

pub fn version() -> Runner<'static> {
    let command = |_| {
        let mut command = Command::new(ETUI);
        command.arg("--version");
        command
    };
    Runner { name: "`etui --version`", command: Box::new(command) }
}

/// An empty program, built by the same compiler.
pub fn empty(directory: &Path) -> Runner<'static> {
    let (source, program) = (directory.join("empty.rs"), directory.join("empty"));
    fs::write(&source, "fn main() {}\n").expect("a source of one line");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    output(Command::new(rustc).args(["-O", "-o"]).args([&program, &source]));
    Runner { name: "an empty Rust `main`", command: Box::new(move |_| Command::new(&program)) }
}
