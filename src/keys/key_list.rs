//! The text of a key file: keys that are used, beside others that are not.

use age::ssh;
use zeroize::Zeroizing;

use super::identity::{Identity, IdentityError};
use super::key::{Key, SshKey};
use super::unused::{UnusedKey, UnusedKind};

/// The keys of a file.
pub struct KeyList {
    pub keys: Vec<Key>,
    pub unused: Vec<UnusedKey>,
    /// What they were parsed from, as UTF-8.
    pub text: Zeroizing<Vec<u8>>,
}

impl KeyList {
    /// Parses age keys, one per line, and blocks such as that of an ssh key, in any order.
    ///
    /// # Errors
    /// If something else stands there, or no key can be used.
    pub fn parse(text: Zeroizing<Vec<u8>>) -> Result<KeyList, IdentityError> {
        let (mut keys, mut unused) = (Vec::new(), Vec::new());
        let mut block: Option<(usize, Zeroizing<Vec<u8>>)> = None;
        for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
            let line = line.trim_ascii();
            if let Some((start, held)) = &mut block {
                held.extend_from_slice(line);
                held.push(b'\n');
                if is_mark(line, b"END") {
                    match parse_block(held) {
                        Ok(key) => keys.push(key),
                        Err(kind) => unused.push(UnusedKey { line: *start, kind }),
                    }
                    block = None;
                }
            } else if is_mark(line, b"BEGIN") {
                // Reserved at once: a vector that grows frees its old memory.
                let mut held = Zeroizing::new(Vec::with_capacity(text.len() + 1));
                held.extend_from_slice(line);
                held.push(b'\n');
                block = Some((number, held));
            } else if let Some(kind) = unused_kind(line) {
                unused.push(UnusedKey { line: number, kind });
            } else if !line.is_empty() && !line.starts_with(b"#") {
                keys.push(Key::Age(Identity::parse(line).ok_or(IdentityError::Line(number))?));
            }
        }
        if let Some((line, _)) = block {
            return Err(IdentityError::Line(line));
        }
        match unused.into_iter() {
            unused if !keys.is_empty() => Ok(KeyList { keys, unused: unused.collect(), text }),
            mut unused => Err(unused.next().map_or(IdentityError::Empty, IdentityError::Unused)),
        }
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
    if let Some(rest) = line.strip_prefix("AGE-PLUGIN-") {
        // Bech32: the last 1 stands before the data.
        let name = rest.rsplit_once('1')?.0.strip_suffix('-')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        return is_name.then(|| UnusedKind::Plugin(name.to_lowercase()));
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
    const PLUGIN: &str = "AGE-PLUGIN-YUBIKEY-1QQQSYQYZZZZZZZ";

    fn parse(text: &str) -> Result<(usize, Vec<UnusedKey>), IdentityError> {
        let list = KeyList::parse(plain(text.as_bytes()))?;
        Ok((list.keys.len(), list.unused))
    }

    #[test]
    fn usable_keys_are_used_and_others_named() {
        let unused = |line, kind| UnusedKey { line, kind };
        let plugin = |line| unused(line, UnusedKind::Plugin("yubikey".into()));
        let block = |label: &str| format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        for (text, expected) in [
            (format!("{PLUGIN}\n{KEY}\n"), vec![plugin(1)]),
            (format!("# a\r\n{KEY}\r\n\r\n{PLUGIN}\r\n"), vec![plugin(4)]),
            (format!("AGE-PLUGIN-FIDO2-HMAC-1QQ\n{KEY}"), vec![unused(1, UnusedKind::Plugin("fido2-hmac".into()))]),
            (format!("AGE-SECRET-KEY-PQ-1QQ\n{KEY}"), vec![unused(1, UnusedKind::PostQuantum)]),
            (format!("age1qqq\n{KEY}"), vec![unused(1, UnusedKind::Public)]),
            (format!("ssh-ed25519 AAAA me\n{KEY}"), vec![unused(1, UnusedKind::Public)]),
            (format!("{}{KEY}", block("RSA PRIVATE KEY")), vec![unused(1, UnusedKind::Other)]),
            (format!("{}{KEY}", block("PUBLIC KEY")), vec![unused(1, UnusedKind::Public)]),
            (format!("{KEY}\n{}", block("AGE ENCRYPTED FILE")), vec![unused(2, UnusedKind::Locked)]),
            (format!("\u{feff}{KEY}\n"), vec![]),
            (format!("\u{feff}# a comment\n{PLUGIN}\n{KEY}\n"), vec![plugin(2)]),
        ] {
            assert_eq!(parse(&text), Ok((1, expected)), "{text}");
        }
        for text in [format!("{KEY}\r\n"), format!("# ä\n{KEY}")] {
            let units: Vec<u16> = format!("\u{feff}{text}").encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            for bytes in [little, big] {
                assert_eq!(KeyList::parse(plain(&bytes)).map(|list| list.keys.len()), Ok(1));
            }
        }
    }

    #[test]
    fn without_a_usable_key_the_first_other_one_is_the_reason() {
        let plugin = UnusedKey { line: 1, kind: UnusedKind::Plugin("yubikey".into()) };
        assert_eq!(parse(&format!("{PLUGIN}\nage1qqq\n")), Err(IdentityError::Unused(plugin)));
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
}
