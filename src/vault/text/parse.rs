//! TOML to types. A parser's own words never leave this file: they may quote a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::parts::Parts;
use super::{FEATURES, FORMAT};
use crate::vault::clock::{self, ActorId, Clock};
use crate::vault::member::{Fingerprint, Member, Recipient, Signature, WriterKey};
use crate::vault::name::{Id, MemberName, SecretName, TeamName};
use crate::vault::record::{Earlier, Record, Records};
use crate::vault::section::{Section, SectionId};
use crate::vault::time::Timestamp;
use crate::vault::value::Value;
use crate::vault::{Head, Sections, Vault, VaultId, View};

/// Why a text is no vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// Not the TOML of a vault, at this line of the text (counted from 1), if it is known.
    Damaged { line: Option<usize> },
    /// A format that this version does not know.
    Format(i64),
    /// A feature that this version does not know, without which it would misread the vault.
    Feature(String),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Damaged { line: Some(line) } => write!(f, "not the text of a vault at line {line}"),
            ParseError::Damaged { line: None } => f.write_str("not the text of a vault"),
            ParseError::Format(format) => write!(f, "format {format}"),
            ParseError::Feature(feature) => write!(f, "feature {feature}"),
        }
    }
}

impl std::error::Error for ParseError {}

/// What a read needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want<'a> {
    /// These sections, as far as they are there.
    Current(&'a [SectionId]),
    /// These sections and their earlier values.
    History(&'a [SectionId]),
    /// All sections, without earlier values.
    All,
}

/// A vault's text, and where its parts stand in it.
pub struct Text {
    body: Zeroizing<String>,
    parts: Parts,
}

impl Text {
    /// Takes a body: what stands before the trailer.
    pub fn new(body: Zeroizing<String>) -> Text {
        Text { parts: Parts::find(&body), body }
    }

    pub fn as_str(&self) -> &str {
        &self.body
    }

    /// Parses the head and what is wanted, and looks at nothing else.
    ///
    /// # Errors
    /// If that is no part of a vault, or newer than this version.
    pub fn view(&self, want: Want<'_>) -> Result<View, ParseError> {
        let all: Vec<SectionId> = self.parts.sections.keys().cloned().collect();
        let (ids, history) = match want {
            Want::Current(ids) => (ids, None),
            Want::History(ids) => (ids, Some(self.parts.history(&self.body))),
            Want::All => (&all[..], None),
        };
        let Vault { head, sections } = self.part(ids, history.as_ref())?;
        Ok(View { head, sections, all })
    }

    /// Parses all of it, and checks that its parts together say the same.
    ///
    /// # Errors
    /// If it is no vault, is newer than this version, or its parts are not what they seem.
    pub fn whole(&self) -> Result<Vault, ParseError> {
        let whole = read(&self.body)?;
        let history = self.parts.history(&self.body);
        let torn = ParseError::Damaged { line: None };
        let known: BTreeSet<_> = self.parts.sections.keys().chain(history.keys()).collect();
        if known != whole.sections.0.keys().collect() {
            return Err(torn);
        }
        for (id, section) in &whole.sections.0 {
            let alone = self.part(std::slice::from_ref(id), Some(&history))?;
            if alone.head != whole.head || alone.sections.0.get(id) != Some(section) {
                return Err(torn);
            }
        }
        Ok(whole)
    }

    fn part(&self, ids: &[SectionId], history: Option<&Ranges>) -> Result<Vault, ParseError> {
        let mut ranges = self.parts.head.clone();
        // Whoever asks for a section twice means it once; TOML takes no table twice.
        for id in ids.iter().collect::<BTreeSet<_>>() {
            ranges.extend(self.parts.sections.get(id).into_iter().flatten().cloned());
            ranges.extend(history.and_then(|history| history.get(id)).into_iter().flatten().cloned());
        }
        let length = ranges.iter().map(|range| range.len()).sum();
        let mut wanted = Zeroizing::new(String::with_capacity(length));
        for range in ranges {
            wanted.push_str(&self.body[range]);
        }
        // A line number within the parts would mislead: the whole text is read again for the right one.
        read(&wanted).map_err(|error| read(&self.body).err().unwrap_or(error))
    }
}

/// Parses the head alone, from a text that is not yet known to be anybody's.
///
/// # Errors
/// If it is no head of a vault, or newer than this version.
pub fn parse_head(body: &str) -> Result<Head, ParseError> {
    let head: String = Parts::find(body).head.into_iter().map(|range| &body[range]).collect();
    Ok(read(&head)?.head)
}

type Ranges = BTreeMap<SectionId, Vec<Range<usize>>>;

fn read(text: &str) -> Result<Vault, ParseError> {
    // First of all, what the format is: a newer one may differ in anything else.
    let damaged = |error: toml::de::Error| ParseError::Damaged {
        line: error.span().map(|span| text.as_bytes()[..span.start.min(text.len())].split(|b| *b == b'\n').count()),
    };
    let document = match toml::from_str::<Document>(text) {
        Ok(document) => document,
        Err(error) => {
            let first_table = memchr::memmem::find(text.as_bytes(), b"\n[").map_or(text.len(), |at| at + 1);
            let Preface { format, requires } =
                toml::from_str(&text[..first_table]).map_err(|_| damaged(error.clone()))?;
            check_preface(format, &requires)?;
            return Err(damaged(error));
        }
    };
    check_preface(document.format, &document.requires)?;
    document.into_vault().ok_or(ParseError::Damaged { line: None })
}

fn check_preface(format: i64, requires: &[String]) -> Result<(), ParseError> {
    if format != FORMAT {
        return Err(ParseError::Format(format));
    }
    match requires.iter().find(|feature| !FEATURES.contains(&feature.as_str())) {
        Some(feature) => Err(ParseError::Feature(feature.clone())),
        None => Ok(()),
    }
}

#[derive(Deserialize)]
struct Preface {
    format: i64,
    #[serde(default)]
    requires: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    format: i64,
    #[serde(default)]
    requires: Vec<String>,
    team: TeamName,
    id: Parsed<VaultId>,
    written_by: MemberName,
    written_at: Timestamp,
    clock: BTreeMap<Parsed<ActorId>, u64>,
    members: BTreeMap<MemberName, RawMember>,
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
    fn into_vault(self) -> Option<Vault> {
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
        None => Value::text(Zeroizing::new(text.as_bytes().to_vec())).ok(),
    }
}
