//! The seed of the signing key that belongs to a key in hardware: a comment line of the key file.

use age::DecryptError;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::SigningKey;

use super::plugin::PluginError;
use super::small::open_small;
use crate::report::{Explain, Kind, Report};

/// How the line begins. Stock age takes it for a comment.
const BEGIN: &str = "# etui signing key: ";

/// 32 random bytes, encrypted to the hardware as a binary age file, and the card that the signing key has made. With the
/// card nobody has to ask the hardware for what is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSeed {
    pub(super) card: String,
    pub(super) sealed: Vec<u8>,
}

/// Why a signing key is not at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SigningError {
    Plugin(PluginError),
    /// What the hardware opened is not the seed of this signing key.
    Damaged,
}

impl SigningError {
    /// Whether the plugin failed.
    pub fn is_plugin(&self) -> bool {
        matches!(self, SigningError::Plugin(_))
    }
}

impl SealedSeed {
    /// Parses a line of a key file. None if it is another one.
    ///
    /// # Errors
    /// If it begins like such a line, and does not go on like one.
    pub(super) fn parse(line: &str) -> Option<Result<SealedSeed, SigningError>> {
        let rest = line.strip_prefix(BEGIN.trim_end())?;
        let parsed = || {
            let mut words = rest.split_ascii_whitespace();
            let (card, sealed) = (words.next()?.to_owned(), BASE64_STANDARD.decode(words.next()?).ok()?);
            words.next().is_none().then_some(SealedSeed { card, sealed })
        };
        Some(parsed().ok_or(SigningError::Damaged))
    }

    /// The line without its end.
    pub fn print(&self) -> String {
        format!("{BEGIN}{} {}", self.card, BASE64_STANDARD.encode(&self.sealed))
    }

    /// Opens the signing key.
    pub(super) fn open(&self, key: &dyn age::Identity) -> Result<SigningKey, SigningError> {
        let seed = open_small(&self.sealed, key)?;
        let seed: &[u8; 32] = seed[..].try_into().map_err(|_| SigningError::Damaged)?;
        Ok(SigningKey::from_bytes(seed))
    }
}

impl From<DecryptError> for SigningError {
    fn from(error: DecryptError) -> SigningError {
        let plugin = match error {
            DecryptError::Io(error) => PluginError::within(error),
            _ => None,
        };
        plugin.map_or(SigningError::Damaged, SigningError::Plugin)
    }
}

impl Explain for SigningError {
    fn explain(&self) -> Report {
        match self {
            SigningError::Plugin(error) => error.explain(),
            SigningError::Damaged => {
                let message = "the signing key in the key file is damaged, or belongs to another hardware key";
                Report::new(Kind::NoAccess, "bad_identity", message).hint("restore your backup of the key file")
            }
        }
    }
}

explained!(SigningError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_line_that_it_writes() {
        let seed = SealedSeed { card: "etui1abc".to_owned(), sealed: b"age".to_vec() };
        assert_eq!(SealedSeed::parse(&seed.print()), Some(Ok(seed)));
        for other in ["# created: today", "# etui signing keys", "AGE-SECRET-KEY-1"] {
            assert_eq!(SealedSeed::parse(other), None, "{other}");
        }
        for damaged in ["# etui signing key:", "# etui signing key: etui1abc", "# etui signing key: etui1abc YWdl x"] {
            assert_eq!(SealedSeed::parse(damaged), Some(Err(SigningError::Damaged)), "{damaged}");
        }
    }
}
