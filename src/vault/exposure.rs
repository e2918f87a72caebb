//! Exposure: which values could removed members read?
//!
//! The vault keeps keyed hashes of what each removed member could read, so that `audit` can list the secrets
//! that still have such a value. A member may acknowledge that. No hash is kept of a value that the vault no
//! longer holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::ChangeError;
use super::contents::{ReadHashes, Vault};
use super::fingerprint::Fingerprint;
use super::head::HashKey;
use super::name::SecretName;
use super::record::{Acknowledgement, Record, Stamp};
use super::section::SectionId;
use super::time::Timestamp;
use super::value::Value;

impl Vault {
    /// Hashes every value in the vault, earlier ones too.
    pub(in crate::vault) fn hashes(&self, key: HashKey) -> BTreeSet<String> {
        self.values().map(|value| key.hash(value)).collect()
    }

    pub(in crate::vault) fn values(&self) -> impl Iterator<Item = &Value> {
        let sections = self.sections.0.values();
        let records = sections.flat_map(|section| section.env.values().chain(section.secrets.values()));
        records.map(|(_, value)| value)
    }

    /// Replaces the hash key, and makes the hashes anew for the values that the vault still holds.
    pub(in crate::vault) fn renew_hash_key(&mut self, key: HashKey) {
        let old = std::mem::replace(&mut self.head.hash_key, key);
        if !self.read.is_empty() {
            let renewed: BTreeMap<String, String> =
                self.values().map(|value| (old.hash(value), key.hash(value))).collect();
            self.read = renew(&self.read, &renewed);
        }
    }

    /// Erases the earlier values of one name in a section, or of all names, with their hashes. Returns how
    /// many values there were.
    ///
    /// # Errors
    /// If there is no such section, or the name was never in it.
    pub fn purge(&mut self, id: &SectionId, only: Option<&SecretName>) -> Result<usize, ChangeError> {
        let erased = self.sections.purge(id, only)?;
        if !self.read.is_empty() {
            let held = self.hashes(self.head.hash_key);
            let same = held.into_iter().map(|hash| (hash.clone(), hash)).collect();
            self.read = renew(&self.read, &same);
        }
        Ok(erased)
    }

    /// The secrets with a value that removed members could read, each with those members.
    pub fn exposed(&self) -> Vec<(SectionId, SecretName, BTreeSet<Fingerprint>)> {
        let mut exposed = Vec::new();
        if self.read.is_empty() {
            return exposed;
        }
        for (id, section) in self.sections.iter() {
            let set = section.secrets.iter().map(|(name, record)| (name, std::slice::from_ref(record)));
            for (name, records) in set.chain(section.secrets.disputed()) {
                let readers = self.removed_readers(records);
                if !readers.is_empty() {
                    exposed.push((id.clone(), name.clone(), readers));
                }
            }
        }
        exposed
    }

    /// Records that a secret may keep its value, for all that is known about it now.
    ///
    /// # Errors
    /// If there is no such secret, or it is disputed.
    pub fn acknowledge(
        &mut self,
        id: &SectionId,
        name: &SecretName,
        reason: String,
        stamp: &Stamp,
    ) -> Result<(), ChangeError> {
        let record = self.sections.secret(id, name)?;
        let exposed = self.removed_readers(std::slice::from_ref(record));
        let Stamp { by, at } = stamp.clone();
        // Where the clock of whoever removed a reader is ahead, it is still later than that removal.
        let removals = exposed.iter().filter_map(|print| Some(self.head.removed.get(print)?.at));
        let at = removals.fold(at, Timestamp::max);
        let records = &mut self.sections.existing_mut(id)?.secrets;
        // Neither the date nor the author of the record changes: its value is as old as before.
        if let Some(record) = records.current.get_mut(name) {
            record.acknowledged = Some(Acknowledgement { at, by, exposed, reason }.into());
        }
        Ok(())
    }

    /// Drops a member from what was acknowledged: its removal cannot have been known before.
    pub(in crate::vault) fn unacknowledge(&mut self, print: &Fingerprint) {
        let names = |record: &Record| record.acknowledged.as_ref().is_some_and(|known| known.exposed.contains(print));
        for section in self.sections.0.values_mut() {
            if section.secrets.standing().any(|(_, record)| names(record)) {
                let records = &mut Arc::make_mut(section).secrets;
                let standing = records.current.values_mut().chain(records.disputed.values_mut().flatten());
                let acknowledged = standing.filter_map(|record| record.acknowledged.as_mut());
                for known in acknowledged {
                    known.exposed.remove(print);
                }
            }
        }
    }

    fn removed_readers(&self, records: &[Record]) -> BTreeSet<Fingerprint> {
        let hashes: Vec<String> = records.iter().map(|record| self.head.hash_key.hash(&record.value)).collect();
        let could_read = |read: &BTreeSet<String>| hashes.iter().any(|hash| read.contains(hash));
        let readers = self.read.iter().filter(|(_, read)| could_read(read));
        readers.map(|(print, _)| print).filter(|print| self.head.removed.contains_key(print)).cloned().collect()
    }
}

/// Replaces each hash by the one that it became, and drops the others.
pub(in crate::vault) fn renew(read: &ReadHashes, renewed: &BTreeMap<String, String>) -> ReadHashes {
    let renew = |hashes: &BTreeSet<String>| hashes.iter().filter_map(|hash| renewed.get(hash).cloned()).collect();
    let read = read.iter().map(|(print, hashes)| (print.clone(), renew(hashes)));
    read.filter(|(_, hashes): &(_, BTreeSet<String>)| !hashes.is_empty()).collect()
}
