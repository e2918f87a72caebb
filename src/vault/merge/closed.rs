//! Merging closed sections: their inner vaults where the key at hand may, and else their encrypted versions.

use std::collections::BTreeSet;

use super::outcome::MergeError;
use super::three::Three;
use super::{Merging, extra};
use crate::vault::closed::{Access, Closed, Inner, SealedBytes};
use crate::vault::contents::{FormerReader, Vault};
use crate::vault::endorser::Endorser;
use crate::vault::name::MemberName;
use crate::vault::record::Stamp;
use crate::vault::section::{Section, SectionId, Sections};

impl Merging<'_> {
    /// Merges a section that both sides changed, and that is closed in one version at least.
    pub(super) fn closed(&self, id: &SectionId, all: Three<'_, Section>) -> Result<Section, MergeError> {
        let [first, second] = all.sides;
        let vaults = all.sides.map(|side| side.closed.as_ref().map(|closed| &closed.vault));
        // One side deleted it, and the other changed it.
        match (first.created, second.created) {
            (None, Some(_)) if first.closed.is_none() => return Ok(second.clone()),
            (Some(_), None) if second.closed.is_none() => return Ok(first.clone()),
            _ => {}
        }

        let (Some(one), Some(two)) = (vaults[0], vaults[1]) else { return self.half_closed(id, all) };
        let mut merged = match (one == two, inner_vault(first), inner_vault(second)) {
            (true, Some(ours), Some(theirs)) => self.inner(all, &ours, &theirs),
            (true, ..) => None,
            // Each side closed it by itself.
            (false, Some(_), Some(_)) => Some(self.both_closed(id, all)?),
            (false, ..) => return Err(self.refused(id, all)),
        }
        .unwrap_or_else(|| disputed(all));
        merged.created = first.created.min(second.created);
        merged.extra = extra(all.map(|section| &section.extra));
        Ok(merged)
    }

    /// Merges two versions of one inner vault. None if that is for others to do.
    fn inner(&self, all: Three<'_, Section>, ours: &Vault, theirs: &Vault) -> Option<Section> {
        let [first, second] = all.sides;
        let base = all.base.and_then(inner_vault).filter(|base| base.head.id == ours.head.id);
        match Vault::newer(base.as_ref(), ours, theirs) {
            Some(newer) if std::ptr::eq(newer, ours) => return Some(first.clone()),
            Some(_) => return Some(second.clone()),
            None => {}
        }
        let merged = self.as_inner(first, second, |by| Vault::merge(base.as_ref(), ours, theirs, Some(by)).ok())??;
        Some(written(first, second, merged.vault))
    }

    /// Merges two inner vaults, as each side closed the section by itself: all moves into the one with the smaller
    /// fingerprint.
    fn both_closed(&self, id: &SectionId, all: Three<'_, Section>) -> Result<Section, MergeError> {
        let [first, second] = all.sides;
        let print = |side: &Section| side.closed.as_ref().map(|closed| closed.vault.clone());
        let (kept, other) = if print(first) <= print(second) { (first, second) } else { (second, first) };
        // Whoever writes only one of them would carry values to people whom the other does not list.
        let writes = [first, second].iter().all(|side| side.inner().is_some_and(|inner| self.writes(inner)));
        if !writes {
            return Err(self.refused(id, all));
        }
        let records = self.records(Three { base: all.base, sides: [first, second] });
        let inner = kept.inner().map(|inner| with_records(inner, &records, None));
        inner.map(|inner| written(kept, other, inner)).ok_or_else(|| self.refused(id, all))
    }

    /// Merges a section that is closed on one side and open on the other.
    fn half_closed(&self, id: &SectionId, all: Three<'_, Section>) -> Result<Section, MergeError> {
        let [first, second] = all.sides;
        let (closed, open) = if first.closed.is_some() { (first, second) } else { (second, first) };
        let inner = closed.inner().filter(|inner| self.writes(inner)).ok_or_else(|| self.refused(id, all))?;
        let base = all.base.filter(|base| !base.is_locked());
        let records = self.records(Three { base, sides: all.sides });
        // Closing it is a change of the side that closed it, and opening it of the side that opened it.
        let was_closed = all.base.is_some_and(|base| base.closed.is_some());
        if was_closed {
            return Ok(Section { created: closed.created.min(open.created), ..records });
        }
        Ok(written(closed, open, with_records(inner, &records, Some(open))))
    }

    /// Does something as the writer of an inner vault who merges; None if the writer is not one of both sides.
    fn as_inner<T>(&self, first: &Section, second: &Section, work: impl FnOnce(&Endorser<'_>) -> T) -> Option<T> {
        let by = self.by?;
        let key = by.keys.key()?;
        let name = |side: &Section| Some(side.inner()?.head.writer_with(key)?.0.clone());
        let (name, _) = (name(first)?, name(second)?);
        let stamp = Stamp { by: name, at: by.stamp.at };
        Some(work(&Endorser { stamp: &stamp, keys: by.keys.clone(), ..*by }))
    }

    fn writes(&self, inner: &Inner) -> bool {
        let key = self.by.and_then(|by| by.keys.key());
        key.is_some_and(|key| inner.head.writer_with(key).is_some())
    }

    fn refused(&self, id: &SectionId, all: Three<'_, Section>) -> MergeError {
        let by: BTreeSet<MemberName> = all.sides.iter().flat_map(|side| names(side)).collect();
        MergeError::Closed { section: id.clone(), by: by.into_iter().collect() }
    }
}

/// The members of a closed section who are known by name here.
fn names(section: &Section) -> Vec<MemberName> {
    match section.closed.as_ref().map(|closed| &closed.access) {
        Some(Access::Locked { by }) => by.clone(),
        Some(Access::Open(inner)) => {
            let writers = inner.head.members.iter().filter(|(_, member)| member.keys.writer.is_some());
            writers.map(|(name, _)| name.clone()).collect()
        }
        _ => Vec::new(),
    }
}

fn inner_vault(section: &Section) -> Option<Vault> {
    section.inner_vault()
}

/// An inner vault with other records. `open` is a version of them that everybody could read.
fn with_records(inner: &Inner, records: &Section, open: Option<&Section>) -> Vault {
    let Inner { head, read } = inner.clone();
    let team = Section { env: records.env.clone(), secrets: records.secrets.clone(), ..Section::default() };
    let mut vault = Vault { head, sections: Sections([(SectionId::Team, team.into())].into()), read };
    let key = vault.head.hash_key;
    let values = open.into_iter().flat_map(|open| open.env.values().chain(open.secrets.values()));
    let seen: BTreeSet<String> = values.map(|(_, value)| key.hash(value)).collect();
    if !seen.is_empty() {
        vault.read.entry(FormerReader::Closing).or_default().extend(seen);
    }
    vault.drop_hashes();
    vault
}

/// A merged section whose inner vault is new, and must be encrypted.
fn written(first: &Section, second: &Section, inner: Vault) -> Section {
    let mut closed = newer(first, second).expect("a closed section was merged");
    closed.sealed = Vec::new();
    let mut section =
        Section { created: first.created.min(second.created), closed: Some(closed), ..Section::default() };
    section.hold(inner);
    section
}

/// Keeps the encrypted versions of both sides: those that both have, and those that one side added.
fn disputed(all: Three<'_, Section>) -> Section {
    let [first, second] = all.sides;
    let sealed = |section: &Section| -> BTreeSet<SealedBytes> {
        section.closed.iter().flat_map(|closed| closed.sealed.iter().cloned()).collect()
    };
    let [ours, theirs] = [first, second].map(sealed);
    let base = all.base.map(sealed).unwrap_or_default();
    let kept = ours.union(&theirs).filter(|one| ours.contains(one) && theirs.contains(one) || !base.contains(one));
    let mut kept: Vec<SealedBytes> = kept.cloned().collect();
    kept.sort_by_cached_key(SealedBytes::digest);
    let mut closed = newer(first, second).expect("a closed section was merged");
    (closed.sealed, closed.access) = (kept, Access::Untried);
    Section { closed: Some(closed), ..Section::default() }
}

/// What the side says of a closed section that was changed last, in the same way on every laptop.
fn newer(first: &Section, second: &Section) -> Option<Box<Closed>> {
    let sides = [first, second].into_iter().filter_map(|side| side.closed.clone());
    sides.max_by_key(|closed| (closed.updated, closed.by.clone(), closed.members.clone()))
}
