//! `secret`: the grammar of `pspace secret`, word for word, over the same operations.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::delete::remove;
use super::list::{Item, Order, Paging, of, pick};
use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, option};
use crate::old::json;
use crate::old::options::SectionScope;
use crate::old::put::put;
use crate::old::ui::{Cell, Table};
use crate::vault::change::Precondition;
use crate::vault::{Details, Record, SecretName, SectionId, TeamName, Value};

#[derive(Debug, Args)]
pub struct SecretCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Create a secret in a project or team
    Create(WithValue),
    /// Print what is known of a secret, but not its value
    Get(Shown),
    /// List secrets in your team or project
    List(Listing),
    /// Update a secret in a project or team
    Update(WithValue),
    /// Delete a secret from a project or team
    Delete(Named),
}

#[derive(Debug, Args)]
struct Named {
    /// The name of the secret; asked for if missing
    name: Option<String>,
    #[command(flatten)]
    scope: SectionScope,
}

#[derive(Debug, Args)]
struct WithValue {
    /// The name of the secret; asked for if missing
    name: Option<String>,
    /// The value of the secret; asked for if missing
    value: Option<String>,
    #[command(flatten)]
    scope: SectionScope,
}

#[derive(Debug, Args)]
struct Shown {
    #[command(flatten)]
    named: Named,
    /// The fields to include: name, dtCreated, dtModified
    #[arg(short = 'F', long, value_name = "FIELD")]
    fields: Vec<String>,
}

#[derive(Debug, Args)]
struct Listing {
    #[command(flatten)]
    paging: Paging,
    /// The field to order items by: dtCreated, dtModified, name
    #[arg(long = "orderBy", alias = "order-by", value_enum, default_value = "dtCreated", hide_possible_values = true)]
    order_by: OrderBy,
    /// The fields to include: name, dtCreated, dtModified
    #[arg(short = 'F', long, value_name = "FIELD")]
    fields: Vec<String>,
    #[command(flatten)]
    scope: SectionScope,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderBy {
    #[value(name = "dtCreated")]
    Created,
    #[value(name = "dtModified")]
    Modified,
    #[value(name = "name")]
    Name,
}

impl SecretCommand {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        match self.verb {
            Verb::Create(verb) => verb.run(cx, "create", Precondition::Absent),
            Verb::Update(verb) => verb.run(cx, "update", Precondition::Present),
            Verb::Delete(verb) => verb.delete(cx),
            Verb::Get(verb) => verb.run(cx),
            Verb::List(verb) => verb.run(cx),
        }
    }
}

impl Named {
    /// The name, asked for if it is missing, and where it lives.
    fn settle(&self, cx: &Cx, verb: &str) -> Result<(SecretName, SectionId), Error> {
        let name = match &self.name {
            Some(name) => secret_name(name)?,
            None => ask_name(cx, &format!("etui secret {verb} NAME"))?,
        };
        Ok((name, cx.section(&self.scope)?))
    }

    fn delete(self, cx: &Cx) -> Result<(), Error> {
        let (name, section) = self.settle(cx, "delete")?;
        if section == SectionId::Team && cx.ui.interactive && !cx.ui.json {
            let team = cx.view(crate::vault::text::Selection::Current(&[]))?.head.team;
            cx.ui.confirm(&format!(
                "Are you sure you want to delete your global secret \"{name}\" in team \"{team}\"?"
            ))?;
        }
        let (team, _, mut document) = remove(cx, &section, &name, false)?;
        if cx.ui.json {
            with_old_names(&mut document);
            return cx.ui.document(&document);
        }
        cx.ui.line(&format!("Deleted secret \"{name}\" in {}", place(&section, &team)))
    }
}

impl WithValue {
    fn run(self, cx: &Cx, verb: &str, when: Precondition) -> Result<(), Error> {
        let named = Named { name: self.name, scope: self.scope };
        let (name, section) = named.settle(cx, verb)?;
        let value = match self.value.filter(|value| !value.is_empty()) {
            Some(value) => {
                if cx.ui.interactive {
                    cx.ui.note("the value is in the shell's history now; without it, it is asked for");
                }
                Zeroizing::new(value)
            }
            None => ask_value(cx, &name, &format!("etui {verb} {name} {}", option(&section)))?,
        };
        if when == Precondition::Absent && section == SectionId::Team && cx.ui.interactive && !cx.ui.json {
            let team = cx.view(crate::vault::text::Selection::Current(&[]))?.head.team;
            cx.ui.line("This secret will be available to all resources in the team.")?;
            cx.ui.confirm(&format!("Are you sure you want to create a global secret in team \"{team}\"?"))?;
        }
        let value = Value::text(Zeroizing::new(value.as_bytes().to_vec()));
        let value = value.map_err(|error| Error::Value { name: name.clone(), error })?;
        let mut done = put(cx, &section, &name, Some(value), Details::default(), when)?;
        if cx.ui.json {
            with_old_names(&mut done.document);
            return cx.ui.document(&done.document);
        }
        let word = if when == Precondition::Absent { "Created" } else { "Updated" };
        cx.ui.line(&format!("{word} secret \"{name}\" in {}", place(&section, &done.team)))
    }
}

impl Shown {
    fn run(self, cx: &Cx) -> Result<(), Error> {
        let fields = old_fields(&self.fields)?;
        let (name, section) = self.named.settle(cx, "get")?;
        let view = cx.view(crate::vault::text::Selection::Current(std::slice::from_ref(&section)))?;
        let team = view.head.team.clone();
        crate::old::scope::existing(&view, &section)?;
        let Ok(record) = view.sections.secret(&section, &name) else {
            return Err(cx.secret_missing(&section, &name));
        };
        if cx.ui.json {
            return cx.ui.document(&pick(document(&team, &section, &name, record), &self.fields));
        }
        cx.ui.data(table(&fields, &[Item { section: &section, name: &name, record, is_disputed: false }]).as_bytes())
    }
}

impl Listing {
    fn run(self, cx: &Cx) -> Result<(), Error> {
        let fields = old_fields(&self.fields)?;
        let section = cx.section(&self.scope)?;
        let view = cx.view(crate::vault::text::Selection::Current(std::slice::from_ref(&section)))?;
        let order = match self.order_by {
            OrderBy::Created => Order::Created,
            OrderBy::Modified => Order::Updated,
            OrderBy::Name => Order::Name,
        };
        let (page, next) = self.paging.page(of(&section, &view)?, order, order != Order::Name)?;
        if cx.ui.json {
            let shape =
                |item: &Item<'_>| pick(document(&view.head.team, item.section, item.name, item.record), &self.fields);
            return cx.ui.document(&json::page(page.iter().map(shape).collect(), next));
        }
        if !page.is_empty() {
            cx.ui.data(table(&fields, &page).as_bytes())?;
        }
        if let Some(next) = next {
            cx.ui.say(&format!("more: --after {next}"));
        }
        Ok(())
    }
}

const FIELDS: &[&str] = &["name", "dtCreated", "dtModified"];

/// The fields that are asked for, all of them if none is.
fn old_fields(typed: &[String]) -> Result<Vec<&str>, Error> {
    if let Some(typed) = typed.iter().find(|field| !FIELDS.contains(&field.as_str())) {
        return Err(Error::Field { typed: typed.clone(), known: FIELDS });
    }
    Ok(if typed.is_empty() { FIELDS.to_vec() } else { typed.iter().map(String::as_str).collect() })
}

/// The table that scripts know: always with its header, always aligned, dates in full.
fn table(fields: &[&str], items: &[Item<'_>]) -> String {
    let header: Vec<String> = fields.iter().map(|field| field.to_uppercase()).collect();
    let mut table = Table::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for item in items {
        let cell = |field: &&str| match *field {
            "name" => Cell::from(item.name),
            "dtCreated" => Cell::When(Some(item.record.created)),
            _ => Cell::When(Some(item.record.updated)),
        };
        table.row(fields.iter().map(cell).collect::<Vec<_>>());
    }
    table.exact()
}

fn document(team: &TeamName, section: &SectionId, name: &SecretName, record: &Record) -> Json {
    let mut document = json::secret(team, section, name, record);
    with_old_names(&mut document);
    document
}

/// Adds the names that older scripts know the dates by.
fn with_old_names(document: &mut Json) {
    document["dtCreated"] = document["created"].clone();
    document["dtModified"] = document["updated"].clone();
}

/// `project "web"`, `team "acme"`.
fn place(section: &SectionId, team: &TeamName) -> String {
    match (section.kind(), section.id()) {
        (Some(kind), Some(id)) => format!("{} \"{id}\"", kind.as_str()),
        _ => format!("team \"{team}\""),
    }
}

/// Asks for a name at a terminal; in a pipe it is the next line of standard input.
pub fn ask_name(cx: &Cx, way_out: &str) -> Result<SecretName, Error> {
    secret_name(next(cx, "Name:", false, "no name is given", way_out)?.trim())
}

/// Asks for a value at a terminal, hidden; in a pipe it is the next line of standard input. `command` is
/// what to type for it, without the value.
pub fn ask_value(cx: &Cx, name: &SecretName, command: &str) -> Result<Zeroizing<String>, Error> {
    let value = next(cx, "Value:", true, "no value is given", &format!("{command} < FILE"))?;
    if value.is_empty() {
        return Err(Error::ValueEmpty { name: name.clone(), command: command.to_owned() });
    }
    Ok(value)
}

fn next(cx: &Cx, prompt: &str, hidden: bool, what: &'static str, way_out: &str) -> Result<Zeroizing<String>, Error> {
    if cx.ui.interactive {
        return if hidden { cx.ui.ask_hidden(prompt) } else { cx.ui.ask(prompt).map(Zeroizing::new) };
    }
    let piped = cx.ui.piped_line()?;
    piped.ok_or_else(|| Error::Unasked { what, way_out: way_out.to_owned() })
}
