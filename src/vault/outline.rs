//! Outlines: a vault in lines, so that people can compare two versions.
//!
//! An outline has names, sections and members. Of a value it shows a keyed hash, which only tells equal
//! values from different ones. Of a closed section, those who cannot open it see that it changed, and by whom.

use std::collections::BTreeMap;
use std::fmt;

use super::closed::{Closed, SealedBytes};
use super::contents::Vault;
use super::fingerprint::Fingerprint;
use super::head::{HashKey, Head};
use super::hex;
use super::name::SecretName;
use super::record::{Record, Records};
use super::section::{Section, SectionId};

/// The subject of a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Team,
    Member(String),
    Removed(String),
    Section(SectionId),
    Secret(SectionId, SecretName),
    Entry(SectionId, SecretName),
}

impl Subject {
    /// Its kind, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Subject::Team => "team",
            Subject::Member(_) => "member",
            Subject::Removed(_) => "removed",
            Subject::Section(_) => "section",
            Subject::Secret(..) => "secret",
            Subject::Entry(..) => "entry",
        }
    }

    /// The section that it is, or is in.
    pub fn section(&self) -> Option<&SectionId> {
        match self {
            Subject::Section(id) | Subject::Secret(id, _) | Subject::Entry(id, _) => Some(id),
            _ => None,
        }
    }

    /// Its name within the section or the vault.
    pub fn name(&self) -> Option<&str> {
        match self {
            Subject::Member(name) | Subject::Removed(name) => Some(name),
            Subject::Secret(_, name) | Subject::Entry(_, name) => Some(name.as_str()),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Team => f.write_str("team"),
            Subject::Member(name) => write!(f, "member {name}"),
            Subject::Removed(name) => write!(f, "removed {name}"),
            Subject::Section(id) => write!(f, "{id}"),
            Subject::Secret(id, name) => write!(f, "{id}: {name}"),
            Subject::Entry(id, name) => write!(f, "{id}: env {name}"),
        }
    }
}

/// The lines of an outline: each subject with its description.
pub type Outline = BTreeMap<Subject, String>;

impl Vault {
    /// Makes the outline of the vault, with hashes by the keys of that one: the same vault, or one to compare it with.
    pub fn outline(&self, keys: &Vault) -> Outline {
        let head = &self.head;
        let fingerprint = head.fingerprint().map(|print| print.to_string()).unwrap_or_default();
        let mut lines = Outline::from([(Subject::Team, format!("{}, vault fingerprint {fingerprint}", head.team))]);
        for (name, member) in &head.members {
            let role = if member.keys.writer.is_some() { "writer" } else { "reader" };
            lines.insert(
                Subject::Member(name.to_string()),
                format!("{role}, {} {}", Fingerprint::name(member.key()), member.fingerprint()),
            );
        }
        for (print, removed) in &head.removed {
            lines.insert(
                Subject::Removed(removed.name.to_string()),
                format!("{} {print}, by {}", Fingerprint::name(removed.key.as_ref()), removed.by),
            );
        }
        for (id, section) in self.sections.iter() {
            let about = match (&section.closed, section.created) {
                (Some(closed), _) => Some(describe_closed(closed, head)),
                (None, created) => created.map(|created| format!("since {created}")),
            };
            lines.extend(about.map(|about| (Subject::Section(id.clone()), about)));
            let key = keys.hash_key_for(id, section);
            let mut records = |records: &Records, subject: fn(SectionId, SecretName) -> Subject| {
                for (name, record) in records.iter() {
                    lines.insert(subject(id.clone(), name.clone()), describe(record, key));
                }
                for (name, candidates) in records.disputed() {
                    let all: Vec<String> = candidates.iter().map(|record| describe(record, key)).collect();
                    lines.insert(subject(id.clone(), name.clone()), format!("disputed: {}", all.join(" | ")));
                }
            };
            records(&section.secrets, Subject::Secret);
            records(&section.env, Subject::Entry);
        }
        lines
    }

    /// The key for the values of a section of this vault or another version of it. What stood in a closed section is
    /// hashed by its own key, which the others do not have.
    fn hash_key_for(&self, id: &SectionId, section: &Section) -> HashKey {
        let own = self.sections.get(id);
        let inner =
            own.and_then(Section::inner).or_else(|| section.inner().filter(|_| own.is_none_or(Section::is_locked)));
        inner.map_or(self.head.hash_key, |inner| inner.head.hash_key)
    }
}

fn describe_closed(closed: &Closed, head: &Head) -> String {
    let Closed { members, updated, by, sealed, .. } = closed;
    let content = |sealed: &SealedBytes| hex::encode(&sealed.digest()[..8]);
    let contents = sealed.iter().map(content).collect::<Vec<_>>().join(" | ");
    let is_disputed = if sealed.len() > 1 { "disputed, " } else { "" };
    let members: Vec<String> = head.members_with(members).iter().map(ToString::to_string).collect();
    let members = members.join(", ");
    format!("closed section {contents}, {is_disputed}changed by {by} at {updated}, for {members}")
}

fn describe(record: &Record, key: HashKey) -> String {
    let expires = record.expires.map_or(String::new(), |expires| format!(", expires {expires}"));
    let acknowledged = record.acknowledged.as_ref();
    let acknowledged = acknowledged.map_or(String::new(), |one| format!(", acknowledged by {} at {}", one.by, one.at));
    format!("{} by {} at {}{expires}{acknowledged}", key.hash(&record.value), record.by, record.updated)
}

/// How a subject differs between two outlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference<'o> {
    Added(&'o str),
    Removed(&'o str),
    Changed { old: &'o str, new: &'o str },
}

/// Compares two outlines: what differs, ordered by subject.
pub fn differences<'o>(old: &'o Outline, new: &'o Outline) -> Vec<(&'o Subject, Difference<'o>)> {
    let mut found: Vec<(&Subject, Difference<'_>)> = Vec::new();
    for (subject, new) in new {
        match old.get(subject) {
            None => found.push((subject, Difference::Added(new))),
            Some(old) if old != new => found.push((subject, Difference::Changed { old, new })),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|(subject, _)| !new.contains_key(subject));
    found.extend(gone.map(|(subject, old)| (subject, Difference::Removed(old))));
    found.sort_by_key(|(subject, _)| *subject);
    found
}
