//! Cards: a writer's public half in one line, `etui1…`, to send to whoever adds the writer to a vault.

use std::fmt;

use bech32::{Bech32, Hrp};

use super::identity::Identity;
use super::sign::vouches;
use crate::vault::{Recipient, Signature, WriterKey};

const HRP: &str = "etui";
const AGE_HRP: &str = "age";
const LABEL: &[u8] = b"etui card v1\n";

/// A recipient and a verifying key, signed by that key.
///
/// As text it is bech32 (BIP 173, without its length limit) of 32 + 32 + 64 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub recipient: Recipient,
    pub key: WriterKey,
    signature: Signature,
}

/// Why a text is not accepted as a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardError {
    /// It has another form.
    NotACard,
    /// The holder of the key did not sign this recipient.
    Signature,
}

impl fmt::Display for CardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            CardError::NotACard => "not a card (etui1…)",
            CardError::Signature => "the card is not signed by its own key",
        })
    }
}

impl std::error::Error for CardError {}

impl Card {
    /// The card of an identity.
    pub fn of(identity: &Identity) -> Card {
        let (recipient, key) = (identity.recipient(), identity.writer_key());
        let raw = raw_recipient(&recipient).expect("an identity's recipient is bech32");
        Card { signature: identity.sign(&signed(&raw, &key)), recipient, key }
    }

    /// Parses a card, and checks that the holder of the key made it.
    pub fn parse(text: &str) -> Result<Card, CardError> {
        let malformed = CardError::NotACard;
        let (hrp, bytes) = bech32::decode(text.trim()).map_err(|_| malformed)?;
        let (recipient, rest) = bytes.split_first_chunk::<32>().ok_or(malformed)?;
        let (key, rest) = rest.split_first_chunk::<32>().ok_or(malformed)?;
        let signature: &[u8; 64] = rest.try_into().map_err(|_| malformed)?;
        if hrp.as_str() != HRP {
            return Err(malformed);
        }

        let (key, signature) = (WriterKey(*key), Signature(*signature));
        if !vouches(&key, &signed(recipient, &key), &signature) {
            return Err(CardError::Signature);
        }
        let recipient = bech32::encode::<Bech32>(Hrp::parse_unchecked(AGE_HRP), recipient).map_err(|_| malformed)?;
        Ok(Card { recipient: Recipient::new(&recipient), key, signature })
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let raw = raw_recipient(&self.recipient).ok_or(fmt::Error)?;
        let bytes = [&raw[..], &self.key.0, &self.signature.0].concat();
        f.write_str(&bech32::encode::<Bech32>(Hrp::parse_unchecked(HRP), &bytes).map_err(|_| fmt::Error)?)
    }
}

/// The 32 bytes of an age recipient.
fn raw_recipient(recipient: &Recipient) -> Option<Vec<u8>> {
    bech32::decode(recipient.as_str()).ok().map(|(_, bytes)| bytes)
}

/// The bytes that a card's signature covers.
fn signed(recipient: &[u8], key: &WriterKey) -> Vec<u8> {
    [LABEL, recipient, &key.0].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_prints_and_nothing_else() {
        let card = Card::of(&Identity::generate());
        let text = card.to_string();
        assert!(text.starts_with("etui1"));
        assert_eq!(Card::parse(&format!(" {text}\n")), Ok(card));
        assert_eq!(Card::parse(&text[..text.len() - 1]), Err(CardError::NotACard));
        assert_eq!(Card::parse("age1qqq"), Err(CardError::NotACard));
    }

    #[test]
    fn refuses_a_card_with_the_recipient_of_another() {
        let (alice, eve) = (Card::of(&Identity::generate()), Card::of(&Identity::generate()));
        let mixed = Card { recipient: eve.recipient, ..alice };
        assert_eq!(Card::parse(&mixed.to_string()), Err(CardError::Signature));
    }
}
