//! Public keys and signatures, as a vault holds them.

use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::malformed::Malformed;

/// An age recipient, as text: `age1…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient(Box<str>);

impl Recipient {
    /// Takes any text. `keys` checks that it is a recipient, at the latest before it encrypts.
    pub fn new(text: &str) -> Recipient {
        Recipient(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// An Ed25519 verifying key (RFC 8032): 32 bytes, printed as base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriterKey(pub [u8; 32]);

/// An Ed25519 signature (RFC 8032): 64 bytes, printed as base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature(pub [u8; 64]);

macro_rules! base64_text {
    ($type:ident, $expected:literal) => {
        impl FromStr for $type {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                let bytes = BASE64_STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
                bytes.map(Self).ok_or(Malformed { expected: $expected })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&BASE64_STANDARD.encode(self.0))
            }
        }
    };
}

base64_text!(WriterKey, "a verifying key (32 bytes in base64)");
base64_text!(Signature, "a signature (64 bytes in base64)");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_keys_and_signatures_from_their_printed_form_only() {
        let (key, signature) = (WriterKey([7; 32]), Signature([9; 64]));
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(signature.to_string().parse(), Ok(signature));

        for bad in ["", "AAAA", "hunter2!", &signature.to_string(), &format!("{key} ")] {
            let error = bad.parse::<WriterKey>().unwrap_err();
            assert_eq!(error.to_string(), "not a verifying key (32 bytes in base64)", "{bad}");
        }
        assert!(key.to_string().parse::<Signature>().is_err());
    }
}
