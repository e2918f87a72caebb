//! Several versions of a closed section: what they hold together, and what does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use super::envelope;
use super::locate::{VaultLocation, restore_section};
use super::merge_refused::MergeRefused;
use super::pins::new_actor;
use super::side::secrets_of;
use super::untrusted::Untrusted;
use crate::report::{Command, Error, Message, Notice, and};
use crate::store::PinStore;
use crate::vault::merge::Newest;
use crate::vault::trust::SignedDigest;
use crate::vault::{Distrust, Member, MemberName, MergeError, Place, Section, SectionId, Sections, Vault};

/// One version of an inner vault.
pub(super) struct Version {
    pub vault: Vault,
    pub signed: SignedDigest,
    /// Set if somebody signed it who was removed.
    pub by_removed: Option<Distrust>,
}

impl Session {
    /// What the versions of a section hold together. None if nothing counts, and whoever merges leaves it as it is;
    /// `place` is where it is read, unless it is a side of a merge.
    ///
    /// # Errors
    /// If nothing that is read there counts, or the versions cannot be merged.
    pub(super) fn newest(
        &self,
        at: &VaultLocation,
        pins: &PinStore,
        place: Option<&Place>,
        id: &SectionId,
        versions: Vec<Version>,
    ) -> Result<Option<(Vault, SignedDigest)>, Error> {
        let (mut counting, refused): (Vec<_>, Vec<_>) =
            versions.into_iter().partition(|version| version.by_removed.is_none());
        if let [Version { vault, by_removed: Some(distrust), .. }, ..] = &refused[..]
            && counting.is_empty()
            && place.is_some()
        {
            return Err(Untrusted::new(at.origin(), &vault.head, distrust.clone()).into());
        }
        if counting.len() == 1 && refused.is_empty() {
            return Ok(counting.pop().map(|only| (only.vault, only.signed)));
        }

        let vaults: Vec<&Vault> = counting.iter().map(|version| &version.vault).collect();
        let newest = match Vault::newest(&vaults, None) {
            // The root of each was removed in another one.
            Err(MergeError::NoWriter) => {
                let (writer, name) = envelope::writer(&vaults[0].head, at, self.keys()?)?;
                self.as_endorser(writer, &name, |by| Ok(Vault::newest(&vaults, Some(by))))?
            }
            newest => newest,
        };
        let newest = newest.map_err(|error| refused_merge(at, vaults[0], error))?;
        let Some(Newest { mut vault, at: first, removed, removed_each_other }) = newest else { return Ok(None) };
        if place.is_some() && !removed_each_other.is_empty() {
            self.warn_removed_each_other(id, &removed_each_other);
        }
        let signed = counting[first].signed;
        let mut removed: Vec<Version> = removed.into_iter().rev().map(|at| counting.swap_remove(at)).collect();
        removed.extend(refused);

        let known = pins.vaults.get(&vault.head.id);
        if place.is_some() && !removed.is_empty() {
            self.see_removed_versions(id, &removed);
        }
        for Version { vault: version, .. } in removed.iter().filter(|_| self.counts_removed.get()) {
            let clock = vault.head.clock.clone();
            let mut side = secrets_of(version, &vault.head, known);
            // Its writes are known here. Neither is to contain the other's.
            vault.head.clock.tick(new_actor());
            side.head.clock.tick(new_actor());
            vault = Vault::merge(None, &vault, &side, None).map_err(|error| refused_merge(at, version, error))?.vault;
            vault.head.clock = clock;
        }
        Ok(Some((vault, signed)))
    }

    /// Warns of versions whose writers removed each other. Whoever writes there decides.
    fn warn_removed_each_other(&self, id: &SectionId, by: &BTreeSet<MemberName>) {
        let names: Vec<&MemberName> = by.iter().collect();
        let text =
            format!("{} removed each other from closed section {id}; until one of its writers decides", and(&names));
        let restore = restore_section(id);
        let text =
            Message::from(format!("{text}, what both wrote counts; to go back to an older copy: ")).command(restore);
        self.frontend.notice(Notice::Warning(text));
    }

    /// Remembers versions by members who were removed, and warns of them.
    fn see_removed_versions(&self, id: &SectionId, removed: &[Version]) {
        let by: Vec<MemberName> = removed.iter().map(|version| version.vault.head.written_by.clone()).collect();
        // A command may read it several times.
        let is_told = self.removed_versions.borrow().get(id) == Some(&by);
        for name in by.iter().filter(|_| !is_told) {
            let text = format!("{name}, who was removed, wrote a version of closed section {id}");
            let text = format!("{text}; it does not count, and the next write there drops it; to use it: ");
            let text = Message::from(text).command(Command::new("settle").section(id));
            self.frontend.notice(Notice::Warning(text));
        }
        self.removed_versions.borrow_mut().insert(id.clone(), by);
    }

    /// The removed members who wrote versions of closed sections that were read, and do not count.
    pub fn removed_versions(&self) -> BTreeMap<SectionId, Vec<MemberName>> {
        self.removed_versions.borrow().clone()
    }

    /// Warns of members who were in a closed section on one side of a merge, and are not in what was merged.
    pub fn warn_left_out_inside(&self, sides: [&Sections; 2], merged: &Sections) {
        for (id, section) in merged.iter() {
            let Some(inner) = section.inner() else { continue };
            let before = sides.into_iter().filter_map(|side| side.get(id).and_then(Section::inner));
            let members: BTreeMap<_, _> = before.flat_map(|inner| &inner.head.members).collect();
            let is_left_out = |(_, member): &(&MemberName, &Member)| {
                let is_there = inner.head.member_with(&member.fingerprint()).is_some();
                !is_there && inner.head.removal_of(&member.keys).is_none()
            };
            for (name, _) in members.into_iter().filter(is_left_out) {
                let text =
                    format!("{name} was in closed section {id} on one side, and is left out; to let {name} in: ");
                let add = Command::new("member add").arg(name).arg("--to").arg(id.as_typed());
                self.frontend.notice(Notice::Warning(Message::from(text).command(add)));
            }
        }
    }
}

fn refused_merge(at: &VaultLocation, side: &Vault, error: MergeError) -> MergeRefused {
    let head = &side.head;
    MergeRefused { path: at.file.path().to_owned(), error, by: head.written_by.clone(), at: head.written_at }
}
