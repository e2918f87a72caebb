//! Closed sections: vaults within the vault, which only some of its members can read.
//!
//! An *inner vault* is a vault like any other, with members, a clock and a signature of its own. What it holds
//! stands in its team section. The outer vault carries its encrypted bytes along, and says in the clear who its
//! members are and when it changed last. Where a key opens it, its content is put into the section's records,
//! so that everything works on it as on an open section.

mod change;
mod error;
mod joined;
mod members;
mod roster;
mod sealed;
mod versions;

pub(in crate::vault) use change::rename;
pub use error::ClosedError;
pub use members::InSections;
pub use sealed::VERSIONS_LIMIT;
pub use sealed::{Access, Closed, Inner, SealedBytes, Within};
