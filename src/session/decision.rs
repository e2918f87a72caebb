//! What a person decides to trust, and what this machine trusts, for another one.

use std::collections::BTreeSet;

use super::Session;
use super::envelope::{Extent, OpenVault};
use super::locate::VaultLocation;
use super::place::without_parents;
use super::untrusted::Untrusted;
use crate::keys;
use crate::report::Error;
use crate::store::PinStore;
use crate::vault::text::Selection;
use crate::vault::trust::{SignedDigest, Snapshot};
use crate::vault::{Distrust, Fingerprint, Head, Pins, Place, SectionId, Token, VaultId};

/// The head of a vault, and its signature.
pub struct SignedHead {
    pub head: Head,
    pub signed: SignedDigest,
}

impl Session {
    /// Trusts a vault and these inner vaults of it as they are, and takes these removals back, by vault. The user decided
    /// so. Returns the first error of an inner vault that cannot be trusted; all others are.
    ///
    /// # Errors
    /// If the vault itself cannot be trusted. Nothing is then.
    pub fn trust(
        &self,
        location: &VaultLocation,
        opened: &OpenVault<'_>,
        inner: &[(SectionId, SignedHead)],
        taken_back: &BTreeSet<(VaultId, Fingerprint)>,
    ) -> Result<Option<Error>, Error> {
        let (head, place) = (&opened.head, location.place()?);
        let (at, usual) = (without_parents(&location.named), self.usual_vault(&head.team)?);
        self.read_pins.take();
        PinStore::update(&self.state_directory()?, &self.lock_request(), |store| {
            trust_in(store, &place, opened.snapshot(), taken_back)
                .map_err(|distrust| Untrusted::new(location.origin(), head, distrust))?;
            let mut refused = None;
            for (section, SignedHead { head: inner, signed }) in inner {
                if let Err(distrust) = trust_in(store, &place, signed.of(inner), taken_back) {
                    let at = location.inner(head, section).origin();
                    refused.get_or_insert_with(|| Untrusted::new(at, inner, distrust).into());
                }
            }
            store.teams.insert(head.team.clone(), head.id);
            store.locations.see(&head.team, &at, &usual);
            store.paths.extend(place.locations.iter().map(|location| (location.clone(), head.id)));
            Ok(refused)
        })?
    }

    /// Trusts the inner vault of a section as it is. The user decided so.
    pub(super) fn trust_inner(
        &self,
        at: &VaultLocation,
        SignedHead { head, signed }: &SignedHead,
    ) -> Result<(), Error> {
        let place = at.place()?;
        self.read_pins.take();
        let update = |store: &mut PinStore| trust_in(store, &place, signed.of(head), &BTreeSet::new());
        let trusted = PinStore::update(&self.state_directory()?, &self.lock_request(), update)?;
        trusted.map_err(|distrust| Untrusted::new(at.origin(), head, distrust).into())
    }

    /// Returns what this machine trusts of the vault, for a machine without pins. `not_older` adds the clock of this
    /// checkout.
    pub fn export_trust(&self, not_older: bool) -> Result<Token, Error> {
        let location = self.location()?;
        let (opened, mut check) =
            self.open_trusted(location, |pins| self.open_file(location, Extent::Current, Some(pins)))?;
        let head = &opened.head;
        let closed: Vec<SectionId> = head.closed.keys().cloned().collect();
        let view = self.view_of(&mut check, location, &opened, Selection::Current(&closed))?;
        self.accept(&check, &opened)?;
        // Where no pins can be written, there may be none.
        let mut pins = self.pins()?;
        check.record(&mut pins, opened.snapshot());
        let export = |head: &Head| {
            let pins = pins.vaults.get(&head.id).ok_or(Distrust::NoRoot);
            let pins = pins.map_err(|distrust| Untrusted::new(location.origin(), head, distrust))?;
            Ok::<_, Error>(pins.export(head.id, not_older.then(|| head.clock.clone())))
        };
        let inner = view.sections.iter().filter_map(|(_, section)| section.inner());
        let closed = inner.map(|inner| export(&inner.head)).collect::<Result<_, _>>()?;
        Ok(Token { closed, ..export(head)? })
    }
}

/// Trusts one vault as it is.
fn trust_in(
    store: &mut PinStore,
    place: &Place,
    found: Snapshot<'_>,
    taken_back: &BTreeSet<(VaultId, Fingerprint)>,
) -> Result<(), Distrust> {
    let id = found.head.id;
    let taken_back = taken_back.iter().filter(|(of, _)| *of == id).map(|(_, print)| print.clone()).collect();
    let pins = Pins::trust(store.vaults.get(&id), place, found, &taken_back, &keys::vouches)?;
    store.vaults.insert(id, pins);
    Ok(())
}
