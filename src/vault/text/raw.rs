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
    disputes: RawLists<RawRecord>,
    #[serde(default)]
    history: RawLists<RawEarlier>,
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

/// The disputes and the history have the shape of the vault: the team's, and each section's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "T: Deserialize<'de>")]
struct RawLists<T> {
    #[serde(default)]
    env: BTreeMap<SecretName, Vec<T>>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, Vec<T>>,
    #[serde(default)]
    clusters: BTreeMap<Id, RawSectionLists<T>>,
    #[serde(default)]
    projects: BTreeMap<Id, RawSectionLists<T>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "T: Deserialize<'de>")]
struct RawSectionLists<T> {
    #[serde(default)]
    env: BTreeMap<SecretName, Vec<T>>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, Vec<T>>,
}

impl<T> Default for RawLists<T> {
    fn default() -> Self {
        let (env, secrets) = (BTreeMap::new(), BTreeMap::new());
        RawLists { env, secrets, clusters: BTreeMap::new(), projects: BTreeMap::new() }
    }
}

impl<T> RawLists<T> {
    /// What is said of each section: of its entries, and of its secrets.
    fn sections(self) -> Vec<(SectionId, Lists<T>, Lists<T>)> {
        let team = (SectionId::Team, self.env, self.secrets);
        let clusters = self.clusters.into_iter().map(|(id, raw)| (SectionId::Cluster(id), raw.env, raw.secrets));
        let projects = self.projects.into_iter().map(|(id, raw)| (SectionId::Project(id), raw.env, raw.secrets));
        std::iter::once(team).chain(clusters).chain(projects).collect()
    }
}

type Lists<T> = BTreeMap<SecretName, Vec<T>>;

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
        for (id, env, secrets) in self.disputes.sections() {
            // A disputed name is in a section that is there, and is nothing else.
            let section = sections.get_mut(&id)?;
            for (records, raw) in [(&mut section.env, env), (&mut section.secrets, secrets)] {
                if raw.keys().any(|name| records.current.contains_key(name)) {
                    return None;
                }
                records.disputed = lists(raw, record)?;
            }
        }
        for (id, env, secrets) in self.history.sections() {
            let section: &mut Section = sections.entry(id).or_default();
            section.env.history = lists(env, earlier)?;
            section.secrets.history = lists(secrets, earlier)?;
        }
        let sections = sections.into_iter().map(|(id, section)| (id, section.into())).collect();
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
    let current = raw.into_iter().map(|(name, raw)| Some((name, record(raw)?))).collect::<Option<_>>()?;
    Some(Records { current, ..Records::default() })
}

fn lists<T, U>(raw: Lists<T>, read: impl Fn(T) -> Option<U> + Copy) -> Option<Lists<U>> {
    raw.into_iter().map(|(name, all)| Some((name, all.into_iter().map(read).collect::<Option<_>>()?))).collect()
}

fn record(raw: RawRecord) -> Option<Record> {
    Some(Record {
        value: value(raw.value, raw.encoding)?,
        created: raw.created.unwrap_or(raw.updated),
        updated: raw.updated,
        by: raw.by,
        note: raw.note,
        expires: raw.expires,
        extra: raw.extra,
    })
}

fn earlier(raw: RawEarlier) -> Option<Earlier> {
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
}

fn value(text: Zeroizing<String>, encoding: Option<Encoding>) -> Option<Value> {
    match encoding {
        Some(Encoding::Base64) => Value::from_base64(&text),
        None => Value::from_text(text).ok(),
    }
}
