//! Accepting a vault that was found somewhere.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::chain::Verify;
use super::checkout::{Checkout, LastSeen, Place};
use super::distrust::{Distrust, MissingChanges};
use super::news::MemberNews;
use super::pins::{Pins, Snapshot};
use super::token::Token;
use crate::vault::clock::Clock;
use crate::vault::fingerprint::{Fingerprint, VaultFingerprint};
use crate::vault::head::Head;
use crate::vault::key::WriterKey;
use crate::vault::name::MemberName;
use crate::vault::section::SectionId;

/// What a person should know about a vault that was accepted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Acceptance {
    /// The changes seen in unrelated checkouts that the file lacks.
    pub lacks: Option<MissingChanges>,
    /// Whether that was not said before, or is more than before.
    pub is_news: bool,
    /// Members of it whom this laptop knows to be removed: it is from before their removal.
    pub outdated: Vec<MemberName>,
    /// Sections that are closed in later versions, which this laptop has seen elsewhere.
    pub closed_later: Vec<SectionId>,
    /// What changed among the members since this laptop last looked.
    pub members: Vec<MemberNews>,
}

impl Acceptance {
    /// How many changes the file lacks that were seen in unrelated checkouts.
    pub fn missing(&self) -> u64 {
        self.lacks.as_ref().map_or(0, |missing| missing.changes)
    }
}

impl Pins {
    /// Accepts what was found at a place. Without pins this is the first time: the founder is trusted as found.
    ///
    /// # Errors
    /// If its members do not follow from the founder, if its signer was removed, or if it lacks changes that
    /// were seen in a related checkout.
    pub fn accept(
        known: Option<&Pins>,
        token: Option<&Token>,
        place: &Place,
        found: Snapshot<'_>,
        verify: Verify<'_>,
    ) -> Result<Acceptance, Distrust> {
        // What a head proves by itself it always proves: bytes that were accepted before need not prove it again.
        let is_same = |seen: &LastSeen| seen.digest == *found.digest;
        let founder = match (known, found.head.founder()) {
            (Some(known), Some(founder)) if known.has_seen(found.digest) => *founder,
            _ => found.head.check_members(verify)?,
        };
        let pins = Pins::trusting(known, token, founder);
        pins.vouch_by(founder, found.head)?;
        if let Some(clock) = token.and_then(|token| token.clock.as_ref()) {
            match clock.beyond(&found.head.clock) {
                0 => {}
                changes => return Err(Distrust::BehindToken { changes }),
            }
        }
        let mut acceptance = Acceptance { outdated: pins.outdated(found.head), ..Acceptance::default() };
        let here = known.and_then(|known| known.checkouts.get(&place.checkout));
        // What was seen here before was also said before.
        if !here.is_some_and(is_same) {
            acceptance.members = pins.news_to_tell(found.head);
        }
        if let Some(known) = known {
            known.compare(place, found)?;
        }
        pins.check_closed(found.head)?;
        acceptance.closed_later = pins.closed_later(found.head);
        if let Some(known) = known {
            acceptance.lacks = known.missing_elsewhere(place, &found.head.clock);
            acceptance.is_news = acceptance.missing() > here.map_or(0, |seen| seen.noted) || place.is_passing;
        }
        Ok(acceptance)
    }

    /// Checks who stands behind something that is signed like a vault, and compares no clock.
    ///
    /// # Errors
    /// As [`Pins::accept`], but for missing changes.
    pub fn vouch(known: Option<&Pins>, token: Option<&Token>, head: &Head, verify: Verify<'_>) -> Result<(), Distrust> {
        let founder = head.check_members(verify)?;
        Pins::trusting(known, token, founder).vouch_by(founder, head)
    }

    /// What this laptop trusts, and what a token adds to that. Without either, the founder as found.
    pub(super) fn trusting<'p>(known: Option<&'p Pins>, token: Option<&Token>, founder: WriterKey) -> Cow<'p, Pins> {
        let pins = match (known, token) {
            (Some(known), _) => Cow::Borrowed(known),
            (None, Some(token)) => Cow::Owned(Pins::of_token(token)),
            (None, None) => Cow::Owned(Pins::new(founder)),
        };
        match token {
            None => pins,
            Some(token) => {
                let mut pins = pins.into_owned();
                pins.learn(token);
                Cow::Owned(pins)
            }
        }
    }

    /// Checks a head that descends from this founder.
    fn vouch_by(&self, founder: WriterKey, head: &Head) -> Result<(), Distrust> {
        if founder != self.founder {
            return Err(Distrust::Founder { found: VaultFingerprint::of(&head.id, &founder) });
        }
        self.check_new_steps(head)?;
        self.check_signer(head)
    }

    /// The members of a head whom this laptop knows to be removed.
    fn outdated(&self, head: &Head) -> Vec<MemberName> {
        let removed = head.members.iter().filter(|(_, member)| self.removal_of(&member.keys).is_some());
        removed.map(|(name, _)| name.clone()).collect()
    }

    /// What a head changes among the members, as far as a person should know.
    fn news_to_tell(&self, head: &Head) -> Vec<MemberNews> {
        let mut members = self.news(head);
        if !self.has_new_members(head) {
            // An older branch lacks what came later. But whoever is not known here reads it, and its writer chose its
            // clock.
            members.retain(|news| matches!(news, MemberNews::Added(_) | MemberNews::NewKey(_)));
        }
        members
    }

    /// What a head changes among the members that this laptop knows.
    pub fn news(&self, head: &Head) -> Vec<MemberNews> {
        match self.roster.members.is_empty() {
            true => Vec::new(),
            false => self.roster.news(&self.roster_of(head)),
        }
    }

    /// Refuses root steps that are new to this laptop and rest on a member that it knows to be removed.
    ///
    /// A root that was removed can still endorse anyone, who then takes its place. So if the laptop knows that
    /// the old root was removed, it must also know a member on the way to the signer.
    fn check_new_steps(&self, head: &Head) -> Result<(), Distrust> {
        let mut new = head.roots.iter().filter(|step| !self.roots.contains(&step.digest())).peekable();
        if new.peek().is_none() {
            return Ok(());
        }
        let endorsers = head.endorsers(&head.written_by);
        let is_known = endorsers.iter().any(|(_, member)| self.roster.knows(&member.fingerprint()));
        let removal = |key: &WriterKey| self.removed.values().find(|removed| removed.bans_key(Some(key)));
        for step in new {
            let voucher = step.vouchers.iter().find_map(|(_, member)| self.removal_of(&member.keys));
            let old = removal(&step.from).filter(|_| !is_known);
            if let Some(removed) = removal(step.signer()).or(voucher).or(old) {
                return Err(Distrust::StepByRemoved { name: removed.name.clone() });
            }
        }
        Ok(())
    }

    /// Refuses a signer that was removed, or that is endorsed through a removed member.
    fn check_signer(&self, head: &Head) -> Result<(), Distrust> {
        if self.outdated(head).is_empty() {
            return Ok(());
        }
        let endorsers = head.endorsers(&head.written_by);
        match endorsers.iter().find(|(_, member)| self.removal_of(&member.keys).is_some()) {
            Some((name, _)) => {
                Err(Distrust::SignedByRemoved { signer: head.written_by.clone(), removed: (*name).clone() })
            }
            None => Ok(()),
        }
    }

    /// Compares the clock with those of all related checkouts.
    fn compare(&self, place: &Place, found: Snapshot<'_>) -> Result<(), Distrust> {
        let clock = &found.head.clock;
        let mut all = Clock::default();
        self.related(place).for_each(|seen| all.raise(&seen.clock));
        let is_equal = |seen: &&LastSeen| seen.clock == *clock && seen.digest != *found.digest;
        let is_newer = |seen: &&LastSeen| seen.clock.beyond(clock) > 0 || is_equal(seen);
        let last = self.related(place).filter(is_newer).max_by_key(|seen| seen.at);
        let Some(last) = last else { return Ok(()) };
        let missing = |changes| MissingChanges { changes, by: last.by.clone(), at: last.at };
        match (all.beyond(clock), clock.beyond(&all)) {
            (0, _) => Err(Distrust::Beside(missing(1))),
            (changes, 0) => Err(Distrust::Behind(missing(changes))),
            (changes, _) => Err(Distrust::Beside(missing(changes))),
        }
    }

    fn related<'p>(&'p self, place: &'p Place) -> impl Iterator<Item = &'p LastSeen> {
        self.checkouts.iter().filter(|(checkout, seen)| place.is_related(checkout, seen)).map(|(_, seen)| seen)
    }

    /// The changes seen in unrelated checkouts that a clock does not count.
    fn missing_elsewhere(&self, place: &Place, clock: &Clock) -> Option<MissingChanges> {
        let mut all = Clock::default();
        let others = self.checkouts.iter().filter(|(checkout, seen)| !place.is_related(checkout, seen));
        let others: Vec<&LastSeen> = others.map(|(_, seen)| seen).collect();
        others.iter().for_each(|seen| all.raise(&seen.clock));
        let last = others.into_iter().filter(|seen| seen.clock.beyond(clock) > 0).max_by_key(|seen| seen.at)?;
        Some(MissingChanges { changes: all.beyond(clock), by: last.by.clone(), at: last.at })
    }

    /// Trusts a vault as it is, on a person's word, in all related checkouts. Of the old pins the removals
    /// still count, but for those that the person takes back.
    ///
    /// # Errors
    /// If its members do not follow from its founder, or a removal that still counts is of its signer.
    pub fn trust(
        known: Option<&Pins>,
        place: &Place,
        found: Snapshot<'_>,
        taken_back: &BTreeSet<Fingerprint>,
        verify: Verify<'_>,
    ) -> Result<Pins, Distrust> {
        let founder = found.head.check_members(verify)?;
        let mut pins = Pins::new(founder);
        if let Some(known) = known {
            let old = known.clone();
            pins.removed = old.removed.into_iter().filter(|(print, _)| !taken_back.contains(print)).collect();
            pins.sealed = old.sealed;
            pins.closed = old.closed;
            // What was seen there no longer counts, and this laptop writes there as another actor.
            let others = old.checkouts.into_iter();
            pins.checkouts = others.filter(|(checkout, seen)| !place.is_related(checkout, seen)).collect();
        }
        pins.check_signer(found.head)?;
        let noted = pins.missing_elsewhere(place, &found.head.clock).map_or(0, |missing| missing.changes);
        pins.see(place, found, noted);
        pins.set_closed(found.head);
        pins.roster = pins.roster_of(found.head);
        Ok(pins)
    }

    /// Checks that an older vault was valid in its time. Its writer may have been removed since.
    ///
    /// # Errors
    /// If it does not follow from the founder whom this laptop knows.
    pub fn trusted_once(&self, old: &Head, verify: Verify<'_>) -> Result<(), Distrust> {
        let founder = old.check_members(verify)?;
        match founder == self.founder {
            true => Ok(()),
            false => Err(Distrust::Founder { found: VaultFingerprint::of(&old.id, &founder) }),
        }
    }

    /// The branch of the same work tree on which the last writes were seen that the clock does not count.
    pub fn newer_branch(&self, place: &Place, clock: &Clock) -> Option<&str> {
        let newer = self.checkouts.iter().filter_map(|(checkout, seen)| match checkout {
            Checkout::Branch { tree, branch } if Some(&**tree) == place.checkout.tree() => Some((branch, seen)),
            _ => None,
        });
        let newer = newer.filter(|(_, seen)| seen.clock.beyond(clock) > 0);
        newer.max_by_key(|(_, seen)| seen.at).map(|(branch, _)| &**branch)
    }
}
