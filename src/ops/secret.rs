//! Secrets: given a value.

use crate::ops::view::SecretView;
use crate::report::Error;
use crate::session::Session;
use crate::vault::change::Precondition;
use crate::vault::{Change, ChangeError, Details, SecretName, SectionId, TeamName, Value};

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
}

/// Checks that a secret may be set, before a person is made to type its value.
pub fn check(session: &Session, section: &SectionId, name: &SecretName, when: Precondition) -> Result<(), Error> {
    use crate::report::OfVault as _;
    let view = session.section_view(section)?;
    view.sections.check(section, name, when).map_err(|error| error.in_team(&view.head.team))
}

/// Gives a secret a value.
///
/// # Errors
/// If the name is reserved, or taken, missing or disputed where the precondition does not allow it.
pub fn set(session: &Session, setting: Setting) -> Result<Set, Error> {
    let Setting { section, name, value, details, precondition } = setting;
    session.refuse_reserved(name.as_str())?;
    let link = session.linked_if_accepted()?;
    session.edit(|vault, stamp| {
        let sections = &mut vault.sections;
        let value = match value {
            Some(value) => value,
            None => sections.secret(&section, &name)?.value.clone(),
        };
        let change = sections.set(&section, &name, value, details, precondition, stamp)?;
        let team = vault.head.team.clone();
        let secret = SecretView::new(&team, &section, &name, vault.sections.secret(&section, &name)?);
        // In a linked directory only the sections that apply here matter.
        let applies_here = |other: &SectionId| match other {
            SectionId::Team => false,
            SectionId::Cluster(id) => link.cluster.as_ref().is_none_or(|linked| linked == id),
            SectionId::Project(id) => link.project.as_ref().is_none_or(|linked| linked == id),
        };
        let stronger = vault.sections.stronger(&section, &name).into_iter().filter(applies_here).collect();
        Ok::<_, ChangeError>(Set { change, team, secret, stronger })
    })
}
