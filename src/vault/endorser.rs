//! The writer who changes the members. Signatures are made by a function that the caller passes in.

use super::head::{HashKey, Head};
use super::key::{Signature, WriterKey};
use super::member::{Member, PublicKeys, endorsed};
use super::name::{MemberName, VaultId};
use super::record::Stamp;
use super::roots::RootStep;

/// The writer who makes a change to the members, and endorses those it adds.
pub struct Endorser<'a> {
    pub stamp: &'a Stamp,
    pub keys: PublicKeys,
    /// Signs bytes with the writer's key.
    pub sign: &'a dyn Fn(&[u8]) -> Signature,
    /// Makes a key for the hashes of a new vault, or after a removal: random, and never used before.
    pub fresh: &'a dyn Fn() -> HashKey,
}

impl Endorser<'_> {
    /// Makes an entry that this writer endorses.
    pub(in crate::vault) fn member(&self, id: &VaultId, name: &MemberName, keys: PublicKeys) -> Member {
        Member {
            endorsement: (self.sign)(&endorsed(id, name, &keys)),
            keys,
            added: self.stamp.at,
            endorsed_by: self.keys.fingerprint(),
            extra: toml::Table::new(),
        }
    }

    pub(super) fn key(&self) -> Option<&WriterKey> {
        self.keys.key()
    }

    /// Makes the step by which this writer, under this name in a head, takes the place of the head's root. It keeps
    /// the entries that led from the root to the writer.
    pub(in crate::vault) fn step_from(&self, head: &Head, name: &MemberName) -> Option<RootStep> {
        let mut chain = head.endorsers(name);
        let (_, root) = chain.pop().filter(|(_, root)| root.is_root())?;
        let (from, to) = (*root.key()?, *self.key()?);
        chain.reverse();
        let vouchers = chain.into_iter().map(|(name, member)| (name.clone(), member.clone())).collect();
        let signature = (self.sign)(&RootStep::signed(&head.id, &from, &to));
        Some(RootStep { from, to, signature, vouchers })
    }

    /// Endorses members that are there already.
    pub(super) fn endorse(&self, head: &mut Head, names: &[MemberName]) {
        for name in names {
            if let Some(member) = head.members.get_mut(name) {
                member.endorsement = (self.sign)(&endorsed(&head.id, name, &member.keys));
                member.endorsed_by = self.keys.fingerprint();
            }
        }
    }
}
