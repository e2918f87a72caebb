//! Closed sections: closed to all but some members, opened again, and who is in them.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::audit::{Cause, open_findings};
use super::git_merge::read;
use super::member::as_writer;
use super::view::SectionView;
use crate::keys::{Card, Identity, Key};
use crate::report::{Error, OfVault as _, now};
use crate::session::pins::new_vault_id;
use crate::session::restore::LostSection;
use crate::session::{Session, envelope};
use crate::vault::{ClosedError, Member, MemberName, SecretName, Section, SectionId, TeamName, Timestamp, Vault};

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
        let Some(closed) = &section.closed else {
            return Err(ClosedError::NotClosed(id.clone()));
        };
        let is_inside = |member: &Member| section.lists(&member.keys);
        let (inside, outside): (Vec<_>, Vec<_>) = vault.head.members.iter().partition(|(_, member)| is_inside(member));
        let names = |members: Vec<(&MemberName, &Member)>| members.iter().map(|(name, _)| name.to_string()).collect();
        let exposed = open_findings(vault, None, at).into_iter().filter(|finding| {
            finding.section == *id && matches!(finding.cause, Cause::Open { .. } | Cause::Exposed { .. })
        });
        // One value may have been read by former members, and by everybody before the closing.
        let exposed: BTreeSet<SecretName> = exposed.map(|finding| finding.name).collect();
        Ok(ClosedView {
            section: SectionView::new(id, &team),
            vault: closed.vault.to_string(),
            members: names(inside),
            outside: names(outside),
            exposed: exposed.len(),
            team,
        })
    }
}

/// Who could read a section that is about to be closed, and who will.
pub struct Closing {
    pub members: Vec<String>,
    pub outside: Vec<String>,
}

/// Finds out what closing a section would change.
///
/// # Errors
/// As [`close`].
pub fn closing(session: &Session, id: &SectionId, names: &[MemberName]) -> Result<Closing, Error> {
    let vault = session.vault()?;
    let (_, own) = envelope::writer(&vault.head, session.location()?, session.keys()?)?;
    vault.check_closing(id, names).map_err(|error| error.in_team(&vault.head.team))?;
    let members = vault.head.members.keys().map(|name| (name == &own || names.contains(name), name.to_string()));
    let (inside, outside): (Vec<_>, Vec<_>) = members.partition(|(is_inside, _)| *is_inside);
    let names = |members: Vec<(bool, String)>| members.into_iter().map(|(_, name)| name).collect();
    Ok(Closing { members: names(inside), outside: names(outside) })
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
    let (identity, _) = envelope::writer(&vault.head, session.location()?, session.keys()?)?;
    let checked = vault.check_inner_keys(id, &Card::of(identity).public_keys());
    checked.map_err(|error| error.in_team(&vault.head.team))?;
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

/// Lets a member of the vault into a closed section. Its root takes a new key along by itself, with both at hand.
///
/// # Errors
/// If the member or the section is missing, or the key at hand may not write the section.
pub fn add(session: &Session, id: &SectionId, name: &MemberName) -> Result<ClosedView, Error> {
    as_writer(session, |vault, by| {
        let team = vault.head.team.clone();
        match own_root(session, vault, id, name == &by.stamp.by)? {
            Some((old, inside)) => session.as_endorser(old, &inside, |old| {
                vault.replace_section_root(id, old, by).map_err(|error| error.in_team(&team))
            })?,
            None => vault.add_to_section(id, name, by).map_err(|error| error.in_team(&team))?,
        }
        ClosedView::new(vault, id, by.stamp.at).map_err(|error| error.in_team(&team))
    })
}

/// Finds the key at hand that is the root of a closed section, and that the vault has removed.
fn own_root<'s>(
    session: &'s Session,
    vault: &Vault,
    id: &SectionId,
    is_own: bool,
) -> Result<Option<(&'s Identity, MemberName)>, Error> {
    let root = vault.sections.get(id).and_then(Section::inner).and_then(|inner| inner.head.root());
    let Some((inside, root)) = root.filter(|_| is_own) else { return Ok(None) };
    if vault.head.removal_of(&root.keys).is_none() {
        return Ok(None);
    }
    let mut signers = session.keys()?.iter().filter_map(Key::signer);
    let old = signers.find(|identity| root.key() == Some(&identity.writer_key()));
    Ok(old.map(|old| (old, inside.clone())))
}

/// Refuses what [`remove`] would refuse.
///
/// # Errors
/// As there.
pub fn check_removal(session: &Session, id: &SectionId, name: &MemberName) -> Result<(), Error> {
    let vault = session.vault()?;
    let (identity, _) = envelope::writer(&vault.head, session.location()?, session.keys()?)?;
    let checked = vault.check_section_removal(id, name, &Card::of(identity).public_keys());
    checked.map_err(|error| error.in_team(&vault.head.team))
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
