//! Merging secrets and entries, name by name.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::three::Three;
use crate::vault::name::SecretName;
use crate::vault::record::{Acknowledgement, Earlier, Record, Records};
use crate::vault::value::Value;

/// A value's hash, by which candidates have the same order on every laptop.
pub(super) type Hash<'f> = &'f dyn Fn(&Value) -> String;

/// What one version knows about a name.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    /// None if the name is not set, several if it is disputed.
    now: Vec<Record>,
    /// Newest first.
    history: Vec<Earlier>,
}

impl State {
    fn of(records: &Records, name: &SecretName) -> State {
        let now = match records.get(name) {
            Some(record) => vec![record.clone()],
            None => records.disputed.get(name).cloned().unwrap_or_default(),
        };
        State { now, history: records.earlier(name).to_vec() }
    }

    fn has(&self, value: &Value) -> bool {
        self.now.iter().any(|record| record.value == *value)
    }

    fn knows(&self, value: &Value) -> bool {
        self.has(value) || self.history.iter().any(|earlier| earlier.value.as_ref() == Some(value))
    }

    /// Whether this very record was replaced here: then the current one is a later change.
    fn replaced(&self, record: &Record) -> bool {
        let same = |earlier: &Earlier| {
            (earlier.value.as_ref(), earlier.updated, &earlier.by) == (Some(&record.value), record.updated, &record.by)
        };
        self.history.iter().any(same)
    }

    /// Whether both have the same values, whatever their notes and dates.
    fn agrees(&self, other: &State) -> bool {
        self.now.iter().all(|record| other.has(&record.value)) && other.now.iter().all(|record| self.has(&record.value))
    }
}

/// Merges the records of one section, each name by itself.
pub(super) fn merge(all: Three<'_, Records>, hash: Hash<'_>) -> Records {
    if let Some(settled) = all.settled() {
        return settled.clone();
    }
    let mut merged = Records::default();

    let names = all.sides.into_iter().flat_map(|records| records.names().chain(records.history.keys()));
    let names: BTreeSet<&SecretName> = names.collect();
    for name in names {
        let [first, second] = all.sides.map(|records| State::of(records, name));
        let base = all.base.map(|records| State::of(records, name));
        let states = Three { base: base.as_ref(), sides: [&first, &second] };
        let state = match states.settled() {
            Some(settled) => settled.clone(),
            None => merge_changes(states, hash),
        };
        put(&mut merged, name, state);
    }
    merged
}

fn put(records: &mut Records, name: &SecretName, state: State) {
    match <[Record; 1]>::try_from(state.now) {
        Ok([record]) => records.current.insert(name.clone(), record),
        Err(none) if none.is_empty() => {}
        Err(candidates) => drop(records.disputed.insert(name.clone(), candidates)),
    }
    if !state.history.is_empty() {
        records.history.insert(name.clone(), state.history);
    }
}

/// Merges a name that both sides changed.
fn merge_changes(all: Three<'_, State>, hash: Hash<'_>) -> State {
    let mut now = merge_now(all);
    now.sort_by_cached_key(|record| hash(&record.value));
    let mut state = State { now, history: merge_history(all, hash) };

    // A current value that is not taken becomes an earlier one, unless the other side purged it.
    let [first, second] = all.sides;
    let mut lost: Vec<Earlier> = Vec::new();
    for (side, other) in [(first, second), (second, first)] {
        for record in &side.now {
            let is_purged = all.base.is_some_and(|base| base.knows(&record.value)) && !other.knows(&record.value);
            let is_listed = lost.iter().any(|earlier| earlier.value.as_ref() == Some(&record.value));
            if !state.knows(&record.value) && !is_purged && !is_listed {
                lost.push(record.clone().into());
            }
        }
    }
    lost.sort_by_cached_key(|earlier| Reverse(rank(earlier, hash)));
    state.history.splice(0..0, lost);
    state
}

/// The current record of a name after both sides changed something about it; several if that is a dispute.
fn merge_now(all: Three<'_, State>) -> Vec<Record> {
    let [first, second] = all.sides;
    if first.agrees(second) {
        return first.now.iter().map(|record| merge_record(all, &record.value)).collect();
    }
    if let Some(base) = all.base {
        for (changed, other) in [(first, second), (second, first)] {
            // A deletion gives way to any change, even of a note. A value gives way only to another value.
            let is_unchanged = if changed.now.is_empty() { other.now == base.now } else { other.agrees(base) };
            if is_unchanged {
                return with_note(changed, other, base);
            }
        }
    }

    // A record that the other side replaced is not a candidate: its writer had seen it.
    let remaining = |(side, other): (&State, &State)| -> Vec<Record> {
        side.now.iter().filter(|record| other.has(&record.value) || !other.replaced(record)).cloned().collect()
    };
    let mut kept = [remaining((first, second)), remaining((second, first))].concat();
    if kept.is_empty() && !first.now.is_empty() && !second.now.is_empty() {
        kept = [&first.now[..], &second.now[..]].concat();
    }
    let mut now: Vec<Record> = Vec::new();
    for record in kept {
        if now.iter().all(|known| known.value != record.value) {
            now.push(merge_record(all, &record.value));
        }
    }
    now
}

/// The records of the side that changed the value, with the note that the other side changed.
fn with_note(changed: &State, other: &State, base: &State) -> Vec<Record> {
    let mut now = changed.now.clone();
    if let ([record], [noted], [before]) = (&mut now[..], &other.now[..], &base.now[..])
        && record.note == before.note
    {
        record.note.clone_from(&noted.note);
    }
    now
}

/// The record of a value: from the one side that has it, or merged from both.
fn merge_record(all: Three<'_, State>, value: &Value) -> Record {
    fn of<'s>(state: &'s State, value: &Value) -> Option<&'s Record> {
        state.now.iter().find(|record| record.value == *value)
    }
    let [first, second] = all.sides.map(|side| of(side, value));
    let base = all.base.and_then(|base| of(base, value));
    let (Some(first), Some(second)) = (first, second) else {
        return first.or(second).expect("one of the sides has the value").clone();
    };
    let by = |record: &Record| (record.updated, record.by.clone(), record.note.clone(), record.expires);
    let three = Three { base, sides: [first, second] };
    let newer = three.settled().unwrap_or_else(|| if by(first) >= by(second) { first } else { second });
    let acknowledged = merge_acknowledged(three.map(|record| &record.acknowledged));
    Record { created: first.created.min(second.created), acknowledged, ..newer.clone() }
}

/// The acknowledgement of a value that both sides have: the change of one side, or else the later one. There
/// is no dispute about it.
fn merge_acknowledged(all: Three<'_, Option<Box<Acknowledgement>>>) -> Option<Box<Acknowledgement>> {
    let later = || all.sides.into_iter().flatten().max_by(|one, other| one.rank().cmp(&other.rank()));
    all.settled().map_or_else(later, Option::as_ref).cloned()
}

/// Merges the two histories, and keeps the order of each. What the base has and one side lacks was purged.
fn merge_history(all: Three<'_, State>, hash: Hash<'_>) -> Vec<Earlier> {
    let [first, second] = all.sides;
    let kept = |side: &State, other: &State| -> Vec<Earlier> {
        let was_kept = |earlier: &&Earlier| {
            other.history.contains(earlier) || !all.base.is_some_and(|base| base.history.contains(earlier))
        };
        side.history.iter().filter(was_kept).cloned().collect()
    };
    let mut lists = [kept(first, second), kept(second, first)];
    let mut merged = Vec::new();
    loop {
        let [one, two] = &lists;
        // A step that is further down in the other list waits for those before it there.
        let free = |list: &[Earlier], other: &[Earlier]| {
            list.first().filter(|earlier| other.first() == Some(earlier) || !other.contains(earlier)).cloned()
        };
        let any = || one.first().into_iter().chain(two.first()).cloned();
        let next = free(one, two).into_iter().chain(free(two, one)).max_by_key(|earlier| rank(earlier, hash));
        let Some(next) = next.or_else(|| any().max_by_key(|earlier| rank(earlier, hash))) else { return merged };
        for list in &mut lists {
            list.retain(|earlier| *earlier != next);
        }
        merged.push(next);
    }
}

/// Orders the steps that no history orders, in the same way on every laptop.
fn rank(earlier: &Earlier, hash: Hash<'_>) -> impl Ord + use<> {
    let value = earlier.value.as_ref().map(hash);
    (earlier.updated, earlier.by.clone(), value, earlier.note.clone(), earlier.expires, earlier.created)
}

impl Records {
    /// Makes the current record of a name a candidate in a dispute.
    pub(super) fn dispute(&mut self, name: &SecretName) {
        if let Some(record) = self.current.remove(name) {
            self.disputed.insert(name.clone(), vec![record]);
        }
    }
}
