//! The private half: one age X25519 key, from which the signing key is derived.

use std::fmt;
use std::sync::OnceLock;

use age::secrecy::ExposeSecret as _;
use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::vault::{Fingerprint, Recipient, Signature, Timestamp, WriterKey};

const SIGNING_LABEL: &[u8] = b"etui signing key v1";

/// An age identity (C2SP age, X25519), and the Ed25519 key derived from it by HKDF-SHA256 (RFC 5869)
/// of its 32 raw bytes, so that one file is the whole identity.
pub struct Identity {
    age: age::x25519::Identity,
    /// Derived when it is first needed: who only reads needs none.
    signing: OnceLock<SigningKey>,
}

/// Why a text is no identity. Holds nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityError {
    /// There is no key in it.
    Empty,
    /// This line, counted from 1, is neither a key nor a comment.
    Line(usize),
    /// An ssh key, but none of the kind that opens age files: ssh-ed25519.
    Ssh,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.recipient())
    }
}

impl Identity {
    /// Makes a new one, from the system's randomness.
    pub fn generate() -> Identity {
        Identity { age: age::x25519::Identity::generate(), signing: OnceLock::new() }
    }

    /// Reads the identities of a key file: one a line, `#` for comments, as `age-keygen` writes it.
    ///
    /// # Errors
    /// If a line is something else, or there is none at all.
    pub fn parse_all(text: &[u8]) -> Result<Vec<Identity>, IdentityError> {
        let mut identities = Vec::new();
        for (at, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let key = std::str::from_utf8(line).ok().and_then(|line| line.parse().ok());
            let age = key.ok_or(IdentityError::Line(at + 1))?;
            identities.push(Identity { age, signing: OnceLock::new() });
        }
        if identities.is_empty() { Err(IdentityError::Empty) } else { Ok(identities) }
    }

    fn signing(&self) -> &SigningKey {
        self.signing.get_or_init(|| {
            let text = self.age.to_string();
            let lower = Zeroizing::new(text.expose_secret().to_lowercase());
            let (_, raw) = bech32::decode(&lower).expect("age prints its keys in bech32");
            let raw = Zeroizing::new(raw);
            let mut seed = Zeroizing::new([0; 32]);
            Hkdf::<Sha256>::new(None, &raw)
                .expand(SIGNING_LABEL, &mut *seed)
                .expect("32 bytes are within what HKDF gives");
            SigningKey::from_bytes(&seed)
        })
    }

    /// The text of its key file.
    pub fn print(&self, created: Timestamp) -> Zeroizing<String> {
        let secret = self.age.to_string();
        Zeroizing::new(format!(
            "# created: {created}\n# public key: {}\n{}\n",
            self.recipient(),
            secret.expose_secret()
        ))
    }

    /// What files are encrypted to for it: `age1…`.
    pub fn recipient(&self) -> Recipient {
        Recipient::new(&self.age.to_public().to_string())
    }

    /// What verifies its signatures.
    pub fn writer_key(&self) -> WriterKey {
        WriterKey(self.signing().verifying_key().to_bytes())
    }

    /// The fingerprint that people compare: of its verifying key.
    pub fn fingerprint(&self) -> Fingerprint {
        self.writer_key().fingerprint()
    }

    /// Signs bytes that begin with a label of their own kind.
    pub(super) fn sign(&self, labelled: &[u8]) -> Signature {
        Signature(self.signing().sign(labelled).to_bytes())
    }

    /// Vouches for a member, with the bytes that `vault::member::endorsed` makes.
    pub fn endorse(&self, endorsed: &[u8]) -> Signature {
        self.sign(endorsed)
    }

    pub(super) fn age(&self) -> &dyn age::Identity {
        &self.age
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    #[test]
    fn reads_what_age_keygen_writes() {
        let text = format!("# created: 2026-11-21T10:00:00Z\n# public key: age1…\n{KEY}\n");
        let [identity] = &Identity::parse_all(text.as_bytes()).unwrap()[..] else { panic!("one key") };
        let again = identity.print(Timestamp::parse("2026-11-21T10:00:00Z").unwrap());
        assert!(again.ends_with(&format!("{KEY}\n")));
        assert_eq!(Identity::parse_all(format!("{KEY}\r\n\n{KEY}").as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn the_signing_key_is_the_same_forever() {
        let [identity] = &Identity::parse_all(KEY.as_bytes()).unwrap()[..] else { panic!("one key") };
        // A change of this is a change of format: every vault there is would be written by strangers.
        assert_eq!(identity.writer_key().to_string(), "YNvOp6I+7VzEoRdh7qQySlAzKMwgFiJgdpilVOsjX0Q=");
        assert_eq!(identity.fingerprint(), identity.writer_key().fingerprint());
    }

    #[test]
    fn says_which_line_is_no_key_and_never_repeats_it() {
        let error = |text: &str| Identity::parse_all(text.as_bytes()).unwrap_err();
        assert_eq!(error("# only\n\n"), IdentityError::Empty);
        assert_eq!(error(&format!("{KEY}\nhunter2\n")), IdentityError::Line(2));
        assert_eq!(error(&KEY.replace("EX", "EQ")), IdentityError::Line(1));
        let debug = format!("{:?}", Identity::parse_all(KEY.as_bytes()).unwrap());
        assert!(!debug.contains("SECRET"), "{debug}");
    }
}
