//! Trust: what differs from what this machine knows of a vault, and whether it is accepted.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use super::member::role;
use crate::report::Error;
use crate::session::Session;
use crate::session::envelope::OpenVault;
use crate::session::review::{InnerReview, SectionsReview};
use crate::session::token;
use crate::store::PinStore;
use crate::vault::text::Selection;
use crate::vault::{Fingerprint, Head, Member, MemberName, Pins, Removed, SectionId, VaultFingerprint, VaultId};

/// A vault beside what this machine knows of it.
pub struct Review<'s> {
    session: &'s Session,
    pins: PinStore,
    opened: OpenVault<'s>,
    sections: SectionsReview,
    /// Why this machine does not trust the vault; none if it does.
    doubt: Option<Error>,
}

/// What a person should compare. Never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A member whose keys this machine does not know.
    New { name: MemberName, role: &'static str, print: Fingerprint, print_name: &'static str },
    /// A member that this machine knows, under another name.
    Renamed { old: MemberName, new: MemberName },
    /// A member that this machine knows, and that is no longer one.
    Missing { name: MemberName, print: Fingerprint },
    /// One of these in a closed section.
    Within { section: SectionId, difference: Box<Difference> },
    /// A closed section.
    Section { section: SectionId, change: SectionChange },
}

/// What became of a closed section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SectionChange {
    /// This machine does not know it.
    New { found: VaultFingerprint },
    /// Every member reads it now.
    Open,
    /// It is gone.
    Gone { known: VaultFingerprint },
    /// This machine knows it under another id.
    Renamed { old: SectionId },
    /// It is another inner vault.
    Replaced { found: VaultFingerprint, known: VaultFingerprint },
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::New { name, role, print, print_name } => {
                write!(f, "member {name}: {role}, not known to this laptop, {print_name} {print}")
            }
            Difference::Renamed { old, new } => write!(f, "member {new}: known to this laptop as {old}"),
            Difference::Missing { name, print } => write!(f, "no longer a member: {name}, key fingerprint {print}"),
            Difference::Within { section, difference } => write!(f, "in closed {section}: {difference}"),
            Difference::Section { section, change } => match change {
                SectionChange::New { found } => write!(f, "closed {section}: not known to this laptop, {found}"),
                SectionChange::Open => write!(f, "{section}: was closed, and is open to every member"),
                SectionChange::Gone { known } => write!(f, "{section}: was closed, and is gone, {known}"),
                SectionChange::Renamed { old } => write!(f, "closed {section}: known to this laptop as {old}"),
                SectionChange::Replaced { found, known } => {
                    write!(f, "closed {section}: another vault than before, {found}, not {known}")
                }
            },
        }
    }
}

/// A removal that only this machine knows of.
pub struct KnownRemoval<'r> {
    /// The vault from which the member was removed: the team's, or the inner one of this section.
    pub vault: VaultId,
    pub section: Option<&'r SectionId>,
    pub print: &'r Fingerprint,
    pub removed: &'r Removed,
}

impl<'s> Review<'s> {
    /// Opens the vault and its closed sections, whoever wrote them, and checks them against the pins.
    pub fn new(session: &'s Session) -> Result<Review<'s>, Error> {
        let location = session.location()?;
        let pins = session.pins()?;
        let opened = session.open_unchecked(location)?;
        let doubt = session.check_trust(&pins, location, &opened).err();
        let sections = session.review_sections(&pins, location, &opened)?;
        Ok(Review { session, pins, opened, sections, doubt })
    }

    pub fn head(&self) -> &Head {
        &self.opened.head
    }

    /// Says why this machine does not trust the vault, or a closed section of it; nothing if it does.
    pub fn doubts(&self) -> impl Iterator<Item = &Error> {
        self.doubt.iter().chain(self.sections.inner.iter().filter_map(|inner| inner.doubt.as_ref()))
    }

    fn known(&self, head: &Head) -> Option<&Pins> {
        self.pins.vaults.get(&head.id)
    }

    /// The inner vaults that open.
    fn inner(&self) -> impl Iterator<Item = (&InnerReview, &Head)> {
        self.sections.inner.iter().filter_map(|inner| Some((inner, &inner.found.as_ref()?.head)))
    }

    /// Lists what a person should compare before accepting the vault.
    pub fn differences(&self) -> Vec<Difference> {
        let mut all = members(self.head(), self.known(self.head()));
        all.extend(self.changed_sections());
        for (InnerReview { section, doubt, .. }, head) in self.inner() {
            let known = self.known(head);
            // At the first sight of a section, its members are no news.
            let differences = if known.is_some() || doubt.is_some() { members(head, known) } else { Vec::new() };
            let within = |difference| Difference::Within { section: section.clone(), difference: Box::new(difference) };
            all.extend(differences.into_iter().map(within));
        }
        all
    }

    /// Lists what became of the closed sections.
    fn changed_sections(&self) -> Vec<Difference> {
        let closed = &self.head().closed;
        let seen = self.known(self.head()).map(|known| known.closed.clone()).unwrap_or_default();
        let known: BTreeMap<_, _> = seen.into_iter().filter_map(|(id, seen)| Some((id, seen.vault?))).collect();
        let old_id = |found: &VaultFingerprint| known.iter().find(|(_, print)| *print == found).map(|(id, _)| id);
        let here = closed.iter().filter_map(|(id, found)| {
            let change = match (known.get(id), old_id(found)) {
                (Some(print), _) if print == found => return None,
                (_, Some(old)) => SectionChange::Renamed { old: old.clone() },
                (Some(known), None) => SectionChange::Replaced { found: found.clone(), known: known.clone() },
                (None, None) => SectionChange::New { found: found.clone() },
            };
            Some((id, change))
        });
        let lost = known
            .iter()
            .filter(|(id, print)| !closed.contains_key(*id) && !closed.values().any(|found| found == *print));
        let lost = lost.map(|(id, print)| match self.sections.all.contains(id) {
            true => (id, SectionChange::Open),
            false => (id, SectionChange::Gone { known: print.clone() }),
        });
        here.chain(lost).map(|(id, change)| Difference::Section { section: id.clone(), change }).collect()
    }

    /// Lists the removals of members of this vault that only this machine knows of. The vault is from before them, or
    /// they were made elsewhere, by mistake or with bad intent.
    pub fn known_removals(&self) -> Vec<KnownRemoval<'_>> {
        let inner = self.inner().map(|(inner, head)| (Some(&inner.section), head));
        let heads = [(None, self.head())].into_iter().chain(inner);
        let known = heads.filter_map(|(section, head)| Some((section, head, &self.known(head)?.removed)));
        let removals = known.flat_map(|(section, head, removed)| {
            let is_member = |removed: &Removed| head.members.values().any(|member| removed.bans(&member.keys));
            let removed = removed.iter().filter(move |(_, removed)| is_member(removed));
            removed.map(move |(print, removed)| KnownRemoval { vault: head.id, section, print, removed })
        });
        removals.collect()
    }

    /// Whether there is anything that a person can accept.
    pub fn is_acceptable(&self) -> bool {
        self.doubt.is_some() || self.inner().any(|(inner, _)| inner.doubt.is_some())
    }

    /// Records a vault that this machine trusts already.
    pub fn record(&self) -> Result<(), Error> {
        let closed: Vec<SectionId> = self.head().closed.keys().cloned().collect();
        self.session.view(Selection::Current(&closed)).map(drop)
    }

    /// Accepts the vault and its closed sections as they are, and takes these removals back. Returns why a section is
    /// still not trusted.
    ///
    /// # Errors
    /// If a removal that is not taken back is of the member who wrote the vault.
    pub fn accept(self, taken_back: &BTreeSet<(VaultId, Fingerprint)>) -> Result<Option<Error>, Error> {
        let inner = self.sections.inner.into_iter();
        let inner: Vec<_> = inner.filter_map(|inner| Some((inner.section, inner.found?))).collect();
        self.session.trust(self.session.location()?, &self.opened, &inner, taken_back)
    }
}

/// Lists what differs among the members.
fn members(head: &Head, known: Option<&Pins>) -> Vec<Difference> {
    let members = &head.members;
    let known = known.map(|known| known.roster.members.clone()).unwrap_or_default();
    let old_name = |print: &Fingerprint| known.iter().find(|(_, known)| *known == print).map(|(name, _)| name);
    let difference = |(name, member): (&MemberName, &Member)| {
        let print = member.fingerprint();
        match old_name(&print) {
            Some(old) if old == name => None,
            Some(old) => Some(Difference::Renamed { old: old.clone(), new: name.clone() }),
            None => {
                let print_name = Fingerprint::name(member.key());
                Some(Difference::New { name: name.clone(), role: role(member), print, print_name })
            }
        }
    };
    let present: BTreeSet<Fingerprint> = members.values().map(Member::fingerprint).collect();
    let missing = known.iter().filter(|(_, print)| !present.contains(print));
    let missing = missing.map(|(name, print)| Difference::Missing { name: name.clone(), print: print.clone() });
    members.iter().filter_map(difference).chain(missing).collect()
}

/// Makes a token of what this machine trusts of the vault. With `not_older`, it refuses vaults older than this one.
pub fn export(session: &Session, not_older: bool) -> Result<String, Error> {
    session.export_trust(not_older).map(|token| token::print(&token))
}
