//! The vault's clock: a version vector that counts the writes of each actor.
//!
//! It says which of two files contains the other's writes, without the time of any laptop.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::hex;
use super::malformed::Malformed;

/// The largest count that a vault may hold: 2^53, which every TOML and JSON parser represents exactly.
pub const LIMIT: u64 = 1 << 53;

/// One sequence of writes: those of one laptop in one checkout. Printed as 16 lowercase hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(pub u64);

impl ActorId {
    /// Parses an id, as [`FromStr`] does.
    pub fn parse(text: &str) -> Option<ActorId> {
        text.parse().ok()
    }
}

impl FromStr for ActorId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<ActorId, Malformed> {
        let expected = "an actor id (16 lowercase hexadecimal digits)";
        let bytes = hex::decode(text).ok_or(Malformed { expected })?;
        Ok(ActorId(u64::from_be_bytes(bytes)))
    }
}

impl fmt::Display for ActorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A version vector. An actor that is not in it has made no write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clock(pub(in crate::vault) BTreeMap<ActorId, u64>);

impl Clock {
    /// Makes a clock from the counts of its actors.
    pub fn new(counts: BTreeMap<ActorId, u64>) -> Clock {
        Clock(counts)
    }

    /// The number of writes by this actor.
    pub fn count(&self, actor: ActorId) -> u64 {
        self.0.get(&actor).copied().unwrap_or(0)
    }

    /// The actors and their counts, ordered by actor.
    pub fn iter(&self) -> impl Iterator<Item = (ActorId, u64)> {
        self.0.iter().map(|(actor, count)| (*actor, *count))
    }

    /// Counts one more write by this actor.
    pub fn tick(&mut self, actor: ActorId) {
        *self.0.entry(actor).or_insert(0) += 1;
    }

    /// The number of writes that this clock counts and the other does not.
    pub fn beyond(&self, other: &Clock) -> u64 {
        let beyond = |(actor, count): (ActorId, u64)| count.saturating_sub(other.count(actor));
        // Others write these counts. A sum that wrapped around to zero would look like no writes at all.
        self.iter().map(beyond).fold(0, u64::saturating_add)
    }

    /// Raises each count to that of the other clock, where that is larger.
    pub fn raise(&mut self, other: &Clock) {
        for (actor, count) in other.iter() {
            let own = self.0.entry(actor).or_insert(0);
            *own = count.max(*own);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_an_actor_id_from_its_printed_form_only() {
        let actor = ActorId(0x9f31_c2d4_a0b1_7e55);
        assert_eq!(actor.to_string(), "9f31c2d4a0b17e55");
        assert_eq!("9f31c2d4a0b17e55".parse(), Ok(actor));
        for bad in ["", "1", "9F31c2d4a0b17e55", "+f31c2d4a0b17e55", "9f31c2d4a0b17e550"] {
            assert_eq!(ActorId::parse(bad), None, "{bad}");
        }
    }
}
