//! The test vectors of `FORMAT.md`, computed.

use std::fmt::{Display, Write as _};

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use etui::keys::{self, Purpose};
use etui::vault::label::{digest, labelled};
use etui::vault::member::{carded, endorsed};
use etui::vault::text::{Digests, split, trailer};
use etui::vault::{Fingerprint, RootStep, VaultFingerprint, VaultId, hex};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::golden::{bob, person};

const ID: VaultId = VaultId([0x5a; 16]);

/// The first 9 bytes of an HMAC, which FORMAT.md calls the hash of a value.
pub fn value_hash(key: &[u8], value: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(&labelled("value", &[]));
    mac.update(value);
    BASE64_STANDARD_NO_PAD.encode(&mac.finalize().into_bytes()[..9])
}

pub fn order_key() -> [u8; 32] {
    digest("order", &[&ID.0])
}

pub fn merged_hash_key(low: &[u8; 32], high: &[u8; 32]) -> [u8; 32] {
    digest("merged hash key", &[low, high])
}

/// All vectors, a line each. `text` is that of a vault that bob wrote.
pub fn print(text: &str) -> String {
    let (alice, bob) = (person("alice", 0x0a), bob());
    let [founder, key] = [&alice, &bob].map(|person| person.identity.writer_key());
    let recipient = bob.identity.recipient();
    let keys = bob.keys(true);
    let seed = {
        let mut seed = [0; 32];
        hkdf::Hkdf::<Sha256>::new(None, &[0x0b; 32]).expand(b"etui signing key v1", &mut seed).unwrap();
        assert_eq!(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes(), key.0);
        seed
    };
    let step = RootStep {
        from: founder,
        to: key,
        signature: alice.identity.open_signer().unwrap().sign(&RootStep::signed(&ID, &founder, &key)),
        vouchers: Vec::new(),
    };
    let [current, history] = split(&text[..text.len() - trailer::LENGTH]).map(|part| keys::hash(part.as_bytes()));
    let digests = Digests { current, history };

    let mut out = String::new();
    let mut line = |what: &str, shown: &dyn Display| writeln!(out, "{what}: {shown}").unwrap();
    line("bob, age key in hexadecimal", &hex::encode(&[0x0b; 32]));
    line("bob, recipient", &recipient);
    line("bob, seed of the signing key", &hex::encode(&seed));
    line("bob, verifying key", &key);
    line("alice, verifying key", &founder);
    line("bob, writer fingerprint", &keys.fingerprint());
    line("bob, fingerprint as a reader", &Fingerprint::of(&recipient, None));
    line("vault fingerprint", &VaultFingerprint::of(&ID, &founder));
    line("card, labelled", &hex::encode(&carded(&recipient, &key)));
    line("card, signature", &bob.card().writer.card_signature);
    line("card", &bob.card());
    line("endorsement of bob by alice, labelled", &hex::encode(&endorsed(&ID, &bob.member(), &keys)));
    line(
        "endorsement of bob by alice",
        &alice.identity.open_signer().unwrap().sign(&endorsed(&ID, &bob.member(), &keys)),
    );
    line("endorsement of bob as a reader, labelled", &hex::encode(&endorsed(&ID, &bob.member(), &bob.keys(false))));
    line("root step from alice to bob, labelled", &hex::encode(&RootStep::signed(&ID, &founder, &key)));
    line("root step, signature by alice", &step.signature);
    line("root step, digest", &hex::encode(&step.digest()));
    line("SHA-256 of nothing, as the digest of an empty history", &hex::encode(&keys::hash(b"")));
    line("golden vault, labelled", &hex::encode(&digests.signed("vault")));
    line("golden vault, signature by bob", &keys::sign(bob.identity.open_signer().unwrap(), Purpose::Vault, &digests));
    line("golden vault, digest", &hex::encode(&Purpose::Vault.digest(&digests)));
    line(
        "the same text as an environment, signature by bob",
        &keys::sign(bob.identity.open_signer().unwrap(), Purpose::Environment, &digests),
    );
    line("hash of the value `postgres://team`", &value_hash(&[9; 32], b"postgres://team"));
    line("order key", &hex::encode(&order_key()));
    line("order hash of the value `postgres://team`", &value_hash(&order_key(), b"postgres://team"));
    line("merged hash key of 32 times 09 and 32 times 0a", &hex::encode(&merged_hash_key(&[9; 32], &[10; 32])));
    out
}
