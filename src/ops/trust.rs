//! Trust: what differs from what this machine knows of a vault, and whether it is accepted.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use crate::report::Error;
use crate::session::Session;
use crate::session::envelope::OpenVault;
use crate::session::pins::{Reason, Untrusted};
use crate::store::PinStore;
use crate::vault::text::Selection;
use crate::vault::{Distrust, Fingerprint, Head, MemberName, Pins};

/// A vault beside what this machine knows of it.
pub struct Review<'s> {
    session: &'s Session,
    pins: PinStore,
    opened: OpenVault<'s>,
    /// Why this machine does not trust the vault; none if it does.
    pub doubt: Option<Error>,
}

/// What a person should compare. Never a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// A writer whom this machine does not know.
    Writer(MemberName, Fingerprint),
    /// A reader. Readers are always listed, since pins do not record them.
    Reader(MemberName, Fingerprint),
    /// A writer whom this machine knows, and who is no longer a member.
    Missing(Fingerprint),
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Writer(name, print) => write!(f, "member {name}: writer, not known to this laptop, {print}"),
            Difference::Reader(name, print) => write!(f, "member {name}: reader, {print}"),
            Difference::Missing(print) => write!(f, "no longer a member: {print}"),
        }
    }
}

impl<'s> Review<'s> {
    /// Opens the vault, whoever wrote it, and checks it against the pins.
    pub fn new(session: &'s Session) -> Result<Review<'s>, Error> {
        let location = session.location()?;
        let pins = session.pins()?;
        let opened = session.open_unchecked(location)?;
        let doubt = session.check_trust(&pins, location, &opened).err();
        Ok(Review { session, pins, opened, doubt })
    }

    pub fn head(&self) -> &Head {
        &self.opened.head
    }

    fn known(&self) -> Option<&Pins> {
        self.pins.vaults.get(&self.head().id)
    }

    /// Lists what a person should compare before accepting the vault.
    pub fn differences(&self) -> Vec<Difference> {
        let head = self.head();
        let known: BTreeSet<_> = self.known().map(|known| known.writers.clone()).unwrap_or_default();
        let member = |(name, member): (&MemberName, &crate::vault::Member)| match member.key {
            Some(key) if known.contains(&key) => None,
            Some(_) => Some(Difference::Writer(name.clone(), member.fingerprint())),
            None => Some(Difference::Reader(name.clone(), member.fingerprint())),
        };
        let writers: BTreeSet<_> = head.members.values().filter_map(|member| member.key).collect();
        let missing = known.difference(&writers).map(|key| Difference::Missing(key.fingerprint()));
        head.members.iter().filter_map(member).chain(missing).collect()
    }

    /// Returns the members whom the vault brings back although they were removed. Removal is for good, so accepting the
    /// vault removes them again.
    pub fn removed_again(&self) -> &[MemberName] {
        match self.doubt.as_ref().and_then(Error::cause) {
            Some(Untrusted { reason: Reason::Distrust(Distrust::Back { names, .. }), .. })
                if self.known().is_some() =>
            {
                names
            }
            _ => &[],
        }
    }

    /// Records a vault that this machine trusts already.
    pub fn record(&self) -> Result<(), Error> {
        self.session.view(Selection::Current(&[])).map(drop)
    }

    /// Accepts the vault as it is, without the members that were removed.
    ///
    /// # Errors
    /// If one of these members wrote it, so that nothing would be left to trust.
    pub fn accept(self) -> Result<(), Error> {
        let location = self.session.location()?;
        let known = match self.known() {
            Some(known) if !self.removed_again().is_empty() => known,
            _ => return self.session.trust(location, &self.opened),
        };
        let without = self.session.remove_again(location, &self.opened, &known.removed)?;
        match (without, self.doubt) {
            (Some(without), _) => self.session.trust(location, &without),
            (None, Some(doubt)) => Err(doubt),
            (None, None) => Ok(()),
        }
    }
}
