//! Where git keeps what a vault lacks. `git stash`, `checkout` and `reset` go back in time without a merge, and the vault is
//! refused afterwards.

use std::path::Path;

use super::Session;
use super::locate::{VaultLocation, real};
use super::untrusted::{Reason, Untrusted};
use crate::git::{Repository, Version};
use crate::report::{Error, Explain, Report};
use crate::vault::Distrust;

/// An older vault, of which git has a newer version.
#[derive(Debug)]
pub struct Superseded {
    untrusted: Untrusted,
    /// The command that brings the newer one back.
    command: String,
}

impl Explain for Superseded {
    fn explain(&self) -> Report {
        let mut report = self.untrusted.explain();
        // The first says to restore it, without a command.
        if let Some(hint) = report.hints.first_mut() {
            *hint = format!("restore the newer file: `{}`", self.command).into();
        }
        report
    }
}

explained!(Superseded);

impl Session {
    /// Adds to the refusal of an older vault where git has the newer one.
    pub(super) fn with_newer(&self, location: &VaultLocation, error: Error) -> Error {
        let untrusted = match error.cause::<Untrusted>() {
            Some(it @ Untrusted { reason: Reason::Distrust(Distrust::Behind(_) | Distrust::Beside(_)), .. }) => {
                it.clone()
            }
            _ => return error,
        };
        self.newer(location).map_or(error, |command| Superseded { untrusted, command }.into())
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
