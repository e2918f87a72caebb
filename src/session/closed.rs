//! The closed sections of a vault: their inner vaults are opened, and checked against the pins.
//!
//! An inner vault is opened, trusted and written by the same code as the vault around it. Where a key opens it, its
//! content stands in its section, and whoever works on the vault needs not know that the section is closed.

use super::Session;
use super::envelope::{self, AgeSource, Damage, Extent, OpenError, OpenVault};
use super::inner::{InnerCheck, known_inner};
use super::locate::VaultLocation;
use super::pins::TrustCheck;
use super::token::Demand;
use super::untrusted::{Reason, Untrusted};
use super::versions::Version;
use crate::keys::{self, AgeIdentity as _, Identity, Key, Purpose};
use crate::report::Error;
use crate::store::PinStore;
use crate::vault::text::Selection;
use crate::vault::trust::SignedDigest;
use crate::vault::{
    Access, Closed, Distrust, Fingerprint, Head, Pins, Place, SealedBytes, SectionId, Sections, Token, Vault, View,
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
        let Some(known) = known_inner(around.pins, &closed.vault) else { return Ok(()) };
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
}

fn is_listed(closed: &Closed, key: &Key) -> bool {
    fingerprints(key).any(|print| closed.members.contains(&print))
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
