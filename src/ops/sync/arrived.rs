//! What a sync brought: the names and the members that others changed; never a value.

use serde::Serialize;

use crate::ops::log::EventView;
use crate::vault::trust::{MemberNews, news};
use crate::vault::{TeamName, Vault};

/// What others changed, as JSON shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Arrived {
    /// The last change of each name.
    #[serde(rename = "arrived")]
    pub names: Vec<EventView>,
    pub members: Vec<MemberView>,
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
            members: news(&before.head, &after.head).into_iter().map(MemberView::from).collect(),
        }
    }
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
