//! Closed sections on their way into the vault: what a change has left different is sealed again, by its own writers.

use super::Session;
use super::commit::Draft;
use super::envelope::{self, SealedVault};
use super::inner::{WrittenInner, known_inner};
use super::locate::VaultLocation;
use super::pins::{new_actor, new_hash_key};
use crate::keys::{Card, Identity};
use crate::report::{Command, Error, Message, Notice, OfVault as _, now};
use crate::store::PinStore;
use crate::vault::text::SectionCache;
use crate::vault::{
    ClosedError, Endorser, Head, MemberName, Place, PublicKeys, SealedBytes, Section, SectionId, Sections, Stamp, Vault,
};

impl Session {
    /// Seals the inner vaults that a change has left different from `before`, and puts them into the draft.
    ///
    /// # Errors
    /// If this writer may not write one of them, or may not open or drop a section that was closed.
    pub(super) fn seal_sections(
        &self,
        location: &VaultLocation,
        pins: &PinStore,
        place: &Place,
        before: Option<&Sections>,
        draft: &mut Draft<'_>,
    ) -> Result<Vec<WrittenInner>, Error> {
        if let Some(before) = before {
            self.check_dropped(pins, before, draft)?;
        }
        let mut written = Vec::new();
        for id in draft.vault.opened() {
            let Some(section) = draft.vault.sections.get(&id) else { continue };
            // Encrypted bytes that were not there before came with their content, from a side of a merge.
            let sealed =
                |section: &Section| section.closed.as_ref().map(|closed| closed.sealed.clone()).unwrap_or_default();
            // It may have another name now, which its own head says too.
            let is_known = |known: &&Section| known.closed.is_some() && sealed(known) == sealed(section);
            let known = before.and_then(|before| before.iter().map(|(_, section)| section).find(is_known));
            if !sealed(section).is_empty() && known.is_none_or(|known| says_the_same(known, section)) {
                correct_members(&mut draft.vault.sections, &id);
                continue;
            }
            let known = known.and_then(Section::inner_vault);
            written.push(self.seal_section(location, pins, place, &id, known.as_ref(), draft)?);
        }
        Ok(written)
    }

    fn seal_section(
        &self,
        location: &VaultLocation,
        pins: &PinStore,
        place: &Place,
        id: &SectionId,
        before: Option<&Vault>,
        draft: &mut Draft<'_>,
    ) -> Result<WrittenInner, Error> {
        let at = location.inner(&draft.vault.head, id);
        let section = draft.vault.sections.get(id).and_then(Section::inner_vault);
        let vault = section.expect("only open sections are sealed");
        let Ok((writer, by)) = envelope::writer(&vault.head, &at, self.keys()?) else {
            let closed = draft.vault.sections.get(id).and_then(|section| section.closed.as_ref());
            let by = closed.map(|closed| draft.vault.head.writers_of(&closed.members)).unwrap_or_default();
            return Err(ClosedError::Reader { section: id.clone(), by }.in_team(&draft.vault.head.team));
        };
        let known = pins.vaults.get(&vault.head.id);
        let actor =
            draft.actor.map(|_| known.map_or_else(new_actor, |pins| pins.actor(place, &vault.head.clock, new_actor)));
        let mut inner = Draft { vault, writer, by, actor };
        self.remove_outsiders(&at, id, pins, &draft.vault.head, &mut inner)?;
        // They never saw what this very change sets.
        before.into_iter().for_each(|before| inner.vault.limit_exposure(before));

        let sealed = inner.seal(None, SectionCache::new(), &self.plugins())?;
        let SealedVault { bytes, digest: signed } = sealed.ok_or(envelope::SealError::NotReadBack)?;
        let head = inner.vault.head.clone();
        let by = draft.vault.head.writer_with(&inner.writer.writer_key()).map(|(name, _)| name.clone());
        if let Some(closed) = draft.vault.sections.closed_mut(id) {
            closed.members = head.fingerprints();
            closed.updated = head.written_at;
            closed.by = by.unwrap_or_else(|| head.written_by.clone());
            closed.sealed = vec![SealedBytes::new(bytes)];
        }
        draft.vault.sections.hold(id, inner.vault);
        Ok(WrittenInner { head, signed, actor })
    }

    /// Removes the members of an inner vault who were removed from the vault around it, or whom this machine knows to be
    /// removed from either.
    ///
    /// # Errors
    /// If this writer may not remove one of them.
    fn remove_outsiders(
        &self,
        at: &VaultLocation,
        id: &SectionId,
        pins: &PinStore,
        around: &Head,
        draft: &mut Draft<'_>,
    ) -> Result<(), Error> {
        let outer = pins.vaults.get(&around.id);
        let is_known = |keys: &PublicKeys| outer.is_some_and(|pins| pins.removal_of(keys).is_some());
        let known = pins.vaults.get(&draft.vault.head.id);
        known.map_or(Ok(()), |known| self.remove_known(at, draft, known))?;
        let before = draft.vault.head.members.clone();
        self.as_endorser(draft.writer, &draft.by.clone(), |by| {
            let removed = draft.vault.remove_outsiders(id, around, &is_known, by);
            removed.map_err(|error| error.in_team(&around.team))
        })?;
        for name in before.keys().filter(|name| !draft.vault.head.members.contains_key(*name)) {
            let text = match around.members.contains_key(name) {
                // Whoever writes the vault chose that key. Only a member of the section may let it in.
                true => {
                    format!("{name} has a new key, which closed {id} does not list yet; to let {name} in again: ")
                }
                false => {
                    let text = format!("{name} was removed from the team, and is out of closed {id} now");
                    self.frontend.notice(Notice::Note(text.into()));
                    continue;
                }
            };
            let add = Command::new("member add").arg(name).arg("--to").arg(id.as_typed());
            self.frontend.notice(Notice::Warning(Message::from(text).command(add)));
        }
        Ok(())
    }

    /// Does something as a writer who endorses members.
    pub fn as_endorser<T>(
        &self,
        writer: &Identity,
        by: &MemberName,
        work: impl FnOnce(&Endorser<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let stamp = Stamp { by: by.clone(), at: now() };
        let signer = writer.open_signer()?;
        let sign = |bytes: &[u8]| signer.sign(bytes);
        let keys = Card::of(writer).public_keys();
        work(&Endorser { stamp: &stamp, keys, sign: &sign, fresh: &new_hash_key })
    }

    /// Refuses a change that opens or drops a closed section, by somebody who may not write it.
    fn check_dropped(&self, pins: &PinStore, before: &Sections, draft: &Draft<'_>) -> Result<(), Error> {
        let key = draft.writer.writer_key();
        for (id, closed) in before.closed().filter(|(id, _)| Some(*id) != self.lost.get()) {
            let is_there = draft.vault.head.closed.values().any(|print| *print == closed.vault);
            let inner = before.get(id).and_then(Section::inner);
            let by = draft.vault.head.writers_of(&closed.members);
            let is_writer = inner.is_some_and(|inner| inner.head.writer_with(&key).is_some());
            // One that nobody can open any more may be dropped by anybody.
            let is_lost = inner.is_none() && by.is_empty() && known_inner(pins, &closed.vault).is_none();
            if !is_there && !is_writer && !is_lost {
                let error = ClosedError::Reader { section: id.clone(), by };
                return Err(error.in_team(&draft.vault.head.team));
            }
        }
        Ok(())
    }
}

/// Corrects what the vault says of the members of a closed section that is open. Of disputed versions, nobody has decided
/// yet who the members are.
fn correct_members(sections: &mut Sections, id: &SectionId) {
    let open = sections.get(id).and_then(|section| Some((section.closed.as_ref()?, section.inner()?)));
    let Some((closed, inner)) = open else { return };
    let (members, is_one) = (inner.head.fingerprints(), closed.sealed.len() == 1);
    if is_one
        && closed.members != members
        && let Some(closed) = sections.closed_mut(id)
    {
        closed.members = members;
    }
}

/// Whether two versions of a closed section hold the same, whatever their encrypted bytes.
fn says_the_same(one: &Section, other: &Section) -> bool {
    (&one.env, &one.secrets, one.inner()) == (&other.env, &other.secrets, other.inner())
}
