//! A stray copy of the vault, as a file synchroniser leaves it, merged into the vault.

use std::path::Path;

use super::git_merge::read;
use crate::report::Error;
use crate::session::closed::Standing;
use crate::session::merge::{RemovedAuthors, disputes, says_the_same};
use crate::session::{Session, VaultLocation};
use crate::vault::{Dispute, TeamName};

/// A copy that was merged.
#[derive(Debug, Clone, PartialEq)]
pub struct MergedCopy {
    pub team: TeamName,
    /// Whether the copy held anything that the vault did not.
    pub changed: bool,
    /// All disputes of the vault.
    pub disputes: Vec<Dispute>,
}

/// Merges a copy into the vault in use, without a common base.
///
/// # Errors
/// If the copy does not open, is not trusted, or is another vault.
pub fn merge_copy(session: &Session, path: &Path) -> Result<MergedCopy, Error> {
    let location = session.location()?;
    let path = session.settings.directory.join(path);
    // Errors name the copy, not the vault.
    let copy = session.read_bytes(&VaultLocation::of(&path), &read(&path)?, Standing::Side)?;
    session.edit(|vault, _| {
        let merged = session.merge(location, None, vault, &copy, RemovedAuthors::Refused)?;
        session.warn_left_out(&merged.left_out);
        session.warn_kept(&vault.head.team, &merged.kept);
        session.note_versions(&vault.sections, &merged.vault.sections);
        session.warn_left_out_inside([&vault.sections, &copy.sections], &merged.vault.sections);

        let changed = !says_the_same(&merged.vault, vault);
        if changed {
            session.announce_news(&merged.vault.head)?;
            *vault = merged.vault;
        }
        let disputes = disputes(&vault.sections);
        Ok::<_, Error>(MergedCopy { team: vault.head.team.clone(), changed, disputes })
    })
}
