//! What a sync brought: the names and the members that others changed, and the closed sections; never a value.

use serde::Serialize;

use crate::ops::log::EventView;
use crate::ops::view::{SectionView, as_text};
use crate::vault::trust::{MemberNews, news};
use crate::vault::{Closed, SectionId, TeamName, Timestamp, Vault};

/// What others changed, as JSON shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Arrived {
    /// The last change of each name.
    #[serde(rename = "arrived")]
    pub names: Vec<EventView>,
    pub members: Vec<MemberView>,
    /// The closed sections with changes that the key at hand does not open.
    pub closed: Vec<ClosedView>,
}

/// A closed section that somebody changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClosedView {
    pub section: SectionView,
    pub by: String,
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    #[serde(skip)]
    pub place: SectionId,
}

/// A change among the members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberView {
    pub name: String,
    pub change: &'static str,
    /// The name before, if it is another one now.
    pub old: Option<String>,
}

impl Arrived {
    /// Compares two versions of a vault.
    pub fn between(team: &TeamName, before: &Vault, after: &Vault) -> Arrived {
        let events = after.sections.events_since(&before.sections);
        Arrived {
            names: events.iter().map(|event| EventView::new(team, event)).collect(),
            closed: changed(before, after).map(|(id, closed)| ClosedView::new(team, id, closed)).collect(),
            members: news(&before.head, &after.head).into_iter().map(MemberView::from).collect(),
        }
    }
}

impl ClosedView {
    fn new(team: &TeamName, id: &SectionId, Closed { updated, by, .. }: &Closed) -> ClosedView {
        ClosedView { section: SectionView::new(id, team), by: by.to_string(), at: *updated, place: id.clone() }
    }
}

/// The closed sections that stay locked, and are not as they were before.
fn changed<'v>(before: &'v Vault, after: &'v Vault) -> impl Iterator<Item = (&'v SectionId, &'v Closed)> {
    let sealed = |id: &SectionId| Some(&before.sections.get(id)?.closed.as_ref()?.sealed);
    after.sections.locked().filter(move |(id, closed)| sealed(id) != Some(&closed.sealed))
}

impl From<MemberNews> for MemberView {
    fn from(news: MemberNews) -> MemberView {
        let (name, change, old) = match news {
            MemberNews::Added(name) => (name, "added", None),
            MemberNews::Removed(name) => (name, "removed", None),
            MemberNews::Renamed { old, new } => (new, "renamed", Some(old.to_string())),
            MemberNews::NewKey(name) => (name, "rekeyed", None),
            MemberNews::Root(name) => (name, "root", None),
        };
        MemberView { name: name.to_string(), change, old }
    }
}
