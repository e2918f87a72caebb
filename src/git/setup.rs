//! Whether git will let etui merge a vault. That takes an attribute, which is committed, and a merge driver,
//! which each clone configures for itself.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use memchr::memmem;

use super::command::{git_outside_hook, run};
use super::layout::Layout;
use super::read::settings;

/// Whether the file's attributes name etui but this clone has no such driver. Git would merge it line by
/// line.
///
/// Every change of a vault asks this, so git is started only if its files suggest a yes.
pub fn lacks_driver(file: &Path) -> bool {
    let Some(Layout { top, common, .. }) = Layout::of(file) else { return false };

    let contains = |path: &Path, words: &str| {
        let text = settings(path).unwrap_or_default();
        memmem::find(&text, words.as_bytes()).is_some()
    };
    let directories = file.ancestors().skip(1).take_while(|directory| directory.starts_with(&top));
    let committed = directories.map(|directory| directory.join(".gitattributes"));
    let mut attributes = committed.chain([common.join("info/attributes")]);

    attributes.any(|path| contains(&path, "merge=etui"))
        && !contains(&common.join("config"), "[merge \"etui\"]")
        && driver(&top).is_none()
        && is_named(file)
}

/// The command that git runs in this repository to merge vaults.
pub fn driver(directory: &Path) -> Option<String> {
    config(directory, "merge.etui.driver")
}

/// A value of git's configuration.
pub(super) fn config(directory: &Path, key: &str) -> Option<String> {
    let output = run(directory, ["config", key]).ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Whether the file's attributes say `merge=etui`.
pub fn is_named(file: &Path) -> bool {
    Attributes::here(file).is_some_and(|attributes| attributes.merge == "etui")
}

/// What git does with a file, in the words of `git check-attr`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    pub text: String,
    pub filter: String,
    pub merge: String,
}

impl Attributes {
    /// The file's attributes in this clone.
    pub fn here(file: &Path) -> Option<Attributes> {
        Attributes::printed(git_outside_hook(file.parent()?, Attributes::check(file.file_name()?)))
    }

    /// The file's attributes in every other clone: `.git/info/attributes` does not count.
    pub fn elsewhere(file: &Path) -> Option<Attributes> {
        let top = Layout::of(file)?.top;
        let relative = file.strip_prefix(&top).ok()?;
        // Git has no option for this, so it gets another repository for the same work tree.
        let other = tempfile::tempdir().ok()?;
        for name in ["objects", "refs"] {
            fs::create_dir(other.path().join(name)).ok()?;
        }
        fs::write(other.path().join("HEAD"), "ref: refs/heads/main\n").ok()?;
        let mut git = git_outside_hook(&top, Attributes::check(relative.as_os_str()));
        git.env("GIT_DIR", other.path()).env("GIT_WORK_TREE", &top);
        Attributes::printed(git)
    }

    fn check(path: &OsStr) -> [&OsStr; 7] {
        let [check, z, text, filter, merge, end] =
            ["check-attr", "-z", "text", "filter", "merge", "--"].map(OsStr::new);
        [check, z, text, filter, merge, end, path]
    }

    fn printed(mut git: Command) -> Option<Attributes> {
        let output = git.stdin(Stdio::null()).output().ok()?;
        // Three fields for each: PATH, ATTRIBUTE, VALUE.
        let fields: Vec<_> = output.stdout.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        let value = |at: usize| fields.get(3 * at + 2).map(|value| value.to_string());
        Some(Attributes { text: value(0)?, filter: value(1)?, merge: value(2)? })
    }

    /// The first that keeps git from storing the file as it is and merging it by etui: `filter=lfs`.
    pub fn wrong(&self) -> Option<String> {
        let Attributes { text, filter, merge } = self;
        if merge != "etui" {
            return Some(format!("merge={merge}"));
        }
        if !matches!(filter.as_str(), "unset" | "unspecified") {
            return Some(format!("filter={filter}"));
        }
        (text != "unset").then(|| format!("text={text}"))
    }
}
