//! Changes to records. Each moves what it replaces to the history, of which the newest values are kept.

use super::{Change, Details, Earlier, Expiry, KEPT, Record, Records, Stamp};
use crate::vault::name::SecretName;
use crate::vault::value::Value;

/// A record on its way to another name or section, with its history.
pub(in crate::vault) struct Moved {
    record: Record,
    earlier: Vec<Earlier>,
}

impl Moved {
    /// Leaves the earlier values behind.
    pub(in crate::vault) fn without_history(self) -> Moved {
        Moved { earlier: Vec::new(), ..self }
    }

    /// Replaces each value, now and earlier. What else belonged to the value itself is dropped.
    pub(in crate::vault) fn map_values(self, map: impl Fn(Value) -> Value) -> Moved {
        let Moved { record, earlier } = self;
        let record = Record { value: map(record.value), expires: None, acknowledged: None, ..record };
        let map = |earlier: Earlier| Earlier { value: earlier.value.map(&map), ..earlier };
        Moved { record, earlier: earlier.into_iter().map(map).collect() }
    }
}

impl Records {
    /// Sets a value. A different old value becomes the newest earlier one.
    pub fn set(&mut self, name: &SecretName, value: Value, details: Details, stamp: &Stamp) -> Change {
        let Some(record) = self.current.get_mut(name) else {
            let record = Record {
                value,
                created: stamp.at,
                updated: stamp.at,
                by: stamp.by.clone(),
                note: details.note,
                expires: details.expires.and_then(Expiry::moment),
                acknowledged: None,
                extra: None,
            };
            self.current.insert(name.clone(), record);
            return Change::Created;
        };

        let before = record.clone();
        if record.value != value {
            record.value = value;
            record.expires = None;
            record.acknowledged = None;
        }
        record.note = details.note.or(record.note.take());
        record.expires = details.expires.map_or(record.expires, Expiry::moment);
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

    /// Deletes a name. The history gets the deletion, and below it the value, or all candidates of a dispute.
    pub fn delete(&mut self, name: &SecretName, why: Option<String>, stamp: &Stamp) {
        let mut held = self.disputed.remove(name).unwrap_or_default();
        held.extend(self.current.remove(name));
        let Some(created) = held.iter().map(|record| record.created).min() else {
            return;
        };

        let deletion = Earlier {
            value: None,
            created: Some(created),
            updated: stamp.at,
            by: stamp.by.clone(),
            note: why,
            expires: None,
            extra: None,
        };
        self.remember(name, std::iter::once(deletion).chain(held.into_iter().map(Earlier::from)));
    }

    /// Ends a dispute by the candidate with this index, or by none. The others become earlier values.
    pub(in crate::vault) fn settle(&mut self, name: &SecretName, chosen: Option<usize>) {
        let mut candidates = self.disputed.remove(name).unwrap_or_default();
        if let Some(chosen) = chosen {
            self.current.insert(name.clone(), candidates.remove(chosen));
        }
        self.remember(name, candidates.into_iter().map(Earlier::from));
    }

    /// Makes an earlier value the current one again, for a deleted name too; none if there is no such value.
    pub fn restore(&mut self, name: &SecretName, number: usize, stamp: &Stamp) -> Option<Change> {
        let Earlier { value, note, expires, extra, .. } = self.version(name, number)?.clone();
        let created = self.earlier(name).iter().find_map(|earlier| earlier.created);

        let change = self.set(name, value?, Details { note, expires: expires.map(Expiry::At) }, stamp);
        if let (Change::Created, Some(created), Some(record)) = (change, created, self.current.get_mut(name)) {
            record.created = created;
            // A version that does not know acknowledgements leaves one on a value that it replaces.
            let without = |mut extra: Box<toml::Table>| {
                extra.remove("acknowledged");
                (!extra.is_empty()).then_some(extra)
            };
            record.extra = extra.and_then(without);
        }
        Some(change)
    }

    /// Erases the earlier values of one name, or of all, and returns how many there were. That a name was
    /// deleted stays known.
    pub fn purge(&mut self, only: Option<&SecretName>) -> usize {
        let mut erased = 0;
        self.history.retain(|name, history| {
            if only.is_some_and(|only| only != name) {
                return true;
            }
            erased += history.iter().filter(|earlier| earlier.value.is_some()).count();
            history.retain(|earlier| earlier.value.is_none());
            history.truncate(1);

            let is_set = self.current.contains_key(name) || self.disputed.contains_key(name);
            !history.is_empty() && !is_set
        });
        erased
    }

    /// Takes a record out, with its history, and leaves a deletion behind.
    pub(in crate::vault) fn take(&mut self, name: &SecretName, why: String, stamp: &Stamp) -> Option<Moved> {
        let record = self.get(name)?.clone();
        let earlier = self.history.remove(name).unwrap_or_default();

        self.delete(name, Some(why), stamp);
        if let Some(left) = self.history.get_mut(name) {
            left.truncate(1);
        }
        Some(Moved { record, earlier })
    }

    /// Takes a record out, and leaves its value and its history behind as those of a deleted name.
    pub(in crate::vault) fn take_current(&mut self, name: &SecretName, why: String, stamp: &Stamp) -> Option<Moved> {
        let record = self.get(name)?.clone();
        self.delete(name, Some(why), stamp);
        Some(Moved { record, earlier: Vec::new() })
    }

    /// Copies a record, with its history. An acknowledgement stays behind: it is about one place for the value,
    /// not about another one.
    pub(in crate::vault) fn copy(&self, name: &SecretName) -> Option<Moved> {
        let record = Record { acknowledged: None, ..self.get(name)?.clone() };
        Some(Moved { record, earlier: self.earlier(name).to_vec() })
    }

    /// Puts a moved record under a free name. A history that the name already has stays below the new one.
    pub(in crate::vault) fn put(&mut self, name: &SecretName, moved: Moved) {
        self.current.insert(name.clone(), moved.record);
        self.remember(name, moved.earlier);
    }

    /// Takes over all records and histories of a section that is merged into this one.
    pub(in crate::vault) fn absorb(&mut self, other: Records) {
        self.current.extend(other.current);
        self.disputed.extend(other.disputed);
        for (name, earlier) in other.history {
            self.remember(&name, earlier);
        }
    }

    /// Adds steps on top of a history, and drops those beyond the newest [`KEPT`] values.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::name::MemberName;
    use crate::vault::time::Timestamp;
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
    fn a_new_note_does_not_make_a_new_version() {
        let mut records = Records::default();
        set(&mut records, "a", 0);
        let details = Details { note: Some("rotate in May".into()), expires: Some(Expiry::At(stamp(9).at)) };
        assert_eq!(records.set(&name(), value("a"), details, &stamp(1)), Change::Updated);
        assert_eq!(history(&records), [""; 0]);
        set(&mut records, "b", 2);
        let record = records.get(&name()).unwrap();
        assert_eq!(
            (record.note.as_deref(), record.expires),
            (Some("rotate in May"), None),
            "the expiry belonged to the old value"
        );
        assert_eq!(records.earlier(&name())[0].expires, Some(stamp(9).at));
    }

    #[test]
    fn an_expiry_stays_with_its_value_until_it_is_moved_or_removed() {
        let mut records = Records::default();
        let mut set = |expires, at| {
            let change = records.set(&name(), value("a"), Details { note: None, expires }, &stamp(at));
            (change, records.get(&name()).unwrap().expires)
        };
        let (first, second) = (stamp(8).at, stamp(9).at);
        assert_eq!(set(Some(Expiry::At(first)), 0), (Change::Created, Some(first)));
        assert_eq!(set(None, 1), (Change::Unchanged, Some(first)));
        assert_eq!(set(Some(Expiry::At(second)), 2), (Change::Updated, Some(second)));
        assert_eq!(set(Some(Expiry::Never), 3), (Change::Updated, None));
        assert_eq!(set(Some(Expiry::Never), 4), (Change::Unchanged, None));
    }

    #[test]
    fn restores_a_deleted_secret_as_it_was() {
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
    fn purging_erases_values_but_keeps_the_deletion() {
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
