//! Section ids, and the contexts that are made of them.

use std::fmt;
use std::str::FromStr;

use crate::vault::name::{Id, NameError};

/// Names a section: the team itself, one cluster, or one project.
///
/// The order is that of precedence, weakest first, and also the order in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionId {
    Team,
    Cluster(Id),
    Project(Id),
}

/// The two kinds of section that people create and delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Cluster,
    Project,
}

impl Kind {
    /// Its name: `cluster` or `project`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Cluster => "cluster",
            Kind::Project => "project",
        }
    }

    /// The section of this kind with this id.
    pub fn with(self, id: Id) -> SectionId {
        match self {
            Kind::Cluster => SectionId::Cluster(id),
            Kind::Project => SectionId::Project(id),
        }
    }
}

impl SectionId {
    /// Its kind; none for the team.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            SectionId::Team => None,
            SectionId::Cluster(_) => Some(Kind::Cluster),
            SectionId::Project(_) => Some(Kind::Project),
        }
    }

    /// Its name as it is typed, and as [`FromStr`] parses it: `team`, `cluster:gpu` or `project:web`.
    pub fn as_typed(&self) -> String {
        match (self.kind(), self.id()) {
            (Some(kind), Some(id)) => format!("{}:{id}", kind.as_str()),
            _ => "team".to_owned(),
        }
    }

    /// Its id; none for the team.
    pub fn id(&self) -> Option<&Id> {
        match self {
            SectionId::Team => None,
            SectionId::Cluster(id) | SectionId::Project(id) => Some(id),
        }
    }
}

/// Prints `team`, `cluster gpu` or `project web`.
impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind(), self.id()) {
            (Some(kind), Some(id)) => f.pad(&format!("{} {id}", kind.as_str())),
            _ => f.pad("team"),
        }
    }
}

/// Parses `team`, `cluster:gpu` or `project:web`. A slash or a space may stand for the colon, since both are
/// what people copy from other output.
impl FromStr for SectionId {
    type Err = SectionIdError;

    fn from_str(text: &str) -> Result<SectionId, SectionIdError> {
        if text == "team" {
            return Ok(SectionId::Team);
        }
        let (kind, id) = text.split_once([':', '/', ' ']).ok_or(SectionIdError::Form)?;
        let kind = match kind {
            "cluster" => Kind::Cluster,
            "project" => Kind::Project,
            _ => return Err(SectionIdError::Form),
        };
        Ok(kind.with(id.parse()?))
    }
}

/// Why a text does not name a section. It holds no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SectionIdError {
    /// It has none of the three forms.
    Form,
    /// The id after the kind is not one.
    Id(NameError),
}

impl From<NameError> for SectionIdError {
    fn from(error: NameError) -> SectionIdError {
        SectionIdError::Id(error)
    }
}

impl fmt::Display for SectionIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SectionIdError::Form => f.write_str("not a section: use `team`, `project:ID` or `cluster:ID`"),
            SectionIdError::Id(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SectionIdError {}

/// The sections that `resolve` and `run` merge: the team, at most one cluster, and at most one project.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context {
    pub cluster: Option<Id>,
    pub project: Option<Id>,
}

impl Context {
    /// Its sections, weakest first.
    pub fn sections(&self) -> Vec<SectionId> {
        let mut sections = vec![SectionId::Team];
        sections.extend(self.cluster.clone().map(SectionId::Cluster));
        sections.extend(self.project.clone().map(SectionId::Project));
        sections
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_a_section_with_a_colon_a_slash_or_a_space() {
        for (text, section) in [
            ("team", "team"),
            ("project:web", "project web"),
            ("cluster/gpu", "cluster gpu"),
            ("project eu.west-1", "project eu.west-1"),
        ] {
            let parsed: SectionId = text.parse().unwrap();
            assert_eq!(parsed.to_string(), section);
            assert_eq!(section.parse(), Ok(parsed));
        }
    }

    #[test]
    fn explains_a_bad_section_without_repeating_it() {
        let form = "not a section: use `team`, `project:ID` or `cluster:ID`";
        let id = |problem: &str| format!("not a project or cluster id: {problem}");
        for (text, error) in [
            ("", form.to_owned()),
            ("web", form.to_owned()),
            ("Team", form.to_owned()),
            ("team:web", form.to_owned()),
            ("projects:web", form.to_owned()),
            ("project", form.to_owned()),
            ("project:", "the project or cluster id is empty".to_owned()),
            ("project: web", id("character 1 is not allowed")),
            ("cluster:a/b", id("character 2 is not allowed")),
        ] {
            assert_eq!(text.parse::<SectionId>().unwrap_err().to_string(), error, "{text}");
        }
    }
}
