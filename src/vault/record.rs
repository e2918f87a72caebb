//! Records: what stands under a name now, and what stood there before.

use std::collections::BTreeMap;

use super::name::{MemberName, SecretName};
use super::time::Timestamp;
use super::value::Value;

/// How many earlier values of one name are kept.
pub const KEPT: usize = 10;

/// A secret or an env entry, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub value: Value,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub by: MemberName,
    pub note: Option<String>,
    pub expires: Option<Timestamp>,
    /// Keys that this version does not know, kept as they are.
    pub extra: toml::Table,
}

/// What stood under a name before: an earlier value, or that it was deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Earlier {
    /// None marks a deletion.
    pub value: Option<Value>,
    /// Of a deletion: when the deleted record had been created.
    pub created: Option<Timestamp>,
    pub updated: Timestamp,
    pub by: MemberName,
    pub note: Option<String>,
    pub expires: Option<Timestamp>,
    pub extra: toml::Table,
}

/// Who makes a change, and when.
#[derive(Debug, Clone)]
pub struct Stamp {
    pub by: MemberName,
    pub at: Timestamp,
}

/// What a change may say besides the value. None leaves a note as it is; the expiry belongs to the
/// value, and goes with it.
#[derive(Debug, Clone, Default)]
pub struct Details {
    pub note: Option<String>,
    pub expires: Option<Timestamp>,
}

/// What a change came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Created,
    Updated,
    Unchanged,
}

/// The records of one kind in one section, each name with its earlier values, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    pub(in crate::vault) current: BTreeMap<SecretName, Record>,
    /// Names that a merge found changed on both sides, differently: what each of them wrote. None of these is
    /// in `current`.
    pub(in crate::vault) disputed: BTreeMap<SecretName, Vec<Record>>,
    pub(in crate::vault) history: BTreeMap<SecretName, Vec<Earlier>>,
}

impl Records {
    pub fn get(&self, name: &SecretName) -> Option<&Record> {
        self.current.get(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&SecretName, &Record)> {
        self.current.iter()
    }

    /// The names that are disputed, each with what was written under it.
    pub fn disputed(&self) -> impl Iterator<Item = (&SecretName, &[Record])> {
        self.disputed.iter().map(|(name, candidates)| (name, candidates.as_slice()))
    }

    /// What stands under each name: one record, or several that are disputed.
    pub fn standing(&self) -> impl Iterator<Item = (&SecretName, &Record)> {
        let disputed = self.disputed().flat_map(|(name, candidates)| candidates.iter().map(move |one| (name, one)));
        self.iter().chain(disputed)
    }

    pub fn len(&self) -> usize {
        self.current.len() + self.disputed.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the name is set, or disputed.
    pub fn holds(&self, name: &SecretName) -> bool {
        self.current.contains_key(name) || self.disputed.contains_key(name)
    }

    /// Whether the name is set, is disputed or has a history.
    pub fn knows(&self, name: &SecretName) -> bool {
        self.holds(name) || self.history.contains_key(name)
    }

    /// Every value that stands here or stood here.
    pub fn values(&self) -> impl Iterator<Item = (&SecretName, &Value)> {
        let current = self.current.iter().map(|(name, record)| (name, &record.value));
        let disputed = self.disputed.iter().flat_map(|(name, all)| all.iter().map(move |one| (name, &one.value)));
        let earlier = self
            .history
            .iter()
            .flat_map(|(name, all)| all.iter().filter_map(move |earlier| Some((name, earlier.value.as_ref()?))));
        current.chain(disputed).chain(earlier)
    }

    /// The names that are not set, and were.
    pub fn deleted(&self) -> impl Iterator<Item = &SecretName> {
        self.history.keys().filter(|name| !self.current.contains_key(*name))
    }

    /// What stood under the name, newest first, deletions among it.
    pub fn earlier(&self, name: &SecretName) -> &[Earlier] {
        self.history.get(name).map_or(&[], Vec::as_slice)
    }

    /// The earlier value of this number, 1 the newest; deletions have no number.
    pub fn version(&self, name: &SecretName, number: usize) -> Option<&Earlier> {
        self.earlier(name).iter().filter(|earlier| earlier.value.is_some()).nth(number.checked_sub(1)?)
    }

    /// Sets a value. The one that stood there becomes the newest earlier value.
    pub fn set(&mut self, name: &SecretName, value: Value, details: Details, stamp: &Stamp) -> Change {
        let Some(record) = self.current.get_mut(name) else {
            let record = Record {
                value,
                created: stamp.at,
                updated: stamp.at,
                by: stamp.by.clone(),
                note: details.note,
                expires: details.expires,
                extra: toml::Table::new(),
            };
            self.current.insert(name.clone(), record);
            return Change::Created;
        };
        let before = record.clone();
        if record.value != value {
            record.value = value;
            record.expires = None;
        }
        record.note = details.note.or(record.note.take());
        record.expires = details.expires.or(record.expires);
        if *record == before {
            return Change::Unchanged;
        }
        record.updated = stamp.at;
        record.by = stamp.by.clone();
        if record.value != before.value {
            self.remember(name, [before.into()]);
        }
        Change::Updated
    }

    /// Deletes a name: its value, or what it was disputed to be, becomes the newest earlier one, and that it was
    /// deleted is kept.
    pub fn delete(&mut self, name: &SecretName, why: Option<String>, stamp: &Stamp) {
        let mut held = self.disputed.remove(name).unwrap_or_default();
        held.extend(self.current.remove(name));
        let Some(created) = held.iter().map(|record| record.created).min() else { return };
        let tombstone = Earlier {
            value: None,
            created: Some(created),
            updated: stamp.at,
            by: stamp.by.clone(),
            note: why,
            expires: None,
            extra: toml::Table::new(),
        };
        self.remember(name, std::iter::once(tombstone).chain(held.into_iter().map(Earlier::from)));
    }

    /// Ends a dispute by one of its candidates, or by none of them; those not chosen become earlier values.
    pub(in crate::vault) fn settle(&mut self, name: &SecretName, chosen: Option<usize>) {
        let mut rest = self.disputed.remove(name).unwrap_or_default();
        if let Some(chosen) = chosen {
            self.current.insert(name.clone(), rest.remove(chosen));
        }
        self.remember(name, rest.into_iter().map(Earlier::from));
    }

    /// Makes an earlier value the current one again, also of a deleted name.
    pub fn restore(&mut self, name: &SecretName, number: usize, stamp: &Stamp) -> Option<Change> {
        let earlier = self.version(name, number)?.clone();
        let deleted = self.earlier(name).iter().find_map(|earlier| earlier.created);
        let value = earlier.value?;
        let details = Details { note: earlier.note, expires: earlier.expires };
        let change = self.set(name, value, details, stamp);
        if let (Change::Created, Some(created), Some(record)) = (change, deleted, self.current.get_mut(name)) {
            record.created = created;
            record.extra = earlier.extra;
        }
        Some(change)
    }

    /// Forgets the earlier values of a name, or of all; of a deleted one it stays known that it was
    /// deleted. Returns how many values went.
    pub fn purge(&mut self, only: Option<&SecretName>) -> usize {
        let mut gone = 0;
        self.history.retain(|name, earlier| {
            if only.is_some_and(|only| only != name) {
                return true;
            }
            gone += earlier.iter().filter(|earlier| earlier.value.is_some()).count();
            earlier.retain(|earlier| earlier.value.is_none());
            earlier.truncate(1);
            !(earlier.is_empty() || self.current.contains_key(name) || self.disputed.contains_key(name))
        });
        gone
    }

    /// Takes a name out, with its history, and leaves the mark of a deletion.
    pub(in crate::vault) fn take(&mut self, name: &SecretName, why: String, stamp: &Stamp) -> Option<Moved> {
        let moved = Moved { record: self.get(name)?.clone(), earlier: self.history.remove(name).unwrap_or_default() };
        self.delete(name, Some(why), stamp);
        if let Some(left) = self.history.get_mut(name) {
            left.truncate(1);
        }
        Some(moved)
    }

    /// What stands under a name, with its history, to be put elsewhere too.
    pub(in crate::vault) fn copy(&self, name: &SecretName) -> Option<Moved> {
        Some(Moved { record: self.get(name)?.clone(), earlier: self.earlier(name).to_vec() })
    }

    /// Puts a moved record under a free name; what stood there before stays behind its history.
    pub(in crate::vault) fn put(&mut self, name: &SecretName, moved: Moved) {
        self.current.insert(name.clone(), moved.record);
        self.remember(name, moved.earlier);
    }

    /// Takes over everything of a section that becomes this one.
    pub(in crate::vault) fn absorb(&mut self, other: Records) {
        self.current.extend(other.current);
        self.disputed.extend(other.disputed);
        for (name, earlier) in other.history {
            self.remember(&name, earlier);
        }
    }

    /// Puts what stood there on top of the history, and drops what is past [`KEPT`] values.
    fn remember(&mut self, name: &SecretName, newest: impl IntoIterator<Item = Earlier>) {
        let history = self.history.entry(name.clone()).or_default();
        history.splice(0..0, newest);
        let mut values = 0;
        history.retain(|earlier| {
            values += usize::from(earlier.value.is_some());
            values <= KEPT
        });
        if history.is_empty() {
            self.history.remove(name);
        }
    }
}

/// A record on its way to another name or section.
pub(in crate::vault) struct Moved {
    record: Record,
    earlier: Vec<Earlier>,
}

impl From<Record> for Earlier {
    fn from(record: Record) -> Earlier {
        Earlier {
            value: Some(record.value),
            created: None,
            updated: record.updated,
            by: record.by,
            note: record.note,
            expires: record.expires,
            extra: record.extra,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    fn name() -> SecretName {
        SecretName::parse("KEY").unwrap()
    }

    fn value(text: &str) -> Value {
        Value::text(Zeroizing::new(text.as_bytes().to_vec())).unwrap()
    }

    fn stamp(second: u8) -> Stamp {
        let at = Timestamp::parse(&format!("2026-11-21T10:00:{second:02}Z")).unwrap();
        Stamp { by: MemberName::parse("alice").unwrap(), at }
    }

    fn set(records: &mut Records, text: &str, second: u8) -> Change {
        records.set(&name(), value(text), Details::default(), &stamp(second))
    }

    fn history(records: &Records) -> Vec<String> {
        let state = |earlier: &Earlier| earlier.value.as_ref().map_or("deleted".into(), |v| v.as_text().into_owned());
        records.earlier(&name()).iter().map(state).collect()
    }

    #[test]
    fn keeps_the_ten_newest_earlier_values() {
        let mut records = Records::default();
        for (second, text) in ('a'..='n').enumerate() {
            set(&mut records, &text.to_string(), second as u8);
        }
        assert_eq!(records.get(&name()).unwrap().value, value("n"));
        assert_eq!(history(&records).concat(), "mlkjihgfed");
        assert_eq!(records.version(&name(), 1).unwrap().value, Some(value("m")));
        assert_eq!(records.version(&name(), 10).unwrap().value, Some(value("d")));
        assert_eq!((records.version(&name(), 11), records.version(&name(), 0)), (None, None));
    }

    #[test]
    fn setting_the_same_value_changes_nothing() {
        let mut records = Records::default();
        assert_eq!(set(&mut records, "a", 0), Change::Created);
        let before = records.clone();
        assert_eq!(set(&mut records, "a", 1), Change::Unchanged);
        assert_eq!(records, before);
    }

    #[test]
    fn a_new_note_is_no_new_value() {
        let mut records = Records::default();
        set(&mut records, "a", 0);
        let details = Details { note: Some("rotate in May".into()), expires: Some(stamp(9).at) };
        assert_eq!(records.set(&name(), value("a"), details, &stamp(1)), Change::Updated);
        assert_eq!(history(&records), [""; 0]);
        set(&mut records, "b", 2);
        let record = records.get(&name()).unwrap();
        assert_eq!((record.note.as_deref(), record.expires), (Some("rotate in May"), None), "an expiry is its value's");
        assert_eq!(records.earlier(&name())[0].expires, Some(stamp(9).at));
    }

    #[test]
    fn what_was_deleted_comes_back_as_it_was() {
        let mut records = Records::default();
        set(&mut records, "a", 0);
        set(&mut records, "b", 1);
        records.delete(&name(), None, &stamp(2));
        assert_eq!(records.get(&name()), None);
        assert_eq!(history(&records), ["deleted", "b", "a"]);
        assert_eq!(records.restore(&name(), 1, &stamp(3)), Some(Change::Created));
        let record = records.get(&name()).unwrap();
        assert_eq!((&record.value, record.created), (&value("b"), stamp(0).at));
        assert_eq!(records.restore(&name(), 2, &stamp(4)), Some(Change::Updated));
        assert_eq!(records.get(&name()).unwrap().value, value("a"));
        assert_eq!(history(&records), ["b", "deleted", "b", "a"]);
    }

    #[test]
    fn purging_forgets_values_but_not_that_something_was_deleted() {
        let mut records = Records::default();
        set(&mut records, "a", 0);
        set(&mut records, "b", 1);
        assert_eq!(records.purge(Some(&name())), 1);
        assert!(records.knows(&name()));
        assert_eq!(history(&records), [""; 0]);
        records.delete(&name(), None, &stamp(2));
        assert_eq!(records.purge(None), 1);
        assert_eq!(history(&records), ["deleted"]);
        assert_eq!(records.restore(&name(), 1, &stamp(3)), None);
    }
}
