//! Checkouts: where a laptop has seen a vault, and what it saw there.

use std::collections::BTreeSet;

use crate::vault::clock::{ActorId, Clock};
use crate::vault::key::Signature;
use crate::vault::label::Digest;
use crate::vault::name::MemberName;
use crate::vault::time::Timestamp;

/// One line of versions of a vault on a laptop. In the same checkout a vault never goes back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Checkout {
    /// A branch of a git work tree, wherever in the tree the file lies.
    Branch { tree: String, branch: String },
    /// A commit of a work tree whose HEAD is on no branch.
    Commit { tree: String, commit: String },
    /// Outside of git: the path of the file, symlinks resolved.
    File(String),
}

impl Checkout {
    /// The top of the git work tree.
    pub fn tree(&self) -> Option<&str> {
        match self {
            Checkout::Branch { tree, .. } | Checkout::Commit { tree, .. } => Some(tree),
            Checkout::File(_) => None,
        }
    }
}

/// Where a vault was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub checkout: Checkout,
    /// The path of the file, as named and with symlinks resolved.
    pub locations: BTreeSet<String>,
    /// Whether git is passing through older commits, as in a rebase. No pin moves then.
    pub is_passing: bool,
}

impl Place {
    /// Whether a vault at this place may lack nothing that was seen in that checkout.
    ///
    /// Checkouts are related if they are the same, or share a location. Two branches of one work tree are not.
    pub(super) fn is_related(&self, checkout: &Checkout, seen: &LastSeen) -> bool {
        if *checkout == self.checkout {
            return !self.is_passing;
        }
        let is_same_tree = checkout.tree().is_some() && checkout.tree() == self.checkout.tree();
        !is_same_tree && !self.locations.is_disjoint(&seen.locations)
    }
}

/// What was last seen in a checkout.
#[derive(Debug, Clone, PartialEq)]
pub struct LastSeen {
    /// The paths of the file, as named and with symlinks resolved.
    pub locations: BTreeSet<String>,
    pub clock: Clock,
    pub digest: Digest,
    /// The signature of that digest. Pins of before etui recorded it have none.
    pub signature: Option<Signature>,
    pub by: MemberName,
    pub at: Timestamp,
    /// The actor under which this laptop writes in this checkout, with the count of its writes.
    pub actor: Option<(ActorId, u64)>,
    /// How many changes seen in unrelated checkouts it lacked, when that was last said.
    pub noted: u64,
}
