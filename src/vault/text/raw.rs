//! The shapes that TOML is read into, and how they become the model.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::vault::clock::{self, ActorId, Clock};
use crate::vault::member::{Fingerprint, Member, Recipient, Removed, Signature, WriterKey};
use crate::vault::name::{Id, MemberName, SecretName, TeamName};
use crate::vault::record::{Earlier, Record, Records};
use crate::vault::section::{Section, SectionId};
use crate::vault::time::Timestamp;
use crate::vault::value::Value;
use crate::vault::{Head, Sections, Vault, VaultId};

/// What stands first, whatever the format.
#[derive(Deserialize)]
pub(super) struct Preface {
    pub format: i64,
    #[serde(default)]
    pub requires: Vec<String>,
}

/// A vault, or some of its parts.
#[derive(Deserialize)]
pub(super) struct Document {
    pub format: i64,
    #[serde(default)]
    pub requires: Vec<String>,
    team: TeamName,
    id: Parsed<VaultId>,
    written_by: MemberName,
    written_at: Timestamp,
    clock: BTreeMap<Parsed<ActorId>, u64>,
    members: BTreeMap<MemberName, RawMember>,
    #[serde(default)]
    removed: BTreeMap<Parsed<Fingerprint>, RawRemoved>,
    #[serde(default)]
    env: BTreeMap<SecretName, RawRecord>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, RawRecord>,
    #[serde(default)]
    clusters: BTreeMap<Id, RawSection>,
    #[serde(default)]
    projects: BTreeMap<Id, RawSection>,
    #[serde(default)]
    history: RawHistory,
    #[serde(flatten)]
    extra: toml::Table,
}

#[derive(Deserialize)]
struct RawMember {
    recipient: String,
    key: Option<Parsed<WriterKey>>,
    added: Timestamp,
    endorsed_by: Parsed<Fingerprint>,
    endorsement: Parsed<Signature>,
    #[serde(flatten)]
    extra: toml::Table,
}

#[derive(Deserialize)]
struct RawRemoved {
    name: MemberName,
    recipient: String,
    key: Option<Parsed<WriterKey>>,
    at: Timestamp,
    by: MemberName,
    #[serde(default)]
    read: BTreeSet<String>,
    #[serde(flatten)]
    extra: toml::Table,
}

#[derive(Deserialize)]
struct RawSection {
    created: Timestamp,
    #[serde(default)]
    env: BTreeMap<SecretName, RawRecord>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, RawRecord>,
    #[serde(flatten)]
    extra: toml::Table,
}

#[derive(Deserialize)]
struct RawRecord {
    value: Zeroizing<String>,
    encoding: Option<Encoding>,
    created: Option<Timestamp>,
    updated: Timestamp,
    by: MemberName,
    note: Option<String>,
    expires: Option<Timestamp>,
    #[serde(flatten)]
    extra: toml::Table,
}

#[derive(Deserialize)]
struct RawEarlier {
    value: Option<Zeroizing<String>>,
    encoding: Option<Encoding>,
    #[serde(default)]
    deleted: bool,
    created: Option<Timestamp>,
    updated: Timestamp,
    by: MemberName,
    note: Option<String>,
    expires: Option<Timestamp>,
    #[serde(flatten)]
    extra: toml::Table,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Encoding {
    Base64,
}

/// The history has the shape of the vault: the team's, and each section's.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RawHistory {
    #[serde(default)]
    env: BTreeMap<SecretName, Vec<RawEarlier>>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, Vec<RawEarlier>>,
    #[serde(default)]
    clusters: BTreeMap<Id, RawSectionHistory>,
    #[serde(default)]
    projects: BTreeMap<Id, RawSectionHistory>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSectionHistory {
    #[serde(default)]
    env: BTreeMap<SecretName, Vec<RawEarlier>>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, Vec<RawEarlier>>,
}

/// A text that is parsed into something else.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Parsed<T>(T);

macro_rules! parsed {
    ($($type:ident),*) => {$(
        impl<'de> Deserialize<'de> for Parsed<$type> {
            fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                let text = String::deserialize(source)?;
                $type::parse(&text).map(Parsed).ok_or_else(|| serde::de::Error::custom("not of its form"))
            }
        }
    )*};
}

parsed!(VaultId, ActorId, WriterKey, Fingerprint, Signature);

impl Document {
    /// The model, if all that is written hangs together.
    pub fn into_vault(self) -> Option<Vault> {
        let clock: BTreeMap<ActorId, u64> =
            self.clock.into_iter().map(|(Parsed(actor), count)| (actor, count)).collect();
        if clock.values().any(|count| *count > clock::LIMIT) {
            return None;
        }
        let head = Head {
            team: self.team,
            id: self.id.0,
            written_by: self.written_by,
            written_at: self.written_at,
            clock: Clock(clock),
            members: self.members.into_iter().map(|(name, member)| (name, member.into())).collect(),
            removed: self.removed.into_iter().map(|(print, removed)| (print.0, removed.into())).collect(),
            extra: self.extra,
        };
        let mut sections = BTreeMap::new();
        let team = Section { env: records(self.env)?, secrets: records(self.secrets)?, ..Section::default() };
        sections.insert(SectionId::Team, team);
        for (id, raw) in self.clusters {
            sections.insert(SectionId::Cluster(id), raw.into_section()?);
        }
        for (id, raw) in self.projects {
            sections.insert(SectionId::Project(id), raw.into_section()?);
        }
        let mut remember = |id, env, secrets| {
            let section: &mut Section = sections.entry(id).or_default();
            section.env.history = history(env)?;
            section.secrets.history = history(secrets)?;
            Some(())
        };
        remember(SectionId::Team, self.history.env, self.history.secrets)?;
        for (id, raw) in self.history.clusters {
            remember(SectionId::Cluster(id), raw.env, raw.secrets)?;
        }
        for (id, raw) in self.history.projects {
            remember(SectionId::Project(id), raw.env, raw.secrets)?;
        }
        Some(Vault { head, sections: Sections(sections) })
    }
}

impl From<RawMember> for Member {
    fn from(raw: RawMember) -> Member {
        Member {
            recipient: Recipient::new(&raw.recipient),
            key: raw.key.map(|key| key.0),
            added: raw.added,
            endorsed_by: raw.endorsed_by.0,
            endorsement: raw.endorsement.0,
            extra: raw.extra,
        }
    }
}

impl From<RawRemoved> for Removed {
    fn from(raw: RawRemoved) -> Removed {
        Removed {
            name: raw.name,
            recipient: Recipient::new(&raw.recipient),
            key: raw.key.map(|key| key.0),
            at: raw.at,
            by: raw.by,
            read: raw.read,
            extra: raw.extra,
        }
    }
}

impl RawSection {
    fn into_section(self) -> Option<Section> {
        Some(Section {
            created: Some(self.created),
            env: records(self.env)?,
            secrets: records(self.secrets)?,
            extra: self.extra,
        })
    }
}

fn records(raw: BTreeMap<SecretName, RawRecord>) -> Option<Records> {
    let record = |raw: RawRecord| {
        Some(Record {
            value: value(raw.value, raw.encoding)?,
            created: raw.created.unwrap_or(raw.updated),
            updated: raw.updated,
            by: raw.by,
            note: raw.note,
            expires: raw.expires,
            extra: raw.extra,
        })
    };
    let current = raw.into_iter().map(|(name, raw)| Some((name, record(raw)?))).collect::<Option<_>>()?;
    Some(Records { current, history: BTreeMap::new() })
}

fn history(raw: BTreeMap<SecretName, Vec<RawEarlier>>) -> Option<BTreeMap<SecretName, Vec<Earlier>>> {
    let earlier = |raw: RawEarlier| {
        if raw.deleted != raw.value.is_none() {
            return None;
        }
        Some(Earlier {
            value: match raw.value {
                Some(text) => Some(value(text, raw.encoding)?),
                None => None,
            },
            created: raw.created,
            updated: raw.updated,
            by: raw.by,
            note: raw.note,
            expires: raw.expires,
            extra: raw.extra,
        })
    };
    let all = raw.into_iter().map(|(name, raw)| Some((name, raw.into_iter().map(earlier).collect::<Option<_>>()?)));
    all.collect()
}

fn value(text: Zeroizing<String>, encoding: Option<Encoding>) -> Option<Value> {
    match encoding {
        Some(Encoding::Base64) => Value::from_base64(&text),
        None => Value::from_text(text).ok(),
    }
}
