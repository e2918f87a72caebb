//! Keys: who can open a vault, and who wrote it.
//!
//! Takes and returns bytes and text. It never opens a file or a terminal of its own accord, and starts no program but the
//! plugin of a key in hardware.

mod card;
mod digest;
mod enroll;
mod hardware;
mod header;
mod identity;
mod key;
mod key_file;
mod key_list;
pub mod keyring;
mod open;
mod plugin;
mod recipient;
mod rotation;
mod seal;
mod seed;
mod sign;
mod small;
mod unused;
mod words;

pub use card::{Card, CardError};
pub use digest::{digest, hash};
pub use enroll::{EnrollError, enroll};
pub use hardware::HardwareKey;
pub use header::STANZAS_LIMIT;
pub use identity::{Identity, IdentityError, Signer};
pub use key::{AgeIdentity, Key};
pub use key_file::{KeyFile, LockedKey, PassphraseError, lock, unlock};
pub use key_list::{KeyList, SealedKeys};
pub use open::{FILE_LIMIT, OpenError, Opened, open, open_ends};
pub use plugin::{PluginError, PluginFault, Plugins};
pub use recipient::{RecipientError, canonical, check_recipient, plugin_of};
pub use rotation::Rotation;
pub use seal::{SealError, Sealed, open_sealed, seal, seal_with};
pub use seed::{SealedSeed, SigningError};
pub use sign::{Purpose, sign, verify, vouches};
pub use unused::{UnusedKey, UnusedKind};
pub use words::{ChecksumError, Word, WordError, Words};
