//! Closed sections: vaults within the vault, which only some members can read.

#[cfg(feature = "ui")]
mod console;
mod diff;
mod merging;
mod reading;
