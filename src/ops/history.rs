//! Earlier and disputed values: restored, settled and purged.

use crate::ops::secret::Placed;
use crate::ops::view::SecretView;
use crate::report::Error;
use crate::session::Session;
use crate::vault::{Change, ChangeError, Choice, SecretName, SectionId, TeamName, Vault};

/// A name that has an earlier value again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub change: Change,
    pub team: TeamName,
    pub secret: SecretView,
}

/// Earlier values that are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purged {
    pub team: TeamName,
    /// How many values are gone.
    pub count: usize,
}

/// Makes an earlier value the current one, of a secret or an env entry, deleted or not. Version 1 is the newest.
///
/// # Errors
/// If there is no such version, or the name is disputed.
pub fn restore(session: &Session, section: &SectionId, name: &SecretName, version: usize) -> Result<Restored, Error> {
    session.edit(|vault, stamp| {
        let change = vault.sections.restore(section, name, version, stamp)?;
        let Placed { team, secret } = placed(vault, section, name)?;
        Ok::<_, ChangeError>(Restored { change, team, secret })
    })
}

/// Ends a dispute. The values that were not chosen stay in the history.
///
/// # Errors
/// If the name is not disputed, or the choice fits none of its values, or several.
pub fn settle(session: &Session, section: &SectionId, name: &SecretName, choice: Choice) -> Result<Placed, Error> {
    session.edit(|vault, stamp| {
        vault.sections.settle(section, name, choice, stamp)?;
        placed(vault, section, name)
    })
}

/// Forgets the earlier values of one name, or of every name in the section.
///
/// # Errors
/// If the name was never set there.
pub fn purge(session: &Session, section: &SectionId, only: Option<&SecretName>) -> Result<Purged, Error> {
    session.edit(|vault, _| {
        let count = vault.purge(section, only)?;
        Ok::<_, ChangeError>(Purged { team: vault.head.team.clone(), count })
    })
}

/// Views what a name holds now, secret or env entry.
fn placed(vault: &Vault, section: &SectionId, name: &SecretName) -> Result<Placed, ChangeError> {
    let team = vault.head.team.clone();
    let record = vault.sections.existing(section)?.records(name).get(name);
    let record = record.ok_or_else(|| vault.sections.missing_secret(section, name))?;
    let secret = SecretView::new(&team, section, name, record);
    Ok(Placed { team, secret })
}
