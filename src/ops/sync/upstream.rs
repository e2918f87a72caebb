//! The upstream of a branch.

use super::stopped::SyncError;
use crate::git::Repository;

/// Finds the upstream of the branch that is checked out.
///
/// # Errors
/// If it has none; `committed` says whether the vault was committed just now.
pub fn find(repository: &Repository, branch: &str, committed: bool) -> Result<String, SyncError> {
    let configured = |key: &str| repository.line(["config", &format!("branch.{branch}.{key}")]);
    let named = repository.line(["rev-parse", "--abbrev-ref", "@{upstream}"]).or_else(|| {
        // In the clone of an empty repository, the first push makes it.
        let (remote, name) = (configured("remote")?, configured("merge")?);
        Some(format!("{remote}/{}", name.strip_prefix("refs/heads/")?))
    });
    named.ok_or_else(|| {
        let remotes = repository.line(["remote"]).unwrap_or_default();
        let origin = remotes.lines().find(|remote| *remote == "origin");
        let remote = origin.or(remotes.lines().next()).map(str::to_owned);
        let is_there =
            remote.as_ref().is_some_and(|remote| repository.knows(&format!("refs/remotes/{remote}/{branch}")));
        SyncError::NoUpstream { branch: branch.to_owned(), remote, is_there, committed }
    })
}
