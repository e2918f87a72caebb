//! The names that have a value.

use serde::Serialize;

use super::view::{SectionView, kind};
use crate::vault::{Entry, Records, SecretName, Sections, TeamName, Value};

/// A name that has, or had, the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    pub name: String,
    pub section: SectionView,
    pub kind: &'static str,
    pub state: HolderState,
    /// The number of an earlier value; 1 is the newest.
    pub version: Option<usize>,
}

/// When a name has a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HolderState {
    Current,
    Disputed,
    Earlier,
}

impl Holder {
    /// Says what it is: a secret or an env entry.
    pub fn kind(&self) -> &'static str {
        if self.kind == "entry" { "env entry" } else { self.kind }
    }

    /// Says when it has the value.
    pub fn state(&self) -> String {
        match (self.state, self.version) {
            (HolderState::Current, _) => "current".to_owned(),
            (HolderState::Disputed, _) => "disputed".to_owned(),
            (HolderState::Earlier, version) => format!("version {}", version.unwrap_or_default()),
        }
    }
}

/// Finds the secrets and the plain env entries with one of these values, in every section: those that stand now, and
/// as far as the history was read, earlier ones. A reference has no value of its own.
pub fn which(sections: &Sections, team: &TeamName, values: &[&[u8]]) -> Vec<Holder> {
    let mut holders = Vec::new();
    for (id, content) in sections.iter() {
        for name in content.known() {
            for (records, is_entry) in [(&content.secrets, false), (&content.env, true)] {
                let states = states(records, name, |value| has(value, is_entry, values));
                holders.extend(states.into_iter().map(|(state, version)| Holder {
                    name: name.to_string(),
                    section: SectionView::new(id, team),
                    kind: kind(is_entry),
                    state,
                    version,
                }));
            }
        }
    }
    holders
}

/// Returns when a name has, or had, a value that fits.
fn states(records: &Records, name: &SecretName, fits: impl Fn(&Value) -> bool) -> Vec<(HolderState, Option<usize>)> {
    let mut states = Vec::new();
    if records.get(name).is_some_and(|record| fits(&record.value)) {
        states.push((HolderState::Current, None));
    }
    if records.candidates(name).iter().any(|record| fits(&record.value)) {
        states.push((HolderState::Disputed, None));
    }
    let earlier = records.earlier(name).iter().filter_map(|earlier| earlier.value.as_ref());
    let fitting = earlier.zip(1..).filter(|(value, _)| fits(value));
    states.extend(fitting.map(|(_, version)| (HolderState::Earlier, Some(version))));
    states
}

fn has(value: &Value, is_entry: bool, values: &[&[u8]]) -> bool {
    if !is_entry {
        return values.contains(&value.expose());
    }
    match Entry::of(value) {
        Entry::Plain(value) => values.contains(&value.expose()),
        Entry::Secret(_) | Entry::File(_) => false,
    }
}
