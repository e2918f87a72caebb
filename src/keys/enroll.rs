//! A signing key for a key in hardware that has none yet.

use ed25519_dalek::SigningKey;
use rand::RngCore as _;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use super::card::Card;
use super::hardware::HardwareKey;
use super::identity::{Identity, writer_half};
use super::seal::{SealError, seal_with};
use super::seed::{SealedSeed, SigningError};
use crate::vault::Recipient;

/// Why a key in hardware did not get a signing key.
#[derive(Debug)]
pub enum EnrollError {
    /// The seed cannot be encrypted to it.
    Seal(SealError),
    /// It does not open what is encrypted to this recipient. A vault encrypted to it would be lost.
    Open(SigningError),
}

/// Makes a signing key whose seed is encrypted to a key in hardware, and has the hardware open it: nothing else shows
/// that the recipient is its own.
pub fn enroll(key: &HardwareKey, recipient: &Recipient) -> Result<Identity, EnrollError> {
    let mut seed = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(&mut *seed);
    let signing = SigningKey::from_bytes(&seed);
    let sealed =
        seal_with([recipient], seed.len(), key.plugins(), |take| take(&seed[..])).map_err(EnrollError::Seal)?;
    let card = Card { recipient: recipient.clone(), writer: writer_half(recipient, &signing) };
    let seed = SealedSeed { card: card.to_string(), sealed: sealed.bytes };
    let identity = Identity::in_hardware(key.again(), card.recipient, card.writer, seed);
    identity.open_signer().map_err(EnrollError::Open)?;
    Ok(identity)
}
