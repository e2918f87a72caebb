//! The closed sections of a vault: their inner vaults are opened, checked against the pins, and sealed again.
//!
//! An inner vault is opened, trusted and written by the same code as the vault around it. Where a key opens it, its
//! content stands in its section, and whoever works on the vault needs not know that the section is closed.

use super::Session;
use super::commit::Draft;
use super::envelope::{self, AgeSource, Damage, Extent, OpenError, OpenVault, SealedVault};
use super::inner::{InnerCheck, WrittenInner};
use super::locate::VaultLocation;
use super::pins::{TrustCheck, new_actor, new_hash_key};
use super::token::Demand;
use super::untrusted::{Reason, Untrusted};
use super::versions::Version;
use crate::keys::{self, AgeIdentity as _, Card, Identity, Key, Purpose};
use crate::report::{Command, Error, Message, Notice, OfVault as _, now};
use crate::store::PinStore;
use crate::vault::text::{SectionCache, Selection};
use crate::vault::trust::SignedDigest;
use crate::vault::{
    Access, Closed, ClosedError, Distrust, Endorser, Fingerprint, Head, MemberName, Pins, Place, PublicKeys,
    SealedBytes, Section, SectionId, Sections, Stamp, Token, Vault, VaultFingerprint, View,
};

/// What an inner vault must be to count.
#[derive(Debug, Clone, Copy)]
pub enum Standing<'p> {
    /// The one in use: no older than what this machine has seen at this place.
    Current(&'p Place),
    /// A side of a merge: by members who are trusted now, of any age.
    Side,
    /// A version of the past: valid in its time.
    Past,
    /// Whoever wrote it, for a person to look at.
    Any,
}

/// The vault around the closed sections, and what is known of it.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    pub location: &'a VaultLocation,
    pub head: &'a Head,
    pub pins: &'a PinStore,
    pub standing: Standing<'a>,
    /// How much of the inner vaults is read.
    pub extent: Extent,
}

impl Session {
    /// Reads a selection of the sections of a vault that is trusted, the closed ones among them too.
    pub(super) fn view_of(
        &self,
        check: &mut TrustCheck,
        location: &VaultLocation,
        opened: &OpenVault<'_>,
        selection: Selection<'_>,
    ) -> Result<View, Error> {
        let is_closed = |ids: &[SectionId]| ids.iter().any(|id| opened.head.closed.contains_key(id));
        let (selection, extent) = match selection {
            // What an entry in a closed section refers to is not known before that is open.
            Selection::Name(ids, _) if is_closed(ids) => (Selection::Current(ids), Extent::Current),
            Selection::History(_) => (selection, Extent::WithHistory),
            Selection::Current(_) | Selection::Name(..) | Selection::All => (selection, Extent::Current),
        };
        let mut view = opened.view(selection)?;
        if let Some(Demand::Token(token)) = self.demand()? {
            Pins::check_demanded(&token, &opened.head, &view.sections)
                .map_err(|distrust| Untrusted::new(location.origin(), &opened.head, distrust))?;
        }
        self.join(check, location, &opened.head, &mut view.sections, extent)?;
        Ok(view)
    }

    /// Opens the closed sections among these as far as the keys at hand do, and checks them against the pins.
    ///
    /// # Errors
    /// If the inner vault of one opens and is damaged, or not trusted.
    pub(super) fn join(
        &self,
        check: &mut TrustCheck,
        location: &VaultLocation,
        head: &Head,
        sections: &mut Sections,
        extent: Extent,
    ) -> Result<(), Error> {
        let Some(pins) = check.pins.take() else { return Ok(()) };
        let standing = Standing::Current(&check.place);
        let around = Around { location, head, pins: &pins, standing, extent };
        let inner = self.open_sections(around, sections)?;
        check.see_inner(&pins, inner);
        Ok(())
    }

    /// Opens the closed sections among these as far as the keys at hand do, and checks them against the pins.
    pub fn open_sections(&self, around: Around<'_>, sections: &mut Sections) -> Result<Vec<InnerCheck>, Error> {
        let closed = sections.closed().filter(|(id, _)| Some(*id) != self.lost.get());
        let closed: Vec<(SectionId, Closed)> = closed.map(|(id, closed)| (id.clone(), closed.clone())).collect();
        if closed.is_empty() {
            return Ok(Vec::new());
        }
        let stanzas = Stanzas::of(around.head, self.keys()?);
        let mut checks = Vec::new();
        for (id, closed) in closed {
            stanzas.expect_in(&closed);
            match self.open_section(around, &id, &closed)? {
                Some((vault, check)) => {
                    sections.hold(&id, vault);
                    checks.extend(check);
                }
                None => {
                    let by = around.head.writers_of(&closed.members);
                    if let Some(closed) = sections.closed_mut(&id) {
                        closed.access = Access::Locked { by };
                    }
                }
            }
        }
        Ok(checks)
    }

    /// Opens the inner vault of one section; None if no key at hand does.
    pub(super) fn open_section(
        &self,
        around: Around<'_>,
        id: &SectionId,
        closed: &Closed,
    ) -> Result<Option<(Vault, Option<InnerCheck>)>, Error> {
        let at = around.location.inner(around.head, id);
        let Some((vault, signed)) = self.open_versions(around, id, closed)? else {
            self.check_withheld(around, &at, closed)?;
            return Ok(None);
        };
        let Standing::Current(place) = around.standing else { return Ok(Some((vault, None))) };

        let token = self.inner_token(&at, &vault.head)?;
        let known = around.pins.vaults.get(&vault.head.id);
        let acceptance = Pins::accept(known, token.as_ref(), place, signed.of(&vault.head), &keys::vouches)
            .map_err(|distrust| Untrusted::new(at.origin(), &vault.head, distrust))?;
        // A laptop that has seen the fingerprint beside it knows it already.
        let outer = around.pins.vaults.get(&around.head.id).and_then(|pins| pins.closed.get(id));
        let is_pinned = outer.is_some_and(|seen| seen.vault.as_ref() == Some(&closed.vault));
        let first = known.is_none() && !is_pinned;
        let (head, section) = (vault.head.clone(), id.clone());
        let is_misstated = closed.sealed.len() == 1 && closed.members != head.fingerprints();
        let is_signed = closed.sealed.len() == 1;
        let check = InnerCheck { section, head, signed, acceptance, is_misstated, token, is_signed, first };
        Ok(Some((vault, Some(check))))
    }

    /// Opens the versions of one section's inner vault, and merges them; None if no key at hand does. One that is to be
    /// sealed yet stands in no file.
    pub(super) fn open_versions(
        &self,
        around: Around<'_>,
        id: &SectionId,
        closed: &Closed,
    ) -> Result<Option<(Vault, SignedDigest)>, Error> {
        let at = around.location.inner(around.head, id);
        let mut versions = Vec::new();
        for sealed in &closed.sealed {
            let Some(version) = self.open_version(around, &at, closed, sealed)? else { return Ok(None) };
            versions.push(version);
        }
        let place = match around.standing {
            Standing::Current(place) => Some(place),
            Standing::Side | Standing::Past | Standing::Any => None,
        };
        if versions.is_empty() { Ok(None) } else { self.newest(&at, around.pins, place, id, versions) }
    }

    /// Refuses bytes that no key at hand opens, in the place of an inner vault that lists such a key, as it says itself
    /// by the pins, and the vault around it too. Of several versions, another may be without that member.
    fn check_withheld(&self, around: Around<'_>, at: &VaultLocation, closed: &Closed) -> Result<(), Error> {
        let (Standing::Current(_), [_]) = (around.standing, &closed.sealed[..]) else { return Ok(()) };
        let mut known = around.pins.vaults.iter();
        let known = known.find(|(id, pins)| VaultFingerprint::of(id, &pins.founder) == closed.vault);
        let Some((_, known)) = known else { return Ok(()) };
        let own: Vec<Fingerprint> = self.keys()?.iter().flat_map(fingerprints).collect();
        match own.iter().any(|own| closed.members.contains(own) && known.roster.knows(own)) {
            true => Err(OpenError::Damaged { at: at.origin(), damage: Damage::Withheld }.into()),
            false => Ok(()),
        }
    }

    /// Opens one version of an inner vault; None if no key at hand does.
    fn open_version(
        &self,
        around: Around<'_>,
        at: &VaultLocation,
        closed: &Closed,
        sealed: &SealedBytes,
    ) -> Result<Option<Version>, Error> {
        let keys = self.keys()?;
        // Hardware would ask for a touch, for nothing.
        if keys.iter().all(|key| key.hardware().is_some() && !is_listed(closed, key)) {
            return Ok(None);
        }
        // Versions are merged with their histories.
        let extent = if closed.sealed.len() > 1 { Extent::WithHistory } else { around.extent };
        let source = AgeSource::from(sealed.as_slice());
        let opened = match envelope::open(at, Purpose::Vault, source, keys, extent, Some(around.pins)) {
            Err(OpenError::NotMember { .. }) => return Ok(None),
            opened => opened?,
        };
        let (head, signed) = (&opened.head, opened.signed);
        if head.fingerprint().as_ref() != Some(&closed.vault) {
            return Err(OpenError::Damaged { at: at.origin(), damage: Damage::OtherInner }.into());
        }

        let mut by_removed = None;
        let pins = |head: &Head| around.pins.vaults.get(&head.id);
        let (known, outer) = (pins(head), pins(around.head));
        let untrusted = |distrust: Distrust| Untrusted::new(at.origin(), head, distrust);
        match around.standing {
            Standing::Any => {}
            Standing::Past => match known {
                Some(known) => known.trusted_once(head, &keys::vouches).map_err(untrusted)?,
                None => drop(head.check_members(&keys::vouches).map_err(untrusted)?),
            },
            Standing::Current(_) | Standing::Side => {
                let digests = (&sealed.digest(), &signed.digest);
                let mut checked = Pins::check_inner_signer(known, outer, around.head, head, digests.0, digests.1);
                // The only version is accepted or not later, which spares signatures that were verified before.
                let is_accepted_later = matches!((around.standing, &closed.sealed[..]), (Standing::Current(_), [_]));
                if checked.is_ok() && !is_accepted_later {
                    let token = self.inner_token(at, head)?;
                    checked = Pins::vouch(known, token.as_ref(), head, &keys::vouches);
                }
                match checked {
                    Err(distrust @ Distrust::SignedByRemoved { .. }) => by_removed = Some(distrust),
                    checked => checked.map_err(untrusted)?,
                }
            }
        }
        let vault = match extent {
            Extent::WithHistory => opened.whole()?,
            Extent::Current => {
                let View { head, sections, .. } = opened.view(Selection::Current(&[SectionId::Team]))?;
                Vault { head, sections, read: Default::default() }
            }
        };
        Ok(Some(Version { vault, signed, by_removed }))
    }

    /// Returns what `ETUI_TRUST` says of an inner vault.
    ///
    /// # Errors
    /// If it demands a vault, and says nothing of this inner one.
    pub(super) fn inner_token(&self, at: &VaultLocation, head: &Head) -> Result<Option<Token>, Error> {
        let Some(demand) = self.demand()? else { return Ok(None) };
        let token = demand.token().and_then(|token| token.closed.iter().find(|inner| inner.id == head.id));
        match token {
            Some(token) => Ok(Some(token.clone())),
            None => {
                let is_token = matches!(demand, Demand::Token(_));
                Err(Untrusted::new(at.origin(), head, Reason::NotCovered { is_token }).into())
            }
        }
    }

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
                    format!("the key of {name} in closed {id} was removed, so {name} is out of it; for the new key: ")
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
            let is_lost = inner.is_none() && by.is_empty() && !knows_inner(pins, &closed.vault);
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

fn is_listed(closed: &Closed, key: &Key) -> bool {
    fingerprints(key).any(|print| closed.members.contains(&print))
}

/// Whether this machine has opened an inner vault before.
fn knows_inner(pins: &PinStore, print: &VaultFingerprint) -> bool {
    pins.vaults.iter().any(|(id, known)| VaultFingerprint::of(id, &known.founder) == *print)
}

/// The fingerprints of a key, as a writer's and as a reader's.
fn fingerprints(key: &Key) -> impl Iterator<Item = Fingerprint> {
    let writer = key.signer().map(Identity::fingerprint);
    let reader = key.recipient().map(|recipient| Fingerprint::of(&recipient, None));
    writer.into_iter().chain(reader)
}

/// Whose keys are at hand, as told by the stanza of the vault that each opened. So the right stanza of an inner vault is
/// tried first, and no key has to be derived to find it.
struct Stanzas<'k>(Vec<(&'k Identity, usize, Fingerprint)>);

impl<'k> Stanzas<'k> {
    fn of(head: &Head, keys: &'k [Key]) -> Stanzas<'k> {
        let own = |identity: &'k Identity| {
            let place = identity.place()?;
            Some((identity, place, head.members.values().nth(place)?.fingerprint()))
        };
        Stanzas(keys.iter().filter_map(Key::signer).filter_map(own).collect())
    }

    /// Tells each key its place among the members of an inner vault, which is that of its stanza.
    fn expect_in(&self, closed: &Closed) {
        for (identity, _, own) in &self.0 {
            identity.expect_at(closed.members.iter().position(|known| known == own));
        }
    }
}

impl Drop for Stanzas<'_> {
    /// The next vault that these keys open is another version of the one around the sections.
    fn drop(&mut self) {
        self.0.iter().for_each(|(identity, place, _)| identity.expect_at(Some(*place)));
    }
}
