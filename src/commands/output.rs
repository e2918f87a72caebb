//! Where an environment is written to: standard output, or a file that git must not commit.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::context::{Cx, variable};
use crate::error::Error;
use crate::git;
use crate::store::{replace_private, target};

pub struct Output {
    /// None is standard output.
    path: Option<PathBuf>,
}

impl Output {
    /// Standard output, or a file, once it is known that it may be written.
    pub fn new(cx: &Cx, path: Option<&Path>, force: bool) -> Result<Output, Error> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else { return Ok(Output { path: None }) };
        let typed = path.to_owned();
        let path = target(&cx.directory().join(path));
        // What is no file, as a pipe that a shell made, is nothing that git could commit.
        if !path.exists() || path.is_file() {
            if let Some(what) = cx.precious(&path) {
                return Err(Error::OutputPrecious { path: typed, what });
            }
            if let Some(kept) = git::kept(&path).filter(|_| !force) {
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
        let written = match !path.exists() || path.is_file() {
            true => replace_private(path, ".etui-output.tmp-", bytes),
            false => fs::OpenOptions::new().write(true).open(path).and_then(|mut file| file.write_all(bytes)),
        };
        written.map_err(|error| Error::Io { doing: "write", path: path.clone(), error })
    }
}

impl Cx {
    /// What the file is, if it is the vault or a key: of those there may be no other copy.
    fn precious(&self, path: &Path) -> Option<&'static str> {
        let here = fs::canonicalize(path).ok()?;
        let is = |other: &Path| fs::canonicalize(other).is_ok_and(|other| other == here);
        if self.place().is_ok_and(|place| is(place.file.path())) {
            return Some("the vault");
        }
        let said = variable("ETUI_KEY_FILE").map(PathBuf::from);
        let keys = self.options.identity.iter().chain(&said).map(|path| self.directory().join(path));
        let mut keys = keys.chain(self.directories().map(|directories| directories.identity()));
        keys.any(|key| is(&key)).then_some("a key")
    }
}
