//! Recipients: the public keys that files are encrypted to, each in one spelling only.
//!
//! A removed member is known by the text of its recipient. Another spelling of the same key would bring it back.

use std::fmt;

use age::{plugin, ssh, tag, x25519};
use bech32::Bech32;
use bech32::primitives::decode::CheckedHrpstring;

use super::plugin::is_plugin_name;
use crate::vault::{Recipient, hex};

/// The X25519 keys of low order (RFC 7748, section 6.1; <https://cr.yp.to/ecdh.html#validate>), except for those that
/// are another encoding of one of these. Everyone can open what is encrypted to them, so the age crate panics.
const LOW_ORDER: [&str; 5] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

/// The prime 2^255 - 19 in little-endian order. A key that is not less is another encoding of a smaller one.
const PRIME: [u8; 32] = {
    let mut prime = [0xff; 32];
    (prime[0], prime[31]) = (0xed, 0x7f);
    prime
};

/// Why nothing can be encrypted to a recipient. Omits its text, which may be a private key typed by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecipientError {
    /// There is no recipient at all.
    Missing,
    /// It is neither an age recipient nor an ssh public key.
    Malformed,
    /// It is no ssh-ed25519 key, although it begins like one.
    Ssh,
    /// It is an ssh key of a kind that age does not encrypt to.
    OtherSsh,
    /// It is an RSA key.
    Rsa,
    /// It is a post-quantum recipient.
    PostQuantum,
    /// It is not in its canonical spelling, which [`canonical`] gives.
    Spelling,
    /// Its key has a low order, which protects nothing, or is encoded in another way than keys are.
    Weak,
}

impl fmt::Display for RecipientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RecipientError::Missing => "there is no recipient",
            RecipientError::Malformed => "not an age recipient (age1…)",
            RecipientError::Ssh => "not an ssh-ed25519 public key",
            RecipientError::OtherSsh => "an ssh key of another kind than ssh-ed25519, the only one that etui takes",
            RecipientError::Rsa => {
                "an ssh-rsa key, which etui refuses: the library for it leaks through timing (RUSTSEC-2023-0071)"
            }
            RecipientError::PostQuantum => {
                "a post-quantum recipient, which the age library of etui does not support yet"
            }
            RecipientError::Spelling => "the recipient is spelled in another way than etui writes it",
            RecipientError::Weak => "the recipient is a key that protects nothing",
        })
    }
}

impl std::error::Error for RecipientError {}

impl RecipientError {
    /// Whether it is a recipient, of a kind that is refused.
    pub fn is_kind(self) -> bool {
        matches!(self, RecipientError::OtherSsh | RecipientError::Rsa | RecipientError::PostQuantum)
    }
}

/// What encrypts to a recipient.
pub(super) enum Encryption {
    Native(Box<dyn age::Recipient>),
    /// A program, which is not started before there is something to encrypt.
    Plugin(plugin::Recipient),
}

/// Parses a recipient as people type it, and gives its one spelling: bech32 in lower case (BIP 173), or an ssh key
/// without its comment.
///
/// # Errors
/// If nothing can be encrypted to it.
pub fn canonical(text: &str) -> Result<Recipient, RecipientError> {
    read(text).map(|(recipient, _)| recipient)
}

/// Checks that files can be encrypted to a recipient, and that it is canonical.
pub fn check_recipient(recipient: &Recipient) -> Result<(), RecipientError> {
    parse(recipient).map(drop)
}

/// Returns the name of the plugin that encrypts to a recipient, if it takes one: `yubikey` for `age1yubikey1…`.
pub fn plugin_of(recipient: &Recipient) -> Option<String> {
    match parse(recipient) {
        Ok(Encryption::Plugin(recipient)) => Some(recipient.plugin().to_owned()),
        _ => None,
    }
}

pub(super) fn parse(recipient: &Recipient) -> Result<Encryption, RecipientError> {
    let (canonical, encryption) = read(recipient.as_str())?;
    if canonical == *recipient { Ok(encryption) } else { Err(RecipientError::Spelling) }
}

fn read(text: &str) -> Result<(Recipient, Encryption), RecipientError> {
    let text = text.trim();
    match text {
        _ if text.starts_with("ssh-rsa") => Err(RecipientError::Rsa),
        _ if ["ssh-dss", "ecdsa-", "sk-ssh-", "sk-ecdsa-"].iter().any(|begin| text.starts_with(begin)) => {
            Err(RecipientError::OtherSsh)
        }
        _ if text.starts_with("ssh-") => read_ssh(text),
        _ if ["age1pq1", "age1tagpq1"].iter().any(|begin| text.starts_with(begin)) => Err(RecipientError::PostQuantum),
        _ => read_age(text),
    }
}

fn read_age(text: &str) -> Result<(Recipient, Encryption), RecipientError> {
    const MALFORMED: RecipientError = RecipientError::Malformed;
    let lower = text.to_lowercase();
    let decoded = CheckedHrpstring::new::<Bech32>(text).map_err(|_| MALFORMED)?;
    match (decoded.hrp().to_lowercase().as_str(), &*lower) {
        ("age", text) => read_x25519(text),
        // age encrypts to keys in hardware of this kind itself (C2SP age, "p256tag").
        ("age1tag", text) => {
            let recipient: tag::Recipient = text.parse().map_err(|_| MALFORMED)?;
            Ok((Recipient::new(&recipient.to_string()), Encryption::Native(Box::new(recipient))))
        }
        (hrp, text) => {
            let name = hrp.strip_prefix("age1").filter(|name| is_plugin_name(name)).ok_or(MALFORMED)?;
            let bytes: Vec<u8> = decoded.byte_iter().collect();
            let again = bech32::encode::<Bech32>(decoded.hrp(), &bytes).map_err(|_| MALFORMED)?;
            let recipient: plugin::Recipient = text.parse().map_err(|_| MALFORMED)?;
            let is_one_spelling = again.to_lowercase() == text && recipient.plugin() == name;
            is_one_spelling.then(|| (Recipient::new(text), Encryption::Plugin(recipient))).ok_or(MALFORMED)
        }
    }
}

fn read_x25519(text: &str) -> Result<(Recipient, Encryption), RecipientError> {
    let recipient: x25519::Recipient = text.parse().map_err(|_| RecipientError::Malformed)?;
    let canonical = recipient.to_string();
    let (_, key) = bech32::decode(&canonical).map_err(|_| RecipientError::Malformed)?;
    let is_encoded = key.iter().rev().lt(PRIME.iter().rev());
    if !is_encoded || LOW_ORDER.contains(&hex::encode(&key).as_str()) {
        return Err(RecipientError::Weak);
    }
    Ok((Recipient::new(&canonical), Encryption::Native(Box::new(recipient))))
}

fn read_ssh(text: &str) -> Result<(Recipient, Encryption), RecipientError> {
    // The third word is a comment. The age crate ignores all that follows the 68 characters of the key, such as padding.
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    let given = words.join(" ");
    let Ok(recipient) = given.parse::<ssh::Recipient>() else { return Err(RecipientError::Ssh) };
    let ssh::Recipient::SshEd25519(key, point) = &recipient else { return Err(RecipientError::Ssh) };
    if recipient.to_string() != given {
        return Err(RecipientError::Ssh);
    }
    if point.is_small_order() || !key.ends_with(point.compress().as_bytes()) {
        return Err(RecipientError::Weak);
    }
    Ok((Recipient::new(&given), Encryption::Native(Box::new(recipient))))
}

#[cfg(test)]
mod tests {
    use std::panic;

    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use bech32::{Bech32, Bech32m, Hrp};

    use super::*;

    const AGE: &str = "age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9";
    const SSH: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";

    fn age_text(key: &[u8]) -> String {
        bech32::encode::<Bech32>(Hrp::parse("age").unwrap(), key).unwrap()
    }

    fn ssh_text(key: &[u8]) -> String {
        let blob = [b"\0\0\0\x0bssh-ed25519\0\0\0\x20", key].concat();
        format!("ssh-ed25519 {}", BASE64_STANDARD.encode(blob))
    }

    fn bytes(hex: &str) -> [u8; 32] {
        hex::decode(hex).unwrap()
    }

    #[test]
    fn a_recipient_has_one_spelling() {
        for (text, canonical_text) in [
            (AGE.to_owned(), AGE),
            (AGE.to_uppercase(), AGE),
            (format!(" {AGE}\n"), AGE),
            (SSH.to_owned(), SSH),
            (format!("{SSH} ci@acme, the  machine"), SSH),
            (format!("\t{}\r\n", SSH.replace(' ', "  ")), SSH),
        ] {
            let recipient = canonical(&text).unwrap();
            assert_eq!(recipient.as_str(), canonical_text);
            assert_eq!(check_recipient(&recipient), Ok(()));
            let same = text == canonical_text;
            let checked = check_recipient(&Recipient::new(&text));
            assert_eq!(checked, if same { Ok(()) } else { Err(RecipientError::Spelling) }, "{text:?}");
        }
    }

    #[test]
    fn refuses_whatever_else_a_recipient_is_spelled_like() {
        let key = bech32::decode(AGE).unwrap().1;
        let bech32m = bech32::encode::<Bech32m>(Hrp::parse("age").unwrap(), &key).unwrap();
        for (text, error) in [
            ("", RecipientError::Malformed),
            ("age1nobody", RecipientError::Malformed),
            (&AGE.replacen("age", "Age", 1), RecipientError::Malformed),
            (&AGE[..AGE.len() - 1], RecipientError::Malformed),
            (&format!("{AGE} {AGE}"), RecipientError::Malformed),
            (&bech32m, RecipientError::Malformed),
            (&age_text(&key[1..]), RecipientError::Malformed),
            (&age_text(&[&key[..], &[0]].concat()), RecipientError::Malformed),
            ("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX", RecipientError::Malformed),
            ("ssh-rsa AAAA", RecipientError::Rsa),
            ("ecdsa-sha2-nistp256 AAAA", RecipientError::OtherSsh),
            ("sk-ssh-ed25519@openssh.com AAAA", RecipientError::OtherSsh),
            ("age1pq1qqq", RecipientError::PostQuantum),
            ("age1tagpq1qqq", RecipientError::PostQuantum),
            ("age1yubikey1qqq", RecipientError::Malformed),
            ("ssh-ed25519", RecipientError::Ssh),
            (&SSH.replacen("ssh", "SSH", 1), RecipientError::Malformed),
            (&format!("{SSH}="), RecipientError::Ssh),
            (&format!("{SSH}=="), RecipientError::Ssh),
            (&format!("{SSH}AAAA"), RecipientError::Ssh),
            (&SSH[..SSH.len() - 4], RecipientError::Ssh),
            (&SSH.replace('+', "-"), RecipientError::Ssh),
        ] {
            assert_eq!(canonical(text), Err(error), "{text}");
            assert_eq!(check_recipient(&Recipient::new(text)), Err(error), "{text}");
        }
    }

    #[test]
    fn refuses_the_keys_of_low_order_on_which_age_panics() {
        let quiet = panic::take_hook();
        panic::set_hook(Box::new(|_| {}));
        let panics = LOW_ORDER.map(|key| {
            let recipient: x25519::Recipient = age_text(&bytes(key)).parse().unwrap();
            panic::catch_unwind(|| age::Encryptor::with_recipients([&recipient as _].into_iter()).is_ok()).is_err()
        });
        panic::set_hook(quiet);
        assert_eq!(panics, [true; 5]);
        for key in LOW_ORDER {
            assert_eq!(canonical(&age_text(&bytes(key))), Err(RecipientError::Weak), "{key}");
        }
    }

    #[test]
    fn refuses_other_encodings_of_a_key() {
        let mut key = bech32::decode(AGE).unwrap().1;
        key[31] |= 0x80;
        let above = |add: u8| {
            let mut key = PRIME;
            key[0] += add;
            key
        };
        for key in [&key[..], &PRIME, &above(1), &above(9), &above(18), &[0xff; 32]] {
            assert_eq!(canonical(&age_text(key)), Err(RecipientError::Weak), "{key:?}");
        }
        assert!(canonical(&age_text(&bytes(&format!("09{}", "0".repeat(62))))).is_ok(), "the base point");

        // For Ed25519: the neutral element, a point of order 2 and one of order 4, each in two encodings.
        let one = bytes(&format!("01{}", "0".repeat(62)));
        let negative_zero = |mut key: [u8; 32]| {
            key[31] |= 0x80;
            key
        };
        for key in [one, negative_zero(one), above(1), bytes(LOW_ORDER[4]), [0; 32], PRIME] {
            assert_eq!(canonical(&ssh_text(&key)), Err(RecipientError::Weak), "{key:?}");
        }
        assert_eq!(canonical(&ssh_text(&bytes(&format!("58{}", "66".repeat(31))))).map(drop), Ok(()), "the base point");
    }
}
