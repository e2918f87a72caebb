//! `scan`: whether values of the vault stand where they should not.

mod finding;
mod git;
mod plain;
mod wanted;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use clap::Args;

use self::finding::{FileRef, Finding};
use self::wanted::Wanted;
use crate::guard::{Count, Match, Search, SearchEvent, Tree};
use crate::old::context::Cx;
use crate::old::error::Error;
use crate::old::json;
use crate::old::ui::Progress;
use crate::report::count;

#[derive(Debug, Args)]
pub struct Scan {
    /// Files and directories; this one if none is said
    paths: Vec<PathBuf>,
    /// What git is about to commit, and no plain key or dotenv file of the vault's names among it
    #[arg(long, conflicts_with = "history")]
    staged: bool,
    /// All files of all commits
    #[arg(long)]
    history: bool,
    /// Also earlier values
    #[arg(long)]
    history_values: bool,
    /// Also files that .gitignore names
    #[arg(long, conflicts_with_all = ["staged", "history"])]
    no_ignore: bool,
    // For the hook that `guard install` makes: says nothing if all is well, and lets the commit through if the
    // vault cannot be opened.
    #[arg(long, hide = true, requires = "staged")]
    hook: bool,
    // With that: lets nothing through that was not searched.
    #[arg(long, hide = true, requires = "hook")]
    strict: bool,
}

/// What was searched, and what was found there.
#[derive(Default)]
struct Searched {
    found: Vec<(FileRef, Vec<Match>)>,
    /// What else was found, beside values.
    plain: Vec<Finding>,
    files: u64,
    bytes: u64,
    /// How many could not be read, and about the first of them what it is and why.
    unread: usize,
    first_unread: Option<String>,
}

impl Scan {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let wanted = match Wanted::of(cx, self.history_values) {
            Err(error) if self.hook && !self.strict => {
                cx.ui.warn(&format!("what is to be committed was not searched: {}", error.report().message));
                Wanted::default()
            }
            wanted => wanted?,
        };
        let search = Search::new(wanted.values());
        let searched = match (self.staged, self.history) {
            (true, _) => self.staged(cx, &wanted, &search)?,
            (_, true) => self.history(cx, &search)?,
            _ => self.tree(cx, &search)?,
        };
        let Searched { found, plain, files, bytes, unread, first_unread } = searched;
        let findings = finding::told(cx, &wanted, found, plain)?;
        if cx.ui.json {
            let items = findings.iter().map(|finding| finding.document(&wanted)).collect();
            cx.ui.document(&json::page(items, None))?;
        } else {
            let lines: String = findings.iter().map(|finding| finding.line(&wanted) + "\n").collect();
            cx.ui.data(lines.as_bytes())?;
        }
        if let Some(first) = first_unread {
            cx.ui.warn(&format!("{} could not be read: {first}", count(unread, "file")));
        }
        if !self.hook && !cx.ui.json {
            wanted.say_skipped(cx);
        }
        if !findings.is_empty() {
            let mut files: Vec<_> =
                findings.iter().map(|finding| (&finding.place.commit, &finding.place.path)).collect();
            files.dedup();
            return Err(Error::ScanFindings { findings: findings.len(), files: files.len() });
        }
        if !self.hook && !cx.ui.json {
            let searched = format!("{}, {}", count(files as usize, "file"), megabytes(bytes));
            cx.ui.say(&format!("nothing found of {} in {searched}", count(wanted.searched(), "secret")));
        }
        Ok(())
    }

    /// Searches files and directories.
    fn tree(&self, cx: &Cx, search: &Search) -> Result<Searched, Error> {
        let mut roots: Vec<PathBuf> = self.paths.iter().map(|path| cx.directory().join(path)).collect();
        for root in &roots {
            fs::metadata(root).map_err(|error| Error::Io { doing: "read", path: root.clone(), error })?;
        }
        if roots.is_empty() {
            roots.push(cx.directory().to_owned());
        }
        let vault = cx.place()?.file.path();
        let tree = Tree { roots: &roots, with_ignored: self.no_ignore, without: Some(vault) };
        let counted = Count::default();
        let mut searched = Searched::default();
        let mut progress = cx.ui.progress();
        thread::scope(|scope| {
            let (tell, told) = channel();
            scope.spawn(|| {
                let tell = tell;
                tree.search(search, &counted, &tell);
            });
            loop {
                match told.recv_timeout(Duration::from_millis(100)) {
                    Ok(SearchEvent::Found(path, matches)) => {
                        let shown = path.strip_prefix(cx.directory()).unwrap_or(&path).to_owned();
                        searched.found.push((FileRef { commit: None, path: shown, file: path }, matches));
                    }
                    Ok(SearchEvent::Unread(path, error)) => {
                        let path = path.strip_prefix(cx.directory()).unwrap_or(&path);
                        searched.unread(format!("{}: {}", path.display(), crate::old::error::plain(&error)));
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                searched.count(&counted);
                searched.show(&mut progress);
            }
        });
        searched.count(&counted);
        Ok(searched)
    }
}

impl Searched {
    fn count(&mut self, count: &Count) {
        self.files = count.files.load(Ordering::Relaxed);
        self.bytes = count.bytes.load(Ordering::Relaxed);
    }

    fn unread(&mut self, what: String) {
        self.unread += 1;
        self.first_unread.get_or_insert(what);
    }

    fn show(&self, progress: &mut Progress) {
        progress.show(|| {
            let found = self.found.iter().map(|(_, matches)| matches.len()).sum();
            format!(
                "{}, {}, {} so far",
                count(self.files as usize, "file"),
                megabytes(self.bytes),
                count(found, "finding")
            )
        });
    }
}

fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 { format!("{} kB", bytes.div_ceil(1000)) } else { format!("{} MB", bytes / 1_000_000) }
}
