//! `audit`: secrets that need a new value.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::json;

use crate::old::context::Cx;
use crate::old::error::Error;
use crate::old::json;
use crate::old::ui::{Cell, Table};
use crate::report::and;
use crate::vault::{Record, SecretName, SectionId, Sections, TeamName, Timestamp, Vault};

#[derive(Debug, Args)]
pub struct Audit {
    /// Also those whose value is older, as 90d
    #[arg(long, value_name = "AGE", value_parser = days)]
    older_than: Option<u32>,
}

fn days(typed: &str) -> Result<u32, String> {
    typed.strip_suffix('d').and_then(|days| days.parse().ok()).ok_or_else(|| "a number of days, as 90d".to_owned())
}

/// A secret, and why it needs a new value.
pub type Finding = (SectionId, SecretName, String);

impl Audit {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let vault = cx.vault()?;
        let findings = findings(&vault, self.older_than, cx.ui.now);
        let team = &vault.head.team;
        if cx.ui.json {
            let items = findings.iter().map(|finding| item(finding, team));
            cx.ui.document(&json::page(items.collect(), None))?;
        } else {
            let mut table = Table::new(&["NAME", "SECTION", "WHY"]);
            for (section, name, why) in &findings {
                table.row([Cell::from(name), Cell::from(section), Cell::from(why)]);
            }
            cx.ui.table(&table)?;
        }
        if !vault.head.removed.is_empty() && !cx.ui.json {
            cx.ui.note("old copies of the vault stay readable to whoever had them; only new values help");
        }
        let secrets: BTreeSet<_> = findings.iter().map(|(section, name, _)| (section, name)).collect();
        match secrets.len() {
            0 => Ok(()),
            secrets => Err(Error::AuditFindings { secrets }),
        }
    }
}

/// The secrets that need a new value.
pub fn findings(vault: &Vault, older_than: Option<u32>, now: Timestamp) -> Vec<Finding> {
    let mut findings: Vec<Finding> = vault
        .exposed()
        .into_iter()
        .map(|(section, name, readers)| (section, name, format!("read by {}, who was removed", and(&readers))))
        .collect();
    for (section, name, record) in all(&vault.sections) {
        let mut find = |why: String| findings.push((section.clone(), name.clone(), why));
        if record.expires.is_some_and(|expires| expires <= now) {
            find("expired".into());
        }
        if older_than.is_some_and(|days| record.updated.plus_days(days) <= now) {
            find("older than asked for".into());
        }
    }
    findings.extend(shared(&vault.sections));
    findings.sort();
    findings
}

/// A finding in JSON.
pub fn item((section, name, why): &Finding, team: &TeamName) -> serde_json::Value {
    json!({"name": name.as_str(), "section": json::section(section, team), "why": why})
}

fn all(sections: &Sections) -> impl Iterator<Item = (&SectionId, &SecretName, &Record)> {
    sections.iter().flat_map(|(id, section)| section.secrets.iter().map(move |(name, record)| (id, name, record)))
}

/// Those that have one value under several names or in several sections.
fn shared(sections: &Sections) -> Vec<Finding> {
    let mut same: BTreeMap<&[u8], Vec<(&SectionId, &SecretName)>> = BTreeMap::new();
    for (section, name, record) in all(sections) {
        same.entry(record.value.expose()).or_default().push((section, name));
    }
    let mut findings = Vec::new();
    for holders in same.values().filter(|holders| holders.len() > 1) {
        for (section, name) in holders {
            let others = holders.iter().filter(|other| *other != &(*section, *name));
            let others: Vec<String> = others.map(|(section, name)| format!("{name} in {section}")).collect();
            findings.push(((*section).clone(), (*name).clone(), format!("the same value as {}", and(&others))));
        }
    }
    findings
}
