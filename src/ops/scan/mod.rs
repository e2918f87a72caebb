//! The search for values of the vault in files, in the next commit, or in all commits.

mod finding;
mod secrets;
mod suspicious;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

pub use finding::{FileRef, Finding, FindingView, Unread, What};
pub use secrets::{Secret, Secrets};

use crate::git::{Blob, Contents, GitError, Objects, Origins, open};
use crate::guard::{Count, Match, Scanner, Search, SearchEvent, Tree};
use crate::report::{Error, plain_io};
use crate::session::Session;
use crate::store::io_report;

/// The largest staged file that is also checked for keys and dotenv lines, in bytes. A larger one was not typed by a
/// person.
const LARGE: u64 = 16 << 20;

const MISSING: &str = "git does not have it here";
const SHALLOW: &str = "this clone is shallow: earlier commits are not here";

/// Where to search.
#[derive(Debug, Clone)]
pub enum Area {
    /// Files and directories; the current directory if there are none.
    Files {
        paths: Vec<PathBuf>,
        with_ignored: bool,
    },
    Staged(Staged),
    /// All files of all commits, below these paths if there are any.
    History {
        paths: Vec<PathBuf>,
    },
}

/// What git is about to commit.
#[derive(Debug, Clone)]
pub struct Staged {
    blobs: Vec<Blob>,
}

impl Staged {
    /// Lists what git is about to commit, below these paths if there are any.
    pub fn list(session: &Session, paths: &[PathBuf]) -> Result<Staged, Error> {
        let repository = Objects { directory: &session.settings.directory };
        Ok(Staged { blobs: repository.staged(paths)? })
    }

    /// Whether the commit adds and changes nothing.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }
}

/// What was searched, and found.
#[derive(Default)]
pub struct Searched {
    /// The values found in each file.
    matches: Vec<(FileRef, Vec<Match>)>,
    /// What was found besides values.
    suspicious: Vec<Finding>,
    /// How many values were found so far.
    pub found: usize,
    pub files: u64,
    pub bytes: u64,
    pub unread: Vec<Unread>,
    /// The commands after which git has what it lacks here.
    pub remedies: Vec<&'static str>,
    /// The directories in which git does not say what it ignores, and why.
    pub unlisted: Vec<(PathBuf, String)>,
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
        Area::Staged(Staged { blobs }) => search_staged(session, blobs, secrets, &search, progress),
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
    let file = |path: PathBuf| FileRef::new(path.strip_prefix(directory).unwrap_or(&path).to_owned(), path);
    thread::scope(|scope| {
        let (sender, events) = channel();
        scope.spawn(|| {
            let sender = sender;
            tree.search(search, &count, &sender);
        });
        loop {
            match events.recv_timeout(Duration::from_millis(100)) {
                Ok(SearchEvent::Found(path, matches)) => {
                    searched.found += matches.len();
                    searched.matches.push((file(path), matches));
                }
                Ok(SearchEvent::Unread(path, error)) => searched.unread.push(file(path).unread(plain_io(&error))),
                Ok(SearchEvent::Unlisted(path, error)) => {
                    searched.unlisted.push((file(path).path, error.reason));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            searched.update(&count);
            progress(&searched);
        }
    });
    searched.update(&count);
    searched.unread.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(searched)
}

fn search_staged(
    session: &Session,
    blobs: &[Blob],
    secrets: &Secrets,
    search: &Search,
    progress: &mut dyn FnMut(&Searched),
) -> Result<Searched, Error> {
    let mut searched = Searched::default();
    if blobs.is_empty() {
        return Ok(searched);
    }
    let repository = Objects { directory: &session.settings.directory };
    let top = repository.top()?;
    let filters = repository.clean_filters(blobs)?;
    let mut scanner = Scanner::new(search);
    repository.read(blobs, |index, contents| {
        let path = &blobs[index].path;
        let file = FileRef::new(path.clone(), top.join(path));
        match contents {
            None => searched.unread.push(file.unread(MISSING)),
            Some(contents) => {
                searched.add(&file, contents, secrets, &mut scanner).map_err(GitError::from)?;
            }
        }
        if let Some(filter) = &filters[index] {
            let file = FileRef { filter: Some(filter.clone()), ..file };
            if let Err(error) = searched.add_from_work_tree(&file, secrets, &mut scanner) {
                let reason = format!("{}; git has only what filter {filter} makes of it", plain_io(&error));
                searched.unread.push(file.unread(reason));
            }
        }
        progress(&searched);
        Ok::<(), Error>(())
    })?;
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
    let mut found: BTreeMap<String, Vec<Match>> = BTreeMap::new();
    let mut missing = BTreeSet::new();
    repository.read_all(paths, |id, contents| {
        let Some(Contents { size, bytes }) = contents else {
            missing.insert(id.to_owned());
            return Ok(());
        };
        let (matches, _) = scanner.search(bytes).map_err(GitError::from)?;
        searched.files += 1;
        searched.bytes += size;
        searched.found += matches.len();
        if !matches.is_empty() {
            found.insert(id.to_owned(), matches);
        }
        progress(&searched);
        Ok::<(), Error>(())
    })?;

    let top = repository.top().unwrap_or_else(|_| session.settings.directory.clone());
    let ids: BTreeSet<String> = found.keys().chain(&missing).cloned().collect();
    let origins = match repository.origins(&ids, paths) {
        // Of a clone without trees, git does not know the paths.
        Err(_) if found.is_empty() => Origins::new(),
        origins => origins?,
    };
    for id in &missing {
        searched.unread.extend(places(&origins, id, &top).map(|file| file.unread(MISSING)));
    }
    if !missing.is_empty() && repository.is_partial()? {
        searched.remedies.push("`git fetch --refetch --no-filter`");
    }
    for (id, matches) in found {
        searched.matches.extend(places(&origins, &id, &top).map(|file| (file, matches.clone())));
    }
    if repository.is_shallow()? {
        searched.unread.push(Unread { file: None, commit: None, reason: SHALLOW.to_owned() });
        searched.remedies.push("`git fetch --unshallow`");
    }
    Ok(searched)
}

/// The paths that held a blob, each with the first commit in which it did.
fn places(origins: &Origins, id: &str, top: &Path) -> impl Iterator<Item = FileRef> {
    let all = origins.range((id.to_owned(), PathBuf::new())..).take_while(move |((blob, _), _)| blob == id);
    let mut places: Vec<(&str, &Path)> = all.map(|((_, path), commit)| (&**commit, &**path)).collect();
    if places.is_empty() {
        // A blob to which only a tag points has no path.
        places.push((id, Path::new(id)));
    }
    let place = |(commit, path): (&str, &Path)| FileRef {
        commit: Some(commit.to_owned()),
        ..FileRef::new(path.to_owned(), top.join(path))
    };
    places.into_iter().map(place).collect::<Vec<_>>().into_iter()
}

impl Searched {
    /// Returns the findings that the link does not allow, in order.
    pub fn findings(self, session: &Session, secrets: &Secrets) -> Result<Vec<Finding>, Error> {
        finding::not_allowed(session, secrets, self.matches, self.suspicious)
    }

    fn update(&mut self, count: &Count) {
        self.files = count.files.load(Ordering::Relaxed);
        self.bytes = count.bytes.load(Ordering::Relaxed);
    }

    /// Searches a file that is about to be committed.
    fn add(
        &mut self,
        file: &FileRef,
        Contents { size, bytes: text }: Contents<'_>,
        secrets: &Secrets,
        scanner: &mut Scanner<'_>,
    ) -> io::Result<()> {
        let (matches, _) = if size > LARGE {
            scanner.search(text)?
        } else {
            let mut bytes = Vec::with_capacity(size as usize);
            text.read_to_end(&mut bytes)?;
            self.suspicious.extend(suspicious::find(file, &bytes, &secrets.names));
            scanner.search(&bytes[..])?
        };
        self.files += 1;
        self.bytes += size;
        self.found += matches.len();
        if !matches.is_empty() {
            self.matches.push((file.clone(), matches));
        }
        Ok(())
    }

    /// Searches the file from which a filter makes what is about to be committed.
    fn add_from_work_tree(&mut self, file: &FileRef, secrets: &Secrets, scanner: &mut Scanner<'_>) -> io::Result<()> {
        let mut text = open(&file.file)?;
        let contents = Contents { size: text.metadata()?.len(), bytes: &mut text };
        self.add(file, contents, secrets, scanner)
    }
}
