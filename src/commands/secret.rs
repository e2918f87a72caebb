//! `secret`: the grammar of `pspace secret`, word for word, over the same operations.

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use zeroize::Zeroizing;

use super::App;
use super::args::{PagingOptions, SectionScope, fields, prompted_name, prompted_value};
use crate::ops::list::{Item, Order, of_section};
use crate::ops::secret::{self, Setting, bad_value};
use crate::ops::view::{Page, SecretView};
use crate::report::{Command, Error};
use crate::session::{existing, parse_name};
use crate::ui::{Cell, Table};
use crate::vault::change::Precondition;
use crate::vault::text::Selection;
use crate::vault::{Details, SecretName, SectionId, TeamName, Value};

/// The fields that this grammar knows.
const FIELDS: &[&str] = &["name", "dtCreated", "dtModified"];

const EXAMPLES: &str = "\
Examples:
  etui secret create API_TOKEN -p web
  etui secret list -g -F name
  etui secret delete API_TOKEN -p web";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
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
    paging: PagingOptions,
    /// The field to order items by
    #[arg(long = "orderBy", alias = "order-by", value_enum, default_value = "dtCreated")]
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

/// A secret with its dates under the names that older scripts know, too.
#[derive(Serialize)]
struct OldSecretView {
    #[serde(flatten)]
    secret: SecretView,
    #[serde(rename = "dtCreated")]
    created: String,
    #[serde(rename = "dtModified")]
    modified: String,
}

impl From<SecretView> for OldSecretView {
    fn from(secret: SecretView) -> OldSecretView {
        let (created, modified) = (secret.created.clone(), secret.updated.clone());
        OldSecretView { secret, created, modified }
    }
}

impl SecretCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Verb::Create(verb) => verb.create(app),
            Verb::Update(verb) => verb.update(app),
            Verb::Delete(verb) => verb.delete(app),
            Verb::Get(verb) => verb.run(app),
            Verb::List(verb) => verb.run(app),
        }
    }
}

impl Named {
    /// Returns the name, asked for if it is missing, and its section.
    fn parse(&self, app: &App, verb: &'static str) -> Result<(SecretName, SectionId), Error> {
        Ok((self.name(app, verb)?, app.section(&self.scope)?))
    }

    fn name(&self, app: &App, verb: &'static str) -> Result<SecretName, Error> {
        match &self.name {
            Some(name) => parse_name(name),
            None => prompted_name(app, Command::new(verb).arg("NAME")),
        }
    }

    fn delete(self, app: &App) -> Result<(), Error> {
        let (name, section) = self.parse(app, "secret delete")?;
        if let Some(team) = team_to_confirm(app, &section)? {
            app.ui.confirm(&format!(
                "Are you sure you want to delete your global secret \"{name}\" in team \"{team}\"?"
            ))?;
        }

        let deleted = secret::delete(&app.session, &section, &name, false)?;

        if app.ui.json {
            return app.ui.document(&OldSecretView::from(deleted.secret));
        }
        app.ui.line(&format!("Deleted secret \"{name}\" in {}", place(&section, &deleted.team)))
    }
}

impl WithValue {
    fn create(self, app: &App) -> Result<(), Error> {
        let (name, section, value) = self.read(app, "secret create")?;
        if let Some(team) = team_to_confirm(app, &section)? {
            app.ui.line("This secret will be available to all resources in the team.")?;
            app.ui.confirm(&format!("Are you sure you want to create a global secret in team \"{team}\"?"))?;
        }
        set(app, section, name, value, Precondition::Absent)
    }

    fn update(self, app: &App) -> Result<(), Error> {
        let (name, section, value) = self.read(app, "secret update")?;
        set(app, section, name, value, Precondition::Present)
    }

    /// Returns name, section and value, asked for where they are missing.
    fn read(self, app: &App, verb: &'static str) -> Result<(SecretName, SectionId, Value), Error> {
        let named = Named { name: self.name, scope: self.scope };
        let (name, section) = named.parse(app, verb)?;
        let text = match self.value.filter(|value| !value.is_empty()) {
            Some(value) => {
                if app.ui.interactive {
                    app.ui.note("the value is in the shell's history now; without it, it is asked for");
                }
                Zeroizing::new(value)
            }
            None => {
                let command = Command::new(verb).arg(&name).section(&section);
                prompted_value(app, &section, &name, command)?
            }
        };
        let value = Value::from_text(text).map_err(|error| bad_value(&name, &error))?;
        Ok((name, section, value))
    }
}

fn set(app: &App, section: SectionId, name: SecretName, value: Value, precondition: Precondition) -> Result<(), Error> {
    let (value, details) = (Some(value), Details::default());
    let setting = Setting { section: section.clone(), name: name.clone(), value, details, precondition };
    let set = secret::set(&app.session, setting)?;

    if app.ui.json {
        return app.ui.document(&OldSecretView::from(set.secret));
    }
    let done = if precondition == Precondition::Absent { "Created" } else { "Updated" };
    app.ui.line(&format!("{done} secret \"{name}\" in {}", place(&section, &set.team)))
}

impl Shown {
    fn run(self, app: &App) -> Result<(), Error> {
        fields::check(&self.fields, FIELDS)?;
        let name = self.named.name(app, "secret get")?;
        let section = app.section_to_read(&self.named.scope.parse()?)?;

        let view = app.session.view(Selection::Current(std::slice::from_ref(&section)))?;
        existing(&view, &section)?;
        let Ok(record) = view.sections.secret(&section, &name) else {
            return Err(app.session.secret_missing(&section, &name));
        };
        let item = Item { section: &section, name: &name, record, is_entry: false, is_disputed: false };

        if app.ui.json {
            return app.ui.document(&document(&view.head.team, &item, &self.fields));
        }
        app.ui.data(table(&self.fields, &[item]).as_bytes())
    }
}

impl Listing {
    fn run(self, app: &App) -> Result<(), Error> {
        fields::check(&self.fields, FIELDS)?;
        let section = app.section_to_read(&self.scope.parse()?)?;
        let order = match self.order_by {
            OrderBy::Created => Order::Created,
            OrderBy::Modified => Order::Updated,
            OrderBy::Name => Order::Name,
        };
        let paging = self.paging.read(order, order != Order::Name);

        let view = app.session.view(Selection::Current(std::slice::from_ref(&section)))?;
        let (items, next) = paging.page(of_section(&view, &section)?)?;

        if app.ui.json {
            let items = items.iter().map(|item| document(&view.head.team, item, &self.fields));
            return app.ui.document(&Page::new(items.collect(), next));
        }
        if !items.is_empty() {
            app.ui.data(table(&self.fields, &items).as_bytes())?;
        }
        if let Some(next) = next {
            app.ui.say(format!("more: --after {next}"));
        }
        Ok(())
    }
}

/// Returns the team, where this grammar asks before it changes one of its secrets.
fn team_to_confirm(app: &App, section: &SectionId) -> Result<Option<TeamName>, Error> {
    if *section != SectionId::Team || !app.ui.interactive || app.ui.json {
        return Ok(None);
    }
    Ok(Some(app.session.view(Selection::Current(&[]))?.head.team))
}

/// Renders the table that scripts know: always with its header, always aligned, dates in full.
fn table(fields: &[String], items: &[Item<'_>]) -> String {
    let fields: Vec<&str> = match fields.is_empty() {
        true => FIELDS.to_vec(),
        false => fields.iter().map(String::as_str).collect(),
    };
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

fn document(team: &TeamName, item: &Item<'_>, fields: &[String]) -> serde_json::Value {
    let secret = SecretView::new(team, item.section, item.name, item.record);
    fields::pick(&OldSecretView::from(secret), fields)
}

/// Names a section as this grammar does: `project "web"`, `team "acme"`.
fn place(section: &SectionId, team: &TeamName) -> String {
    match (section.kind(), section.id()) {
        (Some(kind), Some(id)) => format!("{} \"{id}\"", kind.as_str()),
        _ => format!("team \"{team}\""),
    }
}
