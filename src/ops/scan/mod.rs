//! The search for values of the vault in files, in the next commit, or in all commits.

mod finding;
mod secrets;
mod suspicious;

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

pub use finding::{FileRef, Finding, FindingView, What};
pub use secrets::{Secret, Secrets};

use crate::git::{GitError, Objects};
use crate::guard::{Count, Match, Scanner, Search, SearchEvent, Tree};
use crate::report::{Error, plain_io};
use crate::session::Session;
use crate::store::io_report;

/// The largest staged file that is also checked for keys and dotenv lines, in bytes. A larger one was not typed by a
/// person.
const LARGE: u64 = 16 << 20;

/// Where to search.
#[derive(Debug, Clone)]
pub enum Area {
    /// Files and directories; the current directory if there are none.
    Files { paths: Vec<PathBuf>, with_ignored: bool },
    /// What git is about to commit, below these paths if there are any.
    Staged { paths: Vec<PathBuf> },
    /// All files of all commits, below these paths if there are any.
    History { paths: Vec<PathBuf> },
}

/// What was searched, and found.
#[derive(Default)]
pub struct Searched {
    /// The values found in each file.
    matches: Vec<(FileRef, Vec<Match>)>,
    /// What was found besides values.
    suspicious: Vec<Finding>,
    pub files: u64,
    pub bytes: u64,
    /// How many files could not be read.
    pub unread: usize,
    /// The first of them, and why.
    pub first_unread: Option<String>,
}

/// Searches an area for the secrets. `progress` is called now and then.
///
/// # Errors
/// If a path or the repository cannot be read.
pub fn search(
    session: &Session,
    area: &Area,
    secrets: &Secrets,
    progress: &mut dyn FnMut(&Searched),
) -> Result<Searched, Error> {
    let search = Search::new(secrets.values());
    match area {
        Area::Files { paths, with_ignored } => search_files(session, paths, *with_ignored, &search, progress),
        Area::Staged { paths } => search_staged(session, paths, secrets, &search, progress),
        Area::History { paths } => search_history(session, paths, &search, progress),
    }
}

fn search_files(
    session: &Session,
    paths: &[PathBuf],
    with_ignored: bool,
    search: &Search,
    progress: &mut dyn FnMut(&Searched),
) -> Result<Searched, Error> {
    let directory = &session.settings.directory;
    let mut roots: Vec<PathBuf> = paths.iter().map(|path| directory.join(path)).collect();
    for root in &roots {
        fs::metadata(root).map_err(|error| io_report("read", root, &error))?;
    }
    if roots.is_empty() {
        roots.push(directory.clone());
    }

    let vault = session.location()?.file.path();
    let tree = Tree { roots: &roots, with_ignored, without: Some(vault) };
    let count = Count::default();
    let mut searched = Searched::default();
    thread::scope(|scope| {
        let (sender, events) = channel();
        scope.spawn(|| {
            let sender = sender;
            tree.search(search, &count, &sender);
        });
        loop {
            match events.recv_timeout(Duration::from_millis(100)) {
                Ok(SearchEvent::Found(path, matches)) => {
                    let shown = path.strip_prefix(directory).unwrap_or(&path).to_owned();
                    searched.matches.push((FileRef { commit: None, path: shown, file: path }, matches));
                }
                Ok(SearchEvent::Unread(path, error)) => {
                    let path = path.strip_prefix(directory).unwrap_or(&path);
                    searched.add_unread(format!("{}: {}", path.display(), plain_io(&error)));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            searched.update(&count);
            progress(&searched);
        }
    });
    searched.update(&count);
    Ok(searched)
}

fn search_staged(
    session: &Session,
    paths: &[PathBuf],
    secrets: &Secrets,
    search: &Search,
    progress: &mut dyn FnMut(&Searched),
) -> Result<Searched, Error> {
    let repository = Objects { directory: &session.settings.directory };
    let (top, blobs) = (repository.top()?, repository.staged(paths)?);
    let mut searched = Searched::default();
    let mut scanner = Scanner::new(search);
    let missing = repository.read(&blobs, |index, size, text| {
        let path = &blobs[index].path;
        let file = FileRef { commit: None, path: path.clone(), file: top.join(path) };
        let matches = if size > LARGE {
            scanner.search(text).map_err(GitError::from)?.0
        } else {
            let mut bytes = Vec::with_capacity(size as usize);
            text.read_to_end(&mut bytes).map_err(GitError::from)?;
            searched.suspicious.extend(suspicious::find(&file, &bytes, &secrets.names));
            scanner.search(&bytes[..]).map_err(GitError::from)?.0
        };
        searched.files += 1;
        searched.bytes += size;
        if !matches.is_empty() {
            searched.matches.push((file, matches));
        }
        progress(&searched);
        Ok::<(), Error>(())
    })?;
    searched.add_missing(missing);
    Ok(searched)
}

fn search_history(
    session: &Session,
    paths: &[PathBuf],
    search: &Search,
    progress: &mut dyn FnMut(&Searched),
) -> Result<Searched, Error> {
    let repository = Objects { directory: &session.settings.directory };
    let mut searched = Searched::default();
    let mut scanner = Scanner::new(search);
    let mut found: Vec<(String, Vec<Match>)> = Vec::new();
    let missing = repository.read_all(paths, |id, size, text| {
        let (matches, _) = scanner.search(text).map_err(GitError::from)?;
        searched.files += 1;
        searched.bytes += size;
        if !matches.is_empty() {
            found.push((id.to_owned(), matches));
        }
        progress(&searched);
        Ok::<(), Error>(())
    })?;
    searched.add_missing(missing);
    if found.is_empty() {
        return Ok(searched);
    }

    let top = repository.top().unwrap_or_else(|_| session.settings.directory.clone());
    let ids: Vec<String> = found.iter().map(|(id, _)| id.clone()).collect();
    let mut origins = repository.origins(&ids)?;
    for (id, matches) in found {
        // A blob to which only a tag points has no path.
        let (commit, path) = origins.remove(&id).unwrap_or_else(|| (id.clone(), id.into()));
        let file = top.join(&path);
        searched.matches.push((FileRef { commit: Some(commit), path, file }, matches));
    }
    Ok(searched)
}

impl Searched {
    /// Returns how many values were found so far.
    pub fn found(&self) -> usize {
        self.matches.iter().map(|(_, matches)| matches.len()).sum()
    }

    /// Returns the findings that the link does not allow, in order.
    pub fn findings(self, session: &Session, secrets: &Secrets) -> Result<Vec<Finding>, Error> {
        finding::not_allowed(session, secrets, self.matches, self.suspicious)
    }

    fn update(&mut self, count: &Count) {
        self.files = count.files.load(Ordering::Relaxed);
        self.bytes = count.bytes.load(Ordering::Relaxed);
    }

    fn add_unread(&mut self, what: String) {
        self.unread += 1;
        self.first_unread.get_or_insert(what);
    }

    /// Counts files that a partial clone has not fetched.
    fn add_missing(&mut self, count: usize) {
        for _ in 0..count {
            self.add_unread("git does not have it here".into());
        }
    }
}
