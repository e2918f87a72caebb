//! Turns the shapes of the TOML into the model, and refuses what no vault can hold.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Document, Encoding, RawEarlier, RawLists, RawMember, RawRecord, RawRemoved, RawSection};
use crate::vault::clock::{self, Clock};
use crate::vault::contents::Vault;
use crate::vault::head::Head;
use crate::vault::member::{Member, Recipient, Removed};
use crate::vault::name::SecretName;
use crate::vault::record::{Earlier, Record, Records};
use crate::vault::section::{Section, SectionId, Sections};
use crate::vault::value::Value;

impl Document {
    /// Assembles the vault. None if a count is too large, a value is invalid, or a dispute is about a section
    /// that is missing or a name that is set.
    pub fn into_vault(self) -> Option<Vault> {
        if self.clock.values().any(|count| *count > clock::LIMIT) {
            return None;
        }
        let head = Head {
            team: self.team,
            id: self.id.0,
            written_by: self.written_by,
            written_at: self.written_at,
            clock: Clock::new(self.clock.into_iter().map(|(actor, count)| (actor.0, count)).collect()),
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
            let section = sections.get_mut(&id)?;
            for (records, raw) in [(&mut section.env, env), (&mut section.secrets, secrets)] {
                if raw.keys().any(|name| records.current.contains_key(name)) {
                    return None;
                }
                records.disputed = lists(raw, record)?;
            }
        }
        // A deleted section has nothing but its history.
        for (id, env, secrets) in self.history.sections() {
            let section: &mut Section = sections.entry(id).or_default();
            section.env.history = lists(env, earlier)?;
            section.secrets.history = lists(secrets, earlier)?;
        }

        let sections = sections.into_iter().map(|(id, section)| (id, section.into())).collect();
        Some(Vault { head, sections: Sections(sections) })
    }
}

type Lists<T> = BTreeMap<SecretName, Vec<T>>;

impl<T> RawLists<T> {
    /// The lists of each section: of its entries, and of its secrets.
    fn sections(self) -> impl Iterator<Item = (SectionId, Lists<T>, Lists<T>)> {
        let team = (SectionId::Team, self.env, self.secrets);
        let clusters = self.clusters.into_iter().map(|(id, raw)| (SectionId::Cluster(id), raw.env, raw.secrets));
        let projects = self.projects.into_iter().map(|(id, raw)| (SectionId::Project(id), raw.env, raw.secrets));
        std::iter::once(team).chain(clusters).chain(projects)
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
