//! Where git keeps what a vault lacks. `git stash`, `checkout` and `reset` go back in time without a merge, and the vault is
//! refused afterwards.

use std::path::Path;

use super::Session;
use super::locate::{VaultLocation, real};
use super::untrusted::{Reason, Untrusted};
use crate::git::{Repository, Version};
use crate::report::Error;
use crate::vault::Distrust;

impl Session {
    /// Adds to the refusal of an older vault where git has the newer one.
    pub(super) fn with_newer(&self, location: &VaultLocation, error: Error) -> Error {
        match error.cause() {
            Some(Untrusted {
                path,
                reason: reason @ Reason::Distrust(Distrust::Behind(_) | Distrust::Beside(_)),
                by,
                ..
            }) => {
                let newer = self.newer(location);
                Untrusted { path: path.clone(), reason: reason.clone(), by: by.clone(), newer }.into()
            }
            _ => error,
        }
    }

    /// Finds the first version of the vault that is not refused, and returns the command that brings it back.
    fn newer(&self, location: &VaultLocation) -> Option<String> {
        let file = real(location.file.path());
        let file = Path::new(&file);
        let repository = Repository::of(file.parent()?).ok()?;
        let pins = self.pins().ok()?;
        let is_trusted = |version: &Version| {
            let opened = self.open_bytes(location, &version.bytes).ok()?;
            self.check_trust(&pins, location, &opened).ok()
        };
        let version = repository.versions_at_hand(file).find(|version| is_trusted(version).is_some())?;
        Some(version.restore(&self.settings.directory))
    }
}
