//! Merging for git: as its merge driver, and of what a merge without the driver left.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::git::{self, Pointer, Repository, Stages, markers, setup};
use crate::ops::repository::GitFailed;
use crate::report::{Command, Error, Explain, Kind, Message, Notice, Report, plain_io};
use crate::session::closed::Standing;
use crate::session::merge::{Content, DisputesLeft, RemovedAuthors, Target, disputes};
use crate::session::{Session, VaultLocation};
use crate::store::{self, io_report};
use crate::vault::Dispute;

/// How an age file begins.
const AGE: &[u8] = b"age-encryption.org/v1";

/// The files that git hands to a merge driver.
pub struct DriverFiles {
    /// The version that both sides come from (`%O`); empty if there is none.
    pub base: PathBuf,
    /// Our side, which the result replaces (`%A`).
    pub ours: PathBuf,
    /// Their side (`%B`).
    pub theirs: PathBuf,
    /// The path that is merged (`%P`).
    pub path: PathBuf,
}

/// Merges as git's driver. On any failure our side stays as it is: git then keeps all three versions.
///
/// # Errors
/// If the result has disputes, it is written, and the error makes git record a conflict.
pub fn drive(session: &Session, files: &DriverFiles, target: Target) -> Result<(), Error> {
    let directory = &session.settings.directory;
    let location = VaultLocation::of(&directory.join(&files.path));
    let ours_at = directory.join(&files.ours);
    let (base, ours) = (read(&directory.join(&files.base))?, read(&ours_at)?);
    let theirs = read(&directory.join(&files.theirs))?;
    // A file of git's own, which git copies to where it belongs, and does not sync either.
    let write = |bytes: &[u8]| {
        store::replace_passing(&ours_at, bytes, 0o600)
            .map_err(|error| Error::from(io_report("write", &ours_at, &error)))
    };

    if ours == theirs || base == theirs {
        return Ok(());
    }
    if base == ours {
        return write(&theirs);
    }
    let version = |bytes: Vec<u8>| version(directory, &files.path, bytes);
    let versions = (|| Ok((version(base)?, version(ours)?, version(theirs)?)))();
    let (base, ours, theirs) = versions.inspect_err(|_: &Error| note_resolve(session))?;
    let base = Some(&base[..]).filter(|base| !base.is_empty());
    let merged = session.merge_files(&location, target, base, &ours, &theirs, RemovedAuthors::Refused);
    let merged = merged.inspect_err(|_| note_resolve(session))?;
    match &merged.content {
        Content::Ours => {}
        Content::Theirs => write(&theirs)?,
        Content::New(sealed) => write(sealed)?,
    }
    if merged.disputes.is_empty() || target == Target::Base {
        return Ok(());
    }
    Err(DisputesLeft::new(merged.disputes, &files.path, Some(Command::new("git resolve"))).into())
}

fn note_resolve(session: &Session) {
    let text = Message::from("git keeps all versions; once this is fixed: ").command(Command::new("git resolve"));
    session.frontend.notice(Notice::Note(text));
}

/// Returns a version of the vault as git stores it, or the file for which it stands.
fn version(directory: &Path, path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    let bytes = git::contents(directory, bytes);
    match Pointer::of(&bytes) {
        Some(pointer) => Err(FilteredVersion { path: path.to_owned(), pointer }.into()),
        None => Ok(bytes),
    }
}

/// A version of the vault that git stored through a filter.
#[derive(Debug)]
pub struct FilteredVersion {
    path: PathBuf,
    pointer: Pointer,
}

impl Explain for FilteredVersion {
    fn explain(&self) -> Report {
        let FilteredVersion { path, pointer } = self;
        let shown = path.display();
        let message = format!("a version of {shown} that is merged is {pointer}, not the vault itself");
        let report = Report::new(Kind::Damaged, "vault_damaged", message);
        match pointer {
            Pointer::Lfs { .. } => {
                let fetch = Message::from("to get the file itself: `git lfs fetch --all`, then ");
                report.hint(fetch.command(Command::new("git resolve")))
            }
            _ => {
                let undo = Message::from("undo this (`git merge --abort`); then on each branch ");
                let add = format!(", `{}`, and commit", pointer.add(path));
                report.hint(undo.command(Command::new("git install")).text(add))
            }
        }
    }
}

explained!(FilteredVersion);

/// What was resolved in a repository.
#[derive(Debug, Default)]
pub struct Resolved {
    /// The vaults that are merged now.
    pub merged: Vec<PathBuf>,
    /// What is disputed in others, with their paths.
    pub disputed: Vec<(PathBuf, Dispute)>,
}

impl Resolved {
    /// Returns the disputes that are left as an error, if there are any. `resume` continues once they are settled.
    pub fn disputes_left(&self, resume: Command) -> Option<Error> {
        let (path, _) = self.disputed.first()?;
        let disputes = self.disputed.iter().map(|(_, dispute)| dispute.clone()).collect();
        Some(DisputesLeft::new(disputes, path, Some(resume)).into())
    }
}

/// Merges every vault that git left unmerged or with conflict markers, and adds those without a dispute to the index.
///
/// # Errors
/// If a removed member wrote a side, unless a person has said yes to that: then its secrets count.
pub fn resolve(session: &Session, repository: &Repository, removed: RemovedAuthors) -> Result<Resolved, Error> {
    let failed = |error| GitFailed::new("look at the merge", error);
    let mut merged = Vec::new();
    for (path, stages) in repository.unmerged().map_err(failed)? {
        merged.extend(resolve_path(session, repository, path, &stages, removed)?);
    }
    if merged.is_empty() {
        for path in repository.tracked().map_err(failed)? {
            let disputes = merge_markers(session, &repository.top().join(&path), removed)?;
            merged.extend(disputes.map(|disputes| (path, disputes)));
        }
    }

    let mut resolved = Resolved::default();
    for (path, disputes) in merged {
        if disputes.is_empty() {
            repository.add(&path).map_err(|error| GitFailed::new("add the merged vault", error))?;
            resolved.merged.push(path);
        } else {
            resolved.disputed.extend(disputes.into_iter().map(|dispute| (path.clone(), dispute)));
        }
    }
    Ok(resolved)
}

/// Merges one unmerged path. Returns where the vault is afterwards, and its disputes; none if it is not a vault.
fn resolve_path(
    session: &Session,
    repository: &Repository,
    path: PathBuf,
    stages: &Stages,
    removed: RemovedAuthors,
) -> Result<Option<(PathBuf, Vec<Dispute>)>, Error> {
    let object = |id: &Option<String>| {
        let object = id.as_ref().map(|id| repository.object(OsStr::new(id))).transpose();
        let object = object.map_err(|error| GitFailed::new("read an object", error))?;
        Ok::<_, Error>(object.map(|bytes| git::contents(repository.top(), bytes)))
    };
    let (base, ours, theirs) = (object(&stages.base)?, object(&stages.ours)?, object(&stages.theirs)?);
    let sides = [&base, &ours, &theirs].into_iter().flatten();
    let file = repository.top().join(&path);
    // Other files may be in Git LFS too.
    let is_vault = |bytes: &[u8]| bytes.starts_with(AGE) || Pointer::of(bytes).is_some() && setup::is_named(&file);
    if !sides.clone().any(|bytes| is_vault(bytes)) {
        return Ok(None);
    }
    for bytes in sides {
        version(repository.top(), &path, bytes.clone())?;
    }
    let location = VaultLocation::of(&file);
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            let disputes = merge(session, &location, base.as_deref(), [&ours, &theirs], removed)?;
            Ok(Some((path, disputes)))
        }
        // For git, one side deleted the file. It may have another name there now.
        (Some(side), None) | (None, Some(side)) => {
            let Some(moved) = moved(session, repository, &location, &side)? else {
                let text = format!("{} was deleted on one side: keep it (`git add`) or not (`git rm`)", path.display());
                session.frontend.notice(Notice::Warning(text.into()));
                return Ok(None);
            };
            let old = repository.top().join(&path);
            // Somebody may have written there since the merge stopped.
            let side = match read(&old) {
                Ok(newer) if contains_writes(session, &location, &newer, &side) => newer,
                _ => side,
            };
            let location = VaultLocation::of(&repository.top().join(&moved));
            let current = read(location.file.path())?;
            let disputes = merge(session, &location, base.as_deref(), [&current, &side], removed)?;
            repository.forget(&path).map_err(|error| GitFailed::new("resolve", error))?;
            let _ = fs::remove_file(old);
            Ok(Some((moved, disputes)))
        }
        (None, None) => Ok(None),
    }
}

/// Merges both sides into the file in the work tree. If that file has all writes of one side, somebody has written
/// since, and it takes the place of that side. If it has all writes of both, it was merged already, and its disputes
/// may be settled, so it is not merged again.
fn merge(
    session: &Session,
    location: &VaultLocation,
    base: Option<&[u8]>,
    [ours, theirs]: [&[u8]; 2],
    removed: RemovedAuthors,
) -> Result<Vec<Dispute>, Error> {
    location.file.update(&session.lock_request(), |_, replace| {
        let current = read(location.file.path()).unwrap_or_default();
        let [has_ours, has_theirs] = [ours, theirs].map(|side| contains_writes(session, location, &current, side));
        if has_ours && has_theirs {
            return Ok(disputes(&session.read_bytes(location, &current, Standing::Past)?.sections));
        }

        let merge = |base, ours, theirs| {
            let merged = session.merge_files(location, Target::Vault, base, ours, theirs, removed)?;
            Ok::<_, Error>((merged.content.bytes(ours, theirs), merged.disputes))
        };
        let (mut bytes, mut disputes) = match (has_ours, has_theirs) {
            (true, _) => merge(base, &current, theirs)?,
            (_, true) => merge(base, ours, &current)?,
            _ => merge(base, ours, theirs)?,
        };
        let is_third = !has_ours && !has_theirs && session.open_bytes(location, &current).is_ok();
        if is_third {
            (bytes, disputes) = merge(None, &bytes, &current)?;
        }
        replace(&bytes)?;
        Ok(disputes)
    })
}

/// Returns whether bytes are a vault that has all writes of a side.
fn contains_writes(session: &Session, location: &VaultLocation, bytes: &[u8], side: &[u8]) -> bool {
    let clock = |bytes: &[u8]| session.open_bytes(location, bytes).map(|opened| (opened.head.id, opened.head.clock));
    match (clock(bytes), clock(side)) {
        (Ok((id, clock)), Ok((other, behind))) => id == other && behind.beyond(&clock) == 0,
        _ => false,
    }
}

/// Finds the tracked file that holds the same vault as these bytes.
fn moved(
    session: &Session,
    repository: &Repository,
    location: &VaultLocation,
    bytes: &[u8],
) -> Result<Option<PathBuf>, Error> {
    let id = session.open_bytes(location, bytes)?.head.id;
    let tracked = repository.tracked().map_err(|error| GitFailed::new("look at the merge", error))?;
    let holds_it = |path: &&PathBuf| {
        let file = repository.top().join(path);
        let bytes = git::read(&file).filter(|bytes| file != location.file.path() && bytes.starts_with(AGE));
        bytes.is_some_and(|bytes| session.open_bytes(location, &bytes).is_ok_and(|opened| opened.head.id == id))
    };
    Ok(tracked.iter().find(holds_it).cloned())
}

/// Merges both sides of a vault with conflict markers in it; none if it has none.
fn merge_markers(session: &Session, path: &Path, removed: RemovedAuthors) -> Result<Option<Vec<Dispute>>, Error> {
    let (Some(bytes), location) = (git::read(path), &VaultLocation::of(path)) else { return Ok(None) };
    let Some(sides) = markers::sides(&bytes) else { return Ok(None) };
    let directory = path.parent().unwrap_or(path);
    let [ours, theirs] = [sides.ours, sides.theirs].map(|side| git::contents(directory, side));
    if !ours.starts_with(AGE) {
        return Ok(None);
    }
    // Git ends a line before it writes a marker, and the file may have had no line end there.
    let whole = |side: &[u8]| match session.open_bytes(location, side) {
        Ok(_) => side.to_vec(),
        Err(_) => side.strip_suffix(b"\n").unwrap_or(side).to_vec(),
    };
    let (ours, theirs) = (whole(&ours), whole(&theirs));
    let merged = session.merge_files(location, Target::Vault, None, &ours, &theirs, removed)?;
    let bytes = merged.content.bytes(&ours, &theirs);
    location.file.update(&session.lock_request(), |_, replace| Ok::<_, Error>(replace(&bytes)?))?;
    Ok(Some(merged.disputes))
}

/// Reads a file whole.
pub fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| {
        Error::new(Kind::Failed, "input", format!("cannot read {}: {}", path.display(), plain_io(&error)))
    })
}
