//! Closed sections: closed to all but some members, opened again, and who is in them.

use std::path::Path;

use serde::Serialize;

use super::audit::{Cause, findings};
use super::git_merge::read;
use super::member::as_writer;
use super::view::SectionView;
use crate::report::{Error, OfVault as _, now};
use crate::session::pins::new_vault_id;
use crate::session::restore::LostSection;
use crate::session::{Session, envelope};
use crate::vault::{ClosedError, Fingerprint, Member, MemberName, Section, SectionId, TeamName, Timestamp, Vault};

/// A closed section after a change of its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedView {
    #[serde(skip)]
    pub team: TeamName,
    pub section: SectionView,
    /// The fingerprint of its inner vault.
    pub vault: String,
    /// Its members, by name.
    pub members: Vec<String>,
    /// The members of the team who cannot read it.
    pub outside: Vec<String>,
    /// How many of its secrets have a value that others could read.
    pub exposed: usize,
}

impl ClosedView {
    fn new(vault: &Vault, id: &SectionId, at: Timestamp) -> Result<ClosedView, ClosedError> {
        let team = vault.head.team.clone();
        let section = vault.sections.existing(id)?;
        let (Some(closed), Some(inner)) = (&section.closed, section.inner()) else {
            return Err(ClosedError::NotClosed(id.clone()));
        };
        let prints: Vec<Fingerprint> = inner.head.members.values().map(Member::fingerprint).collect();
        let is_inside = |member: &Member| prints.contains(&member.fingerprint());
        let (inside, outside): (Vec<_>, Vec<_>) = vault.head.members.iter().partition(|(_, member)| is_inside(member));
        let names = |members: Vec<(&MemberName, &Member)>| members.iter().map(|(name, _)| name.to_string()).collect();
        let exposed = findings(vault, None, at).into_iter().filter(|finding| {
            finding.section == *id && matches!(finding.cause, Cause::Open { .. } | Cause::Exposed { .. })
        });
        Ok(ClosedView {
            section: SectionView::new(id, &team),
            vault: closed.vault.to_string(),
            members: names(inside),
            outside: names(outside),
            exposed: exposed.count(),
            team,
        })
    }
}

/// Closes a section to all but these members and whoever closes it.
///
/// # Errors
/// If the section or a member is missing, or the section is closed already.
pub fn close(session: &Session, id: &SectionId, names: &[MemberName]) -> Result<ClosedView, Error> {
    as_writer(session, |vault, by| {
        vault.close_section(id, new_vault_id(), names, by)?;
        ClosedView::new(vault, id, by.stamp.at)
    })
}

/// What a closed section holds, before it is opened to the whole team.
pub struct Opening {
    pub team: TeamName,
    pub secrets: usize,
    pub entries: usize,
    /// The members who could not read it.
    pub outside: Vec<String>,
}

/// Finds out what opening a section would show to the team.
///
/// # Errors
/// If the section is missing, is not closed, or may not be written by the keys at hand.
pub fn opening(session: &Session, id: &SectionId) -> Result<Opening, Error> {
    let vault = session.vault()?;
    let opening = ClosedView::new(&vault, id, now()).and_then(|ClosedView { team, outside, .. }| {
        let Section { secrets, env, .. } = vault.sections.existing(id)?;
        Ok(Opening { team, secrets: secrets.len(), entries: env.len(), outside })
    });
    let opening = opening.map_err(|error| error.in_team(&vault.head.team))?;
    if let Some(inner) = vault.sections.get(id).and_then(Section::inner) {
        envelope::writer(&inner.head, &session.location()?.inner(&vault.head, id), session.keys()?)?;
    }
    Ok(opening)
}

/// Opens a closed section: every member of the vault reads it again.
///
/// # Errors
/// If the section is missing, is not closed, or may not be written by the key at hand.
pub fn open(session: &Session, id: &SectionId) -> Result<(), Error> {
    as_writer(session, |vault, by| vault.open_section(id, by))
}

/// Finds out what a copy of the vault holds of a closed section that is lost.
///
/// # Errors
/// If the section is not lost, or something open is in its place; if the copy does not hold it; or if the key at hand may
/// not write it.
pub fn lost(session: &Session, id: &SectionId, copy: &Path) -> Result<LostSection, Error> {
    let path = session.settings.directory.join(copy);
    session.lost_section(id, &path, &read(&path)?)
}

/// Lets a member of the vault into a closed section.
///
/// # Errors
/// If the member or the section is missing, or the key at hand may not write the section.
pub fn add(session: &Session, id: &SectionId, name: &MemberName) -> Result<ClosedView, Error> {
    as_writer(session, |vault, by| {
        vault.add_to_section(id, name, by)?;
        ClosedView::new(vault, id, by.stamp.at)
    })
}

/// Removes a member from a closed section, for good.
///
/// # Errors
/// As [`add`], and if the member is not in it.
pub fn remove(session: &Session, id: &SectionId, name: &MemberName) -> Result<ClosedView, Error> {
    as_writer(session, |vault, by| {
        vault.remove_from_section(id, name, by)?;
        ClosedView::new(vault, id, by.stamp.at)
    })
}
