//! Projects and clusters: listed, created, renamed and deleted.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::report::Error;
use crate::session::Session;
use crate::vault::{ChangeError, Id, Kind, TeamName, View};

/// A section that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    pub kind: Kind,
    pub id: Id,
    pub team: TeamName,
}

impl Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Created { kind, id, team } = self;
        write!(f, "created {} {id} in team {team}", kind.as_str())
    }
}

/// One section of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionSummary {
    pub id: String,
    /// None if the section is closed to the key at hand; likewise the entries.
    pub secrets: Option<usize>,
    pub entries: Option<usize>,
    pub created: Option<String>,
    /// The latest change of anything in it.
    pub updated: Option<String>,
    pub closed: bool,
    /// Those who can read a closed section; none if it is open to all.
    pub members: Option<Vec<String>>,
}

/// Lists the sections of one kind. The view must hold all sections.
pub fn list(view: &View, kind: Kind) -> Vec<SectionSummary> {
    let mut summaries = Vec::new();
    for (section, content) in view.sections.iter() {
        let Some(id) = section.id().filter(|_| section.kind() == Some(kind)) else { continue };
        let count = |number| (!content.is_locked()).then_some(number);
        let members = || view.head.members_with(&content.roster()).iter().map(ToString::to_string).collect();
        summaries.push(SectionSummary {
            id: id.to_string(),
            secrets: count(content.secrets.len()),
            entries: count(content.env.len()),
            created: content.created.map(|at| at.to_string()),
            updated: content.updated().map(|at| at.to_string()),
            closed: content.closed.is_some(),
            members: content.closed.is_some().then(members),
        });
    }
    summaries
}

/// Creates an empty section.
///
/// # Errors
/// If it exists already.
pub fn create(session: &Session, kind: Kind, id: &Id) -> Result<Created, Error> {
    let team = session.edit(|vault, stamp| {
        vault.create_section(kind, id, stamp)?;
        Ok::<_, ChangeError>(vault.head.team.clone())
    })?;
    Ok(Created { kind, id: id.clone(), team })
}

/// Gives a section another id. What it holds and held goes with it. Returns the team.
///
/// # Errors
/// If it does not exist, or the new id is taken.
pub fn rename(session: &Session, kind: Kind, old: &Id, new: &Id) -> Result<TeamName, Error> {
    session.edit(|vault, _| {
        vault.rename_section(kind, old, new)?;
        Ok::<_, ChangeError>(vault.head.team.clone())
    })
}

/// Deletes a section. With `force` also one that holds something; its values stay in the history. Returns the team.
///
/// # Errors
/// If it does not exist, or holds something and `force` is false.
pub fn delete(session: &Session, kind: Kind, id: &Id, force: bool) -> Result<TeamName, Error> {
    session.edit(|vault, stamp| {
        vault.delete_section(kind, id, force, stamp)?;
        Ok::<_, ChangeError>(vault.head.team.clone())
    })
}
