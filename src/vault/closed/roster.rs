//! Who is in a closed section, as far as the key at hand can tell.

use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::member::Member;
use crate::vault::name::MemberName;
use crate::vault::section::Section;

impl Section {
    /// The keys of the members of its inner vault: those that it lists, or, where it does not open, their copy in the
    /// vault around it.
    pub fn roster(&self) -> Vec<Fingerprint> {
        match (self.inner(), &self.closed) {
            (Some(inner), _) => inner.head.members.values().map(Member::fingerprint).collect(),
            (None, Some(closed)) => closed.members.clone(),
            (None, None) => Vec::new(),
        }
    }
}

impl Head {
    /// The members with these keys.
    pub fn members_with(&self, prints: &[Fingerprint]) -> Vec<MemberName> {
        let found = self.members.iter().filter(|(_, member)| prints.contains(&member.fingerprint()));
        found.map(|(name, _)| name.clone()).collect()
    }
}
