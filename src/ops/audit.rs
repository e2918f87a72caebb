//! Secrets that need a new value, and why.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use serde::Serialize;

use super::view::SectionView;
use crate::report::and;
use crate::vault::{Age, MemberName, Record, SecretName, SectionId, Sections, TeamName, Timestamp, Vault};

/// A secret that needs a new value. One secret may have several findings.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub section: SectionId,
    pub name: SecretName,
    pub cause: Cause,
}

/// Why a secret needs a new value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    Expired,
    /// Its value is at least as old as this.
    Old {
        age: Age,
    },
    /// These removed members could read the value.
    Exposed {
        to: Vec<MemberName>,
    },
    /// These secrets have the same value.
    Shared {
        with: Vec<(SectionId, SecretName)>,
    },
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Expired => f.write_str("expired"),
            Cause::Old { age } => write!(f, "older than {age}"),
            Cause::Exposed { to } if to.len() == 1 => write!(f, "read by {}, who was removed", and(to)),
            Cause::Exposed { to } => write!(f, "read by {}, who were removed", and(to)),
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
}

impl FindingView {
    pub fn new(finding: &Finding, team: &TeamName) -> FindingView {
        let Finding { section, name, cause } = finding;
        FindingView { name: name.to_string(), section: SectionView::new(section, team), why: cause.to_string() }
    }
}

/// Lists the secrets that need a new value: those that a removed member could read, those that expired, those that
/// are at least as old as `older_than`, and those that share a value. Sorted by section and name.
pub fn findings(vault: &Vault, older_than: Option<Age>, now: Timestamp) -> Vec<Finding> {
    let exposed = vault.exposed().into_iter();
    let mut findings: Vec<Finding> =
        exposed.map(|(section, name, to)| Finding { section, name, cause: Cause::Exposed { to } }).collect();

    for (section, name, record) in secrets(&vault.sections) {
        let mut add = |cause| findings.push(Finding { section: section.clone(), name: name.clone(), cause });
        if record.expires.is_some_and(|expires| expires <= now) {
            add(Cause::Expired);
        }
        if let Some(age) = older_than.filter(|age| record.updated.plus(*age) <= now) {
            add(Cause::Old { age });
        }
    }

    findings.extend(shared(&vault.sections));
    findings.sort();
    findings
}

fn secrets(sections: &Sections) -> impl Iterator<Item = (&SectionId, &SecretName, &Record)> {
    sections.iter().flat_map(|(id, section)| section.secrets.iter().map(move |(name, record)| (id, name, record)))
}

/// Finds the secrets that share a value with others.
fn shared(sections: &Sections) -> Vec<Finding> {
    let mut by_value: BTreeMap<&[u8], Vec<(SectionId, SecretName)>> = BTreeMap::new();
    for (section, name, record) in secrets(sections) {
        by_value.entry(record.value.expose()).or_default().push((section.clone(), name.clone()));
    }

    let mut findings = Vec::new();
    for holders in by_value.into_values().filter(|holders| holders.len() > 1) {
        for (section, name) in &holders {
            let is_other = |other: &&(SectionId, SecretName)| (&other.0, &other.1) != (section, name);
            let with = holders.iter().filter(is_other).cloned().collect();
            findings.push(Finding { section: section.clone(), name: name.clone(), cause: Cause::Shared { with } });
        }
    }
    findings
}
