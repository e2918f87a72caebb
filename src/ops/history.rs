//! Earlier and disputed values: restored, settled and purged.

use crate::ops::secret::Placed;
use crate::ops::view::SecretView;
use crate::report::Error;
use crate::session::Session;
use crate::vault::{Change, ChangeError, Choice, SecretName, SectionId, Stamp, TeamName, Vault};

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
    session.edit(|vault, stamp| restored(vault, section, name, version, stamp))
}

/// Restores several names, all of them or none.
///
/// # Errors
/// As [`restore`].
pub fn restore_all(
    session: &Session,
    section: &SectionId,
    names: &[SecretName],
    version: usize,
) -> Result<Vec<Restored>, Error> {
    session.edit(|vault, stamp| names.iter().map(|name| restored(vault, section, name, version, stamp)).collect())
}

fn restored(
    vault: &mut Vault,
    section: &SectionId,
    name: &SecretName,
    version: usize,
    stamp: &Stamp,
) -> Result<Restored, ChangeError> {
    let change = vault.sections.restore(section, name, version, stamp)?;
    let Placed { team, secret } = placed(vault, section, name)?;
    Ok(Restored { change, team, secret })
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

/// Forgets the earlier values of these names, or of every name in the section.
///
/// # Errors
/// If one of the names was never set there.
pub fn purge(session: &Session, section: &SectionId, names: &[SecretName]) -> Result<Purged, Error> {
    session.edit(|vault, _| {
        let counts: Vec<usize> = match names {
            [] => vec![vault.purge(section, None)?],
            names => names.iter().map(|name| vault.purge(section, Some(name))).collect::<Result<_, _>>()?,
        };
        Ok::<_, ChangeError>(Purged { team: vault.head.team.clone(), count: counts.iter().sum() })
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
