//! The versions of a file that git holds besides the one in the work tree.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::absent::{git_in, pop};
use super::repository::Repository;
use crate::report::shell_quote;

/// How many stashes are looked at, the newest ones.
const STASHES: usize = 10;

/// How many steps of HEAD are looked at, the last ones.
const STEPS: usize = 5;

/// A version of a file.
pub struct Version {
    pub bytes: Vec<u8>,
    revision: String,
    /// The top of the work tree, and the file below it.
    top: PathBuf,
    path: PathBuf,
    /// Whether the file in the work tree is the one of HEAD, so that a stash can be taken out again.
    is_clean: bool,
}

impl Repository {
    /// The versions in the index, in HEAD and in the stashes, and those that HEAD had before.
    pub fn versions_at_hand(&self, file: &Path) -> impl Iterator<Item = Version> {
        let path = self.relative(file);
        let stashes = self.stashes().into_iter().take(STASHES);
        // The third parent of a stash has the files that git did not track.
        let stashes = stashes.flat_map(|stash| [stash.clone(), format!("{stash}^3")]);
        let revisions = [String::new(), "HEAD".to_owned()].into_iter().chain(stashes);
        let revisions =
            revisions.chain(["ORIG_HEAD".to_owned()]).chain((1..=STEPS).map(|step| format!("HEAD@{{{step}}}")));
        revisions.filter_map(move |revision| {
            let path = path.clone()?;
            let bytes = self.version(&revision, &path).ok()?;
            let diff = ["--literal-pathspecs", "diff", "--quiet", "HEAD", "--"].map(OsString::from);
            let is_clean = self.git(diff.into_iter().chain([path.clone().into()])).is_ok();
            Some(Version { bytes, revision, top: self.top().to_owned(), path, is_clean })
        })
    }
}

impl Version {
    /// Whether the command that restores it merges it into the file that is there, as `git stash pop` does.
    pub fn is_merged(&self) -> bool {
        self.revision.starts_with("stash@") && self.revision.ends_with('}') && self.is_clean
    }

    /// The command that puts it into the work tree, for somebody in this directory.
    pub fn restore(&self, directory: &Path) -> String {
        let Version { revision, path, .. } = self;
        let path = shell_quote(&path.to_string_lossy()).into_owned();
        let task = match revision.as_str() {
            "" => format!("checkout -- {path}"),
            stash if self.is_merged() => pop(stash),
            revision => format!("checkout {revision} -- {path}"),
        };
        git_in(&self.top, directory, &task)
    }
}
