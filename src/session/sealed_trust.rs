//! Whether this machine trusts a sealed environment, and what the pins record of it.

use std::collections::{BTreeMap, BTreeSet};

use super::Session;
use super::envelope::{Damage, OpenError};
use super::inner::pins_of;
use super::locate::VaultLocation;
use super::place::locations;
use super::token::Demand;
use super::untrusted::{Reason, Untrusted};
use crate::keys;
use crate::report::Error;
use crate::store::PinStore;
use crate::vault::text::Text;
use crate::vault::{Clock, Head, Pins, SectionId, Token, VaultFingerprint, Within};

impl Session {
    /// Checks that somebody whom this machine trusts wrote a sealed environment, and that it is not older than what was
    /// seen of its context: by `ETUI_TRUST`, by the pins, or, the first time, as found. The same of the closed sections
    /// that it is from.
    pub fn check_sealed(&self, location: &VaultLocation, head: &Head) -> Result<(), Error> {
        let files = locations(&location.named);
        let inner = inner_heads(location, head)?;
        // It holds no closed section, but proves that these are.
        let prints = inner.iter().filter_map(|(id, inner)| Some((id.clone(), inner.fingerprint()?)));
        let head = &Head { closed: prints.collect(), ..head.clone() };
        let demand = self.check_demanded(location.origin(), head, Untrusted::sealed)?;
        let token = demand.as_ref().and_then(Demand::token);
        // `ETUI_TRUST` also serves machines without a home, which have no pins.
        let store = if self.directories().is_ok() { self.pins()? } else { PinStore::default() };
        let known = store.vaults.get(&head.id);
        let untrusted = |reason: Reason| Untrusted::sealed(location.origin(), head, reason);
        Pins::vouch(known, token, head, &keys::vouches).map_err(|distrust| untrusted(distrust.into()))?;

        // Whoever delivers the file chooses which of the environments for this machine it is.
        let mut others = store.vaults.iter().filter(|(id, _)| **id != head.id && demand.is_none());
        let is_known = |pins: &Pins, id| pins.holds_sealed(&files) || store.teams.get(&head.team) == Some(id);
        if let Some((id, other)) = others.find(|(id, pins)| is_known(pins, *id)) {
            let known = VaultFingerprint::of(id, &other.founder);
            return Err(untrusted(Reason::SealedByOther { found: head.fingerprint(), known }).into());
        }
        let context = head.sealed_context().unwrap_or_default().to_owned();
        let seen = known.map(|known| &known.sealed);
        let mut at_file = seen.into_iter().flatten().filter(|(_, seen)| !seen.files.is_disjoint(&files));
        if let Some((other, _)) = at_file.find(|(other, _)| **other != context) {
            return Err(untrusted(Reason::OtherContext { demanded: other.clone(), found: context }).into());
        }
        let changes = lacking(known, token, head, &context);
        if changes > 0 {
            return Err(untrusted(Reason::OldEnvironment { changes }).into());
        }
        Pins::check_environment(known, token, head).map_err(|distrust| untrusted(distrust.into()))?;
        let mut tokens = Vec::new();
        for (id, inner) in &inner {
            let at = location.inner(head, id);
            let token = self.inner_token(&at, inner)?;
            let known = store.vaults.get(&inner.id);
            let untrusted = |reason: Reason| Untrusted::sealed(at.origin(), inner, reason);
            Pins::vouch(known, token.as_ref(), inner, &keys::vouches).map_err(|distrust| untrusted(distrust.into()))?;
            let changes = lacking(known, token.as_ref(), inner, &context);
            if changes > 0 {
                return Err(untrusted(Reason::OldEnvironment { changes }).into());
            }
            tokens.push(token);
        }

        if known.is_none() && demand.is_none() {
            self.announce_first("this machine", head);
        }
        if demand.is_none() {
            let is_new = |(_, inner): &&(SectionId, Head)| !store.vaults.contains_key(&inner.id);
            inner.iter().filter(is_new).for_each(|(id, inner)| self.announce_first_section("this machine", id, inner));
        }
        if self.directories().is_err() {
            return Ok(());
        }
        let token = token.cloned();
        let record = |store: &mut PinStore| {
            store.vaults.values_mut().for_each(|pins| pins.forget_sealed(&files));
            let Some(pins) = pins_of(store, head) else { return };
            if let Some(token) = &token {
                pins.learn(token);
            }
            pins.see_sealed(context.clone(), &files, head);
            for ((_, inner), token) in inner.iter().zip(&tokens) {
                let Some(pins) = pins_of(store, inner) else { continue };
                if let Some(token) = token {
                    pins.learn(token);
                }
                // The file is known to hold an environment of the vault around it.
                pins.see_sealed(context.clone(), &BTreeSet::new(), inner);
            }
        };
        let mut after = store.clone();
        record(&mut after);
        if after == store { Ok(()) } else { self.update_pins(record) }
    }
}

/// The heads of the inner vaults of the closed sections that a sealed environment is from. Its signature covers them.
///
/// # Errors
/// If one is no head, is of another vault or section, or names another writer than the one who sealed the environment.
fn inner_heads(location: &VaultLocation, head: &Head) -> Result<Vec<(SectionId, Head)>, OpenError> {
    let damaged = |damage| OpenError::Damaged { at: location.origin(), damage };
    let key = |head: &Head| head.members.get(&head.written_by).and_then(|member| member.key().copied());
    let mut heads = BTreeMap::new();
    for text in head.sealed_sections().ok_or_else(|| damaged(Damage::Head))? {
        let inner = Text::new(text.to_owned()).head().map_err(|_| damaged(Damage::Text { line: None }))?;
        let within = inner.within().filter(|Within { vault, .. }| *vault == head.id);
        let Within { section, .. } = within.ok_or_else(|| damaged(Damage::OtherPlace))?;
        if key(&inner) != key(head) {
            return Err(damaged(Damage::Signature { by: inner.written_by }));
        }
        if heads.insert(section, inner).is_some() {
            return Err(damaged(Damage::OtherPlace));
        }
    }
    Ok(heads.into_iter().collect())
}

/// How many changes a sealed environment lacks that were seen in others of its context, or that a token demands.
fn lacking(known: Option<&Pins>, token: Option<&Token>, head: &Head, context: &str) -> u64 {
    let behind = |clock: &Clock| clock.beyond(&head.clock);
    let seen = known.and_then(|known| known.sealed.get(context)).map_or(0, |seen| behind(&seen.clock));
    token.and_then(|token| token.clock.as_ref()).map_or(0, behind).max(seen)
}
