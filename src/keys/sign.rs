//! What a writer signs, and how it is checked: Ed25519 (RFC 8032) over a label and a SHA-256.

use ed25519_dalek::VerifyingKey;

use super::identity::Identity;
use crate::vault::{Signature, WriterKey};

/// What a signed text is. One does not pass for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Vault,
    /// What one machine gets of a vault.
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

/// Signs a text, by the SHA-256 of its body: of every byte before its trailer.
pub fn sign(identity: &Identity, what: Purpose, digest: &[u8; 32]) -> Signature {
    identity.sign(&what.label(digest))
}

/// Whether the signature of a text is by that key. Strict: no two keys accept one signature.
pub fn verify(key: &WriterKey, what: Purpose, digest: &[u8; 32], signature: &Signature) -> bool {
    vouches(key, &what.label(digest), signature)
}

/// Whether the bytes, which begin with a label of their own, were signed by that key.
pub fn vouches(key: &WriterKey, labelled: &[u8], signature: &Signature) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
    key.verify_strict(labelled, &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_writer_of_these_bytes_signed_them() {
        let (alice, eve) = (Identity::generate(), Identity::generate());
        let signature = sign(&alice, Purpose::Vault, &[1; 32]);
        let is = |key: &WriterKey, what, digest| verify(key, what, digest, &signature);
        assert!(is(&alice.writer_key(), Purpose::Vault, &[1; 32]));
        assert!(!is(&alice.writer_key(), Purpose::Vault, &[2; 32]));
        assert!(!is(&eve.writer_key(), Purpose::Vault, &[1; 32]));
        assert!(!is(&alice.writer_key(), Purpose::Environment, &[1; 32]), "the label tells them apart");
        let endorsed = alice.endorse(&[1; 32]);
        assert!(!verify(&alice.writer_key(), Purpose::Vault, &[1; 32], &endorsed));
        assert!(
            !verify(&WriterKey([0; 32]), Purpose::Vault, &[1; 32], &Signature([0; 64])),
            "a weak key signs nothing"
        );
    }
}
