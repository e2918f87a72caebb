//! Files that an environment is written to. Git must not commit them.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::git::{self, CommitRisk, WorkTree};
use crate::report::{Error, Explain, Kind, Report};
use crate::session::Session;
use crate::store::{Replacement, io_report, target};

/// A file that may be written.
pub struct OutputFile {
    path: PathBuf,
}

impl OutputFile {
    /// Checks that a file may be written. `force` accepts one that git would commit.
    ///
    /// # Errors
    /// If it holds a vault or a key, if git tracks it or would add it, or if a symbolic link that git tracks leads to it
    /// from a repository that it is not in.
    pub fn new(session: &Session, path: &Path, force: bool) -> Result<OutputFile, Error> {
        OutputFile::ignored_by(session, path, force, path)
    }

    /// Checks a file that git would ignore together with this file or directory.
    ///
    /// # Errors
    /// Those of [`OutputFile::new`].
    pub fn ignored_by(session: &Session, path: &Path, force: bool, ignored: &Path) -> Result<OutputFile, Error> {
        let refused = |reason| OutputRefused { path: path.to_owned(), ignored: ignored.to_owned(), reason };
        let path = session.settings.directory.join(path);
        if is_open(&path) {
            return Ok(OutputFile { path });
        }
        let named = path;
        let path = target(&named).map_err(|error| io_report("write", &named, &error))?;
        // Whoever can push could lead a file of secrets to any place on this machine.
        if let Some(reason) = leads_out(&named, &path).filter(|_| !force) {
            return Err(refused(reason).into());
        }
        if is_file(&path) {
            if let Some(what) = precious(session, &path) {
                return Err(refused(Refusal::Precious(what)).into());
            }
            if let Some(risk) = git::commit_risk(&path).filter(|_| !force) {
                return Err(refused(Refusal::Commit(risk)).into());
            }
        }
        Ok(OutputFile { path })
    }

    /// Writes it whole, readable by its owner alone, or not at all.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        self.prepare(bytes)?.put()
    }

    /// Writes the new bytes beside the file, so that all that is left to do hardly fails.
    pub fn prepare<'o>(&'o self, bytes: &'o [u8]) -> Result<Prepared<'o>, Error> {
        let path = &self.path;
        if !is_file(path) || is_open(path) {
            let opened = fs::OpenOptions::new().append(true).open(path);
            return opened.map(|opened| Prepared::Open(self, opened, bytes)).map_err(|error| self.failed(&error));
        }
        Replacement::plain(path, bytes).map(|new| Prepared::File(self, new)).map_err(|error| self.failed(&error))
    }

    /// Adds lines at the end, all of them or none. A new file is readable by its owner alone.
    pub fn append(&self, lines: &[u8]) -> Result<(), Error> {
        let mut options = fs::OpenOptions::new();
        options.read(is_file(&self.path)).append(true).create(true).mode(0o600);
        let file = options.open(&self.path).map_err(|error| self.failed(&error))?;
        append(&file, lines).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Error {
        io_report("write", &self.path, error).into()
    }
}

/// New bytes of a file, which vanish unless they are put in its place.
pub enum Prepared<'o> {
    File(&'o OutputFile, Replacement),
    /// What cannot be replaced, such as a pipe.
    Open(&'o OutputFile, fs::File, &'o [u8]),
}

impl Prepared<'_> {
    pub fn put(self) -> Result<(), Error> {
        match self {
            Prepared::File(file, new) => new.put().map_err(|error| file.failed(&error)),
            Prepared::Open(file, mut opened, bytes) => opened.write_all(bytes).map_err(|error| file.failed(&error)),
        }
    }
}

/// Adds lines to a file. One that somebody left without an end gets it first.
fn append(mut file: &fs::File, lines: &[u8]) -> io::Result<()> {
    let length = Some(file.metadata()?).filter(|metadata| metadata.is_file()).map(|metadata| metadata.len());
    let mut last = [b'\n'];
    if let Some(before) = length.and_then(|length| length.checked_sub(1)) {
        file.read_exact_at(&mut last, before)?;
    }
    let end: &[u8] = if last == [b'\n'] { b"" } else { b"\n" };
    file.write_all(&Zeroizing::new([end, lines].concat())).inspect_err(|_| {
        // As on a full disk: a part of a value must not stay.
        if let Some(length) = length {
            let _ = file.set_len(length);
        }
    })
}

/// Returns whether a file is there, or can be made. Git could not commit anything else, such as a named pipe.
fn is_file(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

/// Returns whether the path names something that is open already, as a shell's `>(…)` does. It cannot be replaced, even
/// where its name leads to a file.
fn is_open(path: &Path) -> bool {
    let directory = path.parent().and_then(|parent| fs::canonicalize(parent).ok()).unwrap_or_default();
    directory == Path::new("/dev") || directory.starts_with("/dev/fd") || directory.starts_with("/proc")
}

/// Returns why a file is not written to which a symbolic link leads out of a repository.
fn leads_out(named: &Path, target: &Path) -> Option<Refusal> {
    // A link that leads to itself is replaced, not followed.
    let followed = if named == target && named.is_symlink() { named.parent()? } else { named };
    let link = match git::tracked_symlink(followed) {
        Ok(link) => link?,
        Err(error) => return Some(Refusal::Commit(CommitRisk::Unknown(error))),
    };
    let real = |path: &Path| Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?));
    let top = real(&link).and_then(|link| WorkTree::of(&link)).map(|tree| tree.top);
    let is_inside = |target: &Path, top: &Path| target.starts_with(top) && !target.starts_with(top.join(".git"));
    let stays = real(target).zip(top).is_some_and(|(target, top)| is_inside(&target, &top));
    (!stays).then_some(Refusal::Link(link))
}

/// Returns what a file is, if it is a vault or a key: there may be no other copy.
fn precious(session: &Session, path: &Path) -> Option<&'static str> {
    let here = fs::canonicalize(path).ok()?;
    let is = |other: &Path| fs::canonicalize(other).is_ok_and(|other| other == here);
    if session.location().is_ok_and(|location| is(location.file.path())) {
        return Some("the vault");
    }
    let teams = session.known_teams().unwrap_or_default();
    if teams.iter().any(|team| session.vault_of(team).is_ok_and(|vault| is(&vault))) {
        return Some("a vault");
    }
    let settings = &session.settings;
    let named = settings.identities.iter().chain(&settings.environment.key_file);
    let keys = named.map(|path| settings.directory.join(path));
    let mut keys = keys.chain(session.directories().map(|directories| directories.identity()));
    keys.any(|key| is(&key)).then_some("a key")
}

const FORCE: &str = "`--force` writes it nevertheless";

/// A file that is not written.
#[derive(Debug)]
pub struct OutputRefused {
    /// As it was typed.
    pub path: PathBuf,
    /// It, or the directory with it that git should ignore, as it was typed.
    pub ignored: PathBuf,
    pub reason: Refusal,
}

/// Why a file is not written.
#[derive(Debug)]
pub enum Refusal {
    /// It is a vault or a key.
    Precious(&'static str),
    /// This symbolic link, which git tracks, leads out of its repository.
    Link(PathBuf),
    /// Git would commit it.
    Commit(CommitRisk),
}

impl Explain for OutputRefused {
    fn explain(&self) -> Report {
        let OutputRefused { path, ignored, reason } = self;
        let shown = path.display();
        let refused = |code, what: &str| Report::new(Kind::Conflict, code, format!("{shown} was not written: {what}"));
        let risk = match reason {
            Refusal::Precious(what) => {
                return refused("output_precious", &format!("it is {what}")).hint("choose another file");
            }
            Refusal::Link(link) => {
                let what = format!("git tracks the symbolic link {}, which leads elsewhere", link.display());
                return refused("output_link", &what).hint("name the file itself").hint(FORCE);
            }
            Refusal::Commit(risk) => risk,
        };

        // A hint repeats a name only where neither a shell nor git would read it as anything else.
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/".contains(byte);
        let is_plain = path.as_os_str().as_encoded_bytes().iter().all(is_plain);
        match risk {
            CommitRisk::Tracked => {
                let what = if is_plain { format!("`git rm --cached {shown}`") } else { "`git rm --cached`".to_owned() };
                refused("output_tracked", "git tracks it")
                    .hint(format!("{what}, and add it to `.gitignore`"))
                    .hint(FORCE)
            }
            CommitRisk::Addable => {
                let hint = match ignore(ignored, ignored != path).filter(|_| is_plain) {
                    Some(command) => format!("`{command}`"),
                    None => "add its name to `.gitignore`, with its special characters escaped".to_owned(),
                };
                refused("output_tracked", "git would add it, since no `.gitignore` names it").hint(hint).hint(FORCE)
            }
            CommitRisk::Unknown(why) => {
                let why_not = format!("git cannot say whether it would be committed: {}", why.reason);
                let report = refused("output_tracked", &why_not);
                let report = why.hint().into_iter().fold(report, Report::hint);
                report.hint("`--force`, if you know that it would not")
            }
        }
    }
}

/// Returns the command that makes git ignore a file or a directory. None if it would take the name for an option.
fn ignore(path: &Path, is_directory: bool) -> Option<String> {
    let name = path.file_name()?.to_str().filter(|name| !name.starts_with('-'))?;
    let slash = if is_directory { "/" } else { "" };
    // The list of this directory does not reach outside of it.
    let is_outside = path.is_absolute() || path.starts_with("..");
    let list = path.parent().filter(|_| is_outside).unwrap_or(Path::new("")).join(".gitignore");
    Some(format!("echo {name}{slash} >> {}", list.display()))
}

explained!(OutputRefused);
