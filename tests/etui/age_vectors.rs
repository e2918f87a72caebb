//! The test vectors of the age format (C2SP, as the npm package `cctv-age`), opened as etui opens vaults and key files.
//!
//! Their outcomes read so here, and for the payload each SHA-256 is compared, also of what came before a failure:
//!
//! | expected | a vault | a key behind a passphrase |
//! | --- | --- | --- |
//! | success | opens | opens |
//! | no match | `NoKey` | `Wrong` |
//! | header failure | `NotAge` | `Damaged` |
//! | HMAC failure, payload failure | `Damaged` | `Damaged` |
//!
//! None of them is beyond a limit of etui's, except one in its scrypt work factor (23; etui takes 20), which is expected
//! to fail.

use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use etui::keys::{self, Identity};
use etui::vault::hex;
use sha2::{Digest as _, Sha256};

use crate::bench::Outcome;

/// The number of vectors in the pinned version, and how many of them apply.
const COUNTS: (usize, usize) = (143, 93);

/// Where etui answers in another way than by the table, and why. Each is refused nevertheless.
const EXCEPTIONS: [(&str, &str, &str); 4] = [
    ("empty", "Damaged", "a file that ends within its header, or has none at all, was cut"),
    ("stream_no_nonce", "Damaged", "likewise at the nonce, which etui does not count as part of the header"),
    ("stream_short_nonce", "Damaged", "likewise"),
    ("scrypt_uppercase", "Damaged", "a file without a scrypt stanza is not a key behind a passphrase"),
];

#[derive(serde::Deserialize)]
struct Vector {
    name: String,
    fields: Vec<(String, String)>,
    /// In base64.
    file: String,
}

impl Vector {
    fn file(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(&self.file).unwrap()
    }

    fn values(&self, key: &str) -> Vec<&str> {
        self.fields.iter().filter(|(name, _)| name == key).map(|(_, value)| value.as_str()).collect()
    }

    fn value(&self, key: &str) -> &str {
        self.values(key).first().copied().unwrap_or_default()
    }

    /// Why etui opens no such file, neither as a vault nor as a key.
    fn does_not_apply(&self) -> Option<&'static str> {
        let is_hybrid = self.values("identity").iter().any(|key| key.starts_with("AGE-SECRET-KEY-PQ-"));
        let is_armored = self.value("armored") == "yes" && self.values("passphrase").is_empty();
        if is_hybrid {
            Some("the age crate has no hybrid keys")
        } else if is_armored {
            Some("a vault has no armor, only a key behind a passphrase may have it")
        } else {
            None
        }
    }

    /// Checks the result of one way to open it, and what it gave of the payload.
    fn check(&self, result: &str, payload: &[u8], expected: &str) {
        let exception = EXCEPTIONS.iter().find(|(name, ..)| *name == self.name);
        assert_eq!(result, exception.map_or(expected, |(_, result, _)| result), "{}", self.name);
        let hash = hex::encode(&Sha256::digest(payload));
        assert!([&hash, ""].contains(&self.value("payload")), "{}: another payload", self.name);
    }

    fn open_as_vault(&self) {
        let keys = self.values("identity").into_iter();
        let identities: Vec<Identity> = keys.flat_map(|key| Identity::parse_all(key.as_bytes()).unwrap()).collect();
        let mut payload = Vec::new();
        let opened = keys::open(&self.file()[..], &identities, |piece| payload.extend_from_slice(piece));
        let result = opened.map_or_else(|error| format!("{error:?}"), |_| "opened".to_owned());
        let expected = match self.value("expect") {
            "success" => "opened",
            "no match" => "NoKey",
            "header failure" => "NotAge",
            "HMAC failure" | "payload failure" => "Damaged",
            other => panic!("{}: an unknown outcome, {other}", self.name),
        };
        self.check(&result, &payload, expected);
    }

    fn open_as_key(&self, passphrase: &str) {
        let opened = keys::unlock(&self.file(), passphrase);
        let result = opened.as_ref().map_or_else(|error| format!("{error:?}"), |_| "opened".to_owned());
        let expected = match self.value("expect") {
            "success" => "opened",
            "no match" => "Wrong",
            _ => "Damaged",
        };
        self.check(&result, opened.as_deref().map_or(&[], Vec::as_slice), expected);
    }
}

fn vectors() -> Vec<Vector> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/etui/age_vectors/read.mjs");
    let package = concat!(env!("CARGO_MANIFEST_DIR"), "/target/readers/vectors/node_modules/cctv-age/index.js");
    let printed = Outcome::from(Command::new("node").args([script, package]).output().expect("node")).ok();
    serde_json::from_str(printed.text()).unwrap()
}

#[test]
#[ignore = "needs npm"]
fn every_vector_opens_or_fails_as_the_specification_says() {
    let (vectors, mut applied) = (vectors(), 0);
    for vector in &vectors {
        if let Some(reason) = vector.does_not_apply() {
            println!("{} does not apply: {reason}", vector.name);
            assert!(keys::open(&vector.file()[..], &[] as &[Identity], |_| ()).is_err());
            continue;
        }
        applied += 1;
        let passphrases = vector.values("passphrase");
        if passphrases.is_empty() || !vector.values("identity").is_empty() {
            vector.open_as_vault();
        }
        passphrases.iter().for_each(|passphrase| vector.open_as_key(passphrase));
    }
    assert_eq!((vectors.len(), applied), COUNTS);
}
