//! The search through directory trees, on all processors.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{PoisonError, RwLock};
use std::thread;

use ignore::{DirEntry, WalkBuilder, WalkState};

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
        let Some((first, others)) = self.roots.split_first() else { return };
        let mut walk = WalkBuilder::new(first);
        for root in others {
            walk.add(root);
        }
        walk.standard_filters(false).threads(thread::available_parallelism().map_or(1, usize::from));

        // If nobody listens to an event any more, nobody wants the rest either.
        let send = |event| drop(events.send(event));
        let ignored = Ignored::default();
        if !self.with_ignored {
            for root in self.roots.iter().filter(|root| root.is_dir()) {
                ignored.add(root).unwrap_or_else(|error| send(SearchEvent::Unlisted(root.clone(), error)));
            }
        }
        walk.build_parallel().run(|| {
            let mut scanner = Scanner::new(search);
            let (send, ignored) = (&send, &ignored);
            Box::new(move |entry| {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        send(unread(error));
                        return WalkState::Continue;
                    }
                };
                let path = entry.path();
                if entry.depth() > 0 && (entry.file_name() == ".git" || ignored.has(path)) {
                    return WalkState::Skip;
                }
                // Another repository.
                if entry.depth() > 0 && !self.with_ignored && is_directory(&entry) && path.join(".git").exists() {
                    ignored.add(path).unwrap_or_else(|error| send(SearchEvent::Unlisted(path.to_owned(), error)));
                }
                if let Some(event) = self.scan(entry, &mut scanner, count) {
                    send(event);
                }
                WalkState::Continue
            })
        });
    }

    fn scan(&self, entry: DirEntry, scanner: &mut Scanner<'_>, count: &Count) -> Option<SearchEvent> {
        let kind = entry.file_type()?;
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

/// What git ignores in the directories that were met so far.
#[derive(Default)]
struct Ignored {
    paths: RwLock<HashSet<PathBuf>>,
}

impl Ignored {
    fn add(&self, directory: &Path) -> Result<(), GitError> {
        let listed = ignored(directory)?;
        self.paths.write().unwrap_or_else(PoisonError::into_inner).extend(listed);
        Ok(())
    }

    fn has(&self, path: &Path) -> bool {
        self.paths.read().unwrap_or_else(PoisonError::into_inner).contains(path)
    }
}

fn is_directory(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_dir())
}

fn is_same(path: &Path, entry: &DirEntry) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    path.file_name() == Some(entry.file_name()) && real(path).is_some_and(|path| real(entry.path()) == Some(path))
}

/// Takes the path and the cause out of an error of the walk.
fn unread(error: ignore::Error) -> SearchEvent {
    let mut path = PathBuf::new();
    let mut inner = &error;
    loop {
        match inner {
            ignore::Error::WithPath { path: at, err } => {
                path.clone_from(at);
                inner = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => inner = err,
            _ => break,
        }
    }
    let cause = inner.to_string();
    SearchEvent::Unread(path, error.into_io_error().unwrap_or_else(|| io::Error::other(cause)))
}
