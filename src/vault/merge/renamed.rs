//! A closed section that one side renamed stands under its new name in all versions, before they are merged.
//!
//! Of an open section, what the other side changed meanwhile stays under the old name. The records of a closed one
//! belong to one inner vault, which counts under one name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::three::Three;
use crate::vault::closed::rename;
use crate::vault::fingerprint::VaultFingerprint;
use crate::vault::section::{Section, SectionId, Sections};

/// Versions in which each inner vault has one name.
pub(super) struct Renamed {
    base: Option<Sections>,
    sides: [Sections; 2],
    /// The names under which they stand now.
    pub names: BTreeSet<SectionId>,
}

impl Renamed {
    pub fn all(&self) -> Three<'_, Sections> {
        let [first, second] = &self.sides;
        Three { base: self.base.as_ref(), sides: [first, second] }
    }
}

/// Gives each inner vault one name. None if each has one already.
pub(super) fn align(all: Three<'_, Sections>) -> Option<Renamed> {
    let [first, second] = all.sides.map(names);
    let twice = first.iter().filter(|(print, name)| second.get(*print).is_some_and(|other| other != *name));
    let twice: Vec<(&VaultFingerprint, [&SectionId; 2])> =
        twice.map(|(print, name)| (*print, [*name, second[*print]])).collect();
    if twice.is_empty() {
        return None;
    }

    let base = all.base.map(names).unwrap_or_default();
    let mut renamed =
        Renamed { base: all.base.cloned(), sides: all.sides.map(Sections::clone), names: BTreeSet::new() };
    for (print, both) in twice {
        let new = newer_name(all.sides, both, base.get(print).copied());
        let old = if new == both[0] { both[1] } else { both[0] };
        // If the new name is taken, the old one stays.
        let is_free = |name: &SectionId| {
            let mut versions = all.base.into_iter().chain(all.sides);
            versions.all(|sections| sections.get(name).is_none_or(|section| vault(section) == Some(print)))
        };
        let Some(name) = [new, old].into_iter().find(|name| is_free(name)) else { continue };
        let [first, second] = &mut renamed.sides;
        for sections in renamed.base.iter_mut().chain([first, second]) {
            give(sections, print, name);
        }
        renamed.names.insert(name.clone());
    }
    Some(renamed)
}

/// The name that a side gave last.
fn newer_name<'n>(sides: [&Sections; 2], names: [&'n SectionId; 2], base: Option<&SectionId>) -> &'n SectionId {
    let [one, other] = names;
    match base {
        Some(base) if base == one => other,
        Some(base) if base == other => one,
        _ => {
            // Renaming it is a write inside.
            let clock = |at: usize| Some(&sides[at].get(names[at])?.inner()?.head.clock);
            match (clock(0), clock(1)) {
                (Some(first), Some(second)) if first.beyond(second) == 0 => other,
                (Some(first), Some(second)) if second.beyond(first) == 0 => one,
                _ => one.min(other),
            }
        }
    }
}

fn give(sections: &mut Sections, print: &VaultFingerprint, name: &SectionId) {
    let has_other_name = |(id, section): &(&SectionId, &Arc<Section>)| *id != name && vault(section) == Some(print);
    let Some(old) = sections.0.iter().find(has_other_name).map(|(id, _)| id.clone()) else { return };
    let Some(mut section) = sections.0.remove(&old) else { return };
    rename(&mut section, name);
    if section.inner().is_some()
        && let Some(closed) = &mut Arc::make_mut(&mut section).closed
    {
        // What it says inside is no longer what is encrypted.
        closed.sealed.clear();
    }
    sections.0.insert(name.clone(), section);
}

/// The names of the closed sections.
fn names(sections: &Sections) -> BTreeMap<&VaultFingerprint, &SectionId> {
    sections.closed().map(|(id, closed)| (&closed.vault, id)).collect()
}

fn vault(section: &Section) -> Option<&VaultFingerprint> {
    section.closed.as_ref().map(|closed| &closed.vault)
}
