//! Signing and verifying: Ed25519 (RFC 8032) over a label and the digests of a text.

use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha256};

use super::identity::Signer;
use crate::vault::text::{Digests, Trailer};
use crate::vault::{Signature, WriterKey};

/// What a signed text is. A signature for one purpose does not count for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Vault,
    /// A sealed environment, made for one machine.
    Environment,
}

impl Purpose {
    fn signed(self, digests: &Digests) -> Vec<u8> {
        digests.signed(match self {
            Purpose::Vault => "vault",
            Purpose::Environment => "environment",
        })
    }

    /// The digest of what the signature covers. Two texts with one digest are the same text.
    pub fn digest(self, digests: &Digests) -> [u8; 32] {
        Sha256::digest(self.signed(digests)).into()
    }
}

/// Signs a text, given the digests of its parts.
pub fn sign(signer: Signer<'_>, purpose: Purpose, digests: &Digests) -> Signature {
    signer.sign(&purpose.signed(digests))
}

/// Whether this key signed the text with these digests.
pub fn verify(key: &WriterKey, purpose: Purpose, trailer: &Trailer) -> bool {
    vouches(key, &purpose.signed(&trailer.digests), &trailer.signature)
}

/// Whether this key signed these bytes, which begin with a label of their own. Strict: weak keys, for which
/// forged signatures verify, are refused.
pub fn vouches(key: &WriterKey, labelled: &[u8], signature: &Signature) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
    key.verify_strict(labelled, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Identity;

    #[test]
    fn verifies_only_the_signer_the_digests_and_the_purpose() {
        let (alice, eve) = (Identity::generate(), Identity::generate());
        let digests = Digests { current: [1; 32], history: [2; 32] };
        let trailer = Trailer { digests, signature: sign(alice.open_signer().unwrap(), Purpose::Vault, &digests) };
        assert!(verify(&alice.writer_key(), Purpose::Vault, &trailer));
        for other in [Digests { current: [2; 32], ..digests }, Digests { history: [1; 32], ..digests }] {
            assert!(!verify(&alice.writer_key(), Purpose::Vault, &Trailer { digests: other, ..trailer }));
        }
        assert!(!verify(&eve.writer_key(), Purpose::Vault, &trailer));
        assert!(!verify(&alice.writer_key(), Purpose::Environment, &trailer), "another label");
        let weak = Trailer { signature: Signature([0; 64]), ..trailer };
        assert!(!verify(&WriterKey([0; 32]), Purpose::Vault, &weak));
    }
}
