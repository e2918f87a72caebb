//! Identities: a writer's private half, which opens and signs: an age X25519 key, or a key in hardware.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use age::DecryptError;
use age::secrecy::ExposeSecret as _;
use age_core::format::{FileKey, Stanza};
use bech32::{Bech32, Hrp};
use ed25519_dalek::{Signer as _, SigningKey};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::hardware::HardwareKey;
use super::seed::{SealedSeed, SigningError};
use super::unused::{UnusedKey, UnusedKind};
use crate::vault::member::carded;
use crate::vault::{Fingerprint, Recipient, Signature, Timestamp, WriterHalf, WriterKey};

/// How the text of an age key begins, before the separator.
const HRP: &str = "age-secret-key-";

const SIGNING_LABEL: &[u8] = b"etui signing key v1";

/// A key that opens, and the signing key that belongs to it.
///
/// The signing key of an age key (C2SP age, X25519) is the Ed25519 key that HKDF-SHA256 (RFC 5869) makes of its 32 raw
/// bytes. So an age key file holds the whole identity. Hardware does not release its key: there the signing key has a
/// seed of its own, which is encrypted to the hardware and stands beside its line in the key file.
pub struct Identity {
    secret: Secret,
    /// Made on first use: reading a vault does not need it.
    signing: OnceLock<SigningKey>,
    /// Which stanza of a header is tried first; [`NOWHERE`] if none is.
    expected: AtomicUsize,
}

/// No place in any header.
const NOWHERE: usize = usize::MAX;

enum Secret {
    X25519(age::x25519::Identity),
    Hardware(Box<Hardware>),
}

struct Hardware {
    key: HardwareKey,
    recipient: Recipient,
    writer: WriterHalf,
    seed: SealedSeed,
}

/// An identity whose signing key is at hand. It signs without a question.
#[derive(Clone, Copy)]
pub struct Signer<'i> {
    identity: &'i Identity,
    key: &'i SigningKey,
}

/// Why a text holds no usable identity. Never contains any of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityError {
    /// It contains no key.
    Empty,
    /// This line, counted from 1, is neither a key nor a comment.
    Line(usize),
    /// This line should hold the signing key of a key in hardware, and is damaged.
    Signing(usize),
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
            IdentityError::Signing(line) => write!(f, "line {line} is a damaged signing key"),
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
        Identity::new(Secret::X25519(age::x25519::Identity::generate()))
    }

    /// A key in hardware with its signing key.
    pub(super) fn in_hardware(
        key: HardwareKey,
        recipient: Recipient,
        writer: WriterHalf,
        seed: SealedSeed,
    ) -> Identity {
        Identity::new(Secret::Hardware(Box::new(Hardware { key, recipient, writer, seed })))
    }

    fn new(secret: Secret) -> Identity {
        Identity { secret, signing: OnceLock::new(), expected: AtomicUsize::new(NOWHERE) }
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
        Some(Identity::new(Secret::X25519(age)))
    }

    /// The 32 bytes of the age key, which all else is derived from. None of a key in hardware, which does not release them.
    pub(super) fn raw(&self) -> Option<Zeroizing<Vec<u8>>> {
        match &self.secret {
            Secret::X25519(age) => Some(raw(age)),
            Secret::Hardware(_) => None,
        }
    }

    /// The identity with these 32 bytes.
    pub(super) fn from_raw(raw: &[u8; 32]) -> Identity {
        let text = bech32::encode_upper::<Bech32>(Hrp::parse_unchecked(HRP), raw);
        let text = Zeroizing::new(text.expect("a key is far shorter than the limit of bech32"));
        Identity::parse(text.as_bytes()).expect("any 32 bytes are an X25519 key")
    }

    /// Opens the signing key. Only hardware has to be asked for it, and only once.
    ///
    /// # Errors
    /// If the hardware does not open it, or it is not the one of the card.
    pub fn open_signer(&self) -> Result<Signer<'_>, SigningError> {
        if self.signing.get().is_none() {
            let _ = self.signing.set(self.signing_key()?);
        }
        let key = self.signing.get().expect("it was set above");
        Ok(Signer { identity: self, key })
    }

    fn signing_key(&self) -> Result<SigningKey, SigningError> {
        match &self.secret {
            Secret::X25519(age) => Ok(derived(age)),
            Secret::Hardware(hardware) => {
                let key = hardware.seed.open(&hardware.key)?;
                let is_known = key.verifying_key().to_bytes() == hardware.writer.key.0;
                if is_known { Ok(key) } else { Err(SigningError::Damaged) }
            }
        }
    }

    /// The text of the key file. For a key in hardware it is no secret.
    pub fn print(&self, created: Timestamp) -> Zeroizing<String> {
        let recipient = self.recipient();
        match &self.secret {
            Secret::X25519(age) => {
                let secret = age.to_string();
                let secret = secret.expose_secret();
                Zeroizing::new(format!("# created: {created}\n# public key: {recipient}\n{secret}\n"))
            }
            Secret::Hardware(hardware) => {
                let Hardware { key, seed, .. } = &**hardware;
                Zeroizing::new(format!("# public key: {recipient}\n{}\n{}\n", seed.print(), key.line()))
            }
        }
    }

    /// The line of the key file that holds the signing key, if that stands beside a key in hardware.
    pub fn signing_line(&self) -> Option<String> {
        match &self.secret {
            Secret::X25519(_) => None,
            Secret::Hardware(hardware) => Some(hardware.seed.print()),
        }
    }

    /// The public half, which files are encrypted to: `age1…`.
    pub fn recipient(&self) -> Recipient {
        match &self.secret {
            Secret::X25519(age) => Recipient::new(&age.to_public().to_string()),
            Secret::Hardware(hardware) => hardware.recipient.clone(),
        }
    }

    /// The key that opens, if it is in hardware.
    pub fn hardware(&self) -> Option<&HardwareKey> {
        match &self.secret {
            Secret::X25519(_) => None,
            Secret::Hardware(hardware) => Some(&hardware.key),
        }
    }

    /// The key that verifies its signatures.
    pub fn writer_key(&self) -> WriterKey {
        match &self.secret {
            Secret::X25519(age) => WriterKey(self.derived(age).verifying_key().to_bytes()),
            Secret::Hardware(hardware) => hardware.writer.key,
        }
    }

    /// The verifying key, and its signature that binds it to the recipient.
    pub fn writer_half(&self) -> WriterHalf {
        match &self.secret {
            Secret::X25519(age) => writer_half(&self.recipient(), self.derived(age)),
            Secret::Hardware(hardware) => hardware.writer,
        }
    }

    fn derived(&self, age: &age::x25519::Identity) -> &SigningKey {
        self.signing.get_or_init(|| derived(age))
    }

    /// The fingerprint of its keys, which people compare.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.recipient(), Some(&self.writer_key()))
    }

    /// Expects the stanza for this identity at a place among those of a header, where it is tried first. Each stanza that
    /// is tried costs as much as a signature.
    pub fn expect_at(&self, place: Option<usize>) {
        self.expected.store(place.unwrap_or(NOWHERE), Relaxed);
    }

    /// The place of its stanza in the header that it opened last, or where that is expected.
    pub fn place(&self) -> Option<usize> {
        Some(self.expected.load(Relaxed)).filter(|place| *place != NOWHERE)
    }
}

impl<'i> Signer<'i> {
    pub fn identity(&self) -> &'i Identity {
        self.identity
    }

    /// Signs bytes that begin with a label (`vault::label`), so that no signature counts for another purpose.
    pub fn sign(&self, labelled: &[u8]) -> Signature {
        Signature(self.key.sign(labelled).to_bytes())
    }
}

/// The 32 bytes of an age key.
fn raw(age: &age::x25519::Identity) -> Zeroizing<Vec<u8>> {
    let text = age.to_string();
    let lower = Zeroizing::new(text.expose_secret().to_lowercase());
    let (_, raw) = bech32::decode(&lower).expect("age prints its keys in bech32");
    Zeroizing::new(raw)
}

/// Derives the signing key of an age key.
fn derived(age: &age::x25519::Identity) -> SigningKey {
    let mut seed = Zeroizing::new([0; 32]);
    let hkdf = Hkdf::<Sha256>::new(None, &raw(age));
    hkdf.expand(SIGNING_LABEL, &mut *seed).expect("HKDF-SHA256 can make 32 bytes");
    SigningKey::from_bytes(&seed)
}

/// Makes the public half of a signing key, bound to a recipient.
pub(super) fn writer_half(recipient: &Recipient, signing: &SigningKey) -> WriterHalf {
    let key = WriterKey(signing.verifying_key().to_bytes());
    let card_signature = Signature(signing.sign(&carded(recipient, &key)).to_bytes());
    WriterHalf { key, card_signature }
}

impl age::Identity for Identity {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        match &self.secret {
            Secret::X25519(age) => age.unwrap_stanza(stanza),
            Secret::Hardware(hardware) => hardware.key.unwrap_stanza(stanza),
        }
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        let age = match &self.secret {
            Secret::X25519(age) => age,
            Secret::Hardware(hardware) => return hardware.key.unwrap_stanzas(stanzas),
        };
        let expected = stanzas.get(self.expected.load(Relaxed)).and_then(|stanza| age.unwrap_stanza(stanza));
        expected.filter(Result::is_ok).or_else(|| {
            let tried = stanzas.iter().map(|stanza| age.unwrap_stanza(stanza)).enumerate();
            let (place, opened) = tried.filter_map(|(place, opened)| Some((place, opened?))).next()?;
            self.expect_at(Some(place));
            Some(opened)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

    fn line(identity: &Identity) -> String {
        identity.print(Timestamp::parse("2026-11-21T10:00:00Z").unwrap()).lines().last().unwrap().to_owned()
    }

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
            let identity = Identity::parse(line(&identities[1]).as_bytes()).unwrap();
            identity.expect_at(Some(place));
            let keys = [identity];
            assert!(crate::keys::open(&sealed[..], &keys, |_| ()).is_ok(), "{place}");
            assert_eq!(keys[0].place(), Some(1));
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
