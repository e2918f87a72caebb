//! `settle`: ends a dispute that a merge left.

use clap::Args;
use serde_json::Value;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team, option};
use crate::old::json;
use crate::old::options::SectionScope;
use crate::old::scope::existing;
use crate::old::ui::{Cell, Table};
use crate::old::value::{DetailOptions, Source};
use crate::vault::{Candidate, ChangeError, Choice, MemberName, SecretName, Section, SectionId, TeamName, View};

#[derive(Debug, Args)]
pub struct Settle {
    /// The name that is disputed
    name: String,
    /// Take the value of this number, as `etui settle NAME` lists them
    #[arg(long, value_name = "N", conflicts_with_all = ["by", "value", "file"])]
    pick: Option<usize>,
    /// Take what this member wrote
    #[arg(long, value_name = "MEMBER", conflicts_with_all = ["value", "file"])]
    by: Option<String>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    details: DetailOptions,
    #[command(flatten)]
    scope: SectionScope,
}

impl Settle {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let name = secret_name(&self.name)?;
        let (section, view) = cx.section_view(&self.scope)?;
        let candidates = existing(&view, &section)?.candidates(&name);
        let choice = if let Some(number) = self.pick {
            Choice::Number(number)
        } else if let Some(by) = self.by {
            let by = MemberName::parse(&by).map_err(|error| Error::Name { error, typed: Some(by) })?;
            Choice::By(by)
        } else if self.source.value.is_some() || self.source.file.is_some() {
            let command = format!("etui settle {name} {}", option(&section));
            let value = self.source.read(cx, &command, &name)?;
            Choice::Value(value, self.details.read(cx.ui.now)?)
        } else if candidates.is_empty() {
            // Nothing to list: the error says what there is instead.
            Choice::Number(1)
        } else if cx.ui.interactive {
            let words =
                |candidate: &Candidate<'_>| format!("by {} at {}", candidate.record.by, candidate.record.updated);
            let choices: Vec<String> = candidates.iter().map(words).collect();
            Choice::Number(1 + cx.ui.choose(&format!("Which value of {name} is it to be?"), &choices)?)
        } else {
            return list(cx, &name, &section, &view);
        };
        let (said, document) = end(cx, &section, &name, choice)?;
        if cx.ui.json {
            return cx.ui.document(&document);
        }
        cx.ui.say(&said);
        Ok(())
    }
}

/// Ends the dispute; returns what to say of it, and what the name is now.
pub fn end(cx: &Cx, section: &SectionId, name: &SecretName, choice: Choice) -> Result<(String, Value), Error> {
    cx.edit(|vault, stamp| {
        let team = vault.head.team.clone();
        let failed = |error: ChangeError| Error::Change { error, team: team.clone() };
        vault.sections.settle(section, name, choice, stamp).map_err(failed)?;
        let held = vault.sections.existing(section).map_err(failed)?;
        let record = held.secrets.get(name).or(held.env.get(name));
        let document = record.map(|record| json::secret(&team, section, name, record));
        Ok((format!("settled {name} in {}", in_team(section, &team)), document.into()))
    })
}

/// What the name is said to be: numbers, writers and dates.
fn list(cx: &Cx, name: &SecretName, section: &SectionId, view: &View) -> Result<(), Error> {
    let held = existing(view, section)?;
    if cx.ui.json {
        return cx.ui.document(&json::page(items(&view.head.team, section, name, held), None));
    }
    let mut table = Table::new(&["NUMBER", "UPDATED", "BY", "KIND"]);
    for (at, one) in held.candidates(name).into_iter().enumerate() {
        let (record, number) = (one.record, at + 1);
        table.row([
            Cell::from(&number),
            Cell::When(Some(record.updated)),
            Cell::from(&record.by),
            Cell::from(&kind(one)),
        ]);
    }
    cx.ui.table(&table)?;
    cx.ui.note(&format!("to end it: etui settle {name} {} --pick NUMBER", option(section)));
    Ok(())
}

/// The same in JSON.
pub fn items(team: &TeamName, id: &SectionId, name: &SecretName, section: &Section) -> Vec<Value> {
    let item = |(at, one): (usize, Candidate<'_>)| {
        let mut item = json::disputed(json::secret(team, id, name, one.record));
        item["number"] = (at + 1).into();
        item["kind"] = kind(one).into();
        item
    };
    section.candidates(name).into_iter().enumerate().map(item).collect()
}

fn kind(one: Candidate<'_>) -> &'static str {
    if one.is_entry { "entry" } else { "secret" }
}
