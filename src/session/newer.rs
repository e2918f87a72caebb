//! Where git keeps what a vault lacks. `git stash`, `checkout` and `reset` go back in time without a merge, and the vault is
//! refused afterwards.

use std::path::Path;

use super::Session;
use super::locate::{VaultLocation, real};
use super::untrusted::{Reason, Untrusted};
use crate::git::{Repository, Version};
use crate::report::{Command, Error, Explain, Message, Report, shell_quote};
use crate::vault::Distrust;

/// An older vault, of which git has a newer version.
#[derive(Debug)]
pub struct Superseded {
    untrusted: Untrusted,
    /// The command that brings the newer one back.
    command: String,
    /// Whether it keeps what the older one has besides.
    is_merged: bool,
}

impl Explain for Superseded {
    fn explain(&self) -> Report {
        let mut report = self.untrusted.explain();
        let Superseded { untrusted, command, is_merged } = self;
        // The first says to restore it, without a command.
        if let Some(hint) = report.hints.first_mut() {
            *hint = match untrusted.reason {
                // Somebody took one side of a merge. The other side alone would lack what this one has.
                Reason::Distrust(Distrust::Beside(_)) if !is_merged => {
                    let file = shell_quote(&untrusted.at.path.to_string_lossy()).into_owned();
                    Message::from(format!("to merge the two: `cp {file} other.age && {command}`, then "))
                        .command(Command::new("merge").arg("other.age"))
                }
                _ => format!("restore the newer file: `{command}`").into(),
            };
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
        let Some(version) = self.newer(location) else { return error };
        let (command, is_merged) = (version.restore(&self.settings.directory), version.is_merged());
        Superseded { untrusted, command, is_merged }.into()
    }

    /// Finds the first version of the vault that is not refused.
    fn newer(&self, location: &VaultLocation) -> Option<Version> {
        let file = real(location.file.path());
        let file = Path::new(&file);
        let repository = Repository::of(file.parent()?).ok()?;
        let pins = self.pins().ok()?;
        let is_trusted = |version: &Version| {
            let opened = self.open_bytes(location, &version.bytes).ok()?;
            self.check_trust(&pins, location, &opened).ok()
        };
        repository.versions_at_hand(file).find(|version| is_trusted(version).is_some())
    }
}
