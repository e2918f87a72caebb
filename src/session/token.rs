//! The text of a token: bech32 (BIP 173, without its length limit) of a JSON document.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Checksum, Hrp};
use serde::{Deserialize, Serialize};

use crate::report::{Command, Error, Kind, Message};
use crate::vault::{Clock, Removed, Token, VaultFingerprint, WriterKey, hex};

const HRP: &str = "etui-trust";

/// The longest token that is read, in characters: room for the removal of 30,000 members.
const LIMIT: usize = 16 << 20;

/// The checksum of bech32. The crate's own ends at 1,023 characters, which the removal of three members exceeds.
enum Unlimited {}

impl Checksum for Unlimited {
    type MidstateRepr = <Bech32 as Checksum>::MidstateRepr;
    const CODE_LENGTH: usize = LIMIT;
    const CHECKSUM_LENGTH: usize = Bech32::CHECKSUM_LENGTH;
    const GENERATOR_SH: [Self::MidstateRepr; 5] = Bech32::GENERATOR_SH;
    const TARGET_RESIDUE: Self::MidstateRepr = Bech32::TARGET_RESIDUE;
}

/// What `ETUI_TRUST` demands of a vault.
#[derive(Debug, Clone, PartialEq)]
pub enum Demand {
    Fingerprint(VaultFingerprint),
    Token(Box<Token>),
}

impl Demand {
    pub fn fingerprint(&self) -> VaultFingerprint {
        match self {
            Demand::Fingerprint(print) => print.clone(),
            Demand::Token(token) => token.fingerprint(),
        }
    }

    pub fn token(&self) -> Option<&Token> {
        match self {
            Demand::Fingerprint(_) => None,
            Demand::Token(token) => Some(token),
        }
    }

    /// Parses a token, or the fingerprint of a vault.
    pub fn parse(text: &str) -> Result<Demand, Error> {
        let text = text.trim();
        let token = || parse(text).map(Box::new).map(Demand::Token);
        let demand = text.parse().ok().map(Demand::Fingerprint).or_else(token);
        demand.ok_or_else(|| {
            let export = Message::from("a member prints a token with ").command(Command::new("trust").arg("--export"));
            Error::new(Kind::Usage, "bad_trust", "`ETUI_TRUST` is neither a token nor a fingerprint")
                .hint(export.text("; a fingerprint begins with `vault:`"))
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawToken {
    id: String,
    founder: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roots: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    removed: Vec<RawRemoved>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<BTreeMap<String, u64>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRemoved {
    name: String,
    recipient: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    at: String,
    by: String,
}

/// Prints a token.
pub fn print(token: &Token) -> String {
    let removed = |removed: &Removed| RawRemoved {
        name: removed.name.to_string(),
        recipient: removed.recipient.to_string(),
        key: removed.key.map(|key| key.to_string()),
        at: removed.at.to_string(),
        by: removed.by.to_string(),
    };
    let clock = |clock: &Clock| clock.iter().map(|(actor, count)| (actor.to_string(), count)).collect();
    let raw = RawToken {
        id: token.id.to_string(),
        founder: token.founder.to_string(),
        roots: token.roots.iter().map(|root| hex::encode(root)).collect(),
        removed: token.removed.values().map(removed).collect(),
        clock: token.clock.as_ref().map(clock),
    };
    let json = serde_json::to_vec(&raw).expect("texts and numbers can be JSON");
    let hrp = Hrp::parse(HRP).expect("the prefix is valid");
    bech32::encode::<Unlimited>(hrp, &json).expect("a vault whose head is within its limit makes a shorter token")
}

fn parse(text: &str) -> Option<Token> {
    let decoded = CheckedHrpstring::new::<Unlimited>(text).ok().filter(|decoded| decoded.hrp().as_str() == HRP)?;
    let json: Vec<u8> = decoded.byte_iter().collect();
    let raw: RawToken = serde_json::from_slice(&json).ok()?;
    let removed = |raw: RawRemoved| {
        let removed = Removed {
            name: parsed(&raw.name)?,
            recipient: crate::vault::Recipient::new(&raw.recipient),
            key: raw.key.as_deref().map(parsed::<WriterKey>).map_or(Some(None), |key| key.map(Some))?,
            at: parsed(&raw.at)?,
            by: parsed(&raw.by)?,
            extra: toml::Table::new(),
        };
        Some((removed.fingerprint(), removed))
    };
    let count = |(actor, count): (String, u64)| Some((parsed(&actor)?, count));
    let clock = |counts: BTreeMap<String, u64>| counts.into_iter().map(count).collect::<Option<_>>().map(Clock::new);
    Some(Token {
        id: parsed(&raw.id)?,
        founder: parsed(&raw.founder)?,
        roots: raw.roots.iter().map(|root| hex::decode(root)).collect::<Option<BTreeSet<_>>>()?,
        removed: raw.removed.into_iter().map(removed).collect::<Option<_>>()?,
        clock: raw.clock.map(clock).map_or(Some(None), |clock| clock.map(Some))?,
    })
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{ActorId, Recipient, VaultId};

    #[test]
    fn parses_what_it_prints_and_nothing_else() {
        let removed = Removed {
            name: "bob".parse().unwrap(),
            recipient: Recipient::new("age1bob"),
            key: Some(WriterKey([2; 32])),
            at: "2026-11-21T10:00:00Z".parse().unwrap(),
            by: "alice".parse().unwrap(),
            extra: toml::Table::new(),
        };
        let token = Token {
            id: VaultId([1; 16]),
            founder: WriterKey([3; 32]),
            roots: [[4; 32]].into(),
            removed: [(removed.fingerprint(), removed)].into(),
            clock: Some(Clock::new([(ActorId(5), 6)].into())),
        };
        let text = print(&token);
        assert!(text.starts_with("etui-trust1"), "{text}");
        assert_eq!(Demand::parse(&format!("{text}\n")).unwrap(), Demand::Token(Box::new(token.clone())));
        let print = token.fingerprint().to_string();
        assert_eq!(Demand::parse(&print).unwrap().fingerprint(), token.fingerprint());
        for bad in ["", "vault:", &text[1..], &text[..text.len() - 1], "key:AAAA", &print.replace("vault", "key")] {
            assert_eq!(Demand::parse(bad).unwrap_err().report().code, "bad_trust", "{bad}");
        }
    }

    #[test]
    fn a_token_has_room_for_all_removals_of_a_head() {
        let removed = (0..1000).map(|number| Removed {
            name: format!("m{number}").parse().unwrap(),
            recipient: Recipient::new(&format!("age1{number:058}")),
            key: Some(WriterKey([2; 32])),
            at: "2026-11-21T10:00:00Z".parse().unwrap(),
            by: "alice".parse().unwrap(),
            extra: toml::Table::new(),
        });
        let removed: BTreeMap<_, _> = removed.map(|removed| (removed.fingerprint(), removed)).collect();
        let token =
            Token { id: VaultId([1; 16]), founder: WriterKey([3; 32]), roots: BTreeSet::new(), removed, clock: None };
        assert_eq!(Demand::parse(&print(&token)).unwrap(), Demand::Token(Box::new(token)));
    }
}
