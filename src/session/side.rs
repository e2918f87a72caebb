//! What counts of a version that a removed member signed, once a person has said yes to it.

use crate::vault::contents::ReadHashes;
use crate::vault::{Head, Member, Pins, Vault};

/// Takes the secrets of a side, with the head of the other. Members who were removed stay in it, so that all of the
/// side counts as read by them.
pub(super) fn secrets_of(side: &Vault, other: &Head, known: Option<&Pins>) -> Vault {
    let is_removed = |member: &Member| {
        let removal = other.removal_of(&member.keys).is_some();
        removal || known.is_some_and(|known| known.removal_of(&member.keys).is_some())
    };
    let mut head = Head { clock: side.head.clock.clone(), ..other.clone() };
    // A person said yes to what stands in its closed sections, too.
    let closed = side.sections.sealed_digests();
    head.removed.values_mut().for_each(|removed| removed.closed.extend(&closed));
    let removed = side.head.members.iter().filter(|(_, member)| is_removed(member));
    head.members.extend(removed.map(|(name, member)| (name.clone(), member.clone())));
    Vault { head, sections: side.sections.clone(), read: ReadHashes::new() }
}
