//! Where git keeps its own files (gitrepository-layout(5)), found without starting git.

use std::fs;
use std::path::{Path, PathBuf};

/// The `.git` of the work tree that a file is in, whether or not the file exists.
pub(super) fn dot_git(file: &Path) -> Option<PathBuf> {
    let directories = file.ancestors().skip(1);
    directories.map(|directory| directory.join(".git")).find(|git| git.exists())
}

/// The directory behind a `.git`. In linked work trees and submodules `.git` is a file with its path.
pub(super) fn git_directory(dot_git: PathBuf) -> PathBuf {
    let text = fs::read_to_string(&dot_git).ok();
    match text.as_deref().and_then(|text| text.trim_end().strip_prefix("gitdir: ")) {
        Some(path) => dot_git.parent().unwrap_or(&dot_git).join(path),
        None => dot_git,
    }
}
