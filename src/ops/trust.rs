//! Trust: what differs from what this machine knows of a vault, and whether it is accepted.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use super::member::role;
use crate::report::Error;
use crate::session::Session;
use crate::session::envelope::OpenVault;
use crate::session::token;
use crate::store::PinStore;
use crate::vault::text::Selection;
use crate::vault::{Fingerprint, Head, Member, MemberName, Pins, Removed};

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
    /// A member whose keys this machine does not know.
    New { name: MemberName, role: &'static str, print: Fingerprint, print_name: &'static str },
    /// A member that this machine knows, under another name.
    Renamed { old: MemberName, new: MemberName },
    /// A member that this machine knows, and that is no longer one.
    Missing { name: MemberName, print: Fingerprint },
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::New { name, role, print, print_name } => {
                write!(f, "member {name}: {role}, not known to this laptop, {print_name} {print}")
            }
            Difference::Renamed { old, new } => write!(f, "member {new}: known to this laptop as {old}"),
            Difference::Missing { name, print } => write!(f, "no longer a member: {name}, key fingerprint {print}"),
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
        let members = &self.head().members;
        let known = self.known().map(|known| known.roster.members.clone()).unwrap_or_default();
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

    /// Lists the removals of members of this vault that only this machine knows of. The vault is from before them, or
    /// they were made elsewhere, by mistake or with bad intent.
    pub fn known_removals(&self) -> Vec<(&Fingerprint, &Removed)> {
        let members = &self.head().members;
        let removed = self.known().map(|known| &known.removed).into_iter().flatten();
        removed.filter(|(_, removed)| members.values().any(|member| removed.bans(&member.keys))).collect()
    }

    /// Records a vault that this machine trusts already.
    pub fn record(&self) -> Result<(), Error> {
        self.session.view(Selection::Current(&[])).map(drop)
    }

    /// Accepts the vault as it is, and takes these removals back.
    ///
    /// # Errors
    /// If a removal that is not taken back is of the member who wrote it.
    pub fn accept(self, taken_back: &BTreeSet<Fingerprint>) -> Result<(), Error> {
        self.session.trust(self.session.location()?, &self.opened, taken_back)
    }
}

/// Makes a token of what this machine trusts of the vault. With `not_older`, it refuses vaults older than this one.
pub fn export(session: &Session, not_older: bool) -> Result<String, Error> {
    session.export_trust(not_older).map(|token| token::print(&token))
}
