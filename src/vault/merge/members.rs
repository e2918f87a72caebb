//! Merging members: those of both sides, except whom one side removed; and the removals of both.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::MergeError;
use super::three::Three;
use crate::vault::contents::Vault;
use crate::vault::head::Head;
use crate::vault::member::{Fingerprint, Member, Recipient, Removed, WriterKey};
use crate::vault::name::MemberName;

/// A member of the merged vault, with the entries of the sides that list it under this name and key.
struct Candidate<'a> {
    name: &'a MemberName,
    key: Option<WriterKey>,
    entries: Vec<&'a Member>,
}

impl Candidate<'_> {
    fn fingerprint(&self) -> Option<Fingerprint> {
        self.key.map(|key| key.fingerprint())
    }

    /// The entry in which the member endorses itself, as a root does.
    fn as_root(&self) -> Option<&Member> {
        let print = self.fingerprint()?;
        self.entries.iter().find(|entry| entry.endorsed_by == print).copied()
    }
}

/// Merges the members. Also returns those who are left out, because nobody who stays endorses them.
pub(super) fn merge(all: Three<'_, Head>) -> Result<(BTreeMap<MemberName, Member>, Vec<MemberName>), MergeError> {
    let candidates = candidates(all);
    let mut seen = BTreeSet::new();
    if let Some(twice) = candidates.iter().find(|candidate| !seen.insert(candidate.name)) {
        return Err(MergeError::TwoMembers { name: twice.name.clone() });
    }

    // If each side has a new root, the smaller fingerprint wins: the same on every laptop.
    let roots = candidates.iter().filter_map(|candidate| Some((candidate, candidate.as_root()?)));
    let root = roots.min_by_key(|(candidate, _)| candidate.fingerprint());
    let Some((root, entry)) = root else {
        return Err(MergeError::NoWriter);
    };

    let mut merged = BTreeMap::from([(root.name.clone(), entry.clone())]);
    let mut endorsers: BTreeSet<Fingerprint> = root.fingerprint().into_iter().collect();
    loop {
        let rest = candidates.iter().filter(|candidate| !merged.contains_key(candidate.name));
        let endorsed = rest.filter_map(|candidate| {
            let entries = candidate.entries.iter().filter(|entry| endorsers.contains(&entry.endorsed_by));
            Some((candidate, *entries.min_by_key(|entry| (entry.added, &entry.endorsed_by))?))
        });
        let endorsed: Vec<(&Candidate<'_>, &Member)> = endorsed.collect();
        if endorsed.is_empty() {
            break;
        }
        for (candidate, entry) in endorsed {
            endorsers.extend(candidate.fingerprint());
            merged.insert(candidate.name.clone(), entry.clone());
        }
    }

    let rest = candidates.iter().filter(|candidate| !merged.contains_key(candidate.name));
    let left_out = rest.map(|candidate| candidate.name.clone()).collect();
    Ok((merged, left_out))
}

/// One candidate for each recipient that neither side removed.
fn candidates<'a>(all: Three<'a, Head>) -> Vec<Candidate<'a>> {
    let removed = all.sides.iter().flat_map(|head| head.removed.values());
    let removed: BTreeSet<Fingerprint> = removed.flat_map(Removed::fingerprints).collect();
    let is_removed = |member: &Member| member.fingerprints().iter().any(|print| removed.contains(print));

    let members = all.sides.iter().flat_map(|head| head.members.values());
    let recipients: BTreeSet<&Recipient> =
        members.filter(|member| !is_removed(member)).map(|member| &member.recipient).collect();
    recipients.into_iter().filter_map(|recipient| candidate(all, recipient)).collect()
}

/// The member with this recipient, under the name and key of the side that changed them. If both sides did, a
/// writer goes before a reader, then the smaller name.
fn candidate<'a>(all: Three<'a, Head>, recipient: &Recipient) -> Option<Candidate<'a>> {
    let find = |head: &'a Head| head.members.iter().find(|(_, member)| member.recipient == *recipient);
    let identity = |(name, member): (&'a MemberName, &'a Member)| (name, member.key);

    let base = all.base.and_then(find).map(identity);
    let found: Vec<(&MemberName, &Member)> = all.sides.into_iter().filter_map(find).collect();
    let changed = found.iter().filter(|side| Some(identity(**side)) != base);
    let chosen = changed.min_by_key(|(name, member)| (member.key.is_none(), *name)).or(found.first())?;

    let (name, key) = identity(*chosen);
    let same = found.iter().filter(|side| identity(**side) == (name, key));
    Some(Candidate { name, key, entries: same.map(|(_, member)| *member).collect() })
}

/// Merges the removals. A removed member could also read everything on a side that still has that member.
pub(super) fn removed(all: Three<'_, Vault>) -> BTreeMap<Fingerprint, Removed> {
    let mut merged: BTreeMap<Fingerprint, Removed> = BTreeMap::new();
    for (print, removed) in all.sides.iter().flat_map(|vault| &vault.head.removed) {
        let Some(known) = merged.get_mut(print) else {
            merged.insert(print.clone(), removed.clone());
            continue;
        };
        let read: BTreeSet<String> = known.read.union(&removed.read).cloned().collect();
        if (removed.at, &removed.by, &removed.name) < (known.at, &known.by, &known.name) {
            *known = removed.clone();
        }
        known.read = read;
    }

    for vault in all.sides {
        let members = vault.head.members.values();
        let present: BTreeSet<Fingerprint> = members.flat_map(Member::fingerprints).collect();
        let is_present = |removed: &Removed| removed.fingerprints().iter().any(|print| present.contains(print));

        let still_there: Vec<&mut Removed> = merged.values_mut().filter(|removed| is_present(removed)).collect();
        if !still_there.is_empty() {
            // Hashing every value takes a while: only if it is needed.
            let readable = vault.readable();
            still_there.into_iter().for_each(|removed| removed.read.extend(readable.iter().cloned()));
        }
    }
    merged
}
