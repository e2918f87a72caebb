//! Closed sections in the pins: one that a laptop has seen closed stays closed, under the same fingerprint.
//!
//! Whoever writes the vault could otherwise put an open section, or a closed one of their own, in its place.

use super::closed::{ClosedSeen, InItsPlace};
use super::distrust::Distrust;
use super::pins::Pins;
use super::token::Token;
use crate::vault::head::Head;
use crate::vault::member::{Member, Removed};
use crate::vault::section::{SectionId, Sections};

impl ClosedSeen {
    /// Takes what a version says of the section, if that differs.
    fn set(&mut self, section: &SectionId, head: &Head) {
        let vault = head.closed.get(section);
        if self.vault.as_ref() != vault {
            *self = ClosedSeen { vault: vault.cloned(), clock: head.clock.clone() };
        }
    }
}

impl Pins {
    /// Refuses a version in which a section is no longer closed as it was.
    pub fn check_closed(&self, head: &Head) -> Result<(), Distrust> {
        self.check_sections(head, |seen| seen.clock.beyond(&head.clock) > 0)
    }

    /// Refuses a version in which a section is no longer closed as it was, unless that is excused.
    fn check_sections(&self, head: &Head, is_excused: impl Fn(&ClosedSeen) -> bool) -> Result<(), Distrust> {
        for (section, seen) in &self.closed {
            let Some(known) = &seen.vault else { continue };
            let found = head.closed.get(section);
            // A version from before the closing is told of, and in the same checkout its clock is refused.
            if found == Some(known) || is_excused(seen) {
                continue;
            }
            let now = head.closed.iter().find(|(_, print)| *print == known);
            let place = match (now, found) {
                (Some((now, _)), _) => InItsPlace::Renamed { now: now.clone() },
                (None, Some(found)) => InItsPlace::Other { found: found.clone() },
                (None, None) => InItsPlace::NotClosed,
            };
            return Err(Distrust::Unclosed { section: section.clone(), known: known.clone(), place });
        }
        Ok(())
    }

    /// Refuses a sealed environment in which a section of its context is no longer closed as it was. `head.closed` are
    /// the sections that it proves to be closed.
    pub fn check_environment(known: Option<&Pins>, token: Option<&Token>, head: &Head) -> Result<(), Distrust> {
        let founder = *head.founder().ok_or(Distrust::NoRoot)?;
        let mut pins = Pins::trusting(known, token, founder).into_owned();
        let context = head.sealed_within();
        pins.closed.retain(|section, _| context.contains(section));
        // Whoever delivers it chooses its clock: one from before the closing proves nothing.
        pins.check_sections(head, |_| false)
    }

    /// Refuses a version in which a section that is read is not closed as a token says, however old the version is.
    pub fn check_demanded(token: &Token, head: &Head, read: &Sections) -> Result<(), Distrust> {
        let mut pins = Pins::of_token(token);
        pins.closed.retain(|section, _| read.get(section).is_some());
        pins.check_sections(head, |_| false)
    }

    /// The sections that are closed elsewhere, and not in this version from before.
    pub(super) fn closed_later(&self, head: &Head) -> Vec<SectionId> {
        let is_later = |(section, seen): &(&SectionId, &ClosedSeen)| {
            seen.vault.is_some() && head.closed.get(section) != seen.vault.as_ref()
        };
        self.closed.iter().filter(is_later).map(|(section, _)| section.clone()).collect()
    }

    /// Records the closed sections of an accepted version. What is known is not changed by an older version.
    pub(super) fn see_closed(&mut self, head: &Head) {
        for (section, found) in &head.closed {
            let known = self.closed.get(section);
            let is_older = known.is_some_and(|seen| seen.clock.beyond(&head.clock) > 0);
            if !is_older && known.is_none_or(|seen| seen.vault.as_ref() != Some(found)) {
                let seen = ClosedSeen { vault: Some(found.clone()), clock: head.clock.clone() };
                self.closed.insert(section.clone(), seen);
            }
        }
    }

    /// Takes the closed sections of a version as they are, since a person accepted it.
    pub(super) fn set_closed(&mut self, head: &Head) {
        self.closed.iter_mut().for_each(|(section, seen)| seen.set(section, head));
        self.see_closed(head);
    }

    /// Takes the closed sections of a version that this laptop wrote. One that is written on an old branch, from before
    /// a closing, opens nothing.
    pub(super) fn write_closed(&mut self, head: &Head) {
        let written = self.closed.iter_mut().filter(|(_, seen)| seen.clock.beyond(&head.clock) == 0);
        written.for_each(|(section, seen)| seen.set(section, head));
        self.see_closed(head);
    }

    /// Checks that nobody whom the vault around it removed signed an inner vault, or vouches for its signer, after the
    /// removal. These pins are the inner vault's; `outer` are the pins of the vault around it, and `around` its head.
    ///
    /// Each removal names the inner vaults as they stood. What this laptop has seen before counts too.
    ///
    /// # Errors
    /// If a removed member signed it, and neither is so.
    pub fn check_inner_signer(
        known: Option<&Pins>,
        outer: Option<&Pins>,
        around: &Head,
        head: &Head,
        sealed: &[u8; 32],
        digest: &[u8; 32],
    ) -> Result<(), Distrust> {
        let removal = |member: &Member| -> Vec<&Removed> {
            let removed = around.removed.values().chain(outer.into_iter().flat_map(|pins| pins.removed.values()));
            removed.filter(|removed| removed.bans(&member.keys)).collect()
        };
        let is_seen = known.is_some_and(|pins| pins.has_seen(digest));
        let signer = head.members.get(&head.written_by).map(Member::fingerprint);
        let is_signer_known = known.is_some_and(|pins| signer.as_ref().is_some_and(|print| pins.roster.knows(print)));
        for (at, (name, member)) in head.endorsers(&head.written_by).into_iter().enumerate() {
            let removals = removal(member);
            let is_named = removals.iter().any(|removed| removed.closed.contains(sealed));
            let counts = removals.is_empty() || is_named || is_seen || at > 0 && is_signer_known;
            if !counts {
                let (signer, removed) = (head.written_by.clone(), name.clone());
                return Err(Distrust::SignedByRemoved { signer, removed });
            }
        }
        Ok(())
    }
}
