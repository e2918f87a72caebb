//! What a writer signs, and how it is checked: Ed25519 (RFC 8032) over a label and a SHA-256.

use ed25519_dalek::VerifyingKey;
use sha2::{Digest as _, Sha256};

use super::identity::Identity;
use crate::vault::{Signature, WriterKey};

const VAULT_LABEL: &[u8] = b"etui vault v1\n";

/// Signs the body of a vault: every byte before its trailer.
pub fn sign(identity: &Identity, body: &[u8]) -> Signature {
    identity.sign(&labelled(body))
}

/// Whether the signature of a vault's body is by that key. Strict: no two keys accept one signature.
pub fn verify(key: &WriterKey, body: &[u8], signature: &Signature) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
    key.verify_strict(&labelled(body), &ed25519_dalek::Signature::from_bytes(&signature.0)).is_ok()
}

fn labelled(body: &[u8]) -> Vec<u8> {
    [VAULT_LABEL, &Sha256::digest(body)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_writer_of_these_bytes_signed_them() {
        let (alice, eve) = (Identity::generate(), Identity::generate());
        let signature = sign(&alice, b"body");
        assert!(verify(&alice.writer_key(), b"body", &signature));
        assert!(!verify(&alice.writer_key(), b"Body", &signature));
        assert!(!verify(&eve.writer_key(), b"body", &signature));
        assert!(!verify(&alice.writer_key(), b"body", &alice.endorse(b"body")), "the label tells them apart");
        assert!(!verify(&WriterKey([0; 32]), b"body", &Signature([0; 64])), "a weak key signs nothing");
    }
}
