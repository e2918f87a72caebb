//! Timelines: who changed which name when, as far as the vault remembers it; never a value.
//!
//! The history of a name holds its earlier values and deletions in their order, each with its writer. What a step
//! was follows from its neighbours. The history keeps the ten newest values, so that an older creation is unknown.

use std::collections::BTreeSet;
use std::iter;
use std::sync::Arc;

use super::name::{MemberName, SecretName};
use super::record::{Earlier, Record, Records};
use super::section::{Section, SectionId, Sections};
use super::time::Timestamp;
use super::value::Value;

/// What somebody did to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Created,
    /// It has another value, note or expiry.
    Updated,
    /// It has an earlier value again.
    Restored,
    Deleted,
}

/// A change of one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'v> {
    pub section: &'v SectionId,
    pub name: &'v SecretName,
    /// Whether it is an env entry.
    pub is_entry: bool,
    pub step: Step,
    pub at: Timestamp,
    pub by: &'v MemberName,
    /// What deleted it, if that was more than its deletion: `renamed to NEW`.
    pub reason: Option<&'v str>,
    /// How many older changes of this name, in this section, are known.
    pub older: usize,
    /// Whether its value is one of several that are disputed.
    pub is_disputed: bool,
}

impl Sections {
    /// Every change that the vault remembers, of deleted sections too: name by name, the newest first.
    pub fn events(&self) -> impl Iterator<Item = Event<'_>> {
        self.0.iter().flat_map(|(id, section)| {
            let all = kinds(section).into_iter();
            all.flat_map(move |(is_entry, records)| {
                names(records).into_iter().flat_map(move |name| timeline(id, is_entry, records, name))
            })
        })
    }

    /// The newest change of each name that `before`, an older version of the same vault, holds differently.
    pub fn events_since<'v>(&'v self, before: &'v Sections) -> Vec<Event<'v>> {
        let none: Arc<Section> = Arc::default();
        let mut events = Vec::new();
        for (id, section) in &self.0 {
            let old = before.0.get(id).unwrap_or(&none);
            if Arc::ptr_eq(old, section) {
                continue;
            }
            for ((is_entry, records), (_, old)) in kinds(section).into_iter().zip(kinds(old)) {
                let changed = names(records).into_iter().filter(|name| {
                    (records.get(name), records.disputed.get(*name)) != (old.get(name), old.disputed.get(*name))
                });
                events.extend(changed.filter_map(|name| timeline(id, is_entry, records, name).next()));
            }
        }
        events
    }
}

/// The names that are set, or were.
fn names(records: &Records) -> BTreeSet<&SecretName> {
    records.names().chain(records.history.keys()).collect()
}

/// The secrets and the entries of a section, and whether they are entries.
fn kinds(section: &Section) -> [(bool, &Records); 2] {
    [(false, &section.secrets), (true, &section.env)]
}

/// A step, as the records hold it.
#[derive(Clone, Copy)]
enum Held<'v> {
    Now(&'v Record),
    Before(&'v Earlier),
}

impl<'v> Held<'v> {
    fn value(self) -> Option<&'v Value> {
        match self {
            Held::Now(record) => Some(&record.value),
            Held::Before(earlier) => earlier.value.as_ref(),
        }
    }

    /// When the name was created, if this step knows: it is what stands now, or a deletion.
    fn created(self) -> Option<Timestamp> {
        match self {
            Held::Now(record) => Some(record.created),
            Held::Before(earlier) => earlier.created,
        }
    }
}

/// The changes of one name, the newest first.
fn timeline<'v>(
    section: &'v SectionId,
    is_entry: bool,
    records: &'v Records,
    name: &'v SecretName,
) -> impl Iterator<Item = Event<'v>> {
    let current = records.get(name).into_iter();
    let disputed = records.disputed.get(name).map_or(&[][..], Vec::as_slice);
    let now = current.chain(disputed).map(Held::Now);
    let steps: Vec<Held<'v>> = now.chain(records.earlier(name).iter().map(Held::Before)).collect();
    let mut created = None;
    let mut at = 0;
    iter::from_fn(move || {
        let held = *steps.get(at)?;
        at += 1;
        let older = &steps[at..];
        created = held.created().or(created);
        let (time, by, reason) = match held {
            Held::Now(record) => (record.updated, &record.by, None),
            Held::Before(earlier) => (earlier.updated, &earlier.by, earlier.note.as_deref()),
        };
        let step = step(held.value(), created == Some(time), older);
        Some(Event {
            section,
            name,
            is_entry,
            step,
            at: time,
            by,
            reason: reason.filter(|_| step == Step::Deleted),
            older: older.len(),
            is_disputed: at <= disputed.len(),
        })
    })
}

/// What a step was. `is_first` says whether it has the date on which the name was created.
fn step(value: Option<&Value>, is_first: bool, older: &[Held<'_>]) -> Step {
    let Some(value) = value else { return Step::Deleted };
    // Two changes in one second have the same date.
    if is_first && older.first().is_none_or(|step| step.value().is_none()) {
        Step::Created
    } else if older.iter().any(|step| step.value() == Some(value)) {
        Step::Restored
    } else {
        Step::Updated
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::change::Precondition;
    use crate::vault::record::{Details, Stamp};
    use crate::vault::tests::name;

    const TEAM: SectionId = SectionId::Team;

    fn stamp(by: &str, second: u8) -> Stamp {
        let at = Timestamp::parse(&format!("2026-11-21T10:00:{second:02}Z")).unwrap();
        Stamp { by: by.parse().unwrap(), at }
    }

    fn set(sections: &mut Sections, key: &str, value: &str, by: &str, second: u8) {
        let value = Value::text(value.as_bytes().to_vec().into()).unwrap();
        let stamp = stamp(by, second);
        sections.set(&TEAM, &name(key), value, Details::default(), Precondition::Any, &stamp).unwrap();
    }

    /// Each event as a line: `updated KEY by bob at 3`.
    fn lines<'v>(events: impl IntoIterator<Item = Event<'v>>) -> Vec<String> {
        let line = |event: Event<'_>| {
            let step = format!("{:?}", event.step).to_lowercase();
            let second = event.at.to_string()[17..19].parse::<u8>().unwrap();
            let reason = event.reason.map_or(String::new(), |reason| format!(": {reason}"));
            format!("{step} {} by {} at {second}{reason}", event.name, event.by)
        };
        events.into_iter().map(line).collect()
    }

    #[test]
    fn tells_every_step_of_a_name() {
        let mut sections = Sections::default();
        set(&mut sections, "KEY", "a", "alice", 0);
        set(&mut sections, "KEY", "b", "bob", 1);
        sections.restore(&TEAM, &name("KEY"), 1, &stamp("alice", 2)).unwrap();
        sections.delete(&TEAM, &name("KEY"), false, &stamp("carol", 3)).unwrap();
        sections.restore(&TEAM, &name("KEY"), 1, &stamp("bob", 4)).unwrap();
        sections.delete(&TEAM, &name("KEY"), false, &stamp("carol", 5)).unwrap();
        set(&mut sections, "KEY", "a", "alice", 6);
        assert_eq!(
            lines(sections.events()),
            [
                "created KEY by alice at 6",
                "deleted KEY by carol at 5",
                "restored KEY by bob at 4",
                "deleted KEY by carol at 3",
                "restored KEY by alice at 2",
                "updated KEY by bob at 1",
                "created KEY by alice at 0",
            ]
        );
        let older: Vec<usize> = sections.events().map(|event| event.older).collect();
        assert_eq!(older, [6, 5, 4, 3, 2, 1, 0]);
    }

    #[test]
    fn two_changes_in_one_second_are_one_creation() {
        let mut sections = Sections::default();
        set(&mut sections, "KEY", "a", "alice", 0);
        set(&mut sections, "KEY", "b", "alice", 0);
        assert_eq!(lines(sections.events()), ["updated KEY by alice at 0", "created KEY by alice at 0"]);
    }

    #[test]
    fn what_is_no_longer_kept_is_not_made_up() {
        let mut sections = Sections::default();
        for second in 0..15 {
            set(&mut sections, "KEY", &second.to_string(), "alice", second);
        }
        let lines = lines(sections.events());
        assert_eq!((lines.len(), lines[10].as_str()), (11, "updated KEY by alice at 4"));
    }

    #[test]
    fn a_renamed_name_says_where_it_went_and_brings_its_past_along() {
        let mut sections = Sections::default();
        set(&mut sections, "OLD", "a", "alice", 0);
        sections.rename(&TEAM, &name("OLD"), &name("NEW"), false, &stamp("bob", 1)).unwrap();
        assert_eq!(lines(sections.events()), ["created NEW by alice at 0", "deleted OLD by bob at 1: renamed to NEW"]);
    }

    #[test]
    fn what_is_new_since_an_older_version_is_the_last_change_of_each_name() {
        let mut before = Sections::default();
        for key in ["SAME", "CHANGED", "GONE", "NOTED"] {
            set(&mut before, key, "a", "alice", 0);
        }
        let mut after = before.clone();
        set(&mut after, "CHANGED", "b", "bob", 1);
        set(&mut after, "CHANGED", "c", "carol", 2);
        set(&mut after, "NEW", "a", "carol", 3);
        after.delete(&TEAM, &name("GONE"), false, &stamp("bob", 4)).unwrap();
        let details = Details { note: Some("rotate in May".into()), expires: None };
        let value = Value::text(b"a".to_vec().into()).unwrap();
        after.set(&TEAM, &name("NOTED"), value, details, Precondition::Any, &stamp("bob", 5)).unwrap();
        let entry = Value::text(b"info".to_vec().into()).unwrap();
        after.set_entry(&TEAM, &name("LEVEL"), entry, &stamp("bob", 6)).unwrap();
        assert_eq!(
            lines(after.events_since(&before)),
            [
                "updated CHANGED by carol at 2",
                "deleted GONE by bob at 4",
                "created NEW by carol at 3",
                "updated NOTED by bob at 5",
                "created LEVEL by bob at 6",
            ]
        );
        assert_eq!(lines(after.events_since(&after.clone())), [""; 0]);
    }
}
