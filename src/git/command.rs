//! git, run as a program: it knows its own files best.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs git in a directory, and takes what it prints.
///
/// # Errors
/// Why it could not be run, in words.
pub(super) fn run<S: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = S>) -> Result<Output, String> {
    prepared(directory, arguments).stdin(Stdio::null()).output().map_err(|error| why(&error))
}

/// git in a directory, about the repository that this directory is in.
pub(super) fn prepared<S: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("git");
    // A hook is told of the repository it runs in, which need not be the one of this directory.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command.arg("-C").arg(directory).args(arguments).env("LC_ALL", "C");
    command
}

pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "git is not installed".to_owned(),
        _ => error.to_string(),
    }
}

/// The first line of what git said on standard error, without its label; and the paths that it lists below it.
pub(super) fn complaint(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let mut lines = said.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or("it failed");
    let paths: Vec<&str> = lines.map_while(|line| line.strip_prefix(['\t', ' '])).map(str::trim).collect();
    let first = first.trim_start_matches("fatal: ").trim_start_matches("error: ");
    if paths.is_empty() { first.to_owned() } else { format!("{first} {}", paths.join(", ")) }
}
