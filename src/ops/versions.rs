//! Closed sections that somebody kept in several versions, made one again by a writer of them.

use std::collections::BTreeMap;

use super::member::as_writer;
use crate::report::{Error, OfVault as _};
use crate::session::Session;
use crate::session::merge::disputes;
use crate::vault::{ChangeError, Dispute, MemberName, SectionId, Sections, TeamName};

/// What is not settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    pub team: TeamName,
    /// The disputed names.
    pub disputes: Vec<Dispute>,
    /// The closed sections in several versions that the keys at hand open.
    pub versions: Vec<SectionId>,
    /// The removed members who wrote versions that do not count.
    pub removed: BTreeMap<SectionId, Vec<MemberName>>,
}

/// Finds what is not settled, in one section or in all.
///
/// # Errors
/// If there is no such section, or it is closed to the keys at hand.
pub fn unsettled(session: &Session, only: Option<&SectionId>) -> Result<Unsettled, Error> {
    let vault = session.vault()?;
    let team = vault.head.team.clone();
    if let Some(id) = only {
        vault.sections.existing(id).map_err(|error: ChangeError| error.in_team(&team))?;
    }
    let is_asked = |id: &SectionId| only.is_none_or(|only| only == id);
    let mut disputes = disputes(&vault.sections);
    disputes.retain(|dispute| is_asked(&dispute.section));
    let is_open = |id: &SectionId| vault.sections.existing(id).is_ok();
    let versions = vault.sections.in_versions().map(|(id, _)| id);
    let versions = versions.filter(|id| is_asked(id) && is_open(id)).cloned().collect();
    session.note_versions(&Sections::default(), &vault.sections);
    let mut removed = session.removed_versions();
    removed.retain(|id, _| is_asked(id));
    Ok(Unsettled { team, disputes, versions, removed })
}

/// Makes the versions of each of these sections one.
///
/// # Errors
/// If the key at hand may not write one of them.
pub fn unite(session: &Session, sections: &[SectionId]) -> Result<(), Error> {
    as_writer(session, |vault, by| sections.iter().try_for_each(|id| vault.unite_versions(id, by)))
}
