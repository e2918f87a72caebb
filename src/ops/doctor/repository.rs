//! The repository that holds the vault: whether git can merge the vault in this clone, and what is unfinished.

use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::git::setup::Attributes;
use crate::git::{self, CommitRisk, GitError, Repository, WorkTree, setup};
use crate::ops::repository::{GitFailed, filtered, find, lock_of, tracked_lock};
use crate::report::{Command, Error, Message};

/// The line of a key without a passphrase, as `git grep -E` finds it.
const PLAIN_KEY: &str = "^AGE-SECRET-KEY-1[0-9A-Z]{58}";

/// Checks the repository. Returns nothing if the vault is in none, or if git ignores the vault.
pub fn findings(vault: &Path) -> Vec<Finding> {
    // At a broken `.git` there is no work tree, and git says why.
    let has_git = vault.ancestors().any(|above| above.join(".git").symlink_metadata().is_ok());
    if WorkTree::of(vault).is_none() && !has_git {
        return Vec::new();
    }
    examine(vault).unwrap_or_else(|error| vec![Finding::error("git", &error)])
}

fn examine(vault: &Path) -> Result<Vec<Finding>, Error> {
    let install = || Command::new("git install");
    let failed = |error| GitFailed::new("examine the repository", error);
    let (repository, path) = find(vault)?;

    let mut findings = plain_keys(&repository).map_err(failed)?;
    let is_unmerged = repository.unmerged().map_err(failed)?.contains_key(&path);
    match git::commit_risk(vault) {
        _ if is_unmerged => findings.push(wrong("the vault is not merged", Command::new("git resolve"))),
        Some(CommitRisk::Tracked) => {}
        Some(_) => {
            let found = Message::from("the vault is not committed yet: ").command(Command::new("sync"));
            findings.push(Finding::good("git", found));
            return Ok(findings);
        }
        None => return Ok(findings),
    }

    if let Some(operation) = repository.doing() {
        let found = format!("{} is not finished", operation.what());
        findings.push(wrong(found, format!("`{}`", operation.go_on())));
    }
    let is_wrong = |found: Option<Attributes>| found.and_then(|found| found.wrong());
    let add = || Message::from(install()).text(", then `git add .gitattributes`");
    if Attributes::elsewhere(vault).is_none_or(|found| found.merge != "etui") {
        findings.push(wrong("no attributes tell git how to merge the vault", add()));
    } else if let Some(attribute) = is_wrong(Attributes::elsewhere(vault)) {
        findings.push(wrong(format!("other clones set {attribute} for the vault"), add()));
    } else if let Some(attribute) = is_wrong(Attributes::here(vault)) {
        findings.push(wrong(format!("this clone sets {attribute} for the vault"), install()));
    } else if setup::driver(repository.top()).is_none() {
        findings.push(wrong("this clone does not know how to merge the vault", install()));
    }
    if let Some(filtered) = filtered(&repository, vault, &path) {
        findings.push(wrong("git does not have the vault itself", filtered));
    }
    findings.extend(shared_lock(vault));

    if findings.is_empty() {
        findings.push(Finding::good("git", "merges the vault secret by secret"));
    }
    Ok(findings)
}

/// Checks that git ignores the lock file of the vault.
fn shared_lock(vault: &Path) -> Option<Finding> {
    let lock = lock_of(vault);
    let (shown, install) = (lock.display(), Command::new("git install"));
    if let Some(untrack) = tracked_lock(vault) {
        let fix = Message::from(format!("`{untrack}`, then ")).command(install);
        return Some(wrong(format!("git tracks {shown}"), fix));
    }
    git::commit_risk(&lock).map(|_| wrong(format!("the next commit may include {shown}"), install))
}

/// Finds keys without a passphrase that git tracks.
fn plain_keys(repository: &Repository) -> Result<Vec<Finding>, GitError> {
    let finding = |path: PathBuf| {
        let path = path.display();
        let fix = format!("`git rm --cached {path}`; anyone with a copy of the repository has that key: ");
        let (remove, audit) = (Command::new("member remove").arg("MEMBER"), Command::new("audit"));
        let fix = Message::from(fix).command(remove).text(", then ").command(audit);
        wrong(format!("git tracks {path}, which holds a key without a passphrase"), fix)
    };
    Ok(repository.tracked_with(PLAIN_KEY)?.into_iter().map(finding).collect())
}

fn wrong(found: impl Into<Message>, fix: impl Into<Message>) -> Finding {
    Finding::wrong("git", found, fix)
}
