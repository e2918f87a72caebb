//! `secrets`: the grammar of `gradient secrets`, word for word, over the same operations.

use clap::{Args, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use super::bind::Use;
use super::delete::remove;
use super::list::{Item, Order, Paging, of};
use super::secret::{ask_name, ask_value};
use crate::old::context::{Cx, secret_name};
use crate::old::error::Error;
use crate::old::json;
use crate::old::put::put;
use crate::old::scope::id;
use crate::vault::change::Precondition;
use crate::vault::text::Selection;
use crate::vault::{Details, SectionId, Value};

#[derive(Debug, Args)]
pub struct SecretsCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Set secret; with nothing after it, choose one that the linked project gets as AUTH_SECRET
    Set {
        /// Whose: team, project or cluster
        #[arg(value_enum, hide_possible_values = true)]
        entity: Option<Entity>,
        /// Entity ID
        #[arg(long)]
        id: Option<String>,
        #[command(flatten)]
        named: Named,
        /// Secret value; asked for if missing
        #[arg(long, allow_hyphen_values = true)]
        value: Option<String>,
    },
    /// List secrets
    List {
        #[command(flatten)]
        entity: Of,
    },
    /// Delete secret
    Delete {
        #[command(flatten)]
        entity: Of,
        #[command(flatten)]
        named: Named,
    },
}

#[derive(Debug, Args)]
struct Of {
    /// Whose: team, project or cluster
    #[arg(value_enum, hide_possible_values = true)]
    entity: Entity,
    /// Entity ID
    #[arg(long)]
    id: Option<String>,
}

#[derive(Debug, Args)]
struct Named {
    /// Secret name; asked for if missing
    #[arg(long)]
    name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Entity {
    Team,
    Project,
    Cluster,
}

impl Entity {
    fn as_str(self) -> &'static str {
        match self {
            Entity::Team => "team",
            Entity::Project => "project",
            Entity::Cluster => "cluster",
        }
    }
}

impl Of {
    /// As it is typed: `project --id web`.
    fn typed(&self) -> String {
        let id = self.id.as_ref().map(|id| format!(" --id {id}")).unwrap_or_default();
        format!("{}{id}", self.entity.as_str())
    }

    fn section(&self) -> Result<SectionId, Error> {
        match (self.entity, &self.id) {
            (Entity::Team, _) => Ok(SectionId::Team),
            (Entity::Project, Some(typed)) => Ok(SectionId::Project(id(typed)?)),
            (Entity::Cluster, Some(typed)) => Ok(SectionId::Cluster(id(typed)?)),
            (entity, None) => Err(Error::IdMissing { entity: entity.as_str() }),
        }
    }
}

impl SecretsCommand {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        match self.verb {
            Verb::Set { entity: Some(entity), id, named, value } => set(cx, &Of { entity, id }, named, value),
            Verb::Set { entity: None, id: None, named: Named { name: None }, value: None } => Use::plain().run(cx),
            Verb::Set { .. } => Err(Error::Usage {
                message: "team, project or cluster is missing".into(),
                hint: "etui secrets set project --id ID --name NAME".into(),
            }),
            Verb::List { entity } => list(cx, &entity),
            Verb::Delete { entity, named } => delete(cx, &entity, named),
        }
    }
}

impl Named {
    fn settle(self, cx: &Cx, way_out: &str) -> Result<crate::vault::SecretName, Error> {
        match self.name {
            Some(name) => secret_name(&name),
            None => ask_name(cx, way_out),
        }
    }
}

fn set(cx: &Cx, of: &Of, named: Named, value: Option<String>) -> Result<(), Error> {
    let (section, entity) = (of.section()?, of.entity.as_str());
    let name = named.settle(cx, &format!("etui secrets set {} --name NAME", of.typed()))?;
    let value = match value {
        Some(value) => Zeroizing::new(value),
        None => ask_value(cx, &name, &format!("etui secrets set {} --name {name}", of.typed()))?,
    };
    let value = Value::text(Zeroizing::new(value.as_bytes().to_vec()));
    let value = value.map_err(|error| Error::Value { name: name.clone(), error })?;
    let done = put(cx, &section, &name, Some(value), Details::default(), Precondition::Any)?;
    if cx.ui.json {
        return cx.ui.document(&done.document);
    }
    cx.ui.line(&format!("Set {entity} secret '{name}'"))
}

fn delete(cx: &Cx, of: &Of, named: Named) -> Result<(), Error> {
    let (section, entity) = (of.section()?, of.entity.as_str());
    let name = named.settle(cx, &format!("etui secrets delete {} --name NAME", of.typed()))?;
    let (_, _, document) = remove(cx, &section, &name, false)?;
    if cx.ui.json {
        return cx.ui.document(&document);
    }
    cx.ui.line(&format!("Deleted {entity} secret '{name}'"))
}

fn list(cx: &Cx, entity: &Of) -> Result<(), Error> {
    let section = entity.section()?;
    let view = cx.view(Selection::Current(std::slice::from_ref(&section)))?;
    let (items, _) = Paging::default().page(of(&section, &view)?, Order::Name, false)?;
    if cx.ui.json {
        let shape = |item: &Item<'_>| item.json(&view.head.team);
        return cx.ui.document(&json::page(items.iter().map(shape).collect(), None));
    }
    if items.is_empty() {
        return cx.ui.line("No data found");
    }
    // The frame that scripts cut at its bars.
    let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    let width = names.iter().map(|name| name.len()).chain(["Name".len()]).max().unwrap_or(0);
    let bar = format!("+{}+\n", "-".repeat(width + 2));
    let row = |text: &str| format!("| {text:<width$} |\n");
    let rows: String = names.iter().map(|name| row(name)).collect();
    cx.ui.data(format!("{bar}{}{bar}{rows}{bar}", row("Name")).as_bytes())
}
