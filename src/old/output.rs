//! Where an environment is written to: standard output, or a file that git must not commit.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::context::{Cx, variable};
use crate::git;
use crate::old::error::Error;
use crate::store::{Directories, replace_private, sweep, target};

pub struct Output {
    /// None is standard output.
    path: Option<PathBuf>,
}

impl Output {
    /// Standard output, or a file, once it is known that it may be written.
    pub fn new(cx: &Cx, path: Option<&Path>, force: bool) -> Result<Output, Error> {
        let is_standard = |path: &Path| ["-", "/dev/stdout", "/dev/fd/1"].map(Path::new).contains(&path);
        let Some(path) = path.filter(|path| !is_standard(path)) else { return Ok(Output { path: None }) };
        let typed = path.to_owned();
        let path = cx.directory().join(path);
        if is_open(&path) {
            return Ok(Output { path: Some(path) });
        }
        let path = target(&path);
        if is_file(&path) {
            if let Some(what) = cx.precious(&path) {
                return Err(Error::OutputPrecious { path: typed, what });
            }
            if let Some(kept) = git::commit_risk(&path).filter(|_| !force) {
                return Err(Error::OutputTracked { path: typed, kept });
            }
        }
        Ok(Output { path: Some(path) })
    }

    pub fn is_terminal(&self, cx: &Cx) -> bool {
        self.path.is_none() && cx.ui.tables
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, cx: &Cx, bytes: &[u8]) -> Result<(), Error> {
        let Some(path) = &self.path else { return cx.ui.data(bytes) };
        let written = match is_file(path) && !is_open(path) {
            true => {
                sweep(path);
                replace_private(path, bytes)
            }
            false => fs::OpenOptions::new().append(true).open(path).and_then(|mut file| file.write_all(bytes)),
        };
        written.map_err(|error| Error::Io { doing: "write", path: path.clone(), error })
    }
}

/// Whether a file is there, or can be made. What is none, as a named pipe, is nothing that git could commit.
fn is_file(path: &Path) -> bool {
    !path.exists() || path.is_file()
}

/// Whether the path names what is open already, as a shell's `>(…)` does: it is no file that could be replaced,
/// even where its name leads to one.
fn is_open(path: &Path) -> bool {
    let directory = path.parent().and_then(|parent| fs::canonicalize(parent).ok()).unwrap_or_default();
    directory == Path::new("/dev") || directory.starts_with("/dev/fd") || directory.starts_with("/proc")
}

impl Cx {
    /// What the file is, if it is a vault or a key: of those there may be no other copy.
    fn precious(&self, path: &Path) -> Option<&'static str> {
        let here = fs::canonicalize(path).ok()?;
        let is = |other: &Path| fs::canonicalize(other).is_ok_and(|other| other == here);
        if self.place().is_ok_and(|place| is(place.file.path())) {
            return Some("the vault");
        }
        let directories = self.directories().ok();
        let of = |directories: &Directories| directories.teams().iter().any(|team| is(&directories.vault(team)));
        if directories.as_ref().is_some_and(of) {
            return Some("a vault");
        }
        let named = self.options.identity.iter().cloned().chain(variable("ETUI_KEY_FILE").map(PathBuf::from));
        let keys = named.map(|path| self.directory().join(path));
        let mut keys = keys.chain(directories.map(|directories| directories.identity()));
        keys.any(|key| is(&key)).then_some("a key")
    }
}
