//! The text of a token: bech32 (BIP 173, without its length limit) of a JSON document.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Checksum, Hrp};
use serde::{Deserialize, Serialize};

use crate::report::{Command, Error, Kind, Message};
use crate::vault::trust::ClosedSeen;
use crate::vault::{Clock, Removed, SectionId, Token, VaultFingerprint, WriterKey, hex};

const HRP: &str = "etui-trust";

/// The checksum of bech32, without its length limit. A token grows by about 300 characters with each removal.
enum LongBech32 {}

impl Checksum for LongBech32 {
    type MidstateRepr = u32;
    const CODE_LENGTH: usize = usize::MAX;
    const CHECKSUM_LENGTH: usize = Bech32::CHECKSUM_LENGTH;
    const GENERATOR_SH: [u32; 5] = Bech32::GENERATOR_SH;
    const TARGET_RESIDUE: u32 = Bech32::TARGET_RESIDUE;
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
            let message = match text.starts_with("key:") {
                true => "`ETUI_TRUST` is the fingerprint of a key, not of a vault",
                false => "`ETUI_TRUST` is neither a token nor a vault fingerprint",
            };
            let error = Error::new(Kind::Usage, "bad_trust", message);
            error.hint(export.text("; a vault fingerprint begins with `vault:`"))
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
    /// The closed sections.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sections: BTreeMap<String, RawClosed>,
    /// What the laptop trusts of those that it opens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed: Vec<RawToken>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClosed {
    vault: String,
    clock: BTreeMap<String, u64>,
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
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed: Vec<String>,
}

/// Prints a token.
pub fn print(token: &Token) -> String {
    let json = serde_json::to_vec(&RawToken::from(token)).expect("texts and numbers can be JSON");
    bech32::encode::<LongBech32>(Hrp::parse_unchecked(HRP), &json).expect("this bech32 has no limit")
}

fn parse(text: &str) -> Option<Token> {
    let checked = CheckedHrpstring::new::<LongBech32>(text).ok()?;
    let json: Vec<u8> = checked.byte_iter().collect();
    let raw: RawToken = serde_json::from_slice(&json).ok().filter(|_| checked.hrp().as_str() == HRP)?;
    raw.token()
}

impl From<&Token> for RawToken {
    fn from(token: &Token) -> RawToken {
        let removed = |removed: &Removed| RawRemoved {
            name: removed.name.to_string(),
            recipient: removed.recipient.to_string(),
            key: removed.key.map(|key| key.to_string()),
            at: removed.at.to_string(),
            by: removed.by.to_string(),
            closed: removed.closed.iter().map(|digest| hex::encode(digest)).collect(),
        };
        let clock = |clock: &Clock| clock.iter().map(|(actor, count)| (actor.to_string(), count)).collect();
        let section = |(section, seen): (&SectionId, &ClosedSeen)| {
            let vault = seen.vault.as_ref()?.to_string();
            Some((section.as_typed(), RawClosed { vault, clock: clock(&seen.clock) }))
        };
        RawToken {
            id: token.id.to_string(),
            founder: token.founder.to_string(),
            roots: token.roots.iter().map(|root| hex::encode(root)).collect(),
            removed: token.removed.values().map(removed).collect(),
            clock: token.clock.as_ref().map(clock),
            sections: token.sections.iter().filter_map(section).collect(),
            closed: token.closed.iter().map(RawToken::from).collect(),
        }
    }
}

impl RawToken {
    fn token(self) -> Option<Token> {
        let removed = |raw: RawRemoved| {
            let removed = Removed {
                name: parsed(&raw.name)?,
                recipient: crate::vault::Recipient::new(&raw.recipient),
                key: raw.key.as_deref().map(parsed::<WriterKey>).map_or(Some(None), |key| key.map(Some))?,
                at: parsed(&raw.at)?,
                by: parsed(&raw.by)?,
                closed: raw.closed.iter().map(|digest| hex::decode(digest)).collect::<Option<_>>()?,
                extra: toml::Table::new(),
            };
            Some((removed.fingerprint(), removed))
        };
        let count = |(actor, count): (String, u64)| Some((parsed(&actor)?, count));
        let clock =
            |counts: BTreeMap<String, u64>| counts.into_iter().map(count).collect::<Option<_>>().map(Clock::new);
        let section = |(section, RawClosed { vault, clock: counts }): (String, RawClosed)| {
            Some((parsed(&section)?, ClosedSeen { vault: Some(parsed(&vault)?), clock: clock(counts)? }))
        };
        Some(Token {
            id: parsed(&self.id)?,
            founder: parsed(&self.founder)?,
            roots: self.roots.iter().map(|root| hex::decode(root)).collect::<Option<BTreeSet<_>>>()?,
            removed: self.removed.into_iter().map(removed).collect::<Option<_>>()?,
            clock: self.clock.map(clock).map_or(Some(None), |clock| clock.map(Some))?,
            sections: self.sections.into_iter().map(section).collect::<Option<_>>()?,
            closed: self.closed.into_iter().map(RawToken::token).collect::<Option<_>>()?,
        })
    }
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{ActorId, Recipient, VaultId};

    fn removed(number: u8) -> Removed {
        Removed {
            name: format!("member-{number}").parse().unwrap(),
            recipient: Recipient::new(&format!("age1{}", "q".repeat(55) + &format!("{number:03}"))),
            key: Some(WriterKey([number; 32])),
            at: "2026-11-21T10:00:00Z".parse().unwrap(),
            by: "alice".parse().unwrap(),
            closed: BTreeSet::new(),
            extra: toml::Table::new(),
        }
    }

    fn token(removals: u8) -> Token {
        let removed = (0..removals).map(removed).map(|removed| (removed.fingerprint(), removed));
        Token {
            id: VaultId([1; 16]),
            founder: WriterKey([3; 32]),
            roots: [[4; 32]].into(),
            removed: removed.collect(),
            clock: Some(Clock::new([(ActorId(5), 6)].into())),
            sections: BTreeMap::new(),
            closed: Vec::new(),
        }
    }

    /// A token of a vault with a closed section.
    fn nested(removals: u8) -> Token {
        let inner = Token { id: VaultId([2; 16]), ..token(removals) };
        let seen = ClosedSeen { vault: Some(inner.fingerprint()), clock: Clock::new([(ActorId(5), 1)].into()) };
        let sections = [("cluster:prod".parse().unwrap(), seen)].into();
        Token { sections, closed: vec![inner], ..token(removals) }
    }

    /// A token of any text.
    fn encoded(hrp: &str, json: &str) -> String {
        bech32::encode::<LongBech32>(Hrp::parse(hrp).unwrap(), json.as_bytes()).unwrap()
    }

    fn decoded(text: &str) -> String {
        String::from_utf8(CheckedHrpstring::new::<LongBech32>(text).unwrap().byte_iter().collect()).unwrap()
    }

    #[track_caller]
    fn is_refused(text: &str) {
        assert_eq!(Demand::parse(text).unwrap_err().report().code, "bad_trust", "{text}");
    }

    #[test]
    fn parses_what_it_prints_whatever_its_length() {
        for removals in [0, 1, 200] {
            for clock in [None, token(0).clock] {
                for token in [token(removals), nested(removals)] {
                    let token = Token { clock: clock.clone(), ..token };
                    let text = print(&token);
                    assert!(text.starts_with("etui-trust1"), "{text}");
                    assert_eq!(Demand::parse(&format!("{text}\n")).unwrap(), Demand::Token(Box::new(token)));
                }
            }
        }
        let print = token(1).fingerprint().to_string();
        assert_eq!(Demand::parse(&print).unwrap().fingerprint(), token(1).fingerprint());
        assert_eq!(Demand::parse(&print).unwrap().token(), None);
        for bad in ["", "vault:", "key:AAAA", &print.replace("vault", "key"), &print[6..], &format!("{print}A")] {
            is_refused(bad);
        }
    }

    #[test]
    fn refuses_a_token_that_was_changed_on_the_way() {
        let text = print(&token(1));
        let (middle, last) = (text.len() / 2, text.len() - 1);
        is_refused(&text[1..]);
        is_refused(&text[..last]);
        is_refused(&text[..middle]);
        is_refused(&format!("{text}q"));
        is_refused(&format!("{} {}", &text[..middle], &text[middle..]));
        is_refused(&format!("etui-trust1{}{}", &text[middle..], &text["etui-trust1".len()..middle]));
        is_refused(&text.to_uppercase());
        is_refused(&text.replacen("etui-trust1", "ETUI-TRUST1", 1));
        is_refused(&format!("{text}{text}"));
        for at in 0..text.len() {
            let other = if text.as_bytes()[at] == b'q' { "p" } else { "q" };
            is_refused(&format!("{}{other}{}", &text[..at], &text[at + 1..]));
        }
    }

    #[test]
    fn refuses_a_token_that_etui_did_not_print() {
        let json = decoded(&print(&token(1)));
        assert!(Demand::parse(&encoded(HRP, &json)).is_ok());
        is_refused(&encoded("etui-trus", &json));
        is_refused(&encoded("age", &json));
        for (from, to) in [
            ("{\"id\"", "{\"ID\""),
            ("{\"id\":", "{\"more\":1,\"id\":"),
            ("{\"id\":\"01", "{\"id\":\"0"),
            ("\"roots\":[\"04", "\"roots\":[\""),
            ("\"name\":\"member-0\"", "\"name\":\"member 0\""),
            ("\"at\":\"2026", "\"at\":\"99999"),
            ("\"by\":", "\"until\":\"never\",\"by\":"),
            (":6}", ":-6}"),
            (":6}", ":\"6\"}"),
        ] {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json, "{from}");
            is_refused(&encoded(HRP, &changed));
        }
        is_refused(&encoded(HRP, ""));
        is_refused(&encoded(HRP, "[]"));
    }
}
