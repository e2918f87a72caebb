//! Names that stay although one side deleted them, because the other side changed them.

use std::sync::Arc;

use crate::vault::name::{MemberName, SecretName};
use crate::vault::record::Records;
use crate::vault::section::{Section, SectionId, Sections};
use crate::vault::time::Timestamp;

/// A name that one side deleted and the other changed. A change beats a deletion, so it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub section: SectionId,
    pub name: SecretName,
    /// Whether it is an env entry.
    pub is_entry: bool,
    pub changed: (MemberName, Timestamp),
    pub deleted: (MemberName, Timestamp),
    /// What deleted it, if that was more than its deletion: `renamed to NEW`.
    pub reason: Option<String>,
}

/// Lists the names that a merge of two sides kept against a deletion. It needs no base: the side that changed the
/// name does not know of the deletion.
pub fn kept(sides: [&Sections; 2], merged: &Sections) -> Vec<Kept> {
    let none: Arc<Section> = Arc::default();
    let mut found = Vec::new();
    for (id, section) in &merged.0 {
        let [first, second] = sides.map(|side| side.0.get(id).unwrap_or(&none));
        if Arc::ptr_eq(first, second) {
            continue;
        }
        let secrets = (false, &section.secrets, [&first.secrets, &second.secrets]);
        let entries = (true, &section.env, [&first.env, &second.env]);
        for (is_entry, records, [first, second]) in [secrets, entries] {
            for (name, record) in records.iter() {
                let deleted = match (first.holds(name), second.holds(name)) {
                    (false, true) => deletion(first, second, name),
                    (true, false) => deletion(second, first, name),
                    _ => None,
                };
                let Some((deleted, reason)) = deleted else { continue };
                let changed = (record.by.clone(), record.updated);
                found.push(Kept { section: id.clone(), name: name.clone(), is_entry, changed, deleted, reason });
            }
        }
    }
    found
}

/// The deletion of a name, by whom and why, of which the other side does not know.
fn deletion(side: &Records, other: &Records, name: &SecretName) -> Option<((MemberName, Timestamp), Option<String>)> {
    let last = side.earlier(name).first().filter(|last| last.value.is_none())?;
    let is_news = !other.earlier(name).contains(last);
    is_news.then(|| ((last.by.clone(), last.updated), last.note.clone()))
}
