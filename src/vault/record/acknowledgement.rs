//! Acknowledgements: a member's word that a secret may keep its value.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::vault::contents::FormerReader;
use crate::vault::name::MemberName;
use crate::vault::time::Timestamp;

/// A member's word that a secret may keep its value, although `audit` finds something about it.
///
/// It covers what was known then and nothing later: another removal, or an expiry that passes, is a new
/// finding. It stands for one value, and goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    pub at: Timestamp,
    pub by: MemberName,
    /// Those who were known to have read the value. Dates would not do: a removal that another laptop made
    /// earlier may be merged later.
    pub exposed: BTreeSet<FormerReader>,
    pub reason: String,
}

impl Acknowledgement {
    /// Orders two acknowledgements of one value, in the same way on every laptop: the later one is the larger,
    /// and of two at once the one with the smaller text.
    pub(in crate::vault) fn rank(&self) -> impl Ord + use<'_> {
        (self.at, Reverse((&self.reason, &self.by, &self.exposed)))
    }
}
