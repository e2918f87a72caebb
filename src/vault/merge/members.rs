//! Merging members: those of both sides, except whom one side removed; and the removals of both.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome::MergeError;
use super::three::Three;
use crate::vault::endorser::Endorser;
use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::key::{Recipient, Signature, WriterKey};
use crate::vault::label::Digest;
use crate::vault::member::{Member, PublicKeys, Removed};
use crate::vault::name::MemberName;
use crate::vault::roots::RootStep;

/// The members of a merged vault.
pub(super) struct Members {
    pub roots: Vec<RootStep>,
    pub members: BTreeMap<MemberName, Member>,
    pub removed: BTreeMap<Fingerprint, Removed>,
    /// Members that nobody who stays endorses.
    pub left_out: Vec<MemberName>,
}

/// A member of the merged vault, with the entries of the sides that list it under this name and key.
struct Candidate<'a> {
    name: &'a MemberName,
    keys: &'a PublicKeys,
    entries: Vec<&'a Member>,
}

/// Merges the members. If no root is left, `by` becomes the root.
pub(super) fn merge(all: Three<'_, Head>, by: Option<&Endorser<'_>>) -> Result<Members, MergeError> {
    let removed = removed(all);
    let mut roots = roots(all, &removed);
    let key = match roots.last() {
        Some(step) => Some(step.to),
        None => all.sides[0].root().and_then(|(_, root)| root.key()).copied(),
    };
    let candidates = candidates(all, &removed, key);
    let mut seen = BTreeSet::new();
    if let Some(twice) = candidates.iter().find(|candidate| !seen.insert(candidate.name)) {
        return Err(MergeError::TwoMembers { name: twice.name.clone() });
    }
    if candidates.iter().all(|candidate| candidate.keys.writer.is_none()) {
        return Err(MergeError::NoWriter);
    }

    let mut merged = BTreeMap::new();
    let root = candidates.iter().find(|candidate| candidate.keys.key() == key.as_ref());
    let entry = root.and_then(|root| root.entries.iter().find(|entry| entry.is_root()));
    match (root, entry) {
        (Some(root), Some(entry)) => drop(merged.insert(root.name.clone(), (*entry).clone())),
        _ => {
            let by = by.ok_or(MergeError::NoWriter)?;
            let own = candidates.iter().find(|candidate| candidate.keys.key() == by.keys.key());
            let own = own.ok_or_else(|| MergeError::LeavesOut { name: by.stamp.by.clone() })?;
            roots.push(successor(all, &roots, by).ok_or(MergeError::NoWriter)?);
            merged.insert(own.name.clone(), by.member(&all.sides[0].id, own.name, own.keys.clone()));
        }
    }
    add_endorsed(&mut merged, &candidates);

    let rest = candidates.iter().filter(|candidate| !merged.contains_key(candidate.name));
    let left_out = rest.map(|candidate| candidate.name.clone()).collect();
    Ok(Members { roots, members: merged, removed, left_out })
}

/// Makes the step by which the writer who merges takes the place of a root that the other side removed. None if
/// the side with that root did not have the writer as a member.
fn successor(all: Three<'_, Head>, roots: &[RootStep], by: &Endorser<'_>) -> Option<RootStep> {
    let key = roots.last().map(|step| &step.to);
    let has_root = |head: &&&Head| head.root().is_some_and(|(_, root)| key.is_none_or(|key| root.key() == Some(key)));
    let side = all.sides.iter().find(has_root)?;
    let (name, _) = side.writer_with(by.keys.key()?)?;
    by.step_from(side, name)
}

/// Adds everyone whom the members so far endorse, then everyone whom these endorse, and so on. Each keeps the
/// endorsement on the shortest way from the root; of several, the smaller text.
fn add_endorsed(merged: &mut BTreeMap<MemberName, Member>, candidates: &[Candidate<'_>]) {
    let mut endorsers: BTreeSet<Fingerprint> = merged.values().map(Member::fingerprint).collect();
    loop {
        let rest = candidates.iter().filter(|candidate| !merged.contains_key(candidate.name));
        let endorsed = rest.filter_map(|candidate| {
            let entries = candidate.entries.iter().filter(|entry| endorsers.contains(&entry.endorsed_by));
            let text = |entry: &&&Member| (entry.endorsed_by.clone(), entry.endorsement.to_string(), entry.added);
            Some((candidate.name.clone(), (**entries.min_by_key(text)?).clone()))
        });
        let endorsed: Vec<(MemberName, Member)> = endorsed.collect();
        if endorsed.is_empty() {
            return;
        }
        endorsers.extend(endorsed.iter().map(|(_, member)| member.fingerprint()));
        merged.extend(endorsed);
    }
}

/// The steps of the side whose root changed. If the roots of both changed, one that took over goes before one
/// that replaced its own key, then the smaller fingerprint; one that is no longer a member goes last.
fn roots(all: Three<'_, Head>, removed: &BTreeMap<Fingerprint, Removed>) -> Vec<RootStep> {
    let [first, second] = all.sides.map(|head| &head.roots);
    if first.starts_with(second) {
        return first.clone();
    }
    if second.starts_with(first) {
        return second.clone();
    }
    let rank = |steps: &Vec<RootStep>| {
        let last = steps.last();
        let root = last.and_then(|step| all.sides.iter().find_map(|head| head.writer_with(&step.to)));
        let root = root.filter(|(_, root)| !is_removed(removed, root)).map(|(_, root)| root.fingerprint());
        let is_replacement = last.is_none_or(|step| !step.is_takeover());
        let endorsements = |step: &RootStep| step.vouchers.iter().map(|(_, member)| member.endorsement).collect();
        let ways: Vec<(Digest, Vec<Signature>)> =
            steps.iter().map(|step| (step.digest(), endorsements(step))).collect();
        (root.is_none(), is_replacement, root, last.map(|step| step.to), ways)
    };
    if rank(second) < rank(first) { second.clone() } else { first.clone() }
}

fn is_removed(removed: &BTreeMap<Fingerprint, Removed>, member: &Member) -> bool {
    removed.values().any(|removed| removed.bans(&member.keys))
}

/// One candidate for each recipient that neither side removed.
fn candidates<'a>(
    all: Three<'a, Head>,
    removed: &BTreeMap<Fingerprint, Removed>,
    root: Option<WriterKey>,
) -> Vec<Candidate<'a>> {
    let members = all.sides.iter().flat_map(|head| head.members.values());
    let recipients: BTreeSet<&Recipient> =
        members.filter(|member| !is_removed(removed, member)).map(|member| member.recipient()).collect();
    recipients.into_iter().filter_map(|recipient| candidate(all, recipient, root)).collect()
}

/// The member with this recipient, under the name and key of the side that changed them. If both sides did, a
/// writer goes before a reader, then the smaller name. The root keeps the name that it endorsed itself.
fn candidate<'a>(all: Three<'a, Head>, recipient: &Recipient, root: Option<WriterKey>) -> Option<Candidate<'a>> {
    let find = |head: &'a Head| head.members.iter().find(|(_, member)| member.recipient() == recipient);
    let identity = |(name, member): (&'a MemberName, &'a Member)| (name, &member.keys);

    let base = all.base.and_then(find).map(identity);
    let mut found: Vec<(&MemberName, &Member)> = all.sides.into_iter().filter_map(find).collect();
    let is_root = |(_, member): &(&MemberName, &Member)| member.is_root() && member.key() == root.as_ref();
    if found.iter().any(is_root) {
        found.retain(is_root);
    }
    let changed = found.iter().filter(|side| Some(identity(**side)) != base);
    let order = |(name, member): &&(&'a MemberName, &'a Member)| {
        let writer = member.keys.writer.map(|writer| (writer.key, writer.card_signature));
        (writer.is_none(), *name, writer)
    };
    let chosen = changed.min_by_key(order).or(found.first())?;

    let (name, keys) = identity(*chosen);
    let same = found.iter().filter(|side| identity(**side) == (name, keys));
    Some(Candidate { name, keys, entries: same.map(|(_, member)| *member).collect() })
}

/// Merges the removals: those of both sides, each as the side recorded it that removed the member first.
fn removed(all: Three<'_, Head>) -> BTreeMap<Fingerprint, Removed> {
    let mut merged: BTreeMap<Fingerprint, Removed> = BTreeMap::new();
    for (print, removed) in all.sides.iter().flat_map(|head| &head.removed) {
        let order = |removed: &Removed| (removed.at, removed.by.clone(), removed.name.clone());
        let mut removed = removed.clone();
        if let Some(known) = merged.remove(print) {
            // What either side vouches for stays.
            let closed = &known.closed | &removed.closed;
            if order(&known) <= order(&removed) {
                removed = known;
            }
            removed.closed = closed;
        }
        merged.insert(print.clone(), removed);
    }
    merged
}
