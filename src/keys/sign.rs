//! Signing and verifying: Ed25519 (RFC 8032) over a label and a SHA-256.

use ed25519_dalek::VerifyingKey;

use super::identity::Identity;
use crate::vault::{Signature, WriterKey};

/// What a signed text is. A signature for one purpose does not count for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Vault,
    /// A sealed environment, made for one machine.
    Environment,
}

impl Purpose {
    fn label(self, digest: &[u8; 32]) -> Vec<u8> {
        let label: &[u8] = match self {
            Purpose::Vault => b"etui vault v1\n",
            Purpose::Environment => b"etui environment v1\n",
        };
        [label, digest].concat()
    }
}

/// Signs a text, given the SHA-256 of its body: of all bytes before the trailer.
pub fn sign(identity: &Identity, purpose: Purpose, digest: &[u8; 32]) -> Signature {
    identity.sign(&purpose.label(digest))
}

/// Whether this key signed the text with this digest.
pub fn verify(key: &WriterKey, purpose: Purpose, digest: &[u8; 32], signature: &Signature) -> bool {
    vouches(key, &purpose.label(digest), signature)
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

    #[test]
    fn verifies_only_the_signer_the_digest_and_the_purpose() {
        let (alice, eve) = (Identity::generate(), Identity::generate());
        let signature = sign(&alice, Purpose::Vault, &[1; 32]);
        let verifies = |key: &WriterKey, purpose, digest| verify(key, purpose, digest, &signature);
        assert!(verifies(&alice.writer_key(), Purpose::Vault, &[1; 32]));
        assert!(!verifies(&alice.writer_key(), Purpose::Vault, &[2; 32]));
        assert!(!verifies(&eve.writer_key(), Purpose::Vault, &[1; 32]));
        assert!(!verifies(&alice.writer_key(), Purpose::Environment, &[1; 32]), "another label");
        let endorsed = alice.endorse(&[1; 32]);
        assert!(!verify(&alice.writer_key(), Purpose::Vault, &[1; 32], &endorsed));
        let weak = WriterKey([0; 32]);
        assert!(!verify(&weak, Purpose::Vault, &[1; 32], &Signature([0; 64])));
    }
}
