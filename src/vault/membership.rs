//! Members come, change and go. Whoever comes is vouched for; whoever goes is gone for good.

use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::member::{Fingerprint, Member, Recipient, Removed, Signature, WriterKey, endorsed};
use super::name::{MemberName, SecretName};
use super::record::Stamp;
use super::section::SectionId;
use super::value::Value;
use super::{Head, Vault, VaultId};

/// Why a change of members was refused. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberError {
    Missing {
        name: MemberName,
        there: Vec<MemberName>,
    },
    /// The name is taken.
    Exists {
        name: MemberName,
    },
    /// The key or the recipient is that of this member.
    Known {
        name: MemberName,
    },
    /// This writer's recipient, without the key: nobody is made a reader so.
    Demoted {
        name: MemberName,
    },
    /// The key or the recipient is that of somebody who was removed under this name.
    Removed {
        name: MemberName,
    },
    /// Nobody removes himself, nor vouches for himself.
    Oneself {
        name: MemberName,
    },
    /// Only the root vouches for itself.
    Root {
        name: MemberName,
    },
    /// Who makes the change is there because this member vouches for him: both would vouch for each other, and
    /// nobody for them.
    Voucher {
        name: MemberName,
    },
}

/// The public half of somebody: a writer has a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKeys {
    pub recipient: Recipient,
    pub key: Option<WriterKey>,
}

/// Who makes the change, and how he vouches for others.
pub struct Endorser<'a> {
    pub stamp: &'a Stamp,
    pub key: WriterKey,
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
    /// Adds somebody under a free name, with a key and a recipient that nobody has or had.
    pub fn add_member(&mut self, name: &MemberName, public: PublicKeys, by: &Endorser<'_>) -> Result<(), MemberError> {
        if self.head.members.contains_key(name) {
            return Err(MemberError::Exists { name: name.clone() });
        }
        self.head.check_new(&public, None)?;
        let member = by.member(&self.head.id, name, public);
        self.head.members.insert(name.clone(), member);
        Ok(())
    }

    /// Gives a member another name.
    pub fn rename_member(&mut self, old: &MemberName, new: &MemberName, by: &Endorser<'_>) -> Result<(), MemberError> {
        let member = self.head.member(old)?.clone();
        if self.head.members.contains_key(new) {
            return Err(MemberError::Exists { name: new.clone() });
        }
        match (self.head.root() == member.key.as_ref(), member.key == Some(by.key)) {
            (true, false) => return Err(MemberError::Root { name: old.clone() }),
            (false, true) => return Err(MemberError::Oneself { name: old.clone() }),
            (true, true) => {}
            (false, false) => self.head.check_voucher(old, &by.key)?,
        }
        let public = PublicKeys { recipient: member.recipient, key: member.key };
        let renamed = Member { added: member.added, extra: member.extra, ..by.member(&self.head.id, new, public) };
        self.head.members.remove(old);
        self.head.members.insert(new.clone(), renamed);
        Ok(())
    }

    /// Gives a member another key: the old one is removed. A reader whose own recipient comes with a key is a
    /// writer from now on, and nothing is removed.
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

    /// Who was vouched for by this member alone, himself aside.
    pub fn endorsed_by(&self, name: &MemberName) -> Vec<MemberName> {
        let key = self.head.members.get(name).and_then(|member| member.key);
        let print = key.map(|key| key.fingerprint());
        let others = self.head.members.iter().filter(|(other, _)| *other != name);
        others.filter(|(_, member)| Some(&member.endorsed_by) == print.as_ref()).map(|(name, _)| name.clone()).collect()
    }

    /// Removes a member for good: remembers the key and all that could be read with it, and vouches anew
    /// for whom the member had added. Whoever removes the root is the root.
    pub fn remove_member(&mut self, name: &MemberName, by: &Endorser<'_>) -> Result<(), MemberError> {
        let member = self.head.member(name)?.clone();
        if member.key == Some(by.key) {
            return Err(MemberError::Oneself { name: name.clone() });
        }
        let mut orphans = self.endorsed_by(name);
        if self.head.root() == member.key.as_ref() {
            let own = self.head.members.iter().find(|(_, member)| member.key == Some(by.key));
            orphans.extend(own.map(|(name, _)| name.clone()));
        } else {
            self.head.check_voucher(name, &by.key)?;
        }
        self.head.members.remove(name);
        for orphan in orphans {
            let Some(member) = self.head.members.get_mut(&orphan) else { continue };
            member.endorsement =
                (by.endorse)(&endorsed(&self.head.id, &orphan, &member.recipient, member.key.as_ref()));
            member.endorsed_by = by.key.fingerprint();
        }
        let removed = Removed {
            name: name.clone(),
            recipient: member.recipient.clone(),
            key: member.key,
            at: by.stamp.at,
            by: by.stamp.by.clone(),
            read: self.readable(),
            extra: toml::Table::new(),
        };
        self.head.removed.insert(member.fingerprint(), removed);
        Ok(())
    }

    /// Keyed hashes of every value that the vault holds, earlier ones too.
    pub(in crate::vault) fn readable(&self) -> BTreeSet<String> {
        let mut read = BTreeSet::new();
        for section in self.sections.0.values() {
            for records in [&section.env, &section.secrets] {
                read.extend(records.values().map(|(_, value)| self.head.hash(value)));
            }
        }
        read
    }

    /// The secrets whose value is still one that somebody could read who was removed since, each with who
    /// that is.
    pub fn exposed(&self) -> Vec<(SectionId, SecretName, Vec<MemberName>)> {
        let mut exposed = Vec::new();
        for (id, section) in self.sections.iter() {
            let disputed = section.secrets.disputed().map(|(name, candidates)| (name, candidates.iter().collect()));
            let current = section.secrets.iter().map(|(name, record)| (name, vec![record]));
            for (name, held) in current.chain(disputed) {
                let hashes: Vec<String> = held.iter().map(|record| self.head.hash(&record.value)).collect();
                let could_read = |removed: &&Removed| hashes.iter().any(|hash| removed.read.contains(hash));
                let readers = self.head.removed.values().filter(could_read);
                let readers: BTreeSet<MemberName> = readers.map(|removed| removed.name.clone()).collect();
                if !readers.is_empty() {
                    exposed.push((id.clone(), name.clone(), readers.into_iter().collect()));
                }
            }
        }
        exposed
    }
}

impl Head {
    /// The member of that name, or an error that knows the others.
    pub fn member(&self, name: &MemberName) -> Result<&Member, MemberError> {
        let there = || self.members.keys().cloned().collect();
        self.members.get(name).ok_or_else(|| MemberError::Missing { name: name.clone(), there: there() })
    }

    /// An error if this key is there because the member vouches for it, or for whoever does, and so on.
    fn check_voucher(&self, name: &MemberName, key: &WriterKey) -> Result<(), MemberError> {
        let mut print = key.fingerprint();
        for _ in &self.members {
            let is_own = |member: &Member| member.key.is_some_and(|key| key.fingerprint() == print);
            match self.members.iter().find(|(_, member)| is_own(member)) {
                Some((found, _)) if found == name => return Err(MemberError::Voucher { name: name.clone() }),
                Some((_, member)) => print = member.endorsed_by.clone(),
                None => break,
            }
        }
        Ok(())
    }

    /// An error if somebody, this one aside, has or had this key or this recipient.
    fn check_new(&self, public: &PublicKeys, aside: Option<&MemberName>) -> Result<(), MemberError> {
        let print: Vec<Fingerprint> = {
            let key = public.key.map(|key| key.fingerprint());
            key.into_iter().chain([public.recipient.fingerprint()]).collect()
        };
        let same = |prints: Vec<Fingerprint>| prints.iter().any(|other| print.contains(other));
        let mut others = self.members.iter().filter(|(name, _)| Some(*name) != aside);
        if let Some((name, _)) = others.find(|(_, member)| same(member.fingerprints())) {
            return Err(MemberError::Known { name: name.clone() });
        }
        match self.removed.values().find(|removed| same(removed.fingerprints())) {
            Some(removed) => Err(MemberError::Removed { name: removed.name.clone() }),
            None => Ok(()),
        }
    }

    /// A value's hash, keyed by the vault's own id: it tells nothing to who does not have the vault. 72 bits,
    /// base64.
    pub(in crate::vault) fn hash(&self, value: &Value) -> String {
        self.keyed(b"etui read v1\n", &[value.expose()])
    }

    /// The hash of a value in one file, by which it is allowed to stand there: that file may be anybody's to
    /// read.
    pub fn hash_in(&self, path: &[u8], value: &Value) -> String {
        self.keyed(b"etui found v1\n", &[&(path.len() as u64).to_le_bytes(), path, value.expose()])
    }

    fn keyed(&self, label: &[u8], parts: &[&[u8]]) -> String {
        // On the heap, which is wiped: it keeps the end of the value.
        let mut hash = Box::new(Sha256::new());
        hash.update(label);
        hash.update(self.id.0);
        parts.iter().for_each(|part| hash.update(part));
        BASE64_STANDARD_NO_PAD.encode(&hash.finalize_reset()[..9])
    }
}

#[cfg(test)]
mod tests;
