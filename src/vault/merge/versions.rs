//! Several versions of an inner vault, as somebody kept them who could not merge them.

use super::outcome::MergeError;
use crate::vault::contents::Vault;

impl Vault {
    /// What several versions hold together, and which of them has all writes of the others, or else comes first
    /// among those that have writes of their own. None if there is no version.
    ///
    /// A version whose every write another contains counts for nothing. Nobody has written what merging makes.
    ///
    /// # Errors
    /// If they cannot be merged.
    pub fn newest(versions: &[&Vault]) -> Result<Option<(Vault, usize)>, MergeError> {
        let is_newest = |(at, version): &(usize, &&Vault)| {
            let others = versions.iter().enumerate().filter(|(other, _)| other != at);
            let mut newer = others.map(|(_, other)| (other, Vault::newer(None, version, other)));
            !newer.any(|(other, newer)| newer.is_some_and(|newer| std::ptr::eq(newer, *other)))
        };
        let mut newest = versions.iter().enumerate().filter(is_newest);
        let Some((at, first)) = newest.next() else { return Ok(None) };
        let mut merged = (*first).clone();
        for (_, next) in newest {
            merged = Vault::merge(None, &merged, next, None)?.vault;
        }
        Ok(Some((merged, at)))
    }
}
