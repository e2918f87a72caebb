//! Fingerprints: short texts that people compare.

use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};

use super::key::{Recipient, WriterKey};
use super::label::digest;
use super::malformed::Malformed;
use super::name::VaultId;

macro_rules! fingerprint {
    ($(#[$doc:meta])* $type:ident, $prefix:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Box<str>);

        impl $type {
            fn hashed(label: &str, parts: &[&[u8]]) -> $type {
                $type(format!("{}{}", $prefix, BASE64_STANDARD_NO_PAD.encode(digest(label, parts))).into())
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<$type, Malformed> {
                let digest = text.strip_prefix($prefix).and_then(|digest| BASE64_STANDARD_NO_PAD.decode(digest).ok());
                match digest {
                    Some(digest) if digest.len() == 32 => Ok($type(text.into())),
                    _ => Err(Malformed { expected: $expected }),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

fingerprint! {
    /// The fingerprint of a member's keys: `key:` and a SHA-256 digest in base64 without padding.
    Fingerprint, "key:", "a key fingerprint (`key:` and 43 characters of base64)"
}

fingerprint! {
    /// The fingerprint of a vault: `vault:` and a SHA-256 digest in base64 without padding.
    ///
    /// It covers the vault's id and its founder's verifying key, so it never changes.
    VaultFingerprint, "vault:", "a vault fingerprint (`vault:` and 43 characters of base64)"
}

impl Fingerprint {
    /// The fingerprint of a writer's recipient and verifying key, or of a reader's recipient.
    pub fn of(recipient: &Recipient, key: Option<&WriterKey>) -> Fingerprint {
        let recipient = recipient.as_str().as_bytes();
        match key {
            Some(key) => Fingerprint::hashed("writer fingerprint", &[recipient, &key.0]),
            None => Fingerprint::hashed("reader fingerprint", &[recipient]),
        }
    }

    /// What people call the fingerprint of such keys. One key has one as a writer and another as a reader, which must
    /// not be compared with each other.
    pub fn name(key: Option<&WriterKey>) -> &'static str {
        if key.is_some() { "key fingerprint" } else { "key fingerprint as a reader" }
    }
}

impl VaultFingerprint {
    /// The fingerprint of the vault with this id and founder.
    pub fn of(id: &VaultId, founder: &WriterKey) -> VaultFingerprint {
        VaultFingerprint::hashed("vault fingerprint", &[&id.0, &founder.0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_the_recipient_the_key_and_the_role() {
        let (alice, bob) = (Recipient::new("age1alice"), Recipient::new("age1bob"));
        let (key, other) = (WriterKey([1; 32]), WriterKey([2; 32]));
        let prints = [
            Fingerprint::of(&alice, Some(&key)),
            Fingerprint::of(&alice, Some(&other)),
            Fingerprint::of(&bob, Some(&key)),
            Fingerprint::of(&alice, None),
            Fingerprint::of(&bob, None),
        ];
        for (at, print) in prints.iter().enumerate() {
            assert_eq!(print.to_string().parse(), Ok(print.clone()));
            assert!(!prints[at + 1..].contains(print), "{print}");
        }
    }

    #[test]
    fn parses_the_printed_form_only() {
        let print = Fingerprint::of(&Recipient::new("age1alice"), None).to_string();
        for bad in ["", "key:", &print[4..], &format!("{print}="), &print.replace("key", "vault")] {
            let error = bad.parse::<Fingerprint>().unwrap_err();
            assert_eq!(error.to_string(), "not a key fingerprint (`key:` and 43 characters of base64)", "{bad}");
        }
        assert!(print.replace("key:", "vault:").parse::<VaultFingerprint>().is_ok());
    }
}
