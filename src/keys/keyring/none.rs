//! A system without a keyring.

use zeroize::Zeroizing;

use super::KeyringError;
use crate::vault::Age;

pub const NAME: &str = "a keyring";

pub(super) const ABSENCE: &str = "etui knows no keyring of this system";

pub fn is_there() -> bool {
    false
}

pub(super) fn keep(_: &str, _: &[u8], _: Age) -> Result<(), KeyringError> {
    Err(KeyringError::NoPlace)
}

pub fn get(_: &str) -> Option<Zeroizing<Vec<u8>>> {
    None
}

pub fn forget(_: &str) -> Result<bool, KeyringError> {
    Ok(false)
}
