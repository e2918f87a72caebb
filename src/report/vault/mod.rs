//! The words for what the model refuses. The model itself only carries the data.

mod change;
mod closed;
mod member;
mod resolve;

use std::error::Error as StdError;
use std::fmt::{self, Debug, Display};

pub use resolve::Unresolved;

use super::error::{Error, Explain};
use crate::vault::{SectionId, TeamName};

/// An error of the model together with the team that its message names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTeam<E> {
    pub error: E,
    pub team: TeamName,
}

/// An error that a change of a vault may end with. It becomes a report once the team is known.
pub trait OfVault {
    /// Returns the error as a person meets it.
    fn in_team(self, team: &TeamName) -> Error;
}

impl OfVault for Error {
    fn in_team(self, _: &TeamName) -> Error {
        self
    }
}

impl<E> OfVault for E
where
    InTeam<E>: Explain,
{
    fn in_team(self, team: &TeamName) -> Error {
        InTeam { error: self, team: team.clone() }.into()
    }
}

impl<E> Display for InTeam<E>
where
    InTeam<E>: Explain,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.explain().message, f)
    }
}

impl<E: Debug> StdError for InTeam<E> where InTeam<E>: Explain {}

/// Names a section and its team: `project web of team acme`, or `team acme`.
pub fn in_team(section: &SectionId, team: &TeamName) -> String {
    match section {
        SectionId::Team => format!("team {team}"),
        _ => format!("{section} of team {team}"),
    }
}
