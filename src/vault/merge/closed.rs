//! Merging closed sections: their inner vaults where the key at hand may, and else their encrypted versions.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::outcome::MergeError;
use super::three::Three;
use super::{Merging, extra, removed_author};
use crate::vault::closed::{Access, Closed, Inner, SealedBytes};
use crate::vault::contents::{FormerReader, Vault};
use crate::vault::endorser::Endorser;
use crate::vault::exposure::renew;
use crate::vault::name::MemberName;
use crate::vault::record::{Records, Stamp};
use crate::vault::section::{Section, SectionId, Sections};
use crate::vault::value::Value;

impl Merging<'_> {
    /// Merges a section that is closed in one version at least. `is_renamed` if only one side gave it this name.
    pub(super) fn closed(
        &self,
        id: &SectionId,
        all: Three<'_, Arc<Section>>,
        is_renamed: bool,
    ) -> Result<Arc<Section>, MergeError> {
        // The current side of a cherry-pick lacks what its base has, and nobody rolled it back.
        let forward = |side: &Arc<Section>, is_pick: bool| match all.base {
            Some(base) if !is_pick => self.forward(base, side),
            _ => Some(side.clone()),
        };
        let [first, second] = all.sides;
        let (Some(first), Some(second)) = (forward(first, self.is_pick), forward(second, false)) else {
            return Ok(Arc::new(versions(all.base.into_iter().chain(all.sides))));
        };
        let all = Three { base: all.base, sides: [&first, &second] };
        match settled(all) {
            Some(settled) => Ok(settled.clone()),
            None => self.both_changed(id, all.map(|section| &**section), is_renamed).map(Arc::new),
        }
    }

    /// A side with all writes of the base, as far as the key at hand sees them: somebody may have put an older inner
    /// vault into a newer vault. None if only a writer of the section can merge the two.
    fn forward(&self, base: &Arc<Section>, side: &Arc<Section>) -> Option<Arc<Section>> {
        let (Some(old), Some(new)) = (base.inner(), side.inner()) else { return Some(side.clone()) };
        let lacks = |one: &Inner, other: &Inner| other.head.clock.beyond(&one.head.clock) > 0;
        match old.head.id == new.head.id && lacks(new, old) {
            false => Some(side.clone()),
            true if !lacks(old, new) => Some(base.clone()),
            true => {
                let merged = self.inner(Three { base: None, sides: [base, side] }).ok()??;
                let created = side.created.or(base.created);
                Some(Arc::new(Section { created, extra: side.extra.clone(), ..merged }))
            }
        }
    }

    fn both_changed(&self, id: &SectionId, all: Three<'_, Section>, is_renamed: bool) -> Result<Section, MergeError> {
        let [first, second] = all.sides;
        // One side deleted it, and the other changed it.
        let is_gone = |section: &Section| section.created.is_none() && *section == Section::default();
        if is_gone(first) || is_gone(second) {
            return Ok(if is_gone(first) { second.clone() } else { first.clone() });
        }

        let mut merged = match all.sides.map(|side| side.closed.as_ref().map(|closed| &closed.vault)) {
            [Some(one), Some(two)] if one == two => match self.inner(all)? {
                Some(merged) => merged,
                // Inside, it says under which name it counts.
                None if is_renamed => return Err(self.refused(id, all)),
                None => disputed(all),
            },
            [Some(_), Some(_)] => self.both_closed(id, all).ok_or_else(|| self.refused(id, all))?,
            _ => self.half_closed(all).ok_or_else(|| self.refused(id, all))?,
        };
        merged.created = first.created.into_iter().chain(second.created).min();
        merged.extra = extra(all.map(|section| &section.extra));
        Ok(merged)
    }

    /// Merges two versions of one inner vault. None if that is for others to do.
    fn inner(&self, all: Three<'_, Section>) -> Result<Option<Section>, MergeError> {
        let [first, second] = all.sides;
        let (Some(ours), Some(theirs)) = (first.inner_vault(), second.inner_vault()) else { return Ok(None) };
        let base = all.base.and_then(Section::inner_vault).filter(|base| base.head.id == ours.head.id);
        match Vault::newer(base.as_ref(), &ours, &theirs) {
            // Both stand for the same versions, more or less of them.
            Some(_) if ours.head.clock == theirs.head.clock => {
                let fewer = [first, second].into_iter().min_by_key(|side| side.closed.as_deref().map(order));
                return Ok(fewer.cloned());
            }
            Some(newer) => return Ok(Some(if std::ptr::eq(newer, &ours) { first } else { second }.clone())),
            None => {}
        }

        // What somebody signed who was removed is not taken. It stands beside the rest, and counts for nothing there.
        let is_by_removed = |side: &Vault, other: &Vault| removed_author(&side.head, &other.head).is_some();
        if is_by_removed(&ours, &theirs) || is_by_removed(&theirs, &ours) {
            return Ok(None);
        }
        let merge = |by: &Endorser<'_>| Vault::merge(base.as_ref(), &ours, &theirs, Some(by));
        match self.as_inner([first, second], merge) {
            None | Some(Err(MergeError::LeavesOut { .. })) => Ok(None),
            Some(merged) => {
                let vault = merged?.vault;
                let key = self.by.and_then(|by| by.keys.key());
                // The sides together may leave out the one who merges.
                if key.is_none_or(|key| vault.head.writer_with(key).is_none()) {
                    return Ok(None);
                }
                let closed = newer(first, second).expect("both sides are closed");
                Ok(Some(written(closed, vault)))
            }
        }
    }

    /// Merges two inner vaults, as each side closed the section by itself: all moves into the one that the laptop knows
    /// or the base has, and where it knows none, into the one with the smaller fingerprint. Anybody can close a section
    /// again on an old branch until its fingerprint is smaller. None unless the writer who merges writes both.
    fn both_closed(&self, id: &SectionId, all: Three<'_, Section>) -> Option<Section> {
        let [first, second] = all.sides;
        let print = |side: &Section| side.closed.as_ref().map(|closed| closed.vault.clone());
        let known = self.known.get(id).cloned().or_else(|| all.base.and_then(print));
        let (kept, other) = match known {
            Some(known) if print(first).as_ref() == Some(&known) => (first, second),
            Some(known) if print(second).as_ref() == Some(&known) => (second, first),
            Some(_) => return None,
            None if print(first) <= print(second) => (first, second),
            None => (second, first),
        };
        let (closed, inner, merged) = (kept.closed.clone()?, kept.inner()?, other.inner()?);
        if !self.writes(inner) || !self.writes(merged) {
            return None;
        }
        let mut vault = with_records(inner, &self.records(all));
        // Whoever could read it in the other one, and is not in this one, can read no newer value.
        let others = merged.head.members.values();
        if others.into_iter().any(|member| inner.head.member_with(&member.fingerprint()).is_none()) {
            read_by_all(&mut vault, other);
        }
        let (old, new) = (merged.head.hash_key, vault.head.hash_key);
        let hashes = values(other).map(|value| (old.hash(value), new.hash(value))).collect();
        if let Some(hashes) = renew(&merged.read, &hashes).remove(&FormerReader::Closing) {
            vault.read.entry(FormerReader::Closing).or_default().extend(hashes);
        }
        vault.drop_hashes();
        Some(written(closed, vault))
    }

    /// Merges a section that is closed on one side and open on the other. None unless the writer who merges writes
    /// the closed one.
    fn half_closed(&self, all: Three<'_, Section>) -> Option<Section> {
        let [first, second] = all.sides;
        let (shut, open) = if first.closed.is_some() { (first, second) } else { (second, first) };
        let inner = shut.inner().filter(|inner| self.writes(inner))?;
        let base = all.base.filter(|base| !base.is_locked());
        let mut records = self.records(Three { base, sides: all.sides });
        // Closing it is a change of the side that closed it, and opening it of the side that opened it.
        if all.base.is_some_and(|base| base.closed.is_some()) {
            return Some(records);
        }
        self.dispute(&mut records.secrets, &shut.secrets, &open.secrets);
        self.dispute(&mut records.env, &shut.env, &open.env);
        let mut vault = with_records(inner, &records);
        read_by_all(&mut vault, open);
        vault.drop_hashes();
        Some(written(shut.closed.clone()?, vault))
    }

    /// Disputes each value that was changed in the open. Whoever is outside can still do that on an old branch, so a
    /// member of the section decides whether it replaces the one inside.
    fn dispute(&self, merged: &mut Records, inside: &Records, open: &Records) {
        for (name, record) in open.iter() {
            let taken = merged.get(name).is_some_and(|taken| taken.value == record.value);
            let Some(own) = inside.get(name).filter(|own| taken && own.value != record.value) else { continue };
            let mut candidates = vec![own.clone(), record.clone()];
            candidates.sort_by_cached_key(|candidate| (self.hash)(&candidate.value));
            merged.current.remove(name);
            merged.disputed.insert(name.clone(), candidates);
        }
    }

    /// Does something as the writer who merges, by its name in the inner vault; None if it is not a writer of both.
    fn as_inner<T>(&self, sides: [&Section; 2], work: impl FnOnce(&Endorser<'_>) -> T) -> Option<T> {
        let by = self.by?;
        let key = by.keys.key()?;
        let [Some(name), Some(_)] = sides.map(|side| Some(side.inner()?.head.writer_with(key)?.0.clone())) else {
            return None;
        };
        let stamp = Stamp { by: name, at: by.stamp.at };
        Some(work(&Endorser { stamp: &stamp, keys: by.keys.clone(), ..*by }))
    }

    fn writes(&self, inner: &Inner) -> bool {
        let key = self.by.and_then(|by| by.keys.key());
        key.is_some_and(|key| inner.head.writer_with(key).is_some())
    }

    /// The error for everybody but the writers of all closed versions.
    pub(super) fn refused(&self, id: &SectionId, all: Three<'_, Section>) -> MergeError {
        let mut writers = all.sides.into_iter().filter_map(writers);
        let first = writers.next().unwrap_or_default();
        let by = match writers.next() {
            Some(second) => first.intersection(&second).cloned().collect(),
            None => first.into_iter().collect(),
        };
        MergeError::Closed { section: id.clone(), by }
    }
}

/// What both sides agree on, or what the only side has that changed the base; none if both changed it.
fn settled(all: Three<'_, Arc<Section>>) -> Option<&Arc<Section>> {
    let [first, second] = all.sides;
    let is_base = |side: &Section| all.base.is_some_and(|base| is_same(base, side));
    if is_same(first, second) || is_base(second) {
        Some(first)
    } else if is_base(first) {
        Some(second)
    } else {
        None
    }
}

/// Whether two versions say the same. The same encrypted bytes hold the same, whoever can open them.
fn is_same(one: &Section, other: &Section) -> bool {
    let is_sealed = |section: &Section| section.closed.as_ref().is_some_and(|closed| !closed.sealed.is_empty());
    if is_sealed(one) && is_sealed(other) { one.sealed() == other.sealed() } else { one == other }
}

/// The writers of a closed section, as far as they are known by name here.
fn writers(section: &Section) -> Option<BTreeSet<MemberName>> {
    Some(match &section.closed.as_ref()?.access {
        Access::Untried => BTreeSet::new(),
        Access::Locked { by } => by.iter().cloned().collect(),
        Access::Open(inner) => {
            let writers = inner.head.members.iter().filter(|(_, member)| member.keys.writer.is_some());
            writers.map(|(name, _)| name.clone()).collect()
        }
    })
}

/// An inner vault with other records.
fn with_records(inner: &Inner, records: &Section) -> Vault {
    let Inner { head, read } = inner.clone();
    let team = Section { env: records.env.clone(), secrets: records.secrets.clone(), ..Section::default() };
    Vault { head, sections: Sections([(SectionId::Team, team.into())].into()), read }
}

/// Records that others could read what a section holds.
fn read_by_all(inner: &mut Vault, section: &Section) {
    let key = inner.head.hash_key;
    let hashes: BTreeSet<String> = values(section).map(|value| key.hash(value)).collect();
    if !hashes.is_empty() {
        inner.read.entry(FormerReader::Closing).or_default().extend(hashes);
    }
}

fn values(section: &Section) -> impl Iterator<Item = &Value> {
    let all = [&section.env, &section.secrets].into_iter().flat_map(Records::values);
    all.map(|(_, value)| value)
}

/// A merged section whose inner vault is new, and must be encrypted.
fn written(mut closed: Box<Closed>, inner: Vault) -> Section {
    closed.sealed = Vec::new();
    let mut section = Section { closed: Some(closed), ..Section::default() };
    section.hold(inner);
    section
}

/// Keeps the encrypted versions of both sides: those that both have, and those that one side added.
fn disputed(all: Three<'_, Section>) -> Section {
    let [ours, theirs] = all.sides.map(sealed);
    let base = all.base.map(sealed).unwrap_or_default();
    let kept = ours.union(&theirs).filter(|one| ours.contains(one) && theirs.contains(one) || !base.contains(one));
    let kept: BTreeSet<SealedBytes> = kept.cloned().collect();
    let is_whole = |side: &&&Section| sealed(side) == kept;
    match all.sides.iter().find(is_whole) {
        Some(side) => (*side).clone(),
        None => with_versions(all.sides, kept),
    }
}

/// Keeps all encrypted versions.
fn versions<'s>(all: impl IntoIterator<Item = &'s Arc<Section>>) -> Section {
    let all: Vec<&Section> = all.into_iter().map(|section| &**section).collect();
    let kept = all.iter().copied().flat_map(sealed).collect();
    with_versions(all, kept)
}

fn with_versions<'s>(all: impl IntoIterator<Item = &'s Section>, kept: BTreeSet<SealedBytes>) -> Section {
    let all: Vec<&Section> = all.into_iter().collect();
    let by: BTreeSet<MemberName> = all.iter().filter_map(|section| writers(section)).flatten().collect();
    let newest = all.into_iter().reduce(|one, other| if rank(one) >= rank(other) { one } else { other });
    let mut section = newest.expect("versions are of a section").sealed();
    if let Some(closed) = &mut section.closed {
        // Whoever keeps several versions is not the one to read or change what is in them.
        closed.access = Access::Locked { by: by.into_iter().collect() };
        closed.sealed = kept.into_iter().collect();
        closed.sealed.sort_by_cached_key(SealedBytes::digest);
    }
    section
}

fn sealed(section: &Section) -> BTreeSet<SealedBytes> {
    section.closed.iter().flat_map(|closed| closed.sealed.iter().cloned()).collect()
}

/// What the side says of a closed section that was changed last, in the same way on every laptop.
fn newer(first: &Section, second: &Section) -> Option<Box<Closed>> {
    let newer = if rank(first) >= rank(second) { first } else { second };
    newer.closed.clone()
}

/// Orders what versions say of a closed section, in the same way on every laptop.
fn rank(section: &Section) -> impl Ord + use<'_> {
    section.closed.as_ref().map(|closed| (closed.updated, &closed.by, &closed.members))
}

/// Orders the sets of versions that a section can stand for.
fn order(closed: &Closed) -> impl Ord + use<> {
    (closed.sealed.len(), closed.sealed.iter().map(SealedBytes::digest).collect::<Vec<_>>())
}
