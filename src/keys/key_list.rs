//! The text of a key file: keys that are used, beside others that are not.

use age::armor::ArmoredReader;
use age::ssh;
use zeroize::Zeroizing;

use super::card::Card;
use super::hardware::HardwareKey;
use super::header::AgeFile;
use super::identity::{Identity, IdentityError};
use super::key::{AgeIdentity, Key, SshKey};
use super::open::{OpenError, open};
use super::plugin::Plugins;
use super::recipient::canonical;
use super::seed::{SealedSeed, SigningError};
use super::unused::{UnusedKey, UnusedKind};
use crate::vault::Recipient;

/// The keys of a file.
pub struct KeyList {
    pub keys: Vec<Key>,
    /// Keys that other keys open.
    pub sealed: Vec<SealedKeys>,
    pub unused: Vec<UnusedKey>,
    /// What they were parsed from, as UTF-8.
    pub text: Zeroizing<Vec<u8>>,
}

/// Keys in an age file that is encrypted to other keys. It is a key file of its own, or a block in one.
pub struct SealedKeys {
    /// Where it begins, counted from 1.
    pub line: usize,
    /// The age file, perhaps armored.
    pub bytes: Vec<u8>,
}

impl SealedKeys {
    /// Takes an age file, unless it is behind a passphrase or damaged.
    pub(super) fn new(bytes: &[u8], line: usize) -> Option<SealedKeys> {
        let file = AgeFile::read(ArmoredReader::new(bytes)).ok()?;
        (!file.is_behind_passphrase()).then(|| SealedKeys { line, bytes: bytes.to_vec() })
    }

    /// Opens them with other keys.
    ///
    /// # Errors
    /// If none of these opens them, or they are no keys.
    pub fn open(&self, keys: &[impl AgeIdentity], plugins: &Plugins) -> Result<KeyList, OpenError> {
        // The text is shorter than the file, so no copy is left behind by a vector that grows.
        let mut text = Zeroizing::new(Vec::with_capacity(self.bytes.len()));
        open(ArmoredReader::new(&self.bytes[..]), keys, |piece| text.extend_from_slice(piece))?;
        KeyList::parse(plain(&text), plugins).map_err(|_| OpenError::Damaged)
    }
}

/// What the comments before a key in hardware say about it.
#[derive(Default)]
struct Comments {
    recipient: Option<Recipient>,
    seed: Option<SealedSeed>,
}

impl Comments {
    /// Reads a comment. Plugins call the public half `Recipient` or `public key`.
    fn read(&mut self, line: &str) -> Result<(), SigningError> {
        if let Some(seed) = SealedSeed::parse(line) {
            self.seed = Some(seed?);
        }
        let (label, text) = line.trim_start_matches('#').split_once(':').unwrap_or_default();
        if ["recipient", "public key"].contains(&label.trim().to_ascii_lowercase().as_str()) {
            self.recipient = canonical(text).ok().or(self.recipient.take());
        }
        Ok(())
    }

    /// Makes the key of the line that follows. None if it is no key in hardware.
    fn key(self, line: &str, plugins: &Plugins) -> Option<Result<Key, SigningError>> {
        let card = self.seed.map(|seed| (Card::parse(&seed.card), seed));
        let recipient = match &card {
            Some((Ok(card), _)) => Some(card.recipient.clone()),
            _ => self.recipient,
        };
        let key = HardwareKey::parse(line, recipient, plugins)?;
        Some(match card {
            None => Ok(Key::Hardware(key)),
            Some((Ok(card), seed)) => Ok(Key::Age(Identity::in_hardware(key, card.recipient, card.writer, seed))),
            Some((Err(_), _)) => Err(SigningError::Damaged),
        })
    }
}

impl KeyList {
    /// Parses age keys, one per line, and blocks such as that of an ssh key, in any order.
    ///
    /// # Errors
    /// If something else stands there, or no key can be used.
    pub fn parse(text: Zeroizing<Vec<u8>>, plugins: &Plugins) -> Result<KeyList, IdentityError> {
        let (mut keys, mut sealed, mut unused) = (Vec::new(), Vec::new(), Vec::new());
        let mut comments = Comments::default();
        let mut block: Option<(usize, Zeroizing<Vec<u8>>)> = None;
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if let Some((start, held)) = &mut block {
                held.extend_from_slice(line);
                held.push(b'\n');
                if is_mark(line, b"END") {
                    match SealedKeys::new(held, *start) {
                        Some(block) => sealed.push(block),
                        None => match parse_block(held) {
                            Ok(key) => keys.push(key),
                            Err(kind) => unused.push(UnusedKey { line: *start, kind }),
                        },
                    }
                    block = None;
                }
            } else if is_mark(line, b"BEGIN") {
                // Reserved at once: a vector that grows frees its old memory.
                let mut held = Zeroizing::new(Vec::with_capacity(text.len() + 1));
                held.extend_from_slice(line);
                held.push(b'\n');
                block = Some((number, held));
            } else if line.starts_with(b"#") {
                let comment = std::str::from_utf8(line).unwrap_or_default();
                comments.read(comment).map_err(|_| IdentityError::Signing(number))?;
            } else if let Some(kind) = unused_kind(line) {
                unused.push(UnusedKey { line: number, kind });
            } else if !line.is_empty() {
                let comments = std::mem::take(&mut comments);
                let hardware = std::str::from_utf8(line).ok().and_then(|line| comments.key(line, plugins));
                keys.push(match hardware {
                    Some(key) => key.map_err(|_| IdentityError::Signing(number))?,
                    None => Key::Age(Identity::parse(line).ok_or(IdentityError::Line(number))?),
                });
            }
        }
        if let Some((line, _)) = block {
            return Err(IdentityError::Line(line));
        }
        match unused.into_iter() {
            unused if !keys.is_empty() || !sealed.is_empty() => {
                Ok(KeyList { keys, sealed, unused: unused.collect(), text })
            }
            mut unused => Err(unused.next().map_or(IdentityError::Empty, IdentityError::Unused)),
        }
    }

    /// The keys of an ssh key file.
    pub(super) fn of_ssh(key: SshKey, text: Zeroizing<Vec<u8>>) -> KeyList {
        KeyList { keys: vec![Key::Ssh(key)], sealed: Vec::new(), unused: Vec::new(), text }
    }
}

/// Returns whether a line begins or ends a block. That of RFC 4716 has fewer dashes.
fn is_mark(line: &[u8], word: &[u8]) -> bool {
    let rest = line.strip_prefix(b"-----").or_else(|| line.strip_prefix(b"---- "));
    rest.and_then(|rest| rest.strip_prefix(word)).is_some_and(|rest| rest.starts_with(b" "))
}

fn parse_block(block: &[u8]) -> Result<Key, UnusedKind> {
    let first = block.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let says = |word: &[u8]| memchr::memmem::find(first, word).is_some();
    if says(b"PUBLIC KEY") {
        return Err(UnusedKind::Public);
    }
    if says(b"AGE ENCRYPTED FILE") {
        return Err(UnusedKind::Locked);
    }
    match ssh::Identity::from_buffer(block, None) {
        Ok(ssh::Identity::Encrypted(_)) => Err(UnusedKind::Locked),
        Ok(identity) => SshKey::new(identity).map(Key::Ssh).map_err(|_| UnusedKind::Other),
        Err(_) => Err(UnusedKind::Other),
    }
}

/// Returns the kind of key that a line holds, if it is one that opens no vault.
fn unused_kind(line: &[u8]) -> Option<UnusedKind> {
    const PUBLIC: [&str; 6] = ["age1", "etui1", "ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"];
    let line = std::str::from_utf8(line).ok()?;
    if line.starts_with("AGE-SECRET-KEY-PQ-1") {
        return Some(UnusedKind::PostQuantum);
    }
    PUBLIC.iter().any(|begin| line.starts_with(begin)).then_some(UnusedKind::Public)
}

/// Returns a text in UTF-8 without a byte order mark. Notepad and PowerShell write one, and PowerShell UTF-16.
pub fn plain(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let units = |decode: fn([u8; 2]) -> u16| {
        let units = text[2..].chunks_exact(2).map(move |pair| decode([pair[0], pair[1]]));
        // A unit has at most three bytes in UTF-8.
        let mut plain = Zeroizing::new(Vec::with_capacity(text.len() * 2));
        for symbol in char::decode_utf16(units) {
            let mut bytes = Zeroizing::new([0; 4]);
            plain.extend_from_slice(symbol.unwrap_or_default().encode_utf8(&mut *bytes).as_bytes());
        }
        plain
    };
    match text {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => Zeroizing::new(rest.to_vec()),
        _ => Zeroizing::new(text.to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
    const HARDWARE: &str = "AGE-PLUGIN-YUBIKEY-1QSPSYQVZ0DJFDPGWQ2RKZ";
    const RECIPIENT: &str = "age1yubikey1qds33lxxw9gaj82vqedjulgtedqeqxhv3tnu5f28zq3lpwpp25j4u9fu8kg";

    fn list(text: &[u8]) -> Result<KeyList, IdentityError> {
        KeyList::parse(plain(text), &Plugins::default())
    }

    fn parse(text: &str) -> Result<(usize, Vec<UnusedKey>), IdentityError> {
        let list = list(text.as_bytes())?;
        Ok((list.keys.len(), list.unused))
    }

    #[test]
    fn usable_keys_are_used_and_others_named() {
        let unused = |line, kind| UnusedKey { line, kind };
        let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        for (text, expected) in [
            (format!("AGE-SECRET-KEY-PQ-1QQ\n{KEY}"), vec![unused(1, UnusedKind::PostQuantum)]),
            (format!("age1qqq\n{KEY}"), vec![unused(1, UnusedKind::Public)]),
            (format!("ssh-ed25519 AAAA me\n{KEY}"), vec![unused(1, UnusedKind::Public)]),
            (format!("{}{KEY}", block("RSA PRIVATE KEY")), vec![unused(1, UnusedKind::Other)]),
            (format!("{}{KEY}", block("PUBLIC KEY")), vec![unused(1, UnusedKind::Public)]),
            (format!("{KEY}\n{}", block("AGE ENCRYPTED FILE")), vec![unused(2, UnusedKind::Locked)]),
            (format!("\u{feff}{KEY}\n"), vec![]),
            (format!("\u{feff}# a comment\nssh-rsa AAAA\n{KEY}\n"), vec![unused(2, UnusedKind::Public)]),
        ] {
            assert_eq!(parse(&text), Ok((1, expected)), "{text}");
        }
        for text in [format!("{KEY}\r\n"), format!("# ä\n{KEY}")] {
            let units: Vec<u16> = format!("\u{feff}{text}").encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            for bytes in [little, big] {
                assert_eq!(list(&bytes).map(|list| list.keys.len()), Ok(1));
            }
        }
    }

    #[test]
    fn without_a_usable_key_the_first_other_one_is_the_reason() {
        let pq = UnusedKey { line: 1, kind: UnusedKind::PostQuantum };
        assert_eq!(parse("AGE-SECRET-KEY-PQ-1QQ\nage1qqq\n"), Err(IdentityError::Unused(pq)));
        let public = UnusedKey { line: 2, kind: UnusedKind::Public };
        assert_eq!(parse("# mine\nage1qqq\n"), Err(IdentityError::Unused(public)));
        assert_eq!(parse("# mine\n"), Err(IdentityError::Empty));
        // Anything else may be a damaged key, which must not be passed over.
        for line in
            ["hunter2", "AGE-PLUGIN-YUBIKEY", "AGE-PLUGIN-sec/ret-1QQ", "AGE-SECRET-KEY-1QQ", "-----BEGIN X-----"]
        {
            assert_eq!(parse(&format!("{KEY}\n{line}\n")), Err(IdentityError::Line(2)), "{line}");
        }
    }

    #[test]
    fn the_comments_before_a_key_in_hardware_belong_to_it() {
        let recipients = |text: String| {
            let list = list(text.as_bytes()).unwrap();
            list.keys.iter().map(|key| key.recipient().map(|recipient| recipient.to_string())).collect::<Vec<_>>()
        };
        let known = Some(RECIPIENT.to_owned());
        for (comment, recipient) in [
            (format!("#    Recipient: {RECIPIENT}\n"), known.clone()),
            (format!("# public key: {RECIPIENT}\r\n# touch required: true\r\n\r\n"), known.clone()),
            (format!("# recipient: {}\n", RECIPIENT.to_uppercase()), known.clone()),
            (format!("# recipient: age1qqq\n# recipient: {RECIPIENT}\n# recipient: none\n"), known.clone()),
            (format!("# my colleague: {RECIPIENT}\n"), None),
            (String::new(), None),
        ] {
            assert_eq!(recipients(format!("{comment}{HARDWARE}\n{HARDWARE}")), [recipient, None], "{comment}");
        }
    }

    #[test]
    fn a_damaged_signing_key_is_not_passed_over() {
        let card = Card::of(&Identity::generate());
        for line in ["# etui signing key: etui1qqq YWdl", &format!("# etui signing key: {card}"), "# etui signing key:"]
        {
            let error = list(format!("{line}\n{HARDWARE}\n").as_bytes()).err();
            assert!(matches!(error, Some(IdentityError::Signing(1 | 2))), "{line}: {error:?}");
        }
        let whole = list(format!("# etui signing key: {card} YWdl\n{HARDWARE}\n").as_bytes()).unwrap();
        let [Key::Age(identity)] = &whole.keys[..] else { panic!("it signs") };
        assert_eq!((Card::of(identity), identity.open_signer().is_err()), (card, true));
    }
}
