//! Secrets that need a new value, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display};

use serde::Serialize;

use super::view::{SecretView, SectionView};
use crate::guard::is_plain;
use crate::report::{Error, and};
use crate::session::Session;
use crate::vault::{
    Acknowledgement, Age, ChangeError, FormerReader, Head, Member, MemberName, PublicKeys, Record, Records, Removed,
    SecretName, SectionId, Sections, TeamName, Timestamp, Vault,
};

/// Why a secret needs a new value. One secret may have several findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub section: SectionId,
    pub name: SecretName,
    pub cause: Cause,
    /// Who knows of it and keeps the value, and why. Such a finding is listed only on request.
    pub acknowledged: Option<Acknowledgement>,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    Expired,
    /// Its value is at least as old as this.
    Old {
        age: Age,
    },
    /// These removed members could read the value, and so could the earlier keys of these members.
    Exposed {
        to: Vec<MemberName>,
        keys_of: Vec<MemberName>,
    },
    /// Everybody in the team could read the value before its section was closed, also these who cannot now.
    Open {
        to: Vec<MemberName>,
    },
    /// These secrets have the same value.
    Shared {
        with: Vec<(SectionId, SecretName)>,
    },
}

impl Cause {
    /// Returns the stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::Expired => "expired",
            Cause::Old { .. } => "old",
            Cause::Exposed { .. } => "exposed",
            Cause::Open { .. } => "open",
            Cause::Shared { .. } => "shared",
        }
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Expired => f.write_str("expired"),
            Cause::Old { age } => write!(f, "older than {age}"),
            Cause::Exposed { to, keys_of } => {
                let was = if to.len() == 1 { "was" } else { "were" };
                let removed = (!to.is_empty()).then(|| format!("{}, who {was} removed", and(to)));
                let keys = (!keys_of.is_empty()).then(|| format!("an earlier key of {}", and(keys_of)));
                let readers: Vec<String> = removed.into_iter().chain(keys).collect();
                write!(f, "read by {}", readers.join(", and by "))
            }
            Cause::Open { to } if to.is_empty() => f.write_str("open to the team until its section was closed"),
            Cause::Open { to } => write!(f, "read by {}, until its section was closed", and(to)),
            Cause::Shared { with } => {
                let others: Vec<String> = with.iter().map(|(section, name)| format!("{name} in {section}")).collect();
                write!(f, "the same value as {}", and(&others))
            }
        }
    }
}

/// A finding as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingView {
    pub name: String,
    pub section: SectionView,
    pub why: String,
    /// `expired`, `old`, `exposed`, `open` or `shared`.
    pub cause: &'static str,
    pub acknowledged: Option<AcknowledgementView>,
}

/// An acknowledgement as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcknowledgementView {
    pub by: String,
    pub at: String,
    pub reason: String,
}

impl FindingView {
    pub fn new(finding: &Finding, team: &TeamName) -> FindingView {
        let Finding { section, name, cause, acknowledged } = finding;
        FindingView {
            name: name.to_string(),
            section: SectionView::new(section, team),
            why: cause.to_string(),
            cause: cause.code(),
            acknowledged: acknowledged.as_ref().map(AcknowledgementView::new),
        }
    }
}

impl AcknowledgementView {
    fn new(Acknowledgement { at, by, reason, .. }: &Acknowledgement) -> AcknowledgementView {
        AcknowledgementView { by: by.to_string(), at: at.to_string(), reason: reason.clone() }
    }
}

/// Lists the findings that nobody has acknowledged, as [`findings`] does.
pub fn open_findings(vault: &Vault, older_than: Option<Age>, now: Timestamp) -> Vec<Finding> {
    let mut findings = findings(vault, older_than, now);
    findings.retain(|finding| finding.acknowledged.is_none());
    findings
}

/// Lists the secrets that need a new value: those that a removed member could read, those that expired, those that
/// are at least as old as `older_than`, and those that share a value. Sorted by section and name, of each name the
/// acknowledged ones last.
pub fn findings(vault: &Vault, older_than: Option<Age>, now: Timestamp) -> Vec<Finding> {
    let mut findings = exposed(vault, now);
    for (section, name, record) in secrets(&vault.sections) {
        // An acknowledgement covers what was so when it was made.
        let acknowledged = acknowledged(record, now);
        let since = |then: Timestamp| acknowledged.filter(|acknowledged| then <= acknowledged.at).cloned();
        let mut add = |cause, then| {
            let (section, name) = (section.clone(), name.clone());
            findings.push(Finding { section, name, cause, acknowledged: since(then) });
        };
        if let Some(expires) = record.expires.filter(|expires| *expires <= now) {
            add(Cause::Expired, expires);
        }
        if let Some(age) = older_than.filter(|age| record.updated.plus(*age) <= now) {
            add(Cause::Old { age }, record.updated.plus(age));
        }
    }
    findings.extend(shared(&vault.sections, now));
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| (finding.section.clone(), finding.name.clone());
        let known = |finding: &Finding| finding.acknowledged.is_some();
        (key(one), known(one), &one.cause).cmp(&(key(other), known(other), &other.cause))
    });
    findings
}

fn secrets(sections: &Sections) -> impl Iterator<Item = (&SectionId, &SecretName, &Record)> {
    sections.iter().flat_map(|(id, section)| section.secrets.iter().map(move |(name, record)| (id, name, record)))
}

/// The acknowledgement of a record. One from the future is none yet: it would cover whatever comes until then.
fn acknowledged(record: &Record, now: Timestamp) -> Option<&Acknowledgement> {
    record.acknowledged.as_deref().filter(|acknowledged| acknowledged.at <= now)
}

/// Finds the secrets that others could read who can no longer read them: removed members, and everybody before a
/// section was closed. Those whom an acknowledgement names are a finding of their own.
fn exposed(vault: &Vault, now: Timestamp) -> Vec<Finding> {
    let mut findings = exposed_in(vault, &vault.head, &vault.sections, now);
    for (id, section) in vault.sections.iter() {
        let Some(inner) = section.inner_vault() else { continue };
        let found = exposed_in(&inner, &vault.head, &inner.sections, now);
        findings.extend(found.into_iter().map(|finding| Finding { section: id.clone(), ..finding }));
    }
    findings
}

/// Finds those of one vault, or of an inner vault of the vault with this head.
fn exposed_in(vault: &Vault, team: &Head, sections: &Sections, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (section, name, mut readers) in vault.exposed() {
        let records = sections.get(&section).map(|section| &section.secrets);
        readers.retain(|reader| {
            let removed = reader.removed().and_then(|print| vault.head.removed.get(print));
            removed.zip(records).is_none_or(|(removed, records)| could_read(records, &name, removed))
        });

        let record = records.and_then(|records| records.get(&name));
        let acknowledged = record.and_then(|record| acknowledged(record, now));
        // A member who can write could name itself before it is removed.
        let is_known = |reader: &FormerReader| {
            let removed = reader.removed().and_then(|print| vault.head.removed.get(print));
            let known = acknowledged.filter(|known| known.exposed.contains(reader));
            known.is_some_and(|known| removed.is_none_or(|removed| removed.at <= known.at))
        };
        let (known, new): (Vec<_>, Vec<_>) = readers.into_iter().partition(is_known);
        for (readers, acknowledged) in [(new, None), (known, acknowledged.cloned())] {
            let causes = causes_of(vault, team, &readers).into_iter();
            findings.extend(causes.map(|cause| {
                let (section, name, acknowledged) = (section.clone(), name.clone(), acknowledged.clone());
                Finding { section, name, cause, acknowledged }
            }));
        }
    }
    findings
}

/// What these former readers of a vault are a cause of. Of the vault with the head `team`, it is the vault or an inner
/// vault.
fn causes_of(vault: &Vault, team: &Head, readers: &[FormerReader]) -> Vec<Cause> {
    let removed = readers.iter().filter_map(|reader| vault.head.removed.get(reader.removed()?));
    let names: BTreeSet<MemberName> = removed.map(|removed| removed.name.clone()).collect();
    let mut causes = Vec::new();
    if readers.contains(&FormerReader::Closing) {
        causes.extend(until_closed(vault, team));
    }
    if !names.is_empty() {
        // A member who got a new key is still there, under the same name.
        let is_member = |name: &MemberName| vault.head.members.contains_key(name);
        let (keys_of, to) = names.into_iter().partition(is_member);
        causes.push(Cause::Exposed { to, keys_of });
    }
    causes
}

/// Who could read a section until it was closed, and is not in its inner vault. None if nobody could.
fn until_closed(inner: &Vault, team: &Head) -> Option<Cause> {
    let is_inside = |member: &Member| inner.head.members.values().any(|inside| inside.keys == member.keys);
    // Its first members were added when it was closed. Who came to the team later has read nothing.
    let closed = inner.head.members.values().map(|member| member.added).min()?;
    let outside = team.members.iter().filter(|(_, member)| !is_inside(member) && member.added <= closed);
    let removed = team.removed.values().filter(|removed| removed.at >= closed).map(|removed| &removed.name);
    let removed = removed.filter(|name| !team.members.get(*name).is_some_and(is_inside));
    let to: BTreeSet<MemberName> = outside.map(|(name, _)| name).chain(removed).cloned().collect();
    // What those could read who had been removed before, the closing covers too.
    let is_open = !to.is_empty() || !team.removed.is_empty();
    is_open.then(|| Cause::Open { to: to.into_iter().collect() })
}

/// A closed section that still lists a key that was removed from the vault.
pub struct Outsider {
    pub section: SectionId,
    pub name: MemberName,
    /// Whether the member is still there, with another key.
    pub has_new_key: bool,
    /// The members who may remove it there.
    pub ask: Vec<MemberName>,
}

/// Lists the removed keys that closed sections still list, until a writer of each writes there.
pub fn outsiders(vault: &Vault) -> Vec<Outsider> {
    let mut all = Vec::new();
    for (id, section) in vault.sections.iter() {
        for removed in section.outsiders(&vault.head) {
            let ask = section.able_to_remove(&PublicKeys::reader(removed.recipient.clone()), &vault.head);
            let has_new_key = vault.head.members.contains_key(&removed.name);
            all.push(Outsider { section: id.clone(), name: removed.name.clone(), has_new_key, ask });
        }
    }
    all
}

/// Whether a member could read the value under this name, and not just the same one elsewhere.
///
/// A hash tells of a value, not of a name. That says enough of a value that nobody would choose twice. But
/// `true` or `3000` stands in many places, and a secret that was made after the removal did not have it then.
fn could_read(records: &Records, name: &SecretName, removed: &Removed) -> bool {
    let Some(record) = records.get(name) else { return true };
    let is_earlier = || records.earlier(name).iter().any(|earlier| earlier.value.as_ref() == Some(&record.value));
    !is_plain(record.value.expose()) || record.created <= removed.at || is_earlier()
}

/// Finds the secrets that share a value with others. Short and common values are shared by chance.
///
/// An acknowledgement covers all of them: one that gets the same value later is a finding itself.
fn shared(sections: &Sections, now: Timestamp) -> Vec<Finding> {
    let mut by_value: BTreeMap<&[u8], Vec<(&SectionId, &SecretName, &Record)>> = BTreeMap::new();
    for holder in secrets(sections) {
        by_value.entry(holder.2.value.expose()).or_default().push(holder);
    }

    let mut findings = Vec::new();
    for (_, holders) in by_value.into_iter().filter(|(value, holders)| holders.len() > 1 && !is_plain(value)) {
        for (section, name, record) in &holders {
            let others = holders.iter().filter(|other| (other.0, other.1) != (*section, *name));
            let with = others.map(|(section, name, _)| ((*section).clone(), (*name).clone())).collect();
            let acknowledged = acknowledged(record, now).cloned();
            let (section, name) = ((*section).clone(), (*name).clone());
            findings.push(Finding { section, name, cause: Cause::Shared { with }, acknowledged });
        }
    }
    findings
}

/// What was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledged {
    #[serde(skip)]
    pub team: TeamName,
    #[serde(flatten)]
    pub secret: SecretView,
    pub acknowledged: AcknowledgementView,
    /// What is covered, the age aside. Perhaps nothing.
    #[serde(skip)]
    pub causes: Vec<Cause>,
}

/// Records that a secret may keep its value, although something was found about it.
///
/// # Errors
/// If there is no such secret, or it is disputed.
pub fn acknowledge(
    session: &Session,
    section: &SectionId,
    name: &SecretName,
    reason: &str,
) -> Result<Acknowledged, Error> {
    session.edit(|vault, stamp| {
        vault.acknowledge(section, name, reason.to_owned(), stamp)?;
        let team = vault.head.team.clone();
        let record = vault.sections.secret(section, name)?;
        let acknowledged = record.acknowledged.as_deref().expect("the secret was just acknowledged");
        let acknowledged = AcknowledgementView::new(acknowledged);
        let secret = SecretView::new(&team, section, name, record);
        let causes = causes(vault, section, name, stamp.at);
        Ok::<_, ChangeError>(Acknowledged { team, secret, acknowledged, causes })
    })
}

/// What is found about one secret, and nobody has acknowledged.
pub fn open_causes(vault: &Vault, section: &SectionId, name: &SecretName, now: Timestamp) -> Vec<Cause> {
    let findings = open_findings(vault, None, now).into_iter();
    findings.filter(|one| (&one.section, &one.name) == (section, name)).map(|one| one.cause).collect()
}

/// What is found about one secret, acknowledged or not.
fn causes(vault: &Vault, section: &SectionId, name: &SecretName, now: Timestamp) -> Vec<Cause> {
    let findings = findings(vault, None, now).into_iter();
    findings.filter(|one| (&one.section, &one.name) == (section, name)).map(|one| one.cause).collect()
}
