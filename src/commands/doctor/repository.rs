//! The repository that holds the vault: whether git can merge it here, and what waits to be done.

use std::path::Path;

use super::Finding;
use crate::git::{self, Branch, CommitRisk, GitError, Repository, setup};
use crate::old::error::Error;
use crate::ops::repository::{GitFailed, find as repository};

/// A key that opens by itself, as `git grep -E` finds it.
const PLAIN_KEY: &str = "^AGE-SECRET-KEY-1[0-9A-Z]{58}";

/// What is found of the repository; nothing if the vault is in none, or kept out of it.
pub fn findings(vault: &Path) -> Vec<Finding> {
    if Branch::of(vault) == Branch::None {
        return Vec::new();
    }
    look(vault).unwrap_or_else(|error| vec![super::of("git", &error)])
}

fn look(vault: &Path) -> Result<Vec<Finding>, Error> {
    let (repository, path) = repository(vault).map_err(|error| Error::Git { said: error.to_string() })?;
    let mut found = keys(&repository)?;
    let unmerged = repository.unmerged().map_err(looking)?.contains_key(&path);
    match git::commit_risk(vault) {
        _ if unmerged => found.push(bad("the vault is not merged", "etui git resolve")),
        Some(CommitRisk::Tracked) => {}
        Some(_) => {
            found.push(Finding::good("git", "the vault is not committed yet: etui sync"));
            return Ok(found);
        }
        None => return Ok(found),
    }
    if let Some(doing) = repository.doing() {
        found.push(bad(format!("in the middle of {}", doing.what()), doing.go_on()));
    }
    if !setup::is_named(vault) {
        found.push(bad("no attributes say how to merge the vault", "etui git install; git add .gitattributes"));
    } else if setup::driver(repository.top()).is_none() {
        found.push(bad("this clone does not know how to merge the vault", "etui git install"));
    }
    let mut lock = vault.as_os_str().to_owned();
    lock.push(".lock");
    let shown = Path::new(&lock).display();
    match git::commit_risk(Path::new(&lock)) {
        Some(CommitRisk::Tracked) => {
            found.push(bad(format!("{shown} is tracked"), format!("git rm -f --cached {shown}; etui git install")));
        }
        Some(_) => found.push(bad(format!("the next commit may take {shown}"), "etui git install")),
        None => {}
    }
    if found.is_empty() {
        found.push(Finding::good("git", "merges the vault secret by secret"));
    }
    Ok(found)
}

/// Keys without a passphrase that the next commit has, or that one had.
fn keys(repository: &Repository) -> Result<Vec<Finding>, Error> {
    let listed = repository.tracked_with(PLAIN_KEY).map_err(looking)?;
    let finding = |path: std::path::PathBuf| {
        let path = path.display();
        let mend =
            format!("git rm --cached {path}; who has the repository has that key: etui member remove, etui audit");
        bad(format!("{path} is tracked, and holds a key without a passphrase"), mend)
    };
    Ok(listed.into_iter().map(finding).collect())
}

fn bad(found: impl Into<String>, mend: impl Into<String>) -> Finding {
    Finding::bad("git", found, mend)
}

fn looking(error: GitError) -> Error {
    Error::Git { said: GitFailed::new("look at the repository", error).to_string() }
}
