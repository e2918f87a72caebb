//! Turns the shapes of the TOML into the model, and refuses what no vault can hold.

use std::collections::BTreeMap;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use super::{
    Document, Encoding, RawAcknowledgement, RawEarlier, RawLists, RawMember, RawRead, RawRecord, RawRemoved,
    RawRootStep, RawSealed, RawSection, RawVoucher,
};
use crate::vault::clock::{self, Clock};
use crate::vault::closed::{Access, Closed, SealedBytes};
use crate::vault::contents::{ReadHashes, Vault};
use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::key::Recipient;
use crate::vault::member::{Member, PublicKeys, Removed, WriterHalf};
use crate::vault::name::{MemberName, SecretName};
use crate::vault::record::{Acknowledgement, Earlier, Record, Records};
use crate::vault::roots::RootStep;
use crate::vault::section::{Section, SectionId, Sections};
use crate::vault::value::Value;

impl Document {
    /// Assembles the vault. None if a count is too large, a value is invalid, a writer has no card, a dispute is
    /// about a section that is missing or a name that is set, or a closed section has records in the open.
    pub fn into_vault(mut self) -> Option<Vault> {
        if self.clock.values().any(|count| *count > clock::LIMIT) {
            return None;
        }
        let head = Head {
            team: self.team,
            id: self.id.0,
            hash_key: self.hash_key.0,
            written_by: self.written_by,
            written_at: self.written_at,
            clock: Clock::new(self.clock.into_iter().map(|(actor, count)| (actor.0, count)).collect()),
            roots: self.roots.into_iter().map(RawRootStep::into_step).collect::<Option<_>>()?,
            members: members(self.members)?,
            removed: self.removed.into_iter().map(|(print, raw)| removed(print.0, raw)).collect::<Option<_>>()?,
            closed: BTreeMap::new(),
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

        if !self.disputes.read.is_empty() {
            return None;
        }
        for (id, env, secrets) in self.disputes.sections() {
            let section = sections.get_mut(&id)?;
            section.env.disputed = lists(env, record)?;
            section.secrets.disputed = lists(secrets, record)?;
        }
        if !sections.values().all(Section::has_each_name_once) {
            return None;
        }
        let closed =
            sections.iter().filter_map(|(id, section)| Some((id.clone(), section.closed.as_ref()?.vault.clone())));
        let head = Head { closed: closed.collect(), ..head };
        let mut read = ReadHashes::new();
        for RawRead { of, hashes } in std::mem::take(&mut self.history.read) {
            if read.insert(of.0, hashes).is_some() {
                return None;
            }
        }
        // A deleted section has nothing but its history.
        for (id, env, secrets) in self.history.sections() {
            let section: &mut Section = sections.entry(id).or_default();
            section.env.history = lists(env, earlier)?;
            section.secrets.history = lists(secrets, earlier)?;
        }

        if sections.values().any(Section::is_closed_and_open) {
            return None;
        }
        let sections = sections.into_iter().map(|(id, section)| (id, section.into())).collect();
        Some(Vault { head, sections: Sections(sections), read })
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

fn members(raw: BTreeMap<MemberName, RawMember>) -> Option<BTreeMap<MemberName, Member>> {
    raw.into_iter().map(|(name, member)| Some((name, member.into_member()?))).collect()
}

impl RawRootStep {
    fn into_step(self) -> Option<RootStep> {
        let voucher = |raw: RawVoucher| Some((raw.name, raw.member.into_member()?));
        let vouchers = self.vouchers.into_iter().map(voucher).collect::<Option<_>>()?;
        Some(RootStep { from: self.from.0, to: self.to.0, signature: self.signature.0, vouchers })
    }
}

impl RawMember {
    fn into_member(self) -> Option<Member> {
        let writer = match (self.key, self.card_signature) {
            (Some(key), Some(signature)) => Some(WriterHalf { key: key.0, card_signature: signature.0 }),
            (None, None) => None,
            _ => return None,
        };
        Some(Member {
            keys: PublicKeys { recipient: Recipient::new(&self.recipient), writer },
            added: self.added,
            endorsed_by: self.endorsed_by.0,
            endorsement: self.endorsement.0,
            extra: self.extra,
        })
    }
}

/// None if it stands under another fingerprint than its own.
fn removed(print: Fingerprint, raw: RawRemoved) -> Option<(Fingerprint, Removed)> {
    let RawRemoved { name, recipient, key, at, by, closed, extra } = raw;
    let (recipient, key) = (Recipient::new(&recipient), key.map(|key| key.0));
    let digest = |text: String| BASE64_STANDARD.decode(text).ok()?.try_into().ok();
    let closed = closed.into_iter().map(digest).collect::<Option<_>>()?;
    let removed = Removed { name, recipient, key, at, by, closed, extra };
    (removed.fingerprint() == print).then_some((print, removed))
}

impl RawSection {
    fn into_section(self) -> Option<Section> {
        let closed = match (self.vault, self.members, self.updated, self.by, self.closed) {
            (None, None, None, None, None) => None,
            (Some(vault), Some(members), Some(updated), Some(by), Some(raw)) => Some(Box::new(Closed {
                vault: vault.0,
                members: members.into_iter().map(|print| print.0).collect(),
                updated,
                by,
                sealed: raw.sealed()?,
                access: Access::Untried,
            })),
            _ => return None,
        };
        Some(Section {
            created: Some(self.created),
            env: records(self.env)?,
            secrets: records(self.secrets)?,
            closed,
            extra: self.extra,
        })
    }
}

impl RawSealed {
    /// None if it is not base64, or no list of disputed versions.
    fn sealed(&self) -> Option<Vec<SealedBytes>> {
        match self {
            RawSealed::One(text) => Some(vec![SealedBytes::from_base64(text)?]),
            RawSealed::Disputed(all) => SealedBytes::disputed(all),
        }
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
        acknowledged: raw.acknowledged.map(|raw| raw.into_acknowledgement().into()),
        extra: boxed(raw.extra),
    })
}

impl RawAcknowledgement {
    fn into_acknowledgement(self) -> Acknowledgement {
        let RawAcknowledgement { at, by, exposed, reason } = self;
        Acknowledgement { at, by, exposed: exposed.into_iter().map(|print| print.0).collect(), reason }
    }
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
        extra: boxed(raw.extra),
    })
}

fn value(text: Zeroizing<String>, encoding: Option<Encoding>) -> Option<Value> {
    match encoding {
        Some(Encoding::Base64) => Value::from_base64(&text),
        None => Value::from_text(text).ok(),
    }
}

fn boxed(extra: toml::Table) -> Option<Box<toml::Table>> {
    if extra.is_empty() { None } else { Some(extra.into()) }
}
