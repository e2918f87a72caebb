//! Secrets: set, deleted, renamed, and moved or copied to another section.

use crate::ops::audit::{self, Cause};
use crate::ops::view::SecretView;
use crate::report::{Command, Error, Kind, Message, OfVault as _};
use crate::session::Session;
use crate::vault::change::Precondition;
use crate::vault::{Change, ChangeError, Details, SecretName, SectionId, Stamp, TeamName, Value, ValueError, Vault};

/// A new value for a secret.
pub struct Setting {
    pub section: SectionId,
    pub name: SecretName,
    /// None keeps the value, and changes its details alone.
    pub value: Option<Value>,
    pub details: Details,
    /// Whether the secret may, must or must not exist.
    pub precondition: Precondition,
}

/// A secret that was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    pub change: Change,
    pub team: TeamName,
    pub secret: SecretView,
    /// The sections that set this name too, and win over this one.
    pub stronger: Vec<SectionId>,
    /// Whether the old value had an expiry, and the new one has none.
    pub lost_expiry: bool,
    /// Why it still needs a new value, if it was set to the value that it had.
    pub still: Vec<Cause>,
}

/// A secret as an operation left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    pub team: TeamName,
    pub secret: SecretView,
}

/// A secret that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    pub team: TeamName,
    /// The secret as it was.
    pub secret: SecretView,
    /// The env entries that now refer to nothing.
    pub broken: Vec<(SectionId, SecretName)>,
}

/// Another name for a secret.
pub struct Renaming {
    pub section: SectionId,
    pub old: SecretName,
    pub new: SecretName,
    /// Whether references change to the new name. Otherwise a secret that is in use keeps its name.
    pub update_references: bool,
}

/// A secret that was renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renamed {
    pub team: TeamName,
    pub secret: SecretView,
    /// How many references changed to the new name.
    pub references: usize,
}

/// Another section for secrets.
pub struct Transfer {
    pub names: Vec<SecretName>,
    pub from: SectionId,
    pub to: SectionId,
    /// Whether env entries that would refer to nothing move along. A copy leaves them alone.
    pub update_references: bool,
}

/// Checks that a secret may be set, before a person is made to type its value.
pub fn check(session: &Session, section: &SectionId, name: &SecretName, when: Precondition) -> Result<(), Error> {
    let view = session.section_view(section)?;
    view.sections.check(section, name, when).map_err(|error| error.in_team(&view.head.team))
}

/// Gives a secret a value. Warns if many programs read its name.
///
/// # Errors
/// If the name is reserved, or taken, missing or disputed where the precondition does not allow it.
pub fn set(session: &Session, setting: Setting) -> Result<Set, Error> {
    let Setting { section, name, value, details, precondition } = setting;
    session.refuse_reserved(name.as_str())?;
    let link = session.linked_if_accepted()?;
    let set = session.edit(|vault, stamp| {
        let sections = &mut vault.sections;
        let before = sections.existing(&section)?.secrets.get(&name);
        // `--expires never` removed it on purpose, which needs no note.
        let expires = details.expires.is_none() && before.is_some_and(|before| before.expires.is_some());
        let is_same = value.is_some() && before.map(|before| &before.value) == value.as_ref();
        let is_new = value.is_some() && !is_same;
        let value = match value {
            Some(value) => value,
            None => sections.secret(&section, &name)?.value.clone(),
        };
        let change = sections.set(&section, &name, value, details, precondition, stamp)?;
        let Placed { team, secret } = placed(vault, &section, &name)?;
        // In a linked directory only the sections that apply here matter.
        let applies_here = |other: &SectionId| match other {
            SectionId::Team => false,
            SectionId::Cluster(id) => link.cluster.as_ref().is_none_or(|linked| linked == id),
            SectionId::Project(id) => link.project.as_ref().is_none_or(|linked| linked == id),
        };
        let stronger = vault.sections.stronger(&section, &name).into_iter().filter(applies_here).collect();
        let lost_expiry = is_new && expires && secret.expires.is_none();
        let still = if is_same { audit::open_causes(vault, &section, &name, stamp.at) } else { Vec::new() };
        Ok::<_, ChangeError>(Set { change, team, secret, stronger, lost_expiry, still })
    })?;
    session.warn_of_far_reaching([name.as_str()]);
    Ok(set)
}

/// Deletes a secret. Its values stay in the history.
///
/// # Errors
/// If it is not set, or if references need it and `force` is false.
pub fn delete(session: &Session, section: &SectionId, name: &SecretName, force: bool) -> Result<Deleted, Error> {
    Ok(delete_all(session, section, std::slice::from_ref(name), force)?.remove(0))
}

/// Deletes several secrets, all of them or none.
///
/// # Errors
/// As [`delete`].
pub fn delete_all(
    session: &Session,
    section: &SectionId,
    names: &[SecretName],
    force: bool,
) -> Result<Vec<Deleted>, Error> {
    let mut unseen = Vec::new();
    let deleted = session.edit(|vault, stamp| {
        unseen = vault.sections.unseen_users(section);
        names.iter().map(|name| deleted(vault, section, name, force, stamp)).collect::<Result<_, _>>()
    })?;
    session.note_unseen_users(names, &unseen);
    Ok(deleted)
}

fn deleted(
    vault: &mut Vault,
    section: &SectionId,
    name: &SecretName,
    force: bool,
    stamp: &Stamp,
) -> Result<Deleted, ChangeError> {
    let Placed { team, secret } = placed(vault, section, name)?;
    let broken = vault.sections.users(section, name);
    vault.sections.delete(section, name, force, stamp)?;
    Ok(Deleted { team, secret, broken })
}

/// Renames a secret, with its history.
///
/// # Errors
/// If the new name is the old one, reserved or taken, or if references need the old name and may not change.
pub fn rename(session: &Session, renaming: &Renaming) -> Result<Renamed, Error> {
    let Renaming { section, old, new, update_references } = renaming;
    if old == new {
        return Err(Error::new(Kind::Usage, "same_name", "the old and the new name are the same"));
    }
    session.refuse_reserved(new.as_str())?;
    let mut unseen = Vec::new();
    let renamed = session.edit(|vault, stamp| {
        unseen = vault.sections.unseen_users(section);
        let references = vault.sections.rename(section, old, new, *update_references, stamp)?;
        let Placed { team, secret } = placed(vault, section, new)?;
        Ok::<_, ChangeError>(Renamed { team, secret, references })
    })?;
    session.note_unseen_users(std::slice::from_ref(old), &unseen);
    Ok(renamed)
}

/// Moves secrets to another section, with their history: all of them or none.
///
/// # Errors
/// If a name is taken there, or if references would break and may not follow.
pub fn move_to(session: &Session, transfer: &Transfer) -> Result<Vec<Placed>, Error> {
    let Transfer { names, from, to, update_references } = transfer;
    let mut unseen = Vec::new();
    let moved = session.edit(|vault, stamp| {
        if from != to {
            unseen = vault.sections.unseen_users(from);
        }
        let shift = |name| {
            vault.sections.shift(from, name, to, *update_references, stamp)?;
            placed(vault, to, name)
        };
        names.iter().map(shift).collect::<Result<_, ChangeError>>()
    })?;
    session.note_unseen_users(names, &unseen);
    Ok(moved)
}

/// Copies secrets to another section, with their history: all of them or none.
///
/// # Errors
/// If a name is taken there.
pub fn copy_to(session: &Session, transfer: &Transfer) -> Result<Vec<Placed>, Error> {
    let Transfer { names, from, to, .. } = transfer;
    session.edit(|vault, _| {
        let copy = |name| {
            vault.sections.copy(from, name, to)?;
            placed(vault, to, name)
        };
        names.iter().map(copy).collect::<Result<_, ChangeError>>()
    })
}

fn placed(vault: &Vault, section: &SectionId, name: &SecretName) -> Result<Placed, ChangeError> {
    let team = vault.head.team.clone();
    let record = vault.sections.secret(section, name)?;
    let secret = SecretView::new(&team, section, name, record);
    Ok(Placed { team, secret })
}

/// The error for a value that cannot be stored.
pub fn bad_value(name: &SecretName, error: &ValueError) -> Error {
    let report = Error::new(Kind::Usage, "bad_value", format!("{name}: {error}"));
    match error {
        ValueError::TooLong => report.hint("store it in a file of its own, and its key here"),
        _ => {
            let set = Command::new("set").arg(name).arg("--file FILE");
            report.hint(Message::from("`--file` keeps bytes exactly: ").command(set))
        }
    }
}
