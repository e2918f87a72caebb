//! Exposure: which values could removed members read?
//!
//! The vault keeps keyed hashes of what each removed member could read, so that `audit` can list the secrets
//! that still have such a value. A closed section keeps its own, with those of what all members of the vault could
//! read before. A member may acknowledge that. No hash is kept of a value that the vault no longer holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::ChangeError;
use super::closed::Inner;
use super::contents::{FormerReader, ReadHashes, Vault};
use super::fingerprint::Fingerprint;
use super::head::{HashKey, Head};
use super::name::SecretName;
use super::record::{Acknowledgement, Record, Stamp};
use super::section::{Section, SectionId};
use super::time::Timestamp;
use super::value::Value;

impl Vault {
    /// Hashes every value in the vault, earlier ones too.
    pub(in crate::vault) fn hashes(&self, key: HashKey) -> BTreeSet<String> {
        self.values().map(|value| key.hash(value)).collect()
    }

    /// Every value in the vault, earlier ones too. Those in inner vaults are hashed there, with a key of their own.
    pub(in crate::vault) fn values(&self) -> impl Iterator<Item = &Value> {
        let sections = self.sections.0.values().filter(|section| section.closed.is_none());
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
        if self.change_inner(id, Vault::drop_hashes).is_none() {
            self.drop_hashes();
        }
        Ok(erased)
    }

    /// Drops the hashes of values that the vault no longer holds.
    pub(in crate::vault) fn drop_hashes(&mut self) {
        if !self.read.is_empty() {
            let held = self.hashes(self.head.hash_key);
            let same = held.into_iter().map(|hash| (hash.clone(), hash)).collect();
            self.read = renew(&self.read, &same);
        }
    }

    /// Takes back that members who were removed since `then`, an earlier state of this vault, could read what it did not
    /// hold then. The removal itself kept them from that.
    pub fn limit_exposure(&mut self, then: &Vault) {
        let held = then.hashes(self.head.hash_key);
        self.read.retain(|reader, hashes| {
            if reader.removed().is_some_and(|print| !then.head.removed.contains_key(print)) {
                hashes.retain(|hash| held.contains(hash));
            }
            !hashes.is_empty()
        });
    }

    /// The secrets outside of closed sections with a value that former readers could read, each with these.
    pub fn exposed(&self) -> Vec<(SectionId, SecretName, BTreeSet<FormerReader>)> {
        let mut exposed = Vec::new();
        if self.read.is_empty() {
            return exposed;
        }
        for (id, section) in self.sections.iter().filter(|(_, section)| section.closed.is_none()) {
            let set = section.secrets.iter().map(|(name, record)| (name, std::slice::from_ref(record)));
            for (name, records) in set.chain(section.secrets.disputed()) {
                let readers = former_readers(&self.head, &self.read, records);
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
        let inner = self.sections.get(id).and_then(Section::inner);
        let (head, read) = inner.map_or((&self.head, &self.read), |inner| (&inner.head, &inner.read));
        let exposed = former_readers(head, read, std::slice::from_ref(record));
        let Stamp { by, at } = stamp.clone();
        // Where the clock of whoever removed a reader is ahead, it is still later than that removal.
        let removals = exposed.iter().filter_map(|reader| Some(head.removed.get(reader.removed()?)?.at));
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
        let reader = FormerReader::Removed(print.clone());
        let names = |record: &Record| record.acknowledged.as_ref().is_some_and(|known| known.exposed.contains(&reader));
        for section in self.sections.0.values_mut().filter(|section| section.closed.is_none()) {
            if section.secrets.standing().any(|(_, record)| names(record)) {
                let records = &mut Arc::make_mut(section).secrets;
                let standing = records.current.values_mut().chain(records.disputed.values_mut().flatten());
                let acknowledged = standing.filter_map(|record| record.acknowledged.as_mut());
                for known in acknowledged {
                    known.exposed.remove(&reader);
                }
            }
        }
    }
}

/// Those who could read one of these values, and may no longer read them.
fn former_readers(head: &Head, read: &ReadHashes, records: &[Record]) -> BTreeSet<FormerReader> {
    let hashes: Vec<String> = records.iter().map(|record| head.hash_key.hash(&record.value)).collect();
    let could_read = |read: &BTreeSet<String>| hashes.iter().any(|hash| read.contains(hash));
    let is_known = |reader: &&FormerReader| reader.removed().is_none_or(|print| head.removed.contains_key(print));
    let readers = read.iter().filter(|(_, read)| could_read(read)).map(|(reader, _)| reader);
    readers.filter(is_known).cloned().collect()
}

impl Inner {
    /// What removed members of the vault around it could read of an inner vault that moves out. `renewed` are the
    /// hashes there and here.
    pub(in crate::vault) fn read_outside(&self, renewed: &BTreeMap<String, String>, around: &Head) -> ReadHashes {
        let mut read = ReadHashes::new();
        // A member of the vault could read it before it was closed, and may have been removed since.
        for (reader, hashes) in renew(&self.read, renewed) {
            for print in around.removed.keys().filter(|print| reader.removed().is_none_or(|one| one == *print)) {
                read.entry(FormerReader::Removed(print.clone())).or_default().extend(hashes.iter().cloned());
            }
        }
        for (print, removed) in &around.removed {
            if !renewed.is_empty() && self.head.members.values().any(|member| removed.bans(&member.keys)) {
                let read = read.entry(FormerReader::Removed(print.clone())).or_default();
                read.extend(renewed.values().cloned());
            }
        }
        read
    }
}

/// Replaces each hash by the one that it became, and drops the others.
pub(in crate::vault) fn renew(read: &ReadHashes, renewed: &BTreeMap<String, String>) -> ReadHashes {
    let renew = |hashes: &BTreeSet<String>| hashes.iter().filter_map(|hash| renewed.get(hash).cloned()).collect();
    let read = read.iter().map(|(print, hashes)| (print.clone(), renew(hashes)));
    read.filter(|(_, hashes): &(_, BTreeSet<String>)| !hashes.is_empty()).collect()
}
