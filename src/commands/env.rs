//! `env`: the entries of a section, plain or references.

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team, option};
use crate::old::json;
use crate::old::options::SectionScope;
use crate::old::scope::existing;
use crate::old::ui::{Cell, Table};
use crate::vault::{Change, Entry, Record, SecretName, SectionId, TeamName, Value};

#[derive(Debug, Args)]
pub struct EnvCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List entries and what they refer to; plain values are not shown
    #[command(visible_alias = "ls")]
    List {
        #[command(flatten)]
        scope: SectionScope,
    },
    /// Set an entry: a plain value, secret:NAME, or file:NAME
    Set {
        /// The variable
        name: String,
        /// Its value; secret:NAME means that secret, file:NAME a file that holds it
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// The value is plain, whatever it looks like
        #[arg(long)]
        literal: bool,
        #[command(flatten)]
        scope: SectionScope,
    },
    /// Delete an entry; it stays in the history
    #[command(visible_alias = "rm")]
    Delete {
        /// The variable
        name: String,
        #[command(flatten)]
        scope: SectionScope,
    },
}

impl EnvCommand {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        match self.verb {
            Verb::List { scope } => list(cx, &scope),
            Verb::Set { name, value, literal, scope } => {
                let (name, value) = (secret_name(&name)?, Zeroizing::new(value));
                let text = if literal { Entry::literal(&value) } else { value.to_string() };
                let section = cx.section(&scope)?;
                put_entry(cx, &section, &name, text.into())
            }
            Verb::Delete { name, scope } => delete(cx, &secret_name(&name)?, &scope),
        }
    }
}

fn list(cx: &Cx, scope: &SectionScope) -> Result<(), Error> {
    let (section, view) = cx.section_view(scope)?;
    let entries = &existing(&view, &section)?.env;
    if cx.ui.json {
        let shape = |(name, record)| entry(&view.head.team, &section, name, record);
        return cx.ui.document(&json::page(entries.iter().map(shape).collect(), None));
    }
    let mut table = Table::new(&["NAME", "GIVES", "UPDATED", "BY"]);
    for (name, record) in entries.iter() {
        let gives = refers(record).unwrap_or_else(|| "a value".to_owned());
        table.row([Cell::from(name), Cell::Text(gives), Cell::When(Some(record.updated)), Cell::from(&record.by)]);
    }
    cx.ui.table(&table)?;
    if entries.is_empty() {
        let place = in_team(&section, &view.head.team);
        cx.ui.note(&format!("{place} has no env entry yet: etui env set NAME VALUE {}", option(&section)));
    }
    Ok(())
}

/// Sets an entry, and says so.
pub fn put_entry(cx: &Cx, section: &SectionId, name: &SecretName, text: Zeroizing<String>) -> Result<(), Error> {
    let entry = set_entry(cx, section, name, text)?;
    if cx.ui.json {
        cx.ui.document(&entry.document)?;
    } else {
        cx.ui.say(&entry.said);
    }
    entry.warning.iter().for_each(|warning| cx.ui.warn(warning));
    entry.note.iter().for_each(|note| cx.ui.note(note));
    Ok(())
}

/// An entry that was set: what it is, and what to say of it.
pub struct SetEntry {
    pub document: serde_json::Value,
    pub said: String,
    pub warning: Option<String>,
    pub note: Option<&'static str>,
}

/// Sets an entry.
pub fn set_entry(cx: &Cx, section: &SectionId, name: &SecretName, text: Zeroizing<String>) -> Result<SetEntry, Error> {
    cx.refuse_reserved(name.as_str())?;
    let value = Value::text(Zeroizing::new(text.as_bytes().to_vec()));
    let value = value.map_err(|error| Error::Value { name: name.clone(), error })?;
    let (change, team, document, target) = cx.edit(|vault, stamp| {
        let team = vault.head.team.clone();
        let failed = |error| Error::Change { error, team: team.clone() };
        let change = vault.sections.set_entry(section, name, value, stamp).map_err(failed)?;
        let record = vault.sections.entry(section, name).map_err(failed)?;
        let target = Entry::of(&record.value).target().cloned();
        let target = target.map(|target| (vault.sections.finds(section, &target), target));
        Ok((change, team.clone(), entry(&team, section, name, record), target))
    })?;
    let word = if change == Change::Unchanged { "unchanged" } else { "set" };
    let to = if target.is_some() { format!(" to {}", *text) } else { String::new() };
    let looks = text.starts_with("secret:") || text.starts_with("file:");
    let note = (target.is_none() && looks).then_some("taken as a plain value: no name of a secret follows");
    let missing = target.filter(|(is_found, _)| !is_found);
    let warning = missing.map(|(_, target)| format!("{target} is not set yet: etui set {target} {}", option(section)));
    Ok(SetEntry { document, said: format!("{word} {name}{to} in {}", in_team(section, &team)), warning, note })
}

/// Deletes an entry; returns what it was.
pub fn remove_entry(cx: &Cx, section: &SectionId, name: &SecretName) -> Result<(TeamName, serde_json::Value), Error> {
    cx.edit(|vault, stamp| {
        let team = vault.head.team.clone();
        let failed = |error| Error::Change { error, team: team.clone() };
        let record = vault.sections.entry(section, name).map_err(failed)?;
        let document = entry(&team, section, name, record);
        vault.sections.delete_entry(section, name, stamp).map_err(failed)?;
        Ok((team.clone(), document))
    })
}

fn delete(cx: &Cx, name: &SecretName, scope: &SectionScope) -> Result<(), Error> {
    let section = cx.section(scope)?;
    let (team, document) = remove_entry(cx, &section, name)?;
    if cx.ui.json {
        return cx.ui.document(&document);
    }
    let place = in_team(&section, &team);
    cx.ui.say(&format!("deleted {name} in {place}; undo: etui restore {name} {}", option(&section)));
    Ok(())
}

/// What an entry refers to, as it is typed; none of a plain one.
fn refers(record: &Record) -> Option<String> {
    match Entry::of(&record.value) {
        Entry::Plain(_) => None,
        Entry::Secret(name) => Some(format!("secret:{name}")),
        Entry::File(name) => Some(format!("file:{name}")),
    }
}

/// The shape of an entry in JSON: that of a secret, and what it refers to.
pub fn entry(team: &TeamName, section: &SectionId, name: &SecretName, record: &Record) -> serde_json::Value {
    let mut document = json::secret(team, section, name, record);
    document["refers"] = refers(record).into();
    document
}
