//! The members of closed sections: let in, put out, and kept in step with the members of the vault around them.

use super::error::ClosedError;
use super::sealed::Inner;
use crate::vault::contents::Vault;
use crate::vault::endorser::Endorser;
use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::member::{Member, PublicKeys, Removed};
use crate::vault::membership::MemberError;
use crate::vault::name::MemberName;
use crate::vault::record::Stamp;
use crate::vault::section::{Section, SectionId};

/// What a change of a member did in the closed sections that list this member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InSections {
    /// The sections where it was done too.
    pub done: Vec<SectionId>,
    /// The sections where others must do it, each with its members who may.
    pub left: Vec<(SectionId, Vec<MemberName>)>,
}

impl Vault {
    /// Lets a member of the vault into a closed section. Where the section lists an earlier key of the member, this key
    /// takes its place.
    ///
    /// # Errors
    /// If the member or the section is missing, the section is not closed or may not be written by this writer, or
    /// the member is in it, or was and is removed.
    pub fn add_to_section(&mut self, id: &SectionId, name: &MemberName, by: &Endorser<'_>) -> Result<(), ClosedError> {
        let keys = self.head.member(name)?.keys.clone();
        self.check_inner_writer(id, by)?;
        let (section, name) = (id.clone(), name.clone());
        let Some(inner) = self.sections.get(id).and_then(Section::inner) else {
            return Err(ClosedError::NotClosed(section));
        };
        if inner.head.removal_of(&keys).is_some() {
            return Err(ClosedError::Barred { section, name });
        }
        let inside = named(&inner.head, &keys);
        if inside.is_some_and(|(_, member)| member.keys == keys) {
            return Err(ClosedError::Inside { section, name });
        }
        let same_key = inside.map(|(name, _)| name.clone());
        let there = inner.head.members.get(&name);
        let earlier = there.filter(|member| self.head.is_out(&member.keys)).map(|_| name.clone());
        // Others were renamed by somebody who could not write the section.
        let other = there.and_then(|member| named(&self.head, &member.keys)).map(|(name, _)| name.clone());
        self.change_members(id, by, |inner, by| match (same_key.or(earlier), other) {
            (Some(inside), _) => inner.update_member(&inside, keys, by),
            (None, Some(other)) if other != name => {
                inner.rename_member(&name, &other, by)?;
                inner.add_member(&name, keys, by)
            }
            (None, _) => inner.add_member(&name, keys, by),
        })
    }

    /// Removes a member from a closed section, for good. It stays a member of the vault, if it is one.
    ///
    /// # Errors
    /// As [`Vault::add_to_section`], and if the member is not in the section, or this writer may not remove it.
    pub fn remove_from_section(
        &mut self,
        id: &SectionId,
        name: &MemberName,
        by: &Endorser<'_>,
    ) -> Result<(), ClosedError> {
        self.check_inner_writer(id, by)?;
        let inside = self.inside(id, name)?;
        self.change_members(id, by, |inner, by| inner.remove_member(&inside, by))
    }

    /// Refuses what [`Vault::remove_from_section`] would refuse.
    ///
    /// # Errors
    /// As there.
    pub fn check_section_removal(&self, id: &SectionId, name: &MemberName, by: &PublicKeys) -> Result<(), ClosedError> {
        self.check_inner_keys(id, by)?;
        let inside = self.inside(id, name)?;
        let Some(inner) = self.sections.get(id).and_then(Section::inner) else { return Ok(()) };
        let Some((own, _)) = by.key().and_then(|key| inner.head.writer_with(key)) else { return Ok(()) };
        let checked = inner.head.check_removal(&inside, own).map(drop);
        checked.map_err(|error| within(id, error, &inner.head, &self.head))
    }

    /// The name within a section of a member of the vault, or of one who was.
    fn inside(&self, id: &SectionId, name: &MemberName) -> Result<MemberName, ClosedError> {
        let Some(inner) = self.sections.existing(id)?.inner() else {
            return Err(ClosedError::NotClosed(id.clone()));
        };
        let member = self.head.member(name);
        let by_key = member.as_ref().ok().and_then(|member| named(&inner.head, &member.keys));
        let by_name = || inner.head.members.get_key_value(name).filter(|(_, one)| self.head.is_out(&one.keys));
        match by_key.or_else(by_name) {
            Some((name, _)) => Ok(name.clone()),
            None => {
                member?;
                Err(ClosedError::NotInside { section: id.clone(), name: name.clone() })
            }
        }
    }

    /// Replaces the earlier keys of the root of a closed section by `new`, as [`Vault::replace_root`] does. The vault
    /// around it lists the new ones already.
    ///
    /// # Errors
    /// If the section is locked, or `old` is not its root.
    pub fn replace_section_root(
        &mut self,
        id: &SectionId,
        old: &Endorser<'_>,
        new: &Endorser<'_>,
    ) -> Result<(), ClosedError> {
        self.change_members(id, old, |inner, old| {
            inner.replace_root(old, &Endorser { stamp: old.stamp, keys: new.keys.clone(), ..*new })
        })
    }

    /// Makes a change of a member in every closed section that lists these keys, as far as this writer may.
    pub fn in_sections(
        &mut self,
        keys: &PublicKeys,
        by: &Endorser<'_>,
        change: impl Fn(&mut Vault, &MemberName, &Endorser<'_>) -> Result<(), MemberError>,
    ) -> InSections {
        let mut outcome = InSections::default();
        let closed: Vec<SectionId> = self.head.closed.keys().cloned().collect();
        for id in closed {
            let Some(section) = self.sections.get(&id).filter(|section| section.lists(keys)) else { continue };
            let inside = section.inner().and_then(|inner| named(&inner.head, keys)).map(|(name, _)| name.clone());
            let able = section.able_to_remove(keys, &self.head);
            let inside = inside.filter(|_| self.check_inner_writer(&id, by).is_ok());
            let changed = inside.map(|name| self.change_members(&id, by, |inner, by| change(inner, &name, by)));
            match changed {
                Some(Ok(())) => outcome.done.push(id),
                _ => outcome.left.push((id, able)),
            }
        }
        outcome
    }

    /// Refuses a writer of the vault who is not one of the section's inner vault.
    pub fn check_inner_writer(&self, id: &SectionId, by: &Endorser<'_>) -> Result<(), ClosedError> {
        self.check_inner_keys(id, &by.keys)
    }

    /// Refuses keys that are not a writer's of the section's inner vault.
    pub fn check_inner_keys(&self, id: &SectionId, keys: &PublicKeys) -> Result<(), ClosedError> {
        let section = self.sections.existing(id)?;
        let closed = section.closed.as_ref().ok_or_else(|| ClosedError::NotClosed(id.clone()))?;
        let is_writer = |inner: &Inner| keys.key().is_some_and(|key| inner.head.writer_with(key).is_some());
        match section.inner().is_some_and(is_writer) {
            true => Ok(()),
            false => Err(ClosedError::Reader { section: id.clone(), by: self.head.writers_of(&closed.members) }),
        }
    }

    /// Changes the members of an inner vault, in the name that this writer has there. Whoever was removed from the
    /// vault around it goes too: otherwise the section could not be written.
    fn change_members(
        &mut self,
        id: &SectionId,
        by: &Endorser<'_>,
        change: impl FnOnce(&mut Vault, &Endorser<'_>) -> Result<(), MemberError>,
    ) -> Result<(), ClosedError> {
        self.check_inner_writer(id, by)?;
        let around = self.head.clone();
        let changed = self.change_inner(id, |inner| {
            let own = by.keys.key().and_then(|key| inner.head.writer_with(key));
            let name = own.map_or_else(|| by.stamp.by.clone(), |(name, _)| name.clone());
            let stamp = Stamp { by: name, at: by.stamp.at };
            // A refused change may have begun.
            let before = inner.clone();
            let endorser = Endorser { stamp: &stamp, keys: by.keys.clone(), ..*by };
            let changed =
                change(inner, &endorser).map_err(|error| within(id, error, &inner.head, &around)).and_then(|()| {
                    // The root may have just replaced its own key.
                    let is_there = inner.head.members.get(&stamp.by).is_some_and(|own| own.keys == by.keys);
                    if is_there { inner.remove_outsiders(id, &around, &|_| false, &endorser) } else { Ok(()) }
                });
            changed.inspect_err(|_| *inner = before)
        });
        changed.unwrap_or(Ok(()))
    }

    /// Removes the members of this inner vault who were removed from the vault around it, as that says itself or as is
    /// known otherwise.
    ///
    /// # Errors
    /// If this writer may not remove one of them.
    pub fn remove_outsiders(
        &mut self,
        id: &SectionId,
        around: &Head,
        is_known: &dyn Fn(&PublicKeys) -> bool,
        by: &Endorser<'_>,
    ) -> Result<(), ClosedError> {
        let is_out = |member: &Member| around.is_out(&member.keys) || is_known(&member.keys);
        let outsiders = self.head.members.iter().filter(|(_, member)| is_out(member));
        let mut outsiders: Vec<(bool, MemberName)> =
            outsiders.map(|(name, member)| (!member.is_root(), name.clone())).collect();
        // Whoever removes the root depends on nobody from then on.
        outsiders.sort();
        for (_, name) in outsiders {
            let able = self.head.able_to_remove(&name, around);
            let is_own = name == by.stamp.by;
            let section = id.clone();
            self.remove_member(&name, by).map_err(|_| ClosedError::Outsider { section, name, is_own, by: able })?;
        }
        Ok(())
    }
}

impl Section {
    /// Whether it is closed, and no writer of the vault around it is listed in it: nobody can change it any more.
    pub fn is_lost(&self, around: &Head) -> bool {
        self.closed.as_ref().is_some_and(|closed| around.writers_of(&closed.members).is_empty())
    }

    /// The members of the vault around it who may remove these keys from a closed section, as far as is known here.
    pub fn able_to_remove(&self, keys: &PublicKeys, around: &Head) -> Vec<MemberName> {
        let Some(inner) = self.inner() else {
            let members = self.closed.as_ref().map(|closed| &closed.members[..]).unwrap_or_default();
            let is_other = |name: &MemberName| around.members.get(name).is_some_and(|one| one.keys != *keys);
            return around.writers_of(members).into_iter().filter(is_other).collect();
        };
        let inside = named(&inner.head, keys);
        inside.map(|(name, _)| inner.head.able_to_remove(name, around)).unwrap_or_default()
    }

    /// The removed keys of the vault around it that a closed section still lists.
    pub fn outsiders<'h>(&self, around: &'h Head) -> Vec<&'h Removed> {
        let Some(closed) = &self.closed else { return Vec::new() };
        let is_listed = |(print, removed): &(&Fingerprint, &Removed)| match self.inner() {
            Some(inner) => inner.head.members.values().any(|member| removed.bans(&member.keys)),
            None => closed.members.contains(print),
        };
        around.removed.iter().filter(is_listed).map(|(_, removed)| removed).collect()
    }

    /// Whether it is closed, and lists these keys, or did when a reader with this recipient became a writer.
    pub fn lists(&self, keys: &PublicKeys) -> bool {
        let Some(closed) = &self.closed else { return false };
        let as_reader = Fingerprint::of(&keys.recipient, None);
        match self.inner() {
            Some(inner) => named(&inner.head, keys).is_some(),
            None => closed.members.contains(&keys.fingerprint()) || closed.members.contains(&as_reader),
        }
    }
}

impl Head {
    /// The writers of the vault among these keys: they may be able to let somebody into a closed section.
    pub fn writers_of(&self, prints: &[Fingerprint]) -> Vec<MemberName> {
        let is_one = |member: &Member| member.keys.writer.is_some() && prints.contains(&member.fingerprint());
        self.members.iter().filter(|(_, member)| is_one(member)).map(|(name, _)| name.clone()).collect()
    }

    /// The writers of this inner vault, by their names in the vault around it, who may remove a member.
    fn able_to_remove(&self, name: &MemberName, around: &Head) -> Vec<MemberName> {
        let able = self.members.iter().filter(|(other, member)| {
            *other != name && member.keys.writer.is_some() && self.check_removal(name, other).is_ok()
        });
        let mut able: Vec<MemberName> =
            able.filter_map(|(_, member)| Some(named(around, &member.keys)?.0.clone())).collect();
        able.sort();
        able
    }

    /// Whether these keys were removed.
    fn is_out(&self, keys: &PublicKeys) -> bool {
        self.removal_of(keys).is_some()
    }
}

/// The member with these keys. A reader who has become a writer has the same recipient.
fn named<'h>(head: &'h Head, keys: &PublicKeys) -> Option<(&'h MemberName, &'h Member)> {
    head.members.iter().find(|(_, member)| member.keys.recipient == keys.recipient)
}

/// The error for a change within a section, with those who may make it.
fn within(id: &SectionId, error: MemberError, inner: &Head, around: &Head) -> ClosedError {
    let by = match &error {
        MemberError::Oneself { name, .. } | MemberError::Voucher { name } => inner.able_to_remove(name, around),
        _ => Vec::new(),
    };
    ClosedError::Within { section: id.clone(), error, by }
}
