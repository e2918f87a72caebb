//! Identities, sealing and signing: who can open a vault, and who wrote it.
//!
//! Takes and returns bytes and text; never opens a file or a terminal of its own accord.

mod card;
mod digest;
mod file;
mod identity;
pub mod keyring;
mod seal;
mod sign;

pub use card::{Card, CardError};
pub use digest::{digest, hash};
pub use file::{AgeIdentity, Key, KeyFile, LockedKey, PassphraseError, lock};
pub use identity::{Identity, IdentityError};
pub use seal::{OpenError, RecipientError, check_recipient, open, seal};
pub use sign::{Purpose, sign, verify, vouches};
