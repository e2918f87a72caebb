//! The consumers: real programs, each started once on many files.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::bench::Outcome;

/// How a consumer is run. The file names follow its arguments, and it prints NUL-terminated `NAME=value`
/// pairs.
pub struct Program {
    /// Its name in warnings.
    pub called: &'static str,
    pub command: &'static [&'static str],
}

const fn program(called: &'static str, command: &'static [&'static str]) -> Program {
    Program { called, command }
}

/// A path below the directory where `.ci/readers` installs.
macro_rules! installed {
    ($path:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/target/readers/", $path)
    };
}

macro_rules! script {
    ($name:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/etui/consumers/", $name)
    };
}

const SOURCE: &str = r#"for file in "$@"; do set -a; . "./$file"; set +a; done; exec env -0"#;
const EVAL: &str = r#"set -a; eval "$(cat "$@")"; exec env -0"#;
const FISH: &str = "cat $argv | source; env -0";
const XARGS: &str = r#"for file in "$@"; do xargs -0 -a "$file" env -i "$(command -v env)" -0; done"#;
/// Each file becomes an option.
const ENV_FILE: &str =
    r#"for file in "$@"; do set -- "$@" "--env-file=$file"; shift; done; exec node "$@" "$0" env-file"#;

pub const BASH: [Program; 2] =
    [program("bash", &["bash", "-c", SOURCE, "bash"]), program("bash", &["bash", "-c", EVAL, "bash"])];
pub const DASH: [Program; 2] =
    [program("dash", &["dash", "-c", SOURCE, "dash"]), program("dash", &["dash", "-c", EVAL, "dash"])];
pub const ZSH: [Program; 2] =
    [program("zsh", &["zsh", "-c", SOURCE, "zsh"]), program("zsh", &["zsh", "-c", EVAL, "zsh"])];
pub const FISH_SOURCE: Program = program("fish", &["fish", "-c", FISH]);
pub const XARGS_0: Program = program("xargs", &["bash", "-c", XARGS, "bash"]);

pub const NPM_DOTENV: Program = program("npm dotenv", &["node", script!("read.js"), "dotenv"]);
pub const DOTENV_EXPAND: Program = program("dotenv-expand", &["node", script!("read.js"), "dotenv-expand"]);
pub const NODE: Program = program("node", &["sh", "-c", ENV_FILE, script!("read.js")]);
pub const JS_YAML: Program = program("js-yaml", &["node", script!("read.js"), "js-yaml"]);

pub const RUBY_DOTENV: Program = program("ruby dotenv", &["ruby", script!("read.rb"), "dotenv"]);
pub const PSYCH: Program = program("psych", &["ruby", script!("read.rb"), "psych"]);

macro_rules! python {
    ($called:literal, $by:literal) => {
        program($called, &[installed!("python/bin/python"), script!("read.py"), $by])
    };
}

pub const PYTHON_DOTENV: Program = python!("python-dotenv", "python-dotenv");
pub const DIRENV: Program = python!("direnv", "direnv");
pub const SYSTEMD: Program = python!("systemd", "systemd");
pub const DOCKER: Program = python!("docker", "docker");
pub const PYTHON_JSON: Program = python!("json", "json");
pub const PYYAML: Program = python!("pyyaml", "pyyaml");
pub const RUAMEL: Program = python!("ruamel", "ruamel");
pub const KUBERNETES: Program = python!("kubernetes", "kubernetes");

/// A program or a crate that reads variables from files.
pub trait Consumer {
    fn called(&self) -> &'static str;

    /// Reads all files in this directory into one set of variables. A file that it rejects adds none.
    fn read(&self, directory: &Path, files: &[String]) -> BTreeMap<String, String>;
}

impl Consumer for Program {
    fn called(&self) -> &'static str {
        self.called
    }

    fn read(&self, directory: &Path, files: &[String]) -> BTreeMap<String, String> {
        let mut command = Command::new(self.command[0]);
        command.args(&self.command[1..]).args(files).current_dir(directory).env_clear();
        let mut path = OsString::from(installed!("node/node_modules/.bin:"));
        path.push(std::env::var_os("PATH").unwrap());
        command.stdin(Stdio::null()).env("PATH", path).env("HOME", directory).env("LC_ALL", "C.UTF-8");
        command.env("NODE_PATH", installed!("node/node_modules"));
        // The value that would appear if a reference were expanded.
        command.env("X", "expanded");
        let output = command.output().unwrap_or_else(|error| panic!("{}: {error}", self.command[0]));
        pairs(&Outcome::from(output).ok().out)
    }
}

/// The crate dotenvy, in this process.
pub struct Dotenvy;

impl Consumer for Dotenvy {
    fn called(&self) -> &'static str {
        "dotenvy"
    }

    fn read(&self, directory: &Path, files: &[String]) -> BTreeMap<String, String> {
        let mut read = BTreeMap::new();
        for file in files {
            let pairs = dotenvy::from_path_iter(directory.join(file)).unwrap();
            read.extend(pairs.collect::<Result<Vec<_>, _>>().unwrap_or_default());
        }
        read
    }
}

/// Parses the output of `env -0`.
fn pairs(text: &[u8]) -> BTreeMap<String, String> {
    let pairs = std::str::from_utf8(text).unwrap().split_terminator('\0').map(|pair| pair.split_once('=').unwrap());
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
