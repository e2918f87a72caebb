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
    pub secrets: usize,
    pub entries: usize,
    pub created: Option<String>,
    /// The latest change of anything in it.
    pub updated: Option<String>,
}

/// Lists the sections of one kind. The view must hold all sections.
pub fn list(view: &View, kind: Kind) -> Vec<SectionSummary> {
    let mut summaries = Vec::new();
    for (section, content) in view.sections.iter() {
        let Some(id) = section.id().filter(|_| section.kind() == Some(kind)) else { continue };
        summaries.push(SectionSummary {
            id: id.to_string(),
            secrets: content.secrets.len(),
            entries: content.env.len(),
            created: content.created.map(|at| at.to_string()),
            updated: content.updated().map(|at| at.to_string()),
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

/// A section that was deleted.
pub struct Deleted {
    pub team: TeamName,
    /// What was in a closed one is not in the history.
    pub was_closed: bool,
}

/// Deletes a section. With `force` also one that holds something; its values stay in the history, unless it was closed.
///
/// # Errors
/// If it does not exist, or holds something and `force` is false.
pub fn delete(session: &Session, kind: Kind, id: &Id, force: bool) -> Result<Deleted, Error> {
    session.edit(|vault, stamp| {
        let was_closed = vault.head.closed.contains_key(&kind.with(id.clone()));
        vault.delete_section(kind, id, force, stamp)?;
        Ok::<_, ChangeError>(Deleted { team: vault.head.team.clone(), was_closed })
    })
}
