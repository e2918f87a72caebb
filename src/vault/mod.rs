//! The model: what a vault is, and what happens when it changes.
//!
//! No I/O, no clock, no randomness: moments, ids and signatures come in as arguments. Start with
//! [`section`] (where things live), then [`record`] (what a name holds, and held), [`precedence`]
//! (which of them wins) and [`text`] (how all of it is written down).

pub mod change;
pub mod clock;
pub mod dispute;
pub mod member;
pub mod membership;
pub mod merge;
pub mod name;
pub mod near;
pub mod outline;
pub mod precedence;
pub mod record;
pub mod reference;
pub mod reserved;
pub mod sealed;
pub mod section;
pub mod structure;
#[cfg(test)]
mod tests;
pub mod text;
pub mod time;
pub mod trust;
pub mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use change::ChangeError;
pub use clock::{ActorId, Clock};
pub use dispute::{Candidate, Choice, Dispute};
pub use member::{Fingerprint, Member, Recipient, Removed, Signature, WriterKey};
pub use membership::{Endorser, MemberError, PublicKeys};
pub use merge::{MergeError, MergeOutcome};
pub use name::{Id, MemberName, NameError, SecretName, TeamName};
pub use precedence::{BrokenReference, ResolveError, Variable, VariableContent};
pub use record::{Change, Details, Earlier, Record, Records, Stamp};
pub use reference::Entry;
pub use section::{Context, Kind, Section, SectionId};
pub use time::Timestamp;
pub use trust::{Checkout, Distrust, LastSeen, MissingChanges, Pins};
pub use value::{Value, ValueError};

/// A team's whole vault: what is written, and all that may be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Vault {
    pub head: Head,
    pub sections: Sections,
}

/// What was read of a vault for one purpose: its head, and the sections that were asked for.
#[derive(Debug, Clone)]
pub struct View {
    pub head: Head,
    /// Those that were asked for and are there.
    pub sections: Sections,
    /// All that are there, also those that were not read.
    pub all: Vec<SectionId>,
}

/// What a vault says of itself and of its members.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    pub team: TeamName,
    pub id: VaultId,
    pub written_by: MemberName,
    pub written_at: Timestamp,
    pub clock: Clock,
    pub members: BTreeMap<MemberName, Member>,
    /// Who was removed, by the fingerprint of the key or else the recipient.
    pub removed: BTreeMap<Fingerprint, Removed>,
    /// Keys that this version does not know, kept as they are.
    pub extra: toml::Table,
}

impl Head {
    /// The founder's key: of the writer that endorses itself.
    pub fn root(&self) -> Option<&WriterKey> {
        let mut keys = self.members.values().filter_map(|member| Some((member.key.as_ref()?, &member.endorsed_by)));
        keys.find(|(key, by)| key.fingerprint() == **by).map(|(key, _)| key)
    }

    /// The vault's fingerprint, over its id and its root.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of_vault(&self.id, self.root()?))
    }
}

/// A vault's own id: 128 random bits, printed as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaultId(pub [u8; 16]);

impl VaultId {
    pub fn parse(text: &str) -> Option<VaultId> {
        let is_canonical = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        u128::from_str_radix(text, 16).ok().filter(|_| is_canonical).map(|id| VaultId(id.to_be_bytes()))
    }
}

impl fmt::Display for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

/// Sections by id. The team is always there; of a deleted one only the history is left, and it counts
/// as not there. Vaults that were read beside one another share those that are the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Sections(BTreeMap<SectionId, Arc<Section>>);

impl Default for Sections {
    fn default() -> Self {
        Sections([(SectionId::Team, Arc::default())].into())
    }
}

impl Sections {
    pub fn get(&self, id: &SectionId) -> Option<&Section> {
        self.0.get(id).map(|section| &**section).filter(|section| *id == SectionId::Team || section.created.is_some())
    }

    pub(in crate::vault) fn get_mut(&mut self, id: &SectionId) -> Option<&mut Section> {
        self.get(id)?;
        self.0.get_mut(id).map(Arc::make_mut)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&SectionId, &Section)> {
        let all = self.0.iter().map(|(id, section)| (id, &**section));
        all.filter(|(id, section)| **id == SectionId::Team || section.created.is_some())
    }

    /// The values of all secrets that are there, disputed ones too, or were read as history, newest first; an earlier one with its
    /// number, each value of a name once.
    pub fn secret_values(&self) -> Vec<(&SectionId, &SecretName, Option<usize>, &Value)> {
        let mut values = Vec::new();
        for (id, section) in &self.0 {
            let records = &section.secrets;
            values.extend(records.standing().map(|(name, record)| (id, name, None, &record.value)));
            for (name, earlier) in &records.history {
                let disputed = records.disputed.get(name).into_iter().flatten();
                let mut known: Vec<&Value> =
                    records.get(name).into_iter().chain(disputed).map(|one| &one.value).collect();
                for (value, number) in earlier.iter().filter_map(|earlier| earlier.value.as_ref()).zip(1..) {
                    if !known.contains(&value) {
                        known.push(value);
                        values.push((id, name, Some(number), value));
                    }
                }
            }
        }
        values
    }
}
