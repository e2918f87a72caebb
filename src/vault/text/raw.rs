//! The shapes of the tables in the TOML. Turning them into the model is in `assemble`.

mod assemble;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use crate::vault::clock::ActorId;
use crate::vault::contents::FormerReader;
use crate::vault::fingerprint::{Fingerprint, VaultFingerprint};
use crate::vault::head::HashKey;
use crate::vault::key::{Signature, WriterKey};
use crate::vault::name::{Id, MemberName, SecretName, TeamName, VaultId};
use crate::vault::time::Timestamp;

/// The first lines, which every format has.
#[derive(Deserialize)]
pub(super) struct Preface {
    pub format: i64,
    #[serde(default)]
    pub requires: Vec<String>,
}

/// A vault, or the head and some of the sections.
#[derive(Deserialize)]
pub(super) struct Document {
    pub format: i64,
    #[serde(default)]
    pub requires: Vec<String>,
    team: TeamName,
    id: Parsed<VaultId>,
    hash_key: Parsed<HashKey>,
    written_by: MemberName,
    written_at: Timestamp,
    clock: BTreeMap<Parsed<ActorId>, u64>,
    #[serde(default)]
    roots: Vec<RawRootStep>,
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
#[serde(deny_unknown_fields)]
struct RawRootStep {
    from: Parsed<WriterKey>,
    to: Parsed<WriterKey>,
    signature: Parsed<Signature>,
    #[serde(default)]
    vouchers: Vec<RawVoucher>,
}

#[derive(Deserialize)]
struct RawVoucher {
    name: MemberName,
    #[serde(flatten)]
    member: RawMember,
}

#[derive(Deserialize)]
struct RawMember {
    recipient: String,
    key: Option<Parsed<WriterKey>>,
    card_signature: Option<Parsed<Signature>>,
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
    closed: Vec<String>,
    #[serde(flatten)]
    extra: toml::Table,
}

#[derive(Deserialize)]
struct RawSection {
    created: Timestamp,
    /// This and the next four stand in a closed section only.
    vault: Option<Parsed<VaultFingerprint>>,
    members: Option<Vec<Parsed<Fingerprint>>>,
    updated: Option<Timestamp>,
    by: Option<MemberName>,
    closed: Option<RawSealed>,
    #[serde(default)]
    env: BTreeMap<SecretName, RawRecord>,
    #[serde(default)]
    secrets: BTreeMap<SecretName, RawRecord>,
    #[serde(flatten)]
    extra: toml::Table,
}

/// The inner vault of a closed section, in base64.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawSealed {
    One(String),
    Disputed(Vec<String>),
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
    acknowledged: Option<RawAcknowledgement>,
    #[serde(flatten)]
    extra: toml::Table,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAcknowledgement {
    at: Timestamp,
    by: MemberName,
    #[serde(default)]
    exposed: BTreeSet<Parsed<FormerReader>>,
    reason: String,
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

/// The disputes or the history. Their tables are nested like those of the vault itself.
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
    /// Only in the history.
    #[serde(default)]
    read: Vec<RawRead>,
}

/// What somebody could read who may no longer read it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRead {
    of: Parsed<FormerReader>,
    hashes: BTreeSet<String>,
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
        RawLists { env, secrets, clusters: BTreeMap::new(), projects: BTreeMap::new(), read: Vec::new() }
    }
}

/// A string that is parsed into a type of the model.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Parsed<T>(T);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        let text = String::deserialize(source)?;
        text.parse().map(Parsed).map_err(serde::de::Error::custom)
    }
}
