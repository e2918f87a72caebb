//! Closed sections: vaults within the vault.

mod members;
