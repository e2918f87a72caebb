//! Cards: a writer's public half in one line, `etui1…`, to send to whoever adds the writer to a vault.

use std::fmt;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};

use super::identity::Identity;
use super::recipient::check_recipient;
use super::sign::vouches;
use crate::vault::member::carded;
use crate::vault::{PublicKeys, Recipient, Signature, WriterHalf, WriterKey};

const HRP: &str = "etui";
const AGE_HRP: &str = "age";

/// The public half of a writer: a recipient and a verifying key, signed by that key.
///
/// As text it is bech32 (BIP 173, without its length limit) of the key, the signature and the recipient: 32
/// bytes for X25519, or the text of another recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    pub recipient: Recipient,
    pub writer: WriterHalf,
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
        Card { recipient: identity.recipient(), writer: identity.writer_half() }
    }

    /// The keys that a member with this card has.
    pub fn public_keys(self) -> PublicKeys {
        PublicKeys { recipient: self.recipient, writer: Some(self.writer) }
    }

    /// Parses a card, and checks that the holder of the key made it.
    pub fn parse(text: &str) -> Result<Card, CardError> {
        let malformed = CardError::NotACard;
        let checked = CheckedHrpstring::new::<Bech32>(text.trim()).map_err(|_| malformed)?;
        let (hrp, bytes): (Hrp, Vec<u8>) = (checked.hrp(), checked.byte_iter().collect());
        let (key, rest) = bytes.split_first_chunk::<32>().ok_or(malformed)?;
        let (signature, recipient) = rest.split_first_chunk::<64>().ok_or(malformed)?;
        if hrp.as_str() != HRP {
            return Err(malformed);
        }

        let recipient = parse_recipient(recipient).ok_or(malformed)?;
        let (key, card_signature) = (WriterKey(*key), Signature(*signature));
        if !vouches(&key, &carded(&recipient, &key), &card_signature) {
            return Err(CardError::Signature);
        }
        Ok(Card { recipient, writer: WriterHalf { key, card_signature } })
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WriterHalf { key, card_signature } = &self.writer;
        let bytes = [&key.0, &card_signature.0[..], &raw_recipient(&self.recipient)].concat();
        f.write_str(&bech32::encode::<Bech32>(Hrp::parse_unchecked(HRP), &bytes).map_err(|_| fmt::Error)?)
    }
}

/// The 32 bytes of an X25519 recipient, or the text of another one.
fn raw_recipient(recipient: &Recipient) -> Vec<u8> {
    match bech32::decode(recipient.as_str()) {
        Ok((hrp, bytes)) if hrp.as_str() == AGE_HRP && bytes.len() == 32 => bytes,
        _ => recipient.as_str().as_bytes().to_vec(),
    }
}

fn parse_recipient(raw: &[u8]) -> Option<Recipient> {
    let text = match raw.len() {
        32 => bech32::encode::<Bech32>(Hrp::parse_unchecked(AGE_HRP), raw).ok()?,
        _ => String::from_utf8(raw.to_vec()).ok()?,
    };
    let recipient = Recipient::new(&text);
    check_recipient(&recipient).ok()?;
    Some(recipient)
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
