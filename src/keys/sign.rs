//! What a writer signs, and how it is checked: Ed25519 (RFC 8032) over a label and a SHA-256.

use ed25519_dalek::VerifyingKey;

use super::identity::Identity;
use crate::vault::{Signature, WriterKey};

const VAULT_LABEL: &[u8] = b"etui vault v1\n";

/// Signs a vault, by the SHA-256 of its body: of every byte before its trailer.
pub fn sign(identity: &Identity, digest: &[u8; 32]) -> Signature {
    identity.sign(&labelled(digest))
}

/// Whether the signature of a vault is by that key. Strict: no two keys accept one signature.
pub fn verify(key: &WriterKey, digest: &[u8; 32], signature: &Signature) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
    key.verify_strict(&labelled(digest), &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
}

fn labelled(digest: &[u8; 32]) -> Vec<u8> {
    [VAULT_LABEL, digest].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_writer_of_these_bytes_signed_them() {
        let (alice, eve) = (Identity::generate(), Identity::generate());
        let signature = sign(&alice, &[1; 32]);
        assert!(verify(&alice.writer_key(), &[1; 32], &signature));
        assert!(!verify(&alice.writer_key(), &[2; 32], &signature));
        assert!(!verify(&eve.writer_key(), &[1; 32], &signature));
        assert!(!verify(&alice.writer_key(), &[1; 32], &alice.endorse(&[1; 32])), "the label tells them apart");
        assert!(!verify(&WriterKey([0; 32]), &[1; 32], &Signature([0; 64])), "a weak key signs nothing");
    }
}
