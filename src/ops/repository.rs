//! The repository of a vault: found, and set up so that git merges the vault secret by secret.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::git::setup::Attributes;
use crate::git::{self, CommitRisk, GitError, Pointer, Refusal, Repository, WorkTree};
use crate::report::{Error, Explain, Kind, Message, Notice, Report, shell_quote};
use crate::session::Session;
use crate::session::exclude::{append, edit_lines, escaped, exclude_names};
use crate::session::locate::real;

/// What git does with a vault.
const ATTRIBUTES: &str = "-text -filter merge=etui diff=etui";

/// What an installation changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    /// This clone's configuration.
    pub configuration: bool,
    /// The file of attributes, which has to be committed.
    pub attributes: Option<PathBuf>,
    /// The attributes of this clone, which go before all others.
    pub own_attributes: bool,
    /// The list of files that this clone keeps out of git.
    pub exclude: bool,
    /// What to do about a vault that git has through a filter, from before its attributes.
    pub filtered: Option<Message>,
}

/// Finds the repository of a vault, and the vault's path in it.
pub fn find(file: &Path) -> Result<(Repository, PathBuf), Error> {
    let directory = file.parent().unwrap_or(Path::new("/"));
    let outside = |error| NoRepository { path: file.to_owned(), error };
    let repository = Repository::of(directory).map_err(outside)?;
    match repository.relative(file) {
        Some(relative) => Ok((repository, relative)),
        None => {
            let reason = format!("it is outside of {}", repository.top().display());
            Err(outside(GitError::other(reason)).into())
        }
    }
}

/// Returns whether a file that need not exist lies in a work tree. Git is not started.
pub fn surrounds(file: &Path) -> bool {
    let existing = file.ancestors().skip(1).find(|directory| directory.exists());
    existing.is_some_and(|directory| WorkTree::of(&Path::new(&real(directory)).join("file")).is_some())
}

/// Keeps the lock of a vault out of git in this clone.
pub fn exclude_lock(vault: &Path) -> Result<(), Error> {
    let (repository, _) = find(vault)?;
    exclude(&repository, &vault.file_name().unwrap_or_default().to_string_lossy())?;
    Ok(())
}

/// Sets up this clone and the attributes of the vault in use.
pub fn install(session: &Session) -> Result<Installed, Error> {
    if let Some(missing) = session.missing_vault() {
        return Err(missing);
    }
    let file = session.location()?.file.path();
    let (repository, path) = find(file)?;
    let configuration = configure(&repository)?;

    let real = PathBuf::from(real(file));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let is_right = |found: Option<Attributes>| found.is_some_and(|found| found.wrong().is_none());
    let attributes = file.with_file_name(".gitattributes");
    let is_new = set_attributes(&attributes, &pattern(&name), || is_right(Attributes::elsewhere(&real)))?;
    let own = repository.own("info/attributes").map_err(|error| GitFailed::new("read the configuration", error))?;
    let own_pattern = pattern(&path.to_string_lossy());
    let own_attributes = set_attributes(&own, &own_pattern, || is_right(Attributes::here(&real)))?;
    if let Some(wrong) = Attributes::here(&real).and_then(|found| found.wrong()) {
        return Err(Overruled { path: file.to_owned(), wrong }.into());
    }

    let exclude = exclude(&repository, &name)?;
    warn_tracked_lock(session, file);
    let filtered = filtered(&repository, file, &path);
    Ok(Installed { configuration, attributes: is_new.then_some(attributes), own_attributes, exclude, filtered })
}

/// Says what to do about a vault that is not itself in the work tree or in the index, but what a filter made of it.
pub fn filtered(repository: &Repository, file: &Path, path: &Path) -> Option<Message> {
    if let Some(pointer) = git::read(file).as_deref().and_then(Pointer::of) {
        return Some(pointer.hint(file));
    }
    let pointer = Pointer::of(&repository.version("", path).ok()?)?;
    let what = match pointer {
        Pointer::Lfs { .. } | Pointer::Annex => format!("as {pointer}"),
        Pointer::GitCrypt | Pointer::Transcrypt => pointer.to_string(),
    };
    Some(format!("git has {} {what}: `{}`, and commit", file.display(), pointer.add(file)).into())
}

/// Sets the attributes of the vault in a file of attributes, unless they are there and nothing overrules them. Returns
/// whether that changed anything.
fn set_attributes(file: &Path, pattern: &str, is_right: impl Fn() -> bool) -> Result<bool, Error> {
    let line = format!("{pattern} {ATTRIBUTES}");
    // The last line that matches counts, so that of an earlier version, or one that is overruled, moves to the end.
    let is_ours = |other: &str| other.strip_prefix(pattern).is_some_and(|rest| rest.contains("merge=etui"));
    edit_lines(file, |text| {
        let is_there = text.lines().any(|other| other.trim() == line);
        if is_there && is_right() {
            return;
        }
        let kept: Vec<&str> = text.split_inclusive('\n').filter(|other| !is_ours(other.trim())).collect();
        *text = kept.concat();
        append(text, &line);
    })
}

/// Tells git in this clone which program merges and shows vaults. Returns whether that changed anything.
pub fn configure(repository: &Repository) -> Result<bool, Error> {
    let etui = program();
    let mut changed = false;
    for (key, value) in [
        ("merge.etui.name", "vaults, secret by secret".to_owned()),
        ("merge.etui.driver", format!("{etui} git merge-driver %O %A %B %P")),
        ("merge.etui.recursive", "etui-ancestor".to_owned()),
        ("merge.etui-ancestor.name", "the common base of two histories of a vault".to_owned()),
        ("merge.etui-ancestor.driver", format!("{etui} git merge-driver --ancestor %O %A %B %P")),
        ("diff.etui.textconv", format!("{etui} git textconv")),
    ] {
        if repository.line(["config", "--local", key]).as_deref() != Some(&value) {
            let set = repository.git(["config", "--local", key, &value]);
            set.map_err(|error| GitFailed::new("set up this clone", error))?;
            changed = true;
        }
    }
    Ok(changed)
}

/// Keeps a vault's lock, and what its killed writers leave, out of git in this clone. Returns whether that changed
/// anything.
pub fn exclude(repository: &Repository, name: &str) -> Result<bool, Error> {
    let file = repository.own("info/exclude").map_err(|error| GitFailed::new("read the configuration", error))?;
    exclude_names(&file, name)
}

/// Returns how to untrack the lock of a vault, if git tracks it: then each change shows in every clone of the team.
pub fn tracked_lock(vault: &Path) -> Option<String> {
    let lock = lock_of(vault);
    let is_tracked = git::commit_risk(&lock) == Some(CommitRisk::Tracked);
    is_tracked.then(|| format!("git rm -f --cached {}", shell_quote(&lock.to_string_lossy())))
}

/// The lock file of a vault.
pub fn lock_of(vault: &Path) -> PathBuf {
    let mut lock = OsString::from(vault);
    lock.push(".lock");
    lock.into()
}

/// Warns if git tracks the lock of the vault.
pub fn warn_tracked_lock(session: &Session, vault: &Path) {
    if let Some(untrack) = tracked_lock(&PathBuf::from(real(vault))) {
        let lock = lock_of(vault);
        let text = format!("git tracks {}, which each clone changes: `{untrack}`, and commit", lock.display());
        session.frontend.notice(Notice::Warning(text.into()));
    }
}

/// How git calls this program: by name if `PATH` leads to it, else by path, quoted for a shell.
fn program() -> String {
    let own = env::current_exe().and_then(fs::canonicalize).unwrap_or_else(|_| "etui".into());
    let paths = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&paths).map(|directory| directory.join("etui")).find(|path| path.is_file());
    match found.and_then(|path| fs::canonicalize(path).ok()) {
        Some(found) if found == own => "etui".to_owned(),
        _ => shell_quote(&own.to_string_lossy()).into_owned(),
    }
}

/// A pattern of gitattributes(5) for the file of this name in the same directory.
fn pattern(name: &str) -> String {
    let escaped = format!("/{}", escaped(name));
    if escaped.contains([' ', '"']) {
        format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        escaped
    }
}

/// What to type where nothing better is known.
const STATUS: &str = "`git status` shows the state of the repository";

/// A vault that is in no repository, or in one in which git does not work.
#[derive(Debug)]
pub struct NoRepository {
    pub path: PathBuf,
    pub error: GitError,
}

/// Attributes that overrule those of the vault.
#[derive(Debug)]
pub struct Overruled {
    pub path: PathBuf,
    /// The attribute: `filter=lfs`.
    pub wrong: String,
}

impl Explain for Overruled {
    fn explain(&self) -> Report {
        let (path, wrong) = (self.path.display(), &self.wrong);
        let message = format!("git sets {wrong} for {path}, in spite of .git/info/attributes");
        Report::new(Kind::Failed, "git", message).hint("`git config --get-regexp 'attr|core.attributesFile'` shows why")
    }
}

/// Something that git refused to do.
#[derive(Debug)]
pub struct GitFailed {
    /// What it was, after `git could not`.
    pub task: String,
    pub error: GitError,
}

impl GitFailed {
    pub fn new(task: impl Into<String>, error: GitError) -> GitFailed {
        GitFailed { task: task.into(), error }
    }
}

impl Explain for NoRepository {
    fn explain(&self) -> Report {
        let (path, GitError { reason, refusal }) = (self.path.display(), &self.error);
        if *refusal == Refusal::NoRepository {
            let message = format!("{path} is not in a git repository: {reason}");
            let init = "`git init` creates one; then `git add` the vault";
            return Report::new(Kind::Failed, "no_repository", message).hint(init);
        }
        let report = Report::new(Kind::Failed, "git", format!("git cannot use the repository of {path}: {reason}"));
        report.hint(self.error.hint().unwrap_or_else(|| STATUS.into()))
    }
}

impl Explain for GitFailed {
    fn explain(&self) -> Report {
        let GitFailed { task, error } = self;
        let report = Report::new(Kind::Failed, "git", format!("git could not {task}: {}", error.reason));
        report.hint(error.hint().unwrap_or_else(|| STATUS.into()))
    }
}

explained!(NoRepository, Overruled, GitFailed);
