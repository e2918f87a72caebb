//! Cards: the public half of a writer in one line, `etui1…`, that he can send to whoever adds him.

use std::fmt;

use bech32::{Bech32, Hrp};
use ed25519_dalek::VerifyingKey;

use super::identity::Identity;
use crate::vault::{Recipient, Signature, WriterKey};

const HRP: &str = "etui";
const AGE_HRP: &str = "age";
const LABEL: &[u8] = b"etui card v1\n";

/// A recipient and a verifying key, signed by that key: bech32 (BIP 173, without its length limit) of
/// 32 + 32 + 64 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub recipient: Recipient,
    pub key: WriterKey,
    signature: Signature,
}

/// A text that is no card, or one whose signature is not by its own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardError;

impl Card {
    /// The card of an identity.
    pub fn of(identity: &Identity) -> Card {
        let (recipient, key) = (identity.recipient(), identity.writer_key());
        let raw = raw_recipient(&recipient).expect("an identity's own recipient is of age's form");
        Card { signature: identity.sign(&signed(&raw, &key)), recipient, key }
    }

    /// Parses a card.
    ///
    /// # Errors
    /// If it is none, or its recipient and key were not put together by who holds the key.
    pub fn parse(text: &str) -> Result<Card, CardError> {
        let (hrp, bytes) = bech32::decode(text.trim()).map_err(|_| CardError)?;
        let (recipient, rest) = bytes.split_first_chunk::<32>().ok_or(CardError)?;
        let (key, rest) = rest.split_first_chunk::<32>().ok_or(CardError)?;
        let signature: &[u8; 64] = rest.try_into().map_err(|_| CardError)?;
        let verifier = VerifyingKey::from_bytes(key).map_err(|_| CardError)?;
        let key = WriterKey(*key);
        let good = verifier.verify_strict(&signed(recipient, &key), &ed25519_dalek::Signature::from_bytes(signature));
        if hrp.as_str() != HRP || good.is_err() {
            return Err(CardError);
        }
        let recipient = bech32::encode::<Bech32>(Hrp::parse_unchecked(AGE_HRP), recipient).map_err(|_| CardError)?;
        Ok(Card { recipient: Recipient::new(&recipient), key, signature: Signature(*signature) })
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = raw_recipient(&self.recipient).ok_or(fmt::Error)?;
        let bytes = [&raw[..], &self.key.0, &self.signature.0].concat();
        f.write_str(&bech32::encode::<Bech32>(Hrp::parse_unchecked(HRP), &bytes).map_err(|_| fmt::Error)?)
    }
}

fn raw_recipient(recipient: &Recipient) -> Option<Vec<u8>> {
    bech32::decode(recipient.as_str()).ok().map(|(_, bytes)| bytes)
}

fn signed(recipient: &[u8], key: &WriterKey) -> Vec<u8> {
    [LABEL, recipient, &key.0].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_comes_back_and_a_changed_one_does_not() {
        let card = Card::of(&Identity::generate());
        let text = card.to_string();
        assert!(text.starts_with("etui1"));
        assert_eq!(Card::parse(&format!(" {text}\n")), Ok(card));
        assert_eq!(Card::parse(&text[..text.len() - 1]), Err(CardError));
        assert_eq!(Card::parse("age1qqq"), Err(CardError));
    }

    #[test]
    fn a_card_with_a_strangers_key_is_refused() {
        let (alice, eve) = (Card::of(&Identity::generate()), Card::of(&Identity::generate()));
        let mixed = Card { recipient: eve.recipient, ..alice };
        assert_eq!(Card::parse(&mixed.to_string()), Err(CardError));
    }
}
