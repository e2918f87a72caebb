//! Env entries: plain values and references to secrets.

use std::collections::BTreeSet;

use crate::ops::view::EntryView;
use crate::report::Error;
use crate::session::Session;
use crate::vault::{Change, ChangeError, Entry, SecretName, SectionId, TeamName, Value, Vault, View};

/// An entry that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntrySet {
    pub change: Change,
    pub team: TeamName,
    pub entry: EntryView,
    /// The secret that the entry refers to, if no section has it that the entry could take it from.
    pub missing: Option<SecretName>,
    /// Whether the value is almost a reference, so that it is plain.
    pub is_almost_reference: bool,
}

/// An entry that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryDeleted {
    pub team: TeamName,
    /// The entry as it was.
    pub entry: EntryView,
}

/// Sets an entry: a plain value, `secret:NAME` or `file:NAME`.
///
/// # Errors
/// If the name is reserved, or a secret of the section has it.
pub fn set(session: &Session, section: &SectionId, name: &SecretName, value: Value) -> Result<EntrySet, Error> {
    session.refuse_reserved(name.as_str())?;
    session.edit(|vault, stamp| {
        let is_almost_reference = Entry::is_almost(&value.as_text());
        let change = vault.sections.set_entry(section, name, value, stamp)?;
        let entry = view(vault, section, name)?;
        let target = Entry::of(&vault.sections.entry(section, name)?.value).target().cloned();
        let missing = target.filter(|target| !vault.sections.finds(section, target));
        let team = vault.head.team.clone();
        Ok::<_, ChangeError>(EntrySet { change, team, entry, missing, is_almost_reference })
    })
}

/// Deletes an entry. Its values stay in the history.
///
/// # Errors
/// If there is no such entry.
pub fn delete(session: &Session, section: &SectionId, name: &SecretName) -> Result<EntryDeleted, Error> {
    session.edit(|vault, stamp| {
        let entry = view(vault, section, name)?;
        vault.sections.delete_entry(section, name, stamp)?;
        Ok::<_, ChangeError>(EntryDeleted { team: vault.head.team.clone(), entry })
    })
}

/// Lists the secrets that an entry of the section can refer to. The view must hold all sections.
pub fn targets<'v>(view: &'v View, section: &SectionId) -> BTreeSet<&'v SecretName> {
    let sections = view.sections.iter();
    let names = sections.flat_map(|(_, content)| content.secrets.iter().map(|(name, _)| name));
    names.filter(|name| view.sections.finds(section, name)).collect()
}

fn view(vault: &Vault, section: &SectionId, name: &SecretName) -> Result<EntryView, ChangeError> {
    let record = vault.sections.entry(section, name)?;
    Ok(EntryView::new(&vault.head.team, section, name, record))
}
