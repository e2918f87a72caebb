//! The search through directory trees, on all processors.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::scanner::{Match, Scanner};
use super::search::Search;

/// The files to search.
pub struct Tree<'t> {
    /// Files and directories, at least one.
    pub roots: &'t [PathBuf],
    /// Whether to search what `.gitignore` names, too.
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
    /// It follows no symbolic link but a root, and never enters `.git`, which holds compressed files only.
    pub fn search(&self, search: &Search, count: &Count, events: &Sender<SearchEvent>) {
        let Some((first, others)) = self.roots.split_first() else { return };
        let mut walk = WalkBuilder::new(first);
        for root in others {
            walk.add(root);
        }
        walk.hidden(false)
            .ignore(false)
            .require_git(false)
            .threads(thread::available_parallelism().map_or(1, usize::from));
        if self.with_ignored {
            walk.standard_filters(false);
        }
        walk.filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git");

        walk.build_parallel().run(|| {
            let mut scanner = Scanner::new(search);
            Box::new(move |entry| {
                let event = match entry {
                    Ok(entry) if self.includes(&entry) => scan(entry, &mut scanner, count),
                    Ok(_) => None,
                    Err(error) => Some(unread(error)),
                };
                if let Some(event) = event {
                    // If nobody listens any more, nobody wants the rest either.
                    let _ = events.send(event);
                }
                WalkState::Continue
            })
        });
    }

    fn includes(&self, entry: &DirEntry) -> bool {
        let is_file = match entry.depth() {
            0 => entry.path().is_file(),
            _ => entry.file_type().is_some_and(|kind| kind.is_file()),
        };
        is_file && !self.without.is_some_and(|without| is_same(without, entry))
    }
}

fn is_same(path: &Path, entry: &DirEntry) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    path.file_name() == Some(entry.file_name()) && real(path).is_some_and(|path| real(entry.path()) == Some(path))
}

fn scan(entry: DirEntry, scanner: &mut Scanner<'_>, count: &Count) -> Option<SearchEvent> {
    match File::open(entry.path()).and_then(|file| scanner.search(file)) {
        Ok((matches, size)) => {
            count.add(size);
            (!matches.is_empty()).then(|| SearchEvent::Found(entry.into_path(), matches))
        }
        Err(error) => Some(SearchEvent::Unread(entry.into_path(), error)),
    }
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
