//! Members: whoever one side has, unless the other removed him; removals of both.

use std::collections::{BTreeMap, BTreeSet};

use super::{MergeError, Three, removed_prints};
use crate::vault::member::{Fingerprint, Member, Recipient, Removed, WriterKey};
use crate::vault::name::MemberName;
use crate::vault::{Head, Vault};

/// Somebody on one side, or on both, with everybody who vouches for him as he is.
struct Card<'a> {
    name: &'a MemberName,
    key: Option<WriterKey>,
    vouched: Vec<&'a Member>,
}

/// Merges members; and tells whom nobody vouches for any more.
pub(super) fn merge(all: Three<'_, Head>) -> Result<(BTreeMap<MemberName, Member>, Vec<MemberName>), MergeError> {
    let removed = removed_prints(all.sides);
    let is_out = |member: &Member| member.fingerprints().iter().any(|print| removed.contains(print));
    let members = || all.sides.iter().flat_map(|head| head.members.values());
    let recipients: BTreeSet<&Recipient> =
        members().filter(|member| !is_out(member)).map(|member| &member.recipient).collect();
    let cards: Vec<Card<'_>> = recipients.into_iter().filter_map(|recipient| card(all, recipient)).collect();
    let mut seen = BTreeSet::new();
    if let Some(twice) = cards.iter().find(|card| !seen.insert(card.name)) {
        return Err(MergeError::TwoMembers { name: twice.name.clone() });
    }
    let root = cards.iter().filter_map(|card| card.own().map(|_| card)).min_by_key(|card| card.print());
    let Some(root) = root else { return Err(MergeError::NoWriter) };
    let mut merged: BTreeMap<MemberName, Member> = BTreeMap::new();
    merged.extend(root.own().map(|member| (root.name.clone(), member.clone())));
    let mut vouchers: BTreeSet<Fingerprint> = root.print().into_iter().collect();
    loop {
        let rest = cards.iter().filter(|card| !merged.contains_key(card.name));
        let next = rest.filter_map(|card| {
            let vouched = card.vouched.iter().filter(|member| vouchers.contains(&member.endorsed_by));
            Some((card, *vouched.min_by_key(|member| (member.added, &member.endorsed_by))?))
        });
        let next: Vec<(&Card<'_>, &Member)> = next.collect();
        if next.is_empty() {
            break;
        }
        vouchers.extend(next.iter().filter_map(|(card, _)| card.print()));
        merged.extend(next.into_iter().map(|(card, member)| (card.name.clone(), member.clone())));
    }
    let left_out = cards.iter().filter(|card| !merged.contains_key(card.name)).map(|card| card.name.clone()).collect();
    Ok((merged, left_out))
}

impl Card<'_> {
    fn print(&self) -> Option<Fingerprint> {
        self.key.map(|key| key.fingerprint())
    }

    /// The entry in which he vouches for himself.
    fn own(&self) -> Option<&Member> {
        self.vouched.iter().find(|member| Some(&member.endorsed_by) == self.print().as_ref()).copied()
    }
}

/// Who has this recipient, as the side says that changed it; if both did, then the writer, then the lesser name.
fn card<'a>(all: Three<'a, Head>, recipient: &Recipient) -> Option<Card<'a>> {
    fn of<'h>(head: &'h Head, recipient: &Recipient) -> Option<(&'h MemberName, &'h Member)> {
        head.members.iter().find(|(_, member)| member.recipient == *recipient)
    }
    let who = |(name, member): (&'a MemberName, &'a Member)| (name, member.key);
    let base = all.base.and_then(|base| of(base, recipient)).map(who);
    let found: Vec<(&MemberName, &Member)> = all.sides.iter().filter_map(|head| of(head, recipient)).collect();
    let changed = found.iter().filter(|one| Some(who(**one)) != base);
    let chosen = changed.min_by_key(|(name, member)| (member.key.is_none(), *name)).or(found.first())?;
    let (name, key) = who(*chosen);
    let vouched = found.iter().filter(|one| who(**one) == (name, key)).map(|(_, member)| *member).collect();
    Some(Card { name, key, vouched })
}

/// Whom either side removed, and all that he could read: of a side that has him still, everything.
pub(super) fn removed(all: Three<'_, Vault>) -> BTreeMap<Fingerprint, Removed> {
    let mut merged: BTreeMap<Fingerprint, Removed> = BTreeMap::new();
    for (print, removed) in all.sides.iter().flat_map(|vault| &vault.head.removed) {
        let Some(there) = merged.get_mut(print) else {
            merged.insert(print.clone(), removed.clone());
            continue;
        };
        let read: BTreeSet<String> = there.read.union(&removed.read).cloned().collect();
        if (removed.at, &removed.by, &removed.name) < (there.at, &there.by, &there.name) {
            *there = removed.clone();
        }
        there.read = read;
    }
    for vault in all.sides {
        let has = |removed: &Removed| {
            let prints = removed.fingerprints();
            vault.head.members.values().any(|member| member.fingerprints().iter().any(|print| prints.contains(print)))
        };
        if merged.values().any(has) {
            let readable = vault.readable();
            merged
                .values_mut()
                .filter(|removed| has(removed))
                .for_each(|removed| removed.read.extend(readable.clone()));
        }
    }
    merged
}
