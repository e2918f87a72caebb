//! Keys: who can open a vault, and who wrote it.
//!
//! Takes and returns bytes and text. It never opens a file or a terminal of its own accord.

mod card;
mod digest;
mod header;
mod identity;
mod key;
mod key_file;
mod key_list;
pub mod keyring;
mod recipient;
mod rotation;
mod seal;
mod sign;
mod unused;
mod words;

pub use card::{Card, CardError};
pub use digest::{digest, hash};
pub use header::STANZAS_LIMIT;
pub use identity::{Identity, IdentityError};
pub use key::{AgeIdentity, Key};
pub use key_file::{KeyFile, LockedKey, PassphraseError, lock, unlock};
pub use key_list::KeyList;
pub use recipient::{RecipientError, canonical, check_recipient};
pub use rotation::Rotation;
pub use seal::{FILE_LIMIT, OpenError, Opened, open, open_ends, seal, seal_with};
pub use sign::{Purpose, sign, verify, vouches};
pub use unused::{UnusedKey, UnusedKind};
pub use words::{ChecksumError, Word, WordError, Words};
