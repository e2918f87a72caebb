//! Sections, and the contexts that are merged from them.

use std::fmt;

use super::name::{Id, SecretName};
use super::record::Records;
use super::time::Timestamp;

/// The team itself, one cluster, or one project: where a secret lives.
///
/// The order is precedence, weakest first, and the order in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SectionId {
    Team,
    Cluster(Id),
    Project(Id),
}

/// The two kinds of section that are created and deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Cluster,
    Project,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Cluster => "cluster",
            Kind::Project => "project",
        }
    }

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

    /// Its id; none for the team.
    pub fn id(&self) -> Option<&Id> {
        match self {
            SectionId::Team => None,
            SectionId::Cluster(id) | SectionId::Project(id) => Some(id),
        }
    }
}

impl fmt::Display for SectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind(), self.id()) {
            (Some(kind), Some(id)) => f.pad(&format!("{} {id}", kind.as_str())),
            _ => f.pad("team"),
        }
    }
}

/// What `resolve` and `run` merge for: the team, at most one cluster, at most one project.
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

/// What one section holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Section {
    /// When it was made; none for the team, and for a section that was deleted, of which only the
    /// earlier values of what it held are left.
    pub created: Option<Timestamp>,
    pub env: Records,
    pub secrets: Records,
    /// Keys that this version does not know, kept as they are.
    pub extra: toml::Table,
}

/// Which has a shared section be the same at a glance. Of what may stand in one NaN alone, among the keys that this
/// version does not know, is not equal to itself: there the same text is to be the same too.
impl Eq for Section {}

impl Section {
    /// Whether it holds no secret and no entry now.
    pub fn is_empty(&self) -> bool {
        self.env.is_empty() && self.secrets.is_empty()
    }

    /// The latest change of anything in it.
    pub fn updated(&self) -> Option<Timestamp> {
        let held = [&self.env, &self.secrets].into_iter();
        let current = held.clone().flat_map(|records| records.iter().map(|(_, record)| record));
        let disputed = held.flat_map(|records| records.disputed().flat_map(|(_, candidates)| candidates));
        current.chain(disputed).map(|record| record.updated).chain(self.created).max()
    }

    /// Where a name stands, or stood last: among the secrets or among the entries.
    pub fn records(&self, name: &SecretName) -> &Records {
        if self.is_entry(name) { &self.env } else { &self.secrets }
    }

    pub(in crate::vault) fn records_mut(&mut self, name: &SecretName) -> &mut Records {
        if self.is_entry(name) { &mut self.env } else { &mut self.secrets }
    }

    fn is_entry(&self, name: &SecretName) -> bool {
        let last = |records: &Records| {
            let newest = records.earlier(name).first();
            (records.holds(name), newest.map(|newest| newest.updated), newest.map(|newest| newest.created))
        };
        last(&self.env) > last(&self.secrets)
    }

    /// Whether the name is taken by a secret or an entry: they are one namespace.
    pub fn holds(&self, name: &SecretName) -> bool {
        self.env.holds(name) || self.secrets.holds(name)
    }
}
