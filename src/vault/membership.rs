//! Changes to the members. Each keeps the rule that the root endorses every member, directly or through
//! others.
//!
//! A removed member stays out for good, by key and by recipient. Signatures are made by a function that the
//! caller passes in.

use std::collections::BTreeMap;
use std::fmt;

use super::clock::Clock;
use super::contents::{FormerReader, ReadHashes, Vault};
use super::endorser::Endorser;
use super::fingerprint::Fingerprint;
use super::head::{HashKey, Head};
use super::member::{Member, PublicKeys, Removed};
use super::name::{MemberName, TeamName, VaultId};
use super::roots::RootStep;
use super::section::Sections;
use super::trust::Pins;

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
        /// The other writers. If there are none, nobody else can make the change.
        others: Vec<MemberName>,
        /// Whether it is the root, which can replace its own keys.
        is_root: bool,
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

/// Members that a vault lost because a laptop knows that they, or their endorsers, were removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RemovedKnown {
    pub removed: Vec<MemberName>,
    /// Members whom only these endorsed, and whom the laptop does not know.
    pub left_out: Vec<MemberName>,
}

impl Vault {
    /// Makes the vault of a team as its founder begins it: empty, with one member, who endorses itself.
    pub fn found(team: TeamName, id: VaultId, founder: &Endorser<'_>) -> Vault {
        let name = founder.stamp.by.clone();
        let member = founder.member(&id, &name, founder.keys.clone());
        let head = Head {
            team,
            id,
            hash_key: (founder.fresh)(),
            written_by: name.clone(),
            written_at: founder.stamp.at,
            clock: Clock::default(),
            roots: Vec::new(),
            members: BTreeMap::from([(name, member)]),
            removed: BTreeMap::new(),
            closed: BTreeMap::new(),
            extra: toml::Table::new(),
        };
        Vault { head, sections: Sections::default(), read: ReadHashes::new() }
    }

    /// Adds a member.
    ///
    /// # Errors
    /// If the name is taken, or a member, present or removed, has the key or the recipient.
    pub fn add_member(&mut self, name: &MemberName, keys: PublicKeys, by: &Endorser<'_>) -> Result<(), MemberError> {
        self.head.check_name_free(name)?;
        self.head.check_new(&keys, None)?;
        let member = by.member(&self.head.id, name, keys);
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

        let is_self = member.key() == by.key();
        match (member.is_root(), is_self) {
            (true, false) => return Err(MemberError::Root { name: old.clone() }),
            (false, true) => return Err(self.head.oneself(old)),
            (true, true) => {}
            (false, false) => self.head.check_not_endorser(old, &by.stamp.by)?,
        }

        let renamed = Member { added: member.added, extra: member.extra, ..by.member(&self.head.id, new, member.keys) };
        self.head.members.remove(old);
        self.head.members.insert(new.clone(), renamed);
        Ok(())
    }

    /// Gives a member new keys, and removes the old ones for good. A reader whose own recipient comes with a
    /// key becomes a writer instead, and nothing is removed.
    ///
    /// # Errors
    /// As [`Vault::remove_member`] and [`Vault::add_member`]; [`MemberError::Demoted`].
    pub fn update_member(&mut self, name: &MemberName, keys: PublicKeys, by: &Endorser<'_>) -> Result<(), MemberError> {
        let member = self.head.member(name)?.clone();
        match (*member.recipient() == keys.recipient, member.key(), keys.key()) {
            (true, None, Some(_)) => {
                self.head.check_new(&keys, Some(name))?;
                let writer = by.member(&self.head.id, name, keys);
                let writer = Member { added: member.added, extra: member.extra, ..writer };
                self.head.members.insert(name.clone(), writer);
                Ok(())
            }
            (true, Some(_), None) => Err(MemberError::Demoted { name: name.clone() }),
            _ => {
                self.head.check_new(&keys, None)?;
                self.remove_member(name, by)?;
                self.add_member(name, keys, by)
            }
        }
    }

    /// Replaces the root's own keys by `new`, the same person with other keys. Everyone whom the old key
    /// endorsed is endorsed by the new one.
    ///
    /// # Errors
    /// If `old` is not the root, or the new keys belong to a member, present or removed.
    pub fn replace_root(&mut self, old: &Endorser<'_>, new: &Endorser<'_>) -> Result<(), MemberError> {
        let name = old.stamp.by.clone();
        let member = self.head.member(&name)?.clone();
        self.head.check_new(&new.keys, None)?;
        let is_own = member.is_root() && member.key() == old.key();
        let (Some(from), Some(to), true) = (member.key(), new.key(), is_own) else {
            return Err(self.head.oneself(&name));
        };

        let signature = (old.sign)(&RootStep::signed(&self.head.id, from, to));
        self.head.roots.push(RootStep { from: *from, to: *to, signature, vouchers: Vec::new() });
        let endorsed = self.endorsed_by(&name);
        self.ban(&name, old);
        let root = new.member(&self.head.id, &name, new.keys.clone());
        self.head.members.insert(name, root);
        new.endorse(&mut self.head, &endorsed);
        Ok(())
    }

    /// The other members that this member endorses.
    pub fn endorsed_by(&self, name: &MemberName) -> Vec<MemberName> {
        let Some(print) = self.head.members.get(name).map(Member::fingerprint) else { return Vec::new() };
        let is_endorsed = |(other, member): &(&MemberName, &Member)| *other != name && member.endorsed_by == print;
        self.head.members.iter().filter(is_endorsed).map(|(name, _)| name.clone()).collect()
    }

    /// Removes a member for good.
    ///
    /// The vault keeps the member's keys, and hashes of everything that the member could read. The remover
    /// endorses anew whomever the member had endorsed. The remover of the root becomes the root.
    ///
    /// # Errors
    /// If the member is missing, is the remover, or endorsed the remover, directly or through others.
    pub fn remove_member(&mut self, name: &MemberName, by: &Endorser<'_>) -> Result<(), MemberError> {
        let is_root = self.head.check_removal(name, &by.stamp.by)?.is_root();
        let mut orphans = self.endorsed_by(name);
        if is_root && let Some(step) = by.step_from(&self.head, &by.stamp.by) {
            self.head.roots.push(step);
            orphans.push(by.stamp.by.clone());
        }
        self.ban(name, by);
        by.endorse(&mut self.head, &orphans);
        Ok(())
    }

    /// Takes a member out, bans its keys, and renews the hash key.
    fn ban(&mut self, name: &MemberName, by: &Endorser<'_>) {
        let Some(member) = self.head.members.get(name) else { return };
        let removed = Removed {
            name: name.clone(),
            recipient: member.recipient().clone(),
            key: member.key().copied(),
            at: by.stamp.at,
            by: by.stamp.by.clone(),
            closed: self.sections.sealed_digests(),
            extra: toml::Table::new(),
        };
        self.record_removal(name, removed, (by.fresh)());
    }

    fn record_removal(&mut self, name: &MemberName, removed: Removed, fresh: HashKey) {
        self.head.members.remove(name);
        self.renew_hash_key(fresh);
        let hashes = self.hashes(fresh);
        if !hashes.is_empty() {
            self.read.entry(FormerReader::Removed(removed.fingerprint())).or_default().extend(hashes);
        }
        self.unacknowledge(&removed.fingerprint());
        self.head.removed.insert(removed.fingerprint(), removed);
    }

    /// Removes the members that a laptop knows to be removed: the vault is from before their removal. Of the
    /// members that they endorsed, those stay that the laptop knows; the others are left out.
    pub fn remove_known(&mut self, pins: &Pins, by: &Endorser<'_>) -> RemovedKnown {
        let removal =
            |(name, member): (&MemberName, &Member)| Some((name.clone(), pins.removal_of(&member.keys)?.clone()));
        let known: Vec<(MemberName, Removed)> = self.head.members.iter().filter_map(removal).collect();
        for (name, removed) in &known {
            self.record_removal(name, removed.clone(), (by.fresh)());
        }

        let mut gone =
            RemovedKnown { removed: known.into_iter().map(|(name, _)| name).collect(), left_out: Vec::new() };
        while let Some((name, print)) = self.head.orphan() {
            if pins.roster.knows(&print) {
                by.endorse(&mut self.head, std::slice::from_ref(&name));
            } else {
                self.head.members.remove(&name);
                gone.left_out.push(name);
            }
        }
        gone
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
    pub fn check_removal(&self, name: &MemberName, by: &MemberName) -> Result<&Member, MemberError> {
        let member = self.member(name)?;
        if name == by {
            return Err(self.oneself(name));
        }
        // The remover of the root becomes the root.
        if !member.is_root() {
            self.check_not_endorser(name, by)?;
        }
        Ok(member)
    }

    /// A member whose endorser is not a member.
    fn orphan(&self) -> Option<(MemberName, Fingerprint)> {
        let is_orphan = |(_, member): &(&MemberName, &Member)| self.member_with(&member.endorsed_by).is_none();
        let (name, member) = self.members.iter().find(is_orphan)?;
        Some((name.clone(), member.fingerprint()))
    }

    fn oneself(&self, name: &MemberName) -> MemberError {
        let others = self.members.iter().filter(|(other, member)| *other != name && member.keys.writer.is_some());
        let is_root = self.members.get(name).is_some_and(Member::is_root);
        MemberError::Oneself { name: name.clone(), others: others.map(|(name, _)| name.clone()).collect(), is_root }
    }

    fn check_name_free(&self, name: &MemberName) -> Result<(), MemberError> {
        match self.members.contains_key(name) {
            true => Err(MemberError::Exists { name: name.clone() }),
            false => Ok(()),
        }
    }

    /// Refuses if the member is among those through whom this writer is endorsed.
    fn check_not_endorser(&self, name: &MemberName, writer: &MemberName) -> Result<(), MemberError> {
        match self.endorsers(writer).iter().any(|(endorser, _)| *endorser == name) {
            true => Err(MemberError::Voucher { name: name.clone() }),
            false => Ok(()),
        }
    }

    /// Refuses keys that a member has, other than `except`, or that a removed member had.
    fn check_new(&self, keys: &PublicKeys, except: Option<&MemberName>) -> Result<(), MemberError> {
        let same = |other: &PublicKeys| {
            other.recipient == keys.recipient || (keys.key().is_some() && other.key() == keys.key())
        };
        let mut others = self.members.iter().filter(|(name, _)| Some(*name) != except);
        if let Some((name, _)) = others.find(|(_, member)| same(&member.keys)) {
            return Err(MemberError::Known { name: name.clone() });
        }
        match self.removal_of(keys) {
            Some(removed) => Err(MemberError::Removed { name: removed.name.clone() }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
