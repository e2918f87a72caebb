//! Identities: a writer's private half, one age X25519 key from which the signing key is derived.

use std::fmt;
use std::sync::OnceLock;

use age::DecryptError;
use age::secrecy::ExposeSecret as _;
use age_core::format::{FileKey, Stanza};
use bech32::{Bech32, Hrp};
use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::unused::{UnusedKey, UnusedKind};
use crate::vault::{Fingerprint, Recipient, Signature, Timestamp, WriterKey};

/// How the text of an age key begins, before the separator.
const HRP: &str = "age-secret-key-";

const SIGNING_LABEL: &[u8] = b"etui signing key v1";

/// An age identity (C2SP age, X25519) and the signing key derived from it.
///
/// The signing key is the Ed25519 key that HKDF-SHA256 (RFC 5869) makes of the age key's 32 raw bytes. So an
/// age key file holds the whole identity.
pub struct Identity {
    age: age::x25519::Identity,
    /// Derived on first use: reading a vault does not need it.
    signing: OnceLock<SigningKey>,
    /// Which stanza of a header is tried first.
    expected: OnceLock<usize>,
}

/// Why a text holds no usable identity. Never contains any of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityError {
    /// It contains no key.
    Empty,
    /// This line, counted from 1, is neither a key nor a comment.
    Line(usize),
    /// It is an ssh key of a kind that cannot open vaults: only ssh-ed25519 can.
    Ssh,
    /// It contains keys, but none that opens vaults. This is the first.
    Unused(UnusedKey),
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IdentityError::Empty => f.write_str("there is no key"),
            IdentityError::Line(line) => write!(f, "line {line} is neither a key nor a comment"),
            IdentityError::Ssh => f.write_str("not an ssh-ed25519 key"),
            IdentityError::Unused(UnusedKey { line, kind }) => write!(f, "line {line} is {kind}"),
        }
    }
}

impl std::error::Error for IdentityError {}

impl IdentityError {
    /// Returns whether the text is a public key, which anybody may read.
    pub fn is_public(&self) -> bool {
        matches!(self, IdentityError::Unused(UnusedKey { kind: UnusedKind::Public, .. }))
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.recipient())
    }
}

impl Identity {
    /// Makes a new identity from the system's randomness.
    pub fn generate() -> Identity {
        Identity { age: age::x25519::Identity::generate(), signing: OnceLock::new(), expected: OnceLock::new() }
    }

    /// Parses the identities of a key file, one per line, with `#` for comments, as `age-keygen` writes them.
    ///
    /// # Errors
    /// If a line is anything else, or there is no identity.
    pub fn parse_all(text: &[u8]) -> Result<Vec<Identity>, IdentityError> {
        let mut identities = Vec::new();
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            identities.push(Identity::parse(line).ok_or(IdentityError::Line(index + 1))?);
        }
        if identities.is_empty() { Err(IdentityError::Empty) } else { Ok(identities) }
    }

    /// Parses one line of a key file. None if it is no key.
    pub(super) fn parse(line: &[u8]) -> Option<Identity> {
        let age = std::str::from_utf8(line).ok()?.parse().ok()?;
        Some(Identity { age, signing: OnceLock::new(), expected: OnceLock::new() })
    }

    /// The 32 bytes of the age key, which all else is derived from.
    pub(super) fn raw(&self) -> Zeroizing<Vec<u8>> {
        let text = self.age.to_string();
        let lower = Zeroizing::new(text.expose_secret().to_lowercase());
        let (_, raw) = bech32::decode(&lower).expect("age prints its keys in bech32");
        Zeroizing::new(raw)
    }

    /// The identity with these 32 bytes.
    pub(super) fn from_raw(raw: &[u8; 32]) -> Identity {
        let text = bech32::encode_upper::<Bech32>(Hrp::parse_unchecked(HRP), raw);
        let text = Zeroizing::new(text.expect("a key is far shorter than the limit of bech32"));
        Identity::parse(text.as_bytes()).expect("any 32 bytes are an X25519 key")
    }

    fn signing(&self) -> &SigningKey {
        self.signing.get_or_init(|| {
            let raw = self.raw();
            let mut seed = Zeroizing::new([0; 32]);
            let hkdf = Hkdf::<Sha256>::new(None, &raw);
            hkdf.expand(SIGNING_LABEL, &mut *seed).expect("HKDF-SHA256 can make 32 bytes");
            SigningKey::from_bytes(&seed)
        })
    }

    /// The text of the key file.
    pub fn print(&self, created: Timestamp) -> Zeroizing<String> {
        let secret = self.age.to_string();
        Zeroizing::new(format!(
            "# created: {created}\n# public key: {}\n{}\n",
            self.recipient(),
            secret.expose_secret()
        ))
    }

    /// The public half, which files are encrypted to: `age1…`.
    pub fn recipient(&self) -> Recipient {
        Recipient::new(&self.age.to_public().to_string())
    }

    /// The key that verifies its signatures.
    pub fn writer_key(&self) -> WriterKey {
        WriterKey(self.signing().verifying_key().to_bytes())
    }

    /// The fingerprint of its keys, which people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.recipient(), Some(&self.writer_key()))
    }

    /// Signs bytes that begin with a label (`vault::label`), so that no signature counts for another purpose.
    pub fn sign(&self, labelled: &[u8]) -> Signature {
        Signature(self.signing().sign(labelled).to_bytes())
    }

    /// Expects the stanza for this identity at a place among those of a header, where it is tried first. Each stanza that
    /// is tried costs as much as a signature.
    pub fn expect_at(&self, place: usize) {
        let _ = self.expected.set(place);
    }
}

impl age::Identity for Identity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.age.unwrap_stanza(stanza)
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        let expected = self.expected.get().and_then(|at| self.unwrap_stanza(stanzas.get(*at)?));
        expected.filter(Result::is_ok).or_else(|| self.age.unwrap_stanzas(stanzas))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    #[test]
    fn parses_what_age_keygen_writes() {
        let text = format!("# created: 2026-11-21T10:00:00Z\n# public key: age1…\n{KEY}\n");
        let [identity] = &Identity::parse_all(text.as_bytes()).unwrap()[..] else { panic!("not one key") };
        let again = identity.print(Timestamp::parse("2026-11-21T10:00:00Z").unwrap());
        assert!(again.ends_with(&format!("{KEY}\n")));
        assert_eq!(Identity::parse_all(format!("{KEY}\r\n\n{KEY}").as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn opens_whatever_stanza_is_expected() {
        let identities: Vec<Identity> = (0..3).map(|_| Identity::generate()).collect();
        let recipients: Vec<Recipient> = identities.iter().map(Identity::recipient).collect();
        let sealed = crate::keys::seal(&[b"text"], &recipients).unwrap();
        for place in 0..5 {
            let identity = Identity::parse(identities[1].age.to_string().expose_secret().as_bytes()).unwrap();
            identity.expect_at(place);
            assert!(crate::keys::open(&sealed[..], &[identity], |_| ()).is_ok(), "{place}");
        }
    }

    #[test]
    fn the_signing_key_never_changes() {
        let [identity] = &Identity::parse_all(KEY.as_bytes()).unwrap()[..] else { panic!("not one key") };
        // Another key would be a new format: every existing vault would seem to be written by a stranger.
        assert_eq!(identity.writer_key().to_string(), "YNvOp6I+7VzEoRdh7qQySlAzKMwgFiJgdpilVOsjX0Q=");
    }

    #[test]
    fn names_the_bad_line_and_never_repeats_it() {
        let error = |text: &str| Identity::parse_all(text.as_bytes()).unwrap_err();
        assert_eq!(error("# only\n\n"), IdentityError::Empty);
        assert_eq!(error(&format!("{KEY}\nhunter2\n")), IdentityError::Line(2));
        assert_eq!(error(&KEY.replace("EX", "EQ")), IdentityError::Line(1));
        let debug = format!("{:?}", Identity::parse_all(KEY.as_bytes()).unwrap());
        assert!(!debug.contains("SECRET"), "{debug}");
    }
}
