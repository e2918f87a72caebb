//! Files: where they are, who may write them now, and how they are replaced whole.
//!
//! Moves sealed bytes and other people's text; cannot decrypt anything.

mod explain;
mod link;
mod lock;
mod machine;
mod paths;
mod pins;
mod private;
mod scratch;
mod vault_file;

pub use explain::io_report;
pub use link::{Link, LinkError, LinkFile};
pub use lock::{Holder, LockError};
pub use paths::Directories;
pub use pins::{PinStore, PinStoreError};
pub use private::{create_private, read_private, replace, replace_private, sweep, write_new};
pub use scratch::{Scratch, ScratchError};
pub use vault_file::{LockRequest, StoreError, VaultFile, target};
