//! The head of a vault: everything in it that belongs to no section.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine as _};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::clock::Clock;
use super::fingerprint::{Fingerprint, VaultFingerprint};
use super::key::WriterKey;
use super::label::{digest, labelled};
use super::malformed::Malformed;
use super::member::{Member, PublicKeys, Removed};
use super::name::{MemberName, TeamName, VaultId};
use super::roots::RootStep;
use super::section::SectionId;
use super::time::Timestamp;
use super::value::Value;

/// A vault's identity, its members, and who wrote it last.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    pub team: TeamName,
    pub id: VaultId,
    pub hash_key: HashKey,
    pub written_by: MemberName,
    pub written_at: Timestamp,
    pub clock: Clock,
    /// Each change of the root, oldest first.
    pub roots: Vec<RootStep>,
    pub members: BTreeMap<MemberName, Member>,
    /// Removed members, by the fingerprint of their keys.
    pub removed: BTreeMap<Fingerprint, Removed>,
    /// The closed sections, with the fingerprints of their inner vaults. Each has a table of its own among the
    /// sections, but every opening of the vault looks at this.
    pub closed: BTreeMap<SectionId, VaultFingerprint>,
    /// Fields that this version does not know, kept as they are.
    pub extra: toml::Table,
}

impl Head {
    /// The root: the first member that endorses itself. Trust demands that there is only one.
    pub fn root(&self) -> Option<(&MemberName, &Member)> {
        self.members.iter().find(|(_, member)| member.is_root())
    }

    /// The verifying key of the founder, with whom the steps of the root begin.
    pub fn founder(&self) -> Option<&WriterKey> {
        match self.roots.first() {
            Some(step) => Some(&step.from),
            None => self.root()?.1.key(),
        }
    }

    /// The vault's fingerprint, over its id and its founder.
    pub fn fingerprint(&self) -> Option<VaultFingerprint> {
        Some(VaultFingerprint::of(&self.id, self.founder()?))
    }

    /// Finds the member with this fingerprint.
    pub fn member_with(&self, print: &Fingerprint) -> Option<(&MemberName, &Member)> {
        self.members.iter().find(|(_, member)| member.fingerprint() == *print)
    }

    /// The keys of its members, in the order of their names.
    pub fn fingerprints(&self) -> Vec<Fingerprint> {
        self.members.values().map(Member::fingerprint).collect()
    }

    /// Finds the writer with this key.
    pub fn writer_with(&self, key: &WriterKey) -> Option<(&MemberName, &Member)> {
        self.members.iter().find(|(_, member)| member.key() == Some(key))
    }

    /// Lists a member and its endorsers, up to the root, or until an endorser is missing or comes again.
    pub fn endorsers<'h>(&'h self, name: &'h MemberName) -> Vec<(&'h MemberName, &'h Member)> {
        let mut by_print: BTreeMap<Fingerprint, (&MemberName, &Member)> = BTreeMap::new();
        for (name, member) in &self.members {
            by_print.entry(member.fingerprint()).or_insert((name, member));
        }
        let mut chain: Vec<(&MemberName, &Member)> = Vec::new();
        let mut next = self.members.get_key_value(name);
        while let Some((name, member)) = next {
            by_print.remove(&member.fingerprint());
            chain.push((name, member));
            // Each is taken out once it is in the chain.
            next = by_print.get(&member.endorsed_by).copied();
        }
        chain
    }

    /// The removal that bans these keys, if there is one.
    pub fn removal_of(&self, keys: &PublicKeys) -> Option<&Removed> {
        self.removed.values().find(|removed| removed.bans(keys))
    }
}

/// The key of all hashes of values in one vault: 32 random bytes, printed as base64.
///
/// It is renewed at each removal: a former member could otherwise try out values against hashes made later.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HashKey(pub [u8; 32]);

impl HashKey {
    /// Hashes a value: 72 bits, in base64.
    pub fn hash(&self, value: &Value) -> String {
        // The hash buffers the end of the value. On the heap it is wiped; on the stack it would not be.
        let mut mac = Box::new(Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length"));
        mac.update(&labelled("value", &[]));
        mac.update(value.expose());
        BASE64_STANDARD_NO_PAD.encode(&mac.finalize_reset().into_bytes()[..9])
    }

    /// A key that never changes. Its hashes put values in an order, and stand nowhere.
    pub(in crate::vault) fn for_order(id: &VaultId) -> HashKey {
        HashKey(digest("order", &[&id.0]))
    }

    /// The key of a merged vault, when both sides renewed it. The same from both sides.
    pub(in crate::vault) fn merged(self, other: HashKey) -> HashKey {
        let (low, high) = (self.min(other), self.max(other));
        HashKey(digest("merged hash key", &[&low.0, &high.0]))
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(…)")
    }
}

impl FromStr for HashKey {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<HashKey, Malformed> {
        let bytes = BASE64_STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(HashKey).ok_or(Malformed { expected: "a hash key (32 bytes in base64)" })
    }
}

impl fmt::Display for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&BASE64_STANDARD.encode(self.0))
    }
}
