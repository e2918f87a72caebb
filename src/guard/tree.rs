//! Every file of a directory tree, searched on all processors.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::thread;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::search::Search;
use super::text::{Match, Texts};

/// What a search goes through.
pub struct Tree<'t> {
    /// Files and directories, at least one.
    pub roots: &'t [PathBuf],
    /// Whether what `.gitignore` names is searched too.
    pub with_ignored: bool,
    /// A file that is passed over.
    pub without: Option<&'t Path>,
}

/// How far a search has come.
#[derive(Default)]
pub struct Count {
    pub files: AtomicU64,
    pub bytes: AtomicU64,
}

/// What is told of a file.
pub enum SearchEvent {
    Found(PathBuf, Vec<Match>),
    /// It, or a directory, could not be read.
    Unread(PathBuf, io::Error),
}

impl Count {
    pub fn add(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Tree<'_> {
    /// Searches all of it, in no order. Links are not followed, unless they are roots; nor is git's own
    /// directory entered, which holds nothing that could be read as it is.
    pub fn search(&self, search: &Search, count: &Count, tell: &Sender<SearchEvent>) {
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
            let mut texts = Texts::new(search);
            Box::new(move |entry| {
                let read = entry.map_err(unread).and_then(|entry| {
                    if !self.is_searched(&entry) {
                        return Ok(());
                    }
                    let result = File::open(entry.path()).and_then(|file| texts.search(file));
                    let (found, size) = result.map_err(|error| (entry.path().to_owned(), error))?;
                    count.add(size);
                    if !found.is_empty() {
                        let _ = tell.send(SearchEvent::Found(entry.into_path(), found));
                    }
                    Ok(())
                });
                if let Err((path, error)) = read {
                    let _ = tell.send(SearchEvent::Unread(path, error));
                }
                WalkState::Continue
            })
        });
    }

    fn is_searched(&self, entry: &DirEntry) -> bool {
        let is_file = match entry.depth() {
            0 => entry.path().is_file(),
            _ => entry.file_type().is_some_and(|kind| kind.is_file()),
        };
        let is_without = || {
            self.without.is_some_and(|without| {
                without.file_name() == Some(entry.file_name())
                    && fs::canonicalize(entry.path())
                        .is_ok_and(|path| fs::canonicalize(without).is_ok_and(|other| other == path))
            })
        };
        is_file && !is_without()
    }
}

/// Which path it was about, and what the system said.
fn unread(error: ignore::Error) -> (PathBuf, io::Error) {
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
    let said = inner.to_string();
    (path, error.into_io_error().unwrap_or_else(|| io::Error::other(said)))
}
