//! Where something is, in words, and how it is typed.

use crate::vault::{SectionId, TeamName};

/// `project web of team acme`, or `team acme`.
pub fn in_team(section: &SectionId, team: &TeamName) -> String {
    match section {
        SectionId::Team => format!("team {team}"),
        _ => format!("{section} of team {team}"),
    }
}

/// The option that names the section.
pub fn option(section: &SectionId) -> String {
    match section {
        SectionId::Team => "-g".into(),
        SectionId::Cluster(id) => format!("-c {id}"),
        SectionId::Project(id) => format!("-p {id}"),
    }
}
