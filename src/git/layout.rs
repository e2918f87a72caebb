//! Where git keeps its own files (gitrepository-layout(5)), found without starting git.
//!
//! What counts as a repository is what git itself takes for one (`is_git_directory` in its `setup.c`), so that
//! nobody makes one by a directory of that name. There are two differences. Git stops at a broken `.git` file,
//! and here the search goes on above it. Git also takes a directory that looks like the inside of a `.git` for
//! a repository; such a directory can be committed, so it must not hide the work tree that it lies in.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::read::state;

/// A work tree and where its repository is.
pub(super) struct Layout {
    /// The directory that holds `.git`.
    pub top: PathBuf,
    /// Git's directory for this work tree, with HEAD and what git is in the middle of.
    pub own: PathBuf,
    /// The directory that all work trees of the repository share.
    pub common: PathBuf,
    pub head: HeadFile,
}

/// What the file HEAD says.
pub(super) enum HeadFile {
    /// The full name of a reference, which need not exist.
    Reference(String),
    /// A commit.
    Commit(String),
}

impl Layout {
    /// Finds the work tree that a file is in, by the file's real path. The file need not exist.
    pub fn of(file: &Path) -> Option<Layout> {
        Layout::all(file).next()
    }

    /// Finds the work trees around a file, the innermost first.
    pub fn all(file: &Path) -> impl Iterator<Item = Layout> {
        file.ancestors().skip(1).filter_map(Layout::at)
    }

    /// Returns the work tree with this top. None if no repository is there.
    pub fn at(top: &Path) -> Option<Layout> {
        let own = git_directory(top)?;
        let head = HeadFile::read(&own)?;
        let commondir = own.join("commondir");
        let common = match state(&commondir) {
            Some(path) => own.join(line(&path)),
            None if fs::symlink_metadata(commondir).is_ok() => return None,
            None => own.clone(),
        };
        let has = |name: &str| access(common.join(name), Access::EXEC_OK).is_ok();
        (has("objects") && has("refs")).then(|| Layout { top: top.to_owned(), own, common, head })
    }
}

impl HeadFile {
    fn read(directory: &Path) -> Option<HeadFile> {
        let path = directory.join("HEAD");
        // In old repositories HEAD is a symbolic link to the file of the branch. Git accepts no other link.
        let bytes = match fs::read_link(&path) {
            Ok(target) => [b"ref: ", target.as_os_str().as_bytes()].concat(),
            Err(_) => state(&path)?,
        };
        HeadFile::parse(&String::from_utf8_lossy(&bytes))
    }

    pub fn parse(text: &str) -> Option<HeadFile> {
        if let Some(name) = text.strip_prefix("ref:").map(str::trim) {
            return name.starts_with("refs/").then(|| HeadFile::Reference(name.to_owned()));
        }
        commit(text).map(|commit| HeadFile::Commit(commit.to_owned()))
    }
}

/// The id of a commit at the start of a text: a SHA-256 or a SHA-1.
pub(super) fn commit(text: &str) -> Option<&str> {
    let candidates = [64, 40].into_iter().filter_map(|length| text.get(..length));
    candidates.into_iter().find(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The directory behind a `.git`. In linked work trees and submodules `.git` is a file with its path.
fn git_directory(top: &Path) -> Option<PathBuf> {
    let dot_git = top.join(".git");
    if fs::metadata(&dot_git).ok()?.is_dir() {
        return Some(dot_git);
    }
    Some(top.join(line(state(&dot_git)?.strip_prefix(b"gitdir: ")?)))
}

/// The path in a file, without the end of its line.
pub(super) fn line(text: &[u8]) -> &Path {
    let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'));
    Path::new(OsStr::from_bytes(&text[..end.map_or(0, |last| last + 1)]))
}

/// The pipe or device that git would read without end if it looked for a repository from this directory upward.
pub(super) fn endless_above(directory: &Path) -> Option<PathBuf> {
    let directory = fs::canonicalize(directory).ok()?;
    let mut above = directory.ancestors().take_while(|top| Layout::at(top).is_none()).filter_map(git_directory);
    above.find_map(|git| {
        // Git follows a link at the second one only.
        let (head, commondir) = (git.join("HEAD"), git.join("commondir"));
        let found = [(fs::symlink_metadata(&head), head), (fs::metadata(&commondir), commondir)];
        let is_endless = |found: &Metadata| !found.is_file() && !found.is_dir() && !found.is_symlink();
        found.into_iter().find_map(|(found, path)| found.is_ok_and(|found| is_endless(&found)).then_some(path))
    })
}
