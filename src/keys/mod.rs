//! Keys: who can open a vault, and who wrote it.
//!
//! Takes and returns bytes and text. It never opens a file or a terminal of its own accord.

mod card;
mod digest;
mod identity;
mod key;
mod key_file;
pub mod keyring;
mod seal;
mod sign;

pub use card::{Card, CardError};
pub use digest::{digest, hash};
pub use identity::{Identity, IdentityError};
pub use key::{AgeIdentity, Key};
pub use key_file::{KeyFile, LockedKey, PassphraseError, lock};
pub use seal::{OpenError, RecipientError, check_recipient, open, seal};
pub use sign::{Purpose, sign, verify, vouches};
