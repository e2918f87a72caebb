//! The vault's version vector: how many writes of each actor a file has in it.

use std::collections::BTreeMap;
use std::fmt;

/// The largest count there can be: 2^53, which every TOML and JSON reader holds exactly.
pub const LIMIT: u64 = 1 << 53;

/// One writer's line of writes: a laptop at one place. Printed as 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub u64);

impl ActorId {
    pub fn parse(text: &str) -> Option<ActorId> {
        let is_canonical = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        u64::from_str_radix(text, 16).ok().filter(|_| is_canonical).map(ActorId)
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A version vector. An actor that is not in it has written nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clock(pub(in crate::vault) BTreeMap<ActorId, u64>);

impl Clock {
    pub fn new(counts: BTreeMap<ActorId, u64>) -> Clock {
        Clock(counts)
    }

    /// How many writes of the actor it counts.
    pub fn count(&self, actor: ActorId) -> u64 {
        self.0.get(&actor).copied().unwrap_or(0)
    }

    pub fn iter(&self) -> impl Iterator<Item = (ActorId, u64)> {
        self.0.iter().map(|(actor, count)| (*actor, *count))
    }

    /// Counts one more write of the actor.
    pub fn tick(&mut self, actor: ActorId) {
        *self.0.entry(actor).or_insert(0) += 1;
    }

    /// How many writes it counts that the other does not.
    pub fn beyond(&self, other: &Clock) -> u64 {
        let beyond = |(actor, count): (ActorId, u64)| count.saturating_sub(other.count(actor));
        // Sums of what others wrote may be anything: one that wrapped around would pass for none.
        self.iter().map(beyond).fold(0, u64::saturating_add)
    }

    /// Takes the larger of each pair of counts.
    pub fn raise(&mut self, other: &Clock) {
        for (actor, count) in other.iter() {
            let own = self.0.entry(actor).or_insert(0);
            *own = count.max(*own);
        }
    }
}
