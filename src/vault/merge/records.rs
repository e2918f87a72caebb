//! Records, name by name.

use std::collections::BTreeSet;

use super::{ByName, Hash, Three};
use crate::vault::name::SecretName;
use crate::vault::record::{Earlier, Record, Records};
use crate::vault::value::Value;

/// All that is known of a name: what it is now (nothing if it is not set, several if that is disputed), and what it
/// was, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    now: Vec<Record>,
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

    fn is(&self, value: &Value) -> bool {
        self.now.iter().any(|record| record.value == *value)
    }

    fn knows(&self, value: &Value) -> bool {
        self.is(value) || self.history.iter().any(|earlier| earlier.value.as_ref() == Some(value))
    }

    /// Whether this very record stood here before: then what is here now came after it.
    fn had(&self, record: &Record) -> bool {
        let same = |earlier: &Earlier| {
            (earlier.value.as_ref(), earlier.updated, &earlier.by) == (Some(&record.value), record.updated, &record.by)
        };
        self.history.iter().any(same)
    }

    /// Whether both say the same values, whatever goes with them.
    fn agrees(&self, other: &State) -> bool {
        self.now.iter().all(|record| other.is(&record.value)) && other.now.iter().all(|record| self.is(&record.value))
    }
}

/// Merges records, each name for itself.
pub(super) fn merge(all: Three<'_, Records>, hash: Hash<'_>) -> Records {
    if let Some(settled) = all.settled() {
        return settled.clone();
    }
    let mut merged = Records::default();
    for name in all.sides.iter().flat_map(|records| names(records)).collect::<BTreeSet<_>>() {
        let [first, second] = all.sides.map(|records| State::of(records, name));
        let base = all.base.map(|records| State::of(records, name));
        let states = Three { base: base.as_ref(), sides: [&first, &second] };
        let state = match states.settled() {
            Some(settled) => settled.clone(),
            None => both(states, hash),
        };
        put(&mut merged, name, state);
    }
    merged
}

fn names(records: &Records) -> impl Iterator<Item = &SecretName> {
    records.current.keys().chain(records.disputed.keys()).chain(records.history.keys())
}

fn put(records: &mut Records, name: &SecretName, state: State) {
    fn insert<T>(all: &mut ByName<T>, name: &SecretName, what: T) {
        all.insert(name.clone(), what);
    }
    match <[Record; 1]>::try_from(state.now) {
        Ok([record]) => insert(&mut records.current, name, record),
        Err(none) if none.is_empty() => {}
        Err(candidates) => insert(&mut records.disputed, name, candidates),
    }
    if !state.history.is_empty() {
        insert(&mut records.history, name, state.history);
    }
}

/// A name that both sides changed.
fn both(all: Three<'_, State>, hash: Hash<'_>) -> State {
    let mut now = now(all);
    now.sort_by_cached_key(|record| hash(&record.value));
    let mut state = State { now, history: history(all, hash) };
    // What was current on one side, and is not taken, is an earlier value: unless the other side has purged it.
    let [first, second] = all.sides;
    let mut lost: Vec<Earlier> = Vec::new();
    for (side, other) in [(first, second), (second, first)] {
        for record in &side.now {
            let is_purged = all.base.is_some_and(|base| base.knows(&record.value)) && !other.knows(&record.value);
            let is_told = lost.iter().any(|earlier| earlier.value.as_ref() == Some(&record.value));
            if !state.knows(&record.value) && !is_purged && !is_told {
                lost.push(record.clone().into());
            }
        }
    }
    lost.sort_by_cached_key(|earlier| std::cmp::Reverse(rank(earlier, hash)));
    state.history.splice(0..0, lost);
    state
}

/// What a name is now, after both sides changed something of it.
fn now(all: Three<'_, State>) -> Vec<Record> {
    let [first, second] = all.sides;
    if first.agrees(second) {
        return first.now.iter().map(|record| together(all, &record.value)).collect();
    }
    if let Some(base) = all.base {
        for (changed, other) in [(first, second), (second, first)] {
            // A deletion gives way to any change, of a note too; a value only to another value.
            let is_unchanged = if changed.now.is_empty() { other.now == base.now } else { other.agrees(base) };
            if is_unchanged {
                return with_note(changed, other, base);
            }
        }
    }
    // What the other side had once, and has no more, was replaced there by somebody who knew it.
    let stands = |(side, other): (&State, &State)| -> Vec<Record> {
        side.now.iter().filter(|record| other.is(&record.value) || !other.had(record)).cloned().collect()
    };
    let mut kept = [stands((first, second)), stands((second, first))].concat();
    if kept.is_empty() && !first.now.is_empty() && !second.now.is_empty() {
        kept = [&first.now[..], &second.now[..]].concat();
    }
    let mut now: Vec<Record> = Vec::new();
    for record in kept {
        if now.iter().all(|there| there.value != record.value) {
            now.push(together(all, &record.value));
        }
    }
    now
}

/// What one side changed, with the note that the other gave to what it was.
fn with_note(changed: &State, other: &State, base: &State) -> Vec<Record> {
    let mut now = changed.now.clone();
    if let ([record], [noted], [before]) = (&mut now[..], &other.now[..], &base.now[..])
        && record.note == before.note
    {
        record.note.clone_from(&noted.note);
    }
    now
}

/// The record of a value, from the one side that has it, or both.
fn together(all: Three<'_, State>, value: &Value) -> Record {
    fn of<'s>(state: &'s State, value: &Value) -> Option<&'s Record> {
        state.now.iter().find(|record| record.value == *value)
    }
    let [first, second] = all.sides.map(|side| of(side, value));
    let base = all.base.and_then(|base| of(base, value));
    let (Some(first), Some(second)) = (first, second) else {
        return first.or(second).expect("a side has it").clone();
    };
    let by = |record: &Record| (record.updated, record.by.clone(), record.note.clone(), record.expires);
    let three = Three { base, sides: [first, second] };
    let newer = three.settled().unwrap_or_else(|| if by(first) >= by(second) { first } else { second });
    Record { created: first.created.min(second.created), ..newer.clone() }
}

/// The earlier values of both, each list in its own order. What one side has no more, and both had, was purged.
fn history(all: Three<'_, State>, hash: Hash<'_>) -> Vec<Earlier> {
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
        // What stands further down in the other list waits for what stands before it there.
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

/// Puts in order what neither list does: the same on every laptop.
fn rank(earlier: &Earlier, hash: Hash<'_>) -> impl Ord + use<> {
    let value = earlier.value.as_ref().map(hash);
    (earlier.updated, earlier.by.clone(), value, earlier.note.clone(), earlier.expires, earlier.created)
}

impl Records {
    /// Makes what stands under a name one of the things that it is disputed to be.
    pub(super) fn dispute(&mut self, name: &SecretName) {
        if let Some(record) = self.current.remove(name) {
            self.disputed.insert(name.clone(), vec![record]);
        }
    }
}
