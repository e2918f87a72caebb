//! The upstream of a branch.

use super::stopped::SyncError;
use crate::git::{Fetch, Repository};

/// Finds the upstream of the branch that is checked out.
///
/// # Errors
/// If it has none; `committed` says whether the vault was committed just now.
pub fn find(repository: &Repository, branch: &str, committed: bool) -> Result<String, SyncError> {
    let named = || repository.line(["rev-parse", "--abbrev-ref", "@{upstream}"]);
    let is_configured = || repository.line(["config", &format!("branch.{branch}.merge")]).is_some();
    let found = named().or_else(|| {
        // After the clone of an empty repository, the upstream exists once somebody has pushed to it.
        let is_fetched = is_configured() && repository.fetch() == Ok(Fetch::Done);
        is_fetched.then(named).flatten()
    });
    found.ok_or_else(|| {
        let remotes = repository.line(["remote"]).unwrap_or_default();
        let origin = remotes.lines().find(|remote| *remote == "origin");
        let remote = origin.or(remotes.lines().next()).map(str::to_owned);
        let is_there =
            remote.as_ref().is_some_and(|remote| repository.knows(&format!("refs/remotes/{remote}/{branch}")));
        SyncError::NoUpstream { branch: branch.to_owned(), remote, is_there, committed }
    })
}
