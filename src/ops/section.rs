//! Projects and clusters: created, renamed and deleted.

use std::fmt::{self, Display};

use crate::report::Error;
use crate::session::Session;
use crate::vault::{Id, Kind, TeamName};

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

/// Creates an empty section.
///
/// # Errors
/// If it exists already.
pub fn create(session: &Session, kind: Kind, id: &Id) -> Result<Created, Error> {
    let team = session.edit(|vault, stamp| {
        vault.create_section(kind, id, stamp)?;
        Ok::<_, crate::vault::ChangeError>(vault.head.team.clone())
    })?;
    Ok(Created { kind, id: id.clone(), team })
}
