//! The words for what git refuses.

use super::{GitError, Refusal};
use crate::report::{Explain, Kind, Message, Report, shell_quote};

impl GitError {
    /// What ends the refusal. None if that depends on what git was to do.
    pub fn hint(&self) -> Option<Message> {
        let hint = match &self.refusal {
            Refusal::NotInstalled => "install git, for example with your package manager".to_owned(),
            Refusal::NoRepository => "`git init` creates one, and `--cwd DIR` names a directory in one".to_owned(),
            Refusal::Unreadable { git } => {
                let git = shell_quote(&git.to_string_lossy()).into_owned();
                format!("as its owner, or after `sudo chown -R \"$USER\" {git}`")
            }
            Refusal::BadHead { head } => {
                let head = shell_quote(&head.to_string_lossy()).into_owned();
                format!("name its branch again: `echo 'ref: refs/heads/BRANCH' >{head}`")
            }
            Refusal::Incomplete => "it cannot be repaired here; clone it again, and copy the vault there".to_owned(),
            Refusal::LedAstray => {
                "its repository was moved or deleted; `git worktree repair DIR`, in the repository, finds it again"
                    .to_owned()
            }
            Refusal::WrongVariable => "`unset GIT_DIR`".to_owned(),
            Refusal::OtherOwner { command } => format!("if you trust its owner: `{command}`"),
            Refusal::MarkedBare => "it has a work tree: `git config core.bare false`".to_owned(),
            Refusal::Bare => "a bare repository has no files; use a clone of it".to_owned(),
            Refusal::OtherWorkTree => "`git config --unset core.worktree` makes it the directory itself".to_owned(),
            Refusal::Settings => "correct that line in `.git/config` or `~/.gitconfig`".to_owned(),
            Refusal::Format => "another git wrote this repository; update git".to_owned(),
            Refusal::Index => "`rm .git/index`, then `git reset`; your files stay as they are".to_owned(),
            Refusal::Locked => {
                "another git process is running, or was killed; when none is running, remove that file".to_owned()
            }
            Refusal::NoIdentity => {
                "`git config --global user.name NAME; git config --global user.email MAIL`".to_owned()
            }
            Refusal::Other => return None,
        };
        Some(hint.into())
    }
}

impl Explain for GitError {
    fn explain(&self) -> Report {
        let report = Report::new(Kind::Failed, "git", format!("git: {}", self.reason));
        match self.hint() {
            Some(hint) => report.hint(hint),
            None => report,
        }
    }
}

explained!(GitError);
