//! Starts git and reads its answers. No other file starts it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::layout::endless_above;
use super::refusal::GitError;

/// What would lead git to another repository than the one that a directory is in, or to other files there.
/// The variables of configuration stay: they are the user's own, as `safe.directory` in CI.
const MISLEADING: [&str; 10] = [
    "GIT_CEILING_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_INDEX_FILE",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
];

/// Prepares git in a directory. Inside a hook, it uses the repository and the index that the hook names.
pub(super) fn git<S: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new("git");
    // Git runs the program that a repository's configuration names as its monitor, also to list files. Somebody else may
    // have put the repository beside a vault in a shared folder.
    command.args(["-c", "core.fsmonitor=false"]).arg("-C").arg(directory).args(arguments);
    // Its messages are compared with English words.
    command.env("LC_ALL", "C");
    command
}

/// Prepares git for the repository that the directory is in, which need not be the one whose hook is running.
pub(super) fn git_outside_hook<S: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = git(directory, arguments);
    for variable in MISLEADING {
        command.env_remove(variable);
    }
    command
}

/// Runs git in the repository that the directory is in, and collects its output, whether it succeeds or not.
///
/// # Errors
/// If git cannot be started, or would not end.
pub(super) fn run<S: AsRef<OsStr>>(
    directory: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> Result<Output, GitError> {
    check_above(directory)?;
    Ok(git_outside_hook(directory, arguments).stdin(Stdio::null()).output()?)
}

/// Checks that git would not read a pipe or a device without end while it looks for the repository.
pub(super) fn check_above(directory: &Path) -> Result<(), GitError> {
    match endless_above(directory) {
        Some(file) => Err(GitError::other(format!("{} is not a regular file", file.display()))),
        None => Ok(()),
    }
}

/// The standard output of a git that succeeded.
pub(super) fn printed(output: Output) -> Result<Vec<u8>, GitError> {
    if output.status.success() { Ok(output.stdout) } else { Err(GitError::parse(&output.stderr)) }
}

/// A path that git printed on a line of its own.
pub(super) fn path_line(printed: &[u8]) -> PathBuf {
    path(printed.strip_suffix(b"\n").unwrap_or(printed))
}

pub(super) fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
