//! Files that an environment is written to. Git must not commit them.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::git::{self, CommitRisk};
use crate::report::{Error, Explain, Kind, Report};
use crate::session::Session;
use crate::store::{io_report, replace_plain, target};

/// A file that may be written.
pub struct OutputFile {
    path: PathBuf,
}

impl OutputFile {
    /// Checks that a file may be written. `force` accepts one that git would commit.
    ///
    /// # Errors
    /// If it holds a vault or a key, or if git tracks it or would add it.
    pub fn new(session: &Session, path: &Path, force: bool) -> Result<OutputFile, Error> {
        let typed = path.to_owned();
        let path = session.settings.directory.join(path);
        if is_open(&path) {
            return Ok(OutputFile { path });
        }
        let path = target(&path).map_err(|error| io_report("write", &path, &error))?;
        if is_file(&path) {
            if let Some(what) = precious(session, &path) {
                return Err(OutputRefused { path: typed, reason: Refusal::Precious(what) }.into());
            }
            if let Some(risk) = git::commit_risk(&path).filter(|_| !force) {
                return Err(OutputRefused { path: typed, reason: Refusal::Commit(risk) }.into());
            }
        }
        Ok(OutputFile { path })
    }

    /// Writes it whole, readable by its owner alone, or not at all.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        let path = &self.path;
        let written = match is_file(path) && !is_open(path) {
            true => replace_plain(path, bytes),
            false => fs::OpenOptions::new().append(true).open(path).and_then(|mut file| file.write_all(bytes)),
        };
        written.map_err(|error| io_report("write", path, &error).into())
    }
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

/// A file that is not written.
#[derive(Debug)]
pub struct OutputRefused {
    /// As it was typed.
    pub path: PathBuf,
    pub reason: Refusal,
}

/// Why a file is not written.
#[derive(Debug)]
pub enum Refusal {
    /// It is a vault or a key.
    Precious(&'static str),
    /// Git would commit it.
    Commit(CommitRisk),
}

impl Explain for OutputRefused {
    fn explain(&self) -> Report {
        let OutputRefused { path, reason } = self;
        let shown = path.display();
        let refused = |code, what: &str| Report::new(Kind::Conflict, code, format!("{shown} was not written: {what}"));
        let risk = match reason {
            Refusal::Precious(what) => {
                return refused("output_precious", &format!("it is {what}")).hint("choose another file");
            }
            Refusal::Commit(risk) => risk,
        };

        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A hint repeats a name only where neither a shell nor git would read it as anything else.
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/".contains(byte);
        let is_plain = path.as_os_str().as_encoded_bytes().iter().all(is_plain) && !name.starts_with('-');
        let force = "`--force` writes it nevertheless";
        match risk {
            CommitRisk::Tracked => {
                let what = if is_plain { format!("`git rm --cached {shown}`") } else { "`git rm --cached`".to_owned() };
                refused("output_tracked", "git tracks it")
                    .hint(format!("{what}, and add it to `.gitignore`"))
                    .hint(force)
            }
            CommitRisk::Addable => {
                let hint = match is_plain {
                    true => format!("`echo {name} >> .gitignore`"),
                    false => "add its name to `.gitignore`, with its special characters escaped".to_owned(),
                };
                refused("output_tracked", "git would add it, since no `.gitignore` names it").hint(hint).hint(force)
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

explained!(OutputRefused);
