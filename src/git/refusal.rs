//! Why git refused, as data: its own words, and what ends the refusal.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why git failed: the first line of its complaint, or why it could not be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitError {
    pub reason: String,
    pub refusal: Refusal,
}

/// What kind of refusal it is, as far as that decides what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    NotInstalled,
    /// The directory is in no repository.
    NoRepository,
    /// There is a `.git`, but this user may not read it.
    Unreadable {
        git: PathBuf,
    },
    /// There is a `.git` whose HEAD is not one.
    BadHead {
        head: PathBuf,
    },
    /// There is a `.git` without `objects` or `refs`.
    Incomplete,
    /// The file `.git` leads to no repository.
    LedAstray,
    /// `GIT_DIR` leads to no repository.
    WrongVariable,
    /// Another user owns the repository. Git says with which command to trust it.
    OtherOwner {
        command: String,
    },
    /// `core.bare` is set, although there is a work tree.
    MarkedBare,
    /// A bare repository has no work tree.
    Bare,
    /// `core.worktree` leads elsewhere.
    OtherWorkTree,
    /// A file of configuration is broken.
    Settings,
    /// The repository needs another git.
    Format,
    Index,
    /// Another git holds a lock, or was killed.
    Locked,
    /// The user has no name for git yet.
    NoIdentity,
    /// Anything else.
    Other,
}

impl GitError {
    pub fn new(reason: impl Into<String>, refusal: Refusal) -> GitError {
        GitError { reason: reason.into(), refusal }
    }

    /// A failure about which no more is known than its reason.
    pub fn other(reason: impl Into<String>) -> GitError {
        GitError::new(reason, Refusal::Other)
    }

    /// Reads git's standard error: the first line without its label, and the paths that are listed below that line.
    pub(super) fn parse(stderr: &[u8]) -> GitError {
        let text = String::from_utf8_lossy(stderr);
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let first = lines.next().unwrap_or("it failed");
        let labels = ["fatal: ", "error: ", "warning: "];
        let first = labels.iter().find_map(|label| first.strip_prefix(label)).unwrap_or(first);
        let listed = lines.map_while(|line| line.strip_prefix(['\t', ' ']));
        let paths: Vec<&str> = listed.map(str::trim).collect();
        let refusal = Refusal::parse(first, &text);
        match paths.is_empty() {
            true => GitError::new(first, refusal),
            false => GitError::new(format!("{first} {}", paths.join(", ")), refusal),
        }
    }

    /// Says what is wrong with the `.git` above a directory in which git sees no repository. Git itself does not.
    pub(super) fn looked_at(self, directory: &Path) -> GitError {
        let has_git = |above: &&Path| fs::symlink_metadata(above.join(".git")).is_ok();
        let Some(git) = directory.ancestors().find(has_git).map(|above| above.join(".git")) else { return self };
        match self.refusal {
            Refusal::NoRepository => {}
            // Inside of `.git` there is no work tree either.
            Refusal::Bare if !directory.starts_with(&git) => return GitError { refusal: Refusal::MarkedBare, ..self },
            _ => return self,
        }

        let is_denied = |error: io::Error| error.kind() == io::ErrorKind::PermissionDenied;
        let head = git.join("HEAD");
        if fs::read_dir(&git).is_err_and(is_denied) || fs::File::open(&head).is_err_and(is_denied) {
            return GitError::new(format!("{} cannot be read", git.display()), Refusal::Unreadable { git });
        }
        if !git.is_dir() {
            return self;
        }
        match ["objects", "refs"].iter().find(|name| !git.join(name).is_dir()) {
            Some(missing) => GitError::new(format!("{} is missing", git.join(missing).display()), Refusal::Incomplete),
            None => GitError::new(format!("{} names no branch", head.display()), Refusal::BadHead { head }),
        }
    }
}

impl Refusal {
    /// Takes the kind from git's words, which are the only thing that tells.
    fn parse(first: &str, text: &str) -> Refusal {
        let has = |words: &[&str]| words.iter().any(|words| first.contains(words));
        let begins = |words: &[&str]| words.iter().any(|words| first.starts_with(words));

        if begins(&["detected dubious ownership"]) {
            let command = text.lines().map(str::trim).find(|line| line.starts_with("git config"));
            let command = command.unwrap_or("git config --global --add safe.directory DIR").to_owned();
            Refusal::OtherOwner { command }
        } else if begins(&["not a git repository (or any"]) {
            Refusal::NoRepository
        } else if begins(&["not a git repository: '"]) {
            Refusal::WrongVariable
        } else if begins(&["not a git repository", "invalid gitfile format"]) {
            Refusal::LedAstray
        } else if begins(&["this operation must be run in a work tree", "cannot use bare repository"]) {
            Refusal::Bare
        } else if begins(&["unable to access"]) && has(&["Permission denied"]) {
            Refusal::Unreadable { git: first.split('\'').nth(1).unwrap_or(".git").into() }
        } else if begins(&[
            "bad config",
            "bad numeric config",
            "bad boolean config",
            "invalid value for",
            "unknown value",
        ]) {
            Refusal::Settings
        } else if has(&["repo version", "repository extension"]) {
            Refusal::Format
        } else if has(&["index file", "index version", "bad signature"]) {
            Refusal::Index
        } else if has(&[".lock'"]) {
            Refusal::Locked
        } else if has(&["identity unknown", "tell me who you are"]) {
            Refusal::NoIdentity
        } else {
            Refusal::Other
        }
    }
}

impl From<io::Error> for GitError {
    fn from(error: io::Error) -> GitError {
        match error.kind() {
            io::ErrorKind::NotFound => GitError::new("git is not installed", Refusal::NotInstalled),
            _ => GitError::other(error.to_string()),
        }
    }
}
