//! Changes to the members. Each keeps the rule that the root endorses every member, directly or through
//! others.
//!
//! A removed member stays out for good, by key and by recipient. Signatures are made by a function that the
//! caller passes in.

use std::collections::BTreeSet;
use std::fmt;

use super::contents::Vault;
use super::head::Head;
use super::member::{Fingerprint, Member, Recipient, Removed, Signature, WriterKey, endorsed};
use super::name::{MemberName, SecretName, VaultId};
use super::record::{Record, Stamp};
use super::section::SectionId;

/// Why a change to the members was refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberError {
    /// There is no such member.
    Missing {
        name: MemberName,
        /// All members that there are.
        there: Vec<MemberName>,
    },
    /// Another member has the name.
    Exists { name: MemberName },
    /// This member already has the key or the recipient.
    Known { name: MemberName },
    /// This writer's own recipient came without a key. A writer cannot become a reader this way.
    Demoted { name: MemberName },
    /// The key or the recipient belonged to a member that was removed under this name.
    Removed { name: MemberName },
    /// A writer cannot remove or rename itself, or give itself another key.
    Oneself {
        name: MemberName,
        /// The other writers. If there are none, nobody can make the change.
        others: Vec<MemberName>,
    },
    /// Only the root can rename the root, since it endorses itself.
    Root { name: MemberName },
    /// The writer who makes the change is itself endorsed through this member. Afterwards the two would
    /// endorse only each other.
    Voucher { name: MemberName },
}

impl fmt::Display for MemberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MemberError::Missing { name, .. } => write!(f, "there is no member {name}"),
            MemberError::Exists { name } => write!(f, "there already is a member {name}"),
            MemberError::Known { name } => write!(f, "member {name} already has this key or recipient"),
            MemberError::Demoted { name } => write!(f, "{name} is a writer and cannot become a reader"),
            MemberError::Removed { name } => write!(f, "this key or recipient belonged to {name}, who was removed"),
            MemberError::Oneself { name, .. } => write!(f, "{name} cannot make this change to their own membership"),
            MemberError::Root { name } => write!(f, "{name} is the root, which only they themselves can rename"),
            MemberError::Voucher { name } => write!(f, "you are a member through {name}: a writer above must do this"),
        }
    }
}

impl std::error::Error for MemberError {}

/// The public keys of a member. A writer has a verifying key, a reader does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    pub recipient: Recipient,
    pub key: Option<WriterKey>,
}

/// The writer who makes a change to the members, and endorses those it adds.
pub struct Endorser<'a> {
    pub stamp: &'a Stamp,
    pub key: WriterKey,
    /// Signs bytes with that key.
    pub endorse: &'a dyn Fn(&[u8]) -> Signature,
}

impl Endorser<'_> {
    fn member(&self, id: &VaultId, name: &MemberName, public: PublicKeys) -> Member {
        Member {
            endorsement: (self.endorse)(&endorsed(id, name, &public.recipient, public.key.as_ref())),
            recipient: public.recipient,
            key: public.key,
            added: self.stamp.at,
            endorsed_by: self.key.fingerprint(),
            extra: toml::Table::new(),
        }
    }
}

impl Vault {
    /// Adds a member.
    ///
    /// # Errors
    /// If the name is taken, or a member, present or removed, has the key or the recipient.
    pub fn add_member(&mut self, name: &MemberName, public: PublicKeys, by: &Endorser<'_>) -> Result<(), MemberError> {
        self.head.check_name_free(name)?;
        self.head.check_new(&public, None)?;
        let member = by.member(&self.head.id, name, public);
        self.head.members.insert(name.clone(), member);
        Ok(())
    }

    /// Renames a member and endorses the new name.
    ///
    /// # Errors
    /// If the member is missing, the new name is taken, or this writer may not endorse the member: see
    /// [`MemberError::Root`], [`MemberError::Oneself`] and [`MemberError::Voucher`].
    pub fn rename_member(&mut self, old: &MemberName, new: &MemberName, by: &Endorser<'_>) -> Result<(), MemberError> {
        let member = self.head.member(old)?.clone();
        self.head.check_name_free(new)?;

        let is_root = self.head.root() == member.key.as_ref();
        let is_self = member.key == Some(by.key);
        match (is_root, is_self) {
            (true, false) => return Err(MemberError::Root { name: old.clone() }),
            (false, true) => return Err(self.head.oneself(old)),
            (true, true) => {}
            (false, false) => self.head.check_not_endorser(old, &by.key)?,
        }

        let public = PublicKeys { recipient: member.recipient, key: member.key };
        let renamed = Member { added: member.added, extra: member.extra, ..by.member(&self.head.id, new, public) };
        self.head.members.remove(old);
        self.head.members.insert(new.clone(), renamed);
        Ok(())
    }

    /// Gives a member new keys, and removes the old ones for good. A reader whose own recipient comes with a
    /// key becomes a writer instead, and nothing is removed.
    ///
    /// # Errors
    /// As [`Vault::remove_member`] and [`Vault::add_member`]; [`MemberError::Demoted`].
    pub fn update_member(
        &mut self,
        name: &MemberName,
        public: PublicKeys,
        by: &Endorser<'_>,
    ) -> Result<(), MemberError> {
        let member = self.head.member(name)?.clone();
        match (member.recipient == public.recipient, member.key, public.key) {
            (true, None, Some(_)) => {
                self.head.check_new(&public, Some(name))?;
                let writer = by.member(&self.head.id, name, public);
                let writer = Member { added: member.added, extra: member.extra, ..writer };
                self.head.members.insert(name.clone(), writer);
                Ok(())
            }
            (true, Some(_), None) => Err(MemberError::Demoted { name: name.clone() }),
            _ => {
                self.head.check_new(&public, None)?;
                self.remove_member(name, by)?;
                self.add_member(name, public, by)
            }
        }
    }

    /// The other members that this member endorses.
    pub fn endorsed_by(&self, name: &MemberName) -> Vec<MemberName> {
        let key = self.head.members.get(name).and_then(|member| member.key);
        let Some(print) = key.map(|key| key.fingerprint()) else {
            return Vec::new();
        };
        let is_endorsed = |(other, member): &(&MemberName, &Member)| *other != name && member.endorsed_by == print;
        self.head.members.iter().filter(is_endorsed).map(|(name, _)| name.clone()).collect()
    }

    /// Removes a member for good.
    ///
    /// The vault keeps the member's fingerprints, and hashes of everything that the member could read. The
    /// remover endorses anew whomever the member had endorsed. The remover of the root becomes the root.
    ///
    /// # Errors
    /// If the member is missing, is the remover, or endorsed the remover, directly or through others.
    pub fn remove_member(&mut self, name: &MemberName, by: &Endorser<'_>) -> Result<(), MemberError> {
        let member = self.head.check_removal(name, &by.key)?.clone();
        let mut orphans = self.endorsed_by(name);
        if self.head.root() == member.key.as_ref() {
            let remover = self.head.members.iter().find(|(_, member)| member.key == Some(by.key));
            orphans.extend(remover.map(|(name, _)| name.clone()));
        }

        self.head.members.remove(name);
        for orphan in orphans {
            let Some(member) = self.head.members.get_mut(&orphan) else { continue };
            let signed = endorsed(&self.head.id, &orphan, &member.recipient, member.key.as_ref());
            member.endorsement = (by.endorse)(&signed);
            member.endorsed_by = by.key.fingerprint();
        }

        let print = member.fingerprint();
        let removed = Removed {
            name: name.clone(),
            recipient: member.recipient,
            key: member.key,
            at: by.stamp.at,
            by: by.stamp.by.clone(),
            read: self.readable(),
            extra: toml::Table::new(),
        };
        self.head.removed.insert(print, removed);
        Ok(())
    }

    /// Keyed hashes of every value in the vault, earlier ones too.
    pub(in crate::vault) fn readable(&self) -> BTreeSet<String> {
        let sections = self.sections.0.values();
        let records = sections.flat_map(|section| section.env.values().chain(section.secrets.values()));
        records.map(|(_, value)| self.head.hash(value)).collect()
    }

    /// The secrets with a value that removed members could read, each with the names of those members.
    pub fn exposed(&self) -> Vec<(SectionId, SecretName, Vec<MemberName>)> {
        let mut exposed = Vec::new();
        for (id, section) in self.sections.iter() {
            let set = section.secrets.iter().map(|(name, record)| (name, std::slice::from_ref(record)));
            for (name, records) in set.chain(section.secrets.disputed()) {
                let readers = self.removed_readers(records);
                if !readers.is_empty() {
                    exposed.push((id.clone(), name.clone(), readers.into_iter().collect()));
                }
            }
        }
        exposed
    }

    fn removed_readers(&self, records: &[Record]) -> BTreeSet<MemberName> {
        let hashes: Vec<String> = records.iter().map(|record| self.head.hash(&record.value)).collect();
        let could_read = |removed: &&Removed| hashes.iter().any(|hash| removed.read.contains(hash));
        self.head.removed.values().filter(could_read).map(|removed| removed.name.clone()).collect()
    }
}

impl Head {
    /// Gets a member that must exist.
    ///
    /// # Errors
    /// [`MemberError::Missing`], with the members that exist.
    pub fn member(&self, name: &MemberName) -> Result<&Member, MemberError> {
        let there = || self.members.keys().cloned().collect();
        self.members.get(name).ok_or_else(|| MemberError::Missing { name: name.clone(), there: there() })
    }

    /// Returns the member that the writer with this key may remove.
    ///
    /// # Errors
    /// If there is no such member, if it is the writer, or if the writer is endorsed through it.
    pub fn check_removal(&self, name: &MemberName, by: &WriterKey) -> Result<&Member, MemberError> {
        let member = self.member(name)?;
        if member.key.as_ref() == Some(by) {
            return Err(self.oneself(name));
        }
        // The remover of the root becomes the root.
        if self.root() != member.key.as_ref() {
            self.check_not_endorser(name, by)?;
        }
        Ok(member)
    }

    fn oneself(&self, name: &MemberName) -> MemberError {
        let others = self.members.iter().filter(|(other, member)| *other != name && member.key.is_some());
        MemberError::Oneself { name: name.clone(), others: others.map(|(name, _)| name.clone()).collect() }
    }

    fn check_name_free(&self, name: &MemberName) -> Result<(), MemberError> {
        match self.members.contains_key(name) {
            true => Err(MemberError::Exists { name: name.clone() }),
            false => Ok(()),
        }
    }

    /// Refuses if the member is among those through whom this key is endorsed.
    fn check_not_endorser(&self, name: &MemberName, key: &WriterKey) -> Result<(), MemberError> {
        let mut print = key.fingerprint();
        // The chain ends at the root, which endorses itself: it is no longer than the list of members.
        for _ in &self.members {
            let has_key = |member: &Member| member.key.is_some_and(|key| key.fingerprint() == print);
            match self.members.iter().find(|(_, member)| has_key(member)) {
                Some((found, _)) if found == name => return Err(MemberError::Voucher { name: name.clone() }),
                Some((_, member)) => print = member.endorsed_by.clone(),
                None => break,
            }
        }
        Ok(())
    }

    /// Refuses keys that a member has, other than `except`, or that a removed member had.
    fn check_new(&self, public: &PublicKeys, except: Option<&MemberName>) -> Result<(), MemberError> {
        let key = public.key.map(|key| key.fingerprint());
        let prints: Vec<Fingerprint> = key.into_iter().chain([public.recipient.fingerprint()]).collect();
        let is_same = |others: Vec<Fingerprint>| others.iter().any(|other| prints.contains(other));

        let mut others = self.members.iter().filter(|(name, _)| Some(*name) != except);
        if let Some((name, _)) = others.find(|(_, member)| is_same(member.fingerprints())) {
            return Err(MemberError::Known { name: name.clone() });
        }
        match self.removed.values().find(|removed| is_same(removed.fingerprints())) {
            Some(removed) => Err(MemberError::Removed { name: removed.name.clone() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
