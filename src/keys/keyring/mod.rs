//! Where `unlock` keeps a key open for a time: the kernel's keyring on Linux, the Keychain on macOS.

#[cfg(any(target_os = "macos", test))]
mod limited;
#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod system;
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
#[path = "none.rs"]
mod system;

use std::fmt;

pub use system::{NAME, forget, get, is_there};

use crate::vault::Age;

/// The longest time for which a key is kept.
pub const LONGEST: Age = Age::days(30);

/// The largest key file that can be kept, in bytes.
const LIMIT: usize = 16 * 1024;

/// Why a key was not kept, or not removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyringError {
    /// There is no keyring here, or it may not be used.
    NoPlace,
    Full,
    TooLarge {
        limit: usize,
    },
    /// Any other answer of the system.
    Refused {
        answer: String,
    },
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyringError::NoPlace => f.write_str(system::ABSENCE),
            KeyringError::Full => write!(f, "{NAME} is full"),
            KeyringError::TooLarge { limit } => write!(f, "the key has more than {limit} bytes"),
            KeyringError::Refused { answer } => write!(f, "{NAME} refuses it: {answer}"),
        }
    }
}

impl std::error::Error for KeyringError {}

/// Keeps the text of a key file, in the clear, for a time.
pub fn keep(name: &str, text: &[u8], time: Age) -> Result<(), KeyringError> {
    if text.len() > LIMIT {
        return Err(KeyringError::TooLarge { limit: LIMIT });
    }
    system::keep(name, text, time)
}
