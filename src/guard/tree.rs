//! The search through directory trees, on all processors.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::thread;

use walkdir::{DirEntry, WalkDir};

use super::scanner::{Match, Scanner};
use super::search::Search;
use crate::git::{GitError, ignored};

/// The files to search.
pub struct Tree<'t> {
    /// Files and directories, at least one. What is named here is searched, whatever git ignores.
    pub roots: &'t [PathBuf],
    /// Whether to search what git ignores, too.
    pub with_ignored: bool,
    /// A file to leave out.
    pub without: Option<&'t Path>,
}

/// What was searched so far.
#[derive(Default)]
pub struct Count {
    pub files: AtomicU64,
    pub bytes: AtomicU64,
}

/// An event of the search.
pub enum SearchEvent {
    /// A file has matches.
    Found(PathBuf, Vec<Match>),
    /// A file or a directory could not be read.
    Unread(PathBuf, io::Error),
    /// Git does not say what it ignores in this directory, so all of it is searched.
    Unlisted(PathBuf, GitError),
}

impl Count {
    /// Counts one file of this size.
    pub fn add(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Tree<'_> {
    /// Searches all files, in no particular order.
    ///
    /// Git says what it ignores: it ignores nothing that it tracks, and its rules are not only in `.gitignore`.
    ///
    /// The search follows no symbolic link but a root; of others, the text is searched, which git stores. It never enters
    /// `.git`, which holds compressed files only, and passes over pipes, sockets and devices, which hold no text.
    pub fn search(&self, search: &Search, count: &Count, events: &Sender<SearchEvent>) {
        // If nobody listens to an event any more, nobody wants the rest either.
        let send = |event| drop(events.send(event));
        let walk = Mutex::new(Walk::new(self, &send));
        let next = || walk.lock().unwrap_or_else(PoisonError::into_inner).next(&send);
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    let mut scanner = Scanner::new(search);
                    while let Some(entry) = next() {
                        self.scan(entry, &mut scanner, count).into_iter().for_each(send);
                    }
                });
            }
        });
    }

    fn scan(&self, entry: DirEntry, scanner: &mut Scanner<'_>, count: &Count) -> Option<SearchEvent> {
        let kind = entry.file_type();
        let path = entry.path();
        if self.without.is_some_and(|without| is_same(without, &entry)) {
            return None;
        }
        let searched = match entry.depth() {
            // Also what is no regular file, as a shell's `<(COMMAND)`.
            0 if path.is_dir() => return None,
            0 => File::open(path).and_then(|file| scanner.search(file)),
            _ if kind.is_symlink() => {
                fs::read_link(path).and_then(|target| scanner.search(target.as_os_str().as_bytes()))
            }
            _ if kind.is_file() => File::open(path).and_then(|file| scanner.search(file)),
            _ => return None,
        };
        match searched {
            Ok((matches, size)) => {
                count.add(size);
                (!matches.is_empty()).then(|| SearchEvent::Found(entry.into_path(), matches))
            }
            Err(error) => Some(SearchEvent::Unread(entry.into_path(), error)),
        }
    }
}

/// The walk through the roots, which all threads share.
struct Walk {
    /// The roots that are not finished, the next one last.
    roots: Vec<walkdir::IntoIter>,
    /// What git ignores in the repositories that were met so far; none if all is searched.
    ignored: Option<HashSet<PathBuf>>,
}

impl Walk {
    fn new(tree: &Tree<'_>, send: &impl Fn(SearchEvent)) -> Walk {
        let roots = tree.roots.iter().rev().map(|root| WalkDir::new(root).into_iter()).collect();
        let mut walk = Walk { roots, ignored: (!tree.with_ignored).then(HashSet::new) };
        tree.roots.iter().filter(|root| root.is_dir()).for_each(|root| walk.ask_git(root, send));
        walk
    }

    /// Returns the next file or directory that is searched.
    fn next(&mut self, send: &impl Fn(SearchEvent)) -> Option<DirEntry> {
        loop {
            let Some(found) = self.roots.last_mut()?.next() else {
                self.roots.pop();
                continue;
            };
            let entry = match found {
                Ok(entry) => entry,
                Err(error) => {
                    send(unread(error));
                    continue;
                }
            };
            let is_directory = entry.file_type().is_dir();
            let is_passed = entry.depth() > 0 && (entry.file_name() == ".git" || self.is_ignored(entry.path()));
            if is_passed {
                if is_directory {
                    self.roots.last_mut()?.skip_current_dir();
                }
                continue;
            }
            // Another repository.
            if entry.depth() > 0 && is_directory && self.ignored.is_some() && entry.path().join(".git").exists() {
                self.ask_git(entry.path(), send);
            }
            return Some(entry);
        }
    }

    fn is_ignored(&self, path: &Path) -> bool {
        self.ignored.as_ref().is_some_and(|ignored| ignored.contains(path))
    }

    /// Asks git what it ignores in a directory.
    fn ask_git(&mut self, directory: &Path, send: &impl Fn(SearchEvent)) {
        let Some(known) = &mut self.ignored else { return };
        match ignored(directory) {
            Ok(listed) => known.extend(listed),
            Err(error) => send(SearchEvent::Unlisted(directory.to_owned(), error)),
        }
    }
}

fn is_same(path: &Path, entry: &DirEntry) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    path.file_name() == Some(entry.file_name()) && real(path).is_some_and(|path| real(entry.path()) == Some(path))
}

fn unread(error: walkdir::Error) -> SearchEvent {
    let path = error.path().unwrap_or(Path::new("")).to_owned();
    let cause = error.to_string();
    SearchEvent::Unread(path, error.into_io_error().unwrap_or_else(|| io::Error::other(cause)))
}
