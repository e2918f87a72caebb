//! Several versions of an inner vault, as somebody kept them who could not merge them.

use std::collections::BTreeSet;

use super::outcome::MergeError;
use crate::vault::contents::Vault;
use crate::vault::endorser::Endorser;
use crate::vault::head::Head;
use crate::vault::name::MemberName;

/// What several versions of a vault hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Newest {
    /// Nobody has written it, if it is not one of the versions.
    pub vault: Vault,
    /// The version with all writes of the others, or else the first of those with writes of their own.
    pub at: usize,
    /// The versions that do not count, because another one removed their writers.
    pub removed: Vec<usize>,
    /// The writers of the versions, if these removed each other. All of them count then, until somebody decides.
    pub removed_each_other: BTreeSet<MemberName>,
}

impl Vault {
    /// Merges several versions in memory; none if there is no version.
    ///
    /// A version whose every write another contains counts for nothing, and so does one by somebody whom another
    /// version removed: not even its clock, which may count writes that nobody made. `by` becomes the root if none is
    /// left.
    ///
    /// # Errors
    /// If they cannot be merged.
    pub fn newest(versions: &[&Vault], by: Option<&Endorser<'_>>) -> Result<Option<Newest>, MergeError> {
        let numbered = || versions.iter().copied().enumerate();
        let is_removed = |(_, version): &(usize, &Vault)| {
            numbered().any(|(_, other)| removed_author(&version.head, &other.head).is_some())
        };
        let (mut removed, mut counting): (Vec<_>, Vec<_>) = numbered().partition(is_removed);
        // Where two removed each other, nobody can tell who was right.
        let mut removed_each_other = BTreeSet::new();
        if counting.is_empty() {
            std::mem::swap(&mut removed, &mut counting);
            removed_each_other = counting.iter().map(|(_, version)| version.head.written_by.clone()).collect();
        }

        let is_newest = |(at, version): &&(usize, &Vault)| {
            let others = counting.iter().filter(|(other, _)| other != at);
            let mut newer = others.map(|(_, other)| (other, Vault::newer(None, version, other)));
            !newer.any(|(other, newer)| newer.is_some_and(|newer| std::ptr::eq(newer, *other)))
        };
        let mut newest = counting.iter().filter(is_newest);
        let Some((at, first)) = newest.next() else { return Ok(None) };
        let mut vault = (*first).clone();
        for (_, next) in newest {
            vault = Vault::merge(None, &vault, next, by)?.vault;
        }
        let removed = removed.into_iter().map(|(at, _)| at).collect();
        Ok(Some(Newest { vault, at: *at, removed, removed_each_other }))
    }
}

/// The member whom the other side removed, and who signed a side or endorsed its signer. A signer who is a member of
/// the other side has another endorsement there.
pub fn removed_author<'h>(side: &'h Head, other: &Head) -> Option<&'h MemberName> {
    let endorsers = side.endorsers(&side.written_by);
    let signer = endorsers.first()?.1.key()?;
    let removed = endorsers.iter().find(|(_, member)| other.removal_of(&member.keys).is_some());
    removed.filter(|_| other.writer_with(signer).is_none()).map(|(name, _)| *name)
}
