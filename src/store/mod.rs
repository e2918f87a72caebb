//! Files on this machine: where they are, who may write them now, and how one is replaced as a whole.
//!
//! Moves sealed bytes and text that other people wrote. It cannot decrypt anything.

mod atomic;
mod attributes;
mod directories;
mod explain;
mod exposure;
mod held;
mod link;
mod link_file;
mod locations;
mod lock;
mod machine;
mod obstacle;
mod paths;
mod pins;
mod private;
mod regular;
mod scratch;
mod vault_file;

pub use atomic::{Replacement, replace, replace_passing, replace_private, temporary_prefix, write_new};
pub use attributes::Attributes;
pub use directories::{Directories, DirectoriesError};
pub use explain::io_report;
pub use exposure::{Exposed, Exposure};
pub use held::hold;
pub use link::{Link, LinkError};
pub use link_file::LinkFile;
pub use locations::Locations;
pub use lock::{Holder, LockError, LockRequest};
pub use paths::target;
pub use pins::{PinStore, PinStoreError, PinUpdate};
pub use private::{create_private, read_private};
pub use scratch::{Scratch, ScratchError};
pub use vault_file::{StoreError, VaultFile};
