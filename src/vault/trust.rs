//! Trust: which versions of a vault a laptop accepts.
//!
//! age does not say who made a file. So every write is signed, a writer endorses every member, in a chain
//! that ends at the root, and a laptop pins what it trusts and what it has seen. It then refuses whatever a
//! stranger or a removed member signed, and whatever is older than what it saw in the same checkout.

mod accept;
mod chain;
mod checkout;
mod closed;
mod distrust;
mod news;
mod pins;
mod token;
mod unclosed;

pub use accept::Acceptance;
pub use chain::Verify;
pub use checkout::{Checkout, LastSeen, Place};
pub use closed::{ClosedSeen, InItsPlace};
pub use distrust::{Distrust, MissingChanges};
pub use news::{MemberNews, Roster, news};
pub use pins::{Pins, SealedSeen, SignedDigest, Snapshot};
pub use token::Token;

#[cfg(test)]
mod tests;
