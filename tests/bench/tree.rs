//! A source tree to search, and secrets that are not in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rand::distributions::Alphanumeric;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::ETUI;
use crate::race::Runner;
use crate::team::output;

/// The least size of the tree.
const BYTES: u64 = 300 << 20;
const FILES: usize = 7_000;

/// How many secrets are looked for.
const SECRETS: usize = 1_000;

/// A source tree, and a vault whose values are not in it.
pub struct Tree {
    directory: PathBuf,
    pub files: usize,
    pub bytes: u64,
}

impl Tree {
    /// Copies the sources of all crates in cargo's cache until the tree is large enough.
    pub fn make(directory: &Path) -> Tree {
        let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
        let cargo = cargo.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo"))).expect("a home");
        let mut tree = Tree { directory: directory.to_owned(), files: 0, bytes: 0 };
        for copy in 0.. {
            tree.copy(&cargo.join("registry/src"), &tree.path().join(copy.to_string()));
            assert!(tree.files > 0, "cargo keeps the sources of crates in registry/src");
            if tree.files >= FILES && tree.bytes >= BYTES {
                break;
            }
        }
        let mut random = StdRng::seed_from_u64(1);
        let mut value = || -> String {
            let length = random.gen_range(16..=200);
            (&mut random).sample_iter(Alphanumeric).take(length).map(char::from).collect()
        };
        let values: Vec<String> = (0..SECRETS).map(|_| value()).collect();
        fs::write(tree.values(), values.join("\n") + "\n").expect("a file of values");
        let dotenv: String = values.iter().enumerate().map(|(at, value)| format!("S_{at}={value}\n")).collect();
        fs::write(directory.join("env"), dotenv).expect("a file of values");
        output(tree.etui().args(["init", "acme", "--as", "alice"]));
        output(tree.etui().args(["import", "env", "-g"]));
        let found = tree.etui().args(["scan", "values", "-j"]).output().expect("etui was there");
        let found: serde_json::Value = serde_json::from_slice(&found.stdout).expect("JSON");
        assert_eq!(found["items"].as_array().map(Vec::len), Some(SECRETS), "each value is looked for");
        tree
    }

    fn copy(&mut self, from: &Path, to: &Path) {
        fs::create_dir_all(to).expect("a directory");
        for entry in fs::read_dir(from).into_iter().flatten().flatten() {
            let (kind, to) = (entry.file_type().expect("a kind"), to.join(entry.file_name()));
            if kind.is_dir() {
                self.copy(&entry.path(), &to);
            } else if kind.is_file() {
                self.bytes += fs::copy(entry.path(), to).expect("a copy");
                self.files += 1;
            }
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.join("tree")
    }

    fn values(&self) -> PathBuf {
        self.directory.join("values")
    }

    fn etui(&self) -> Command {
        let mut command = Command::new(ETUI);
        command.env("ETUI_HOME", self.directory.join("home"));
        command
    }

    pub fn scan(&self) -> Runner<'_> {
        let command = |_| {
            let mut command = self.etui();
            command.args(["scan", "--no-ignore"]).arg(self.path());
            command
        };
        Runner { name: "`etui scan`, all forms", command: Box::new(command) }
    }

    /// Succeeds if ripgrep finds nothing, which it reports as a failure.
    pub fn ripgrep(&self) -> Runner<'_> {
        let command = |_| {
            let mut command = Command::new("sh");
            command.args(["-c", r#"! rg -uu -F -f "$1" "$2""#, "sh"]).arg(self.values()).arg(self.path());
            command
        };
        Runner { name: "`rg -F -f`, raw values", command: Box::new(command) }
    }
}
