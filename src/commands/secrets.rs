//! `secrets`: the grammar of `gradient secrets`, word for word, over the same operations.

use clap::{Args, Subcommand, ValueEnum};
use zeroize::Zeroizing;

use super::App;
use super::args::{SectionScope, prompted_name, prompted_value};
use super::binding::{Binding, VARIABLE};
use crate::ops::list::{Order, Paging, of_section};
use crate::ops::secret::{self, Setting, bad_value};
use crate::ops::view::Page;
use crate::report::{Command, Error, Kind, Message};
use crate::session::{parse_id, parse_name};
use crate::vault::change::Precondition;
use crate::vault::text::Selection;
use crate::vault::{Details, SecretName, SectionId, Value};

const EXAMPLES: &str = "\
Examples:
  etui secrets set project --id web --name API_TOKEN
  etui secrets list team
  etui secrets delete cluster --id gpu --name TOKEN";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SecretsCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Set secret; with nothing after it, choose one that the linked project gets as AUTH_SECRET
    Set {
        /// Whose secret
        #[arg(value_enum)]
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
        owner: Owner,
    },
    /// Delete secret
    Delete {
        #[command(flatten)]
        owner: Owner,
        #[command(flatten)]
        named: Named,
    },
}

#[derive(Debug, Args)]
struct Owner {
    /// Whose secret
    #[arg(value_enum)]
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

    /// Returns the error for a project or cluster without its id.
    fn id_missing(self) -> Error {
        let entity = self.as_str();
        let list = Command::new(if self == Entity::Cluster { "cluster list" } else { "project list" });
        Error::new(Kind::Usage, "id_missing", format!("Missing option '--id': which {entity}?"))
            .hint("`--id ID`")
            .hint(Message::from("to see the ids: ").command(list))
    }
}

impl Owner {
    fn section(&self) -> Result<SectionId, Error> {
        match (self.entity, &self.id) {
            (Entity::Team, _) => Ok(SectionId::Team),
            (Entity::Project, Some(id)) => Ok(SectionId::Project(parse_id(id)?)),
            (Entity::Cluster, Some(id)) => Ok(SectionId::Cluster(parse_id(id)?)),
            (entity, None) => Err(entity.id_missing()),
        }
    }

    /// Returns a command of this grammar for the owner, as it was typed: `secrets set project --id web`.
    fn command(&self, verb: &'static str) -> Command {
        let command = Command::new(verb).arg(self.entity.as_str());
        match &self.id {
            Some(id) => command.arg("--id").quoted(id),
            None => command,
        }
    }
}

impl SecretsCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Verb::Set { entity: Some(entity), id, named, value } => set(app, &Owner { entity, id }, named, value),
            Verb::Set { entity: None, id: None, named: Named { name: None }, value: None } => bind(app),
            Verb::Set { .. } => {
                let set = Command::new("secrets set").arg("project --id ID --name NAME");
                Err(Error::new(Kind::Usage, "usage", "team, project or cluster is missing").hint(set))
            }
            Verb::List { owner } => list(app, &owner),
            Verb::Delete { owner, named } => delete(app, &owner, named),
        }
    }
}

impl Named {
    fn parse(self, app: &App, command: Command) -> Result<SecretName, Error> {
        match self.name {
            Some(name) => parse_name(&name),
            None => prompted_name(app, command.arg("--name NAME")),
        }
    }
}

fn set(app: &App, owner: &Owner, named: Named, value: Option<String>) -> Result<(), Error> {
    let section = owner.section()?;
    let name = named.parse(app, owner.command("secrets set"))?;
    let text = match value {
        Some(value) => Zeroizing::new(value),
        None => prompted_value(app, &section, &name, owner.command("secrets set").arg("--name").arg(&name))?,
    };
    let value = Value::from_text(text).map_err(|error| bad_value(&name, &error))?;

    let (details, precondition) = (Details::default(), Precondition::Any);
    let setting = Setting { section, name: name.clone(), value: Some(value), details, precondition };
    let set = secret::set(&app.session, setting)?;

    if app.ui.json {
        return app.ui.document(&set.secret);
    }
    app.ui.line(&format!("Set {} secret '{name}'", owner.entity.as_str()))
}

/// Gives the linked project a secret that a person chooses.
fn bind(app: &App) -> Result<(), Error> {
    let scope = SectionScope::default();
    Binding { name: None, variable: VARIABLE.to_owned(), as_file: false, scope }.run(app)
}

fn delete(app: &App, owner: &Owner, named: Named) -> Result<(), Error> {
    let section = owner.section()?;
    let name = named.parse(app, owner.command("secrets delete"))?;

    let deleted = secret::delete(&app.session, &section, &name, false)?;

    if app.ui.json {
        return app.ui.document(&deleted.secret);
    }
    app.ui.line(&format!("Deleted {} secret '{name}'", owner.entity.as_str()))
}

fn list(app: &App, owner: &Owner) -> Result<(), Error> {
    let section = owner.section()?;
    let view = app.session.view(Selection::Current(std::slice::from_ref(&section)))?;
    let paging = Paging { order: Order::Name, is_descending: false, limit: None, after: None };
    let (items, _) = paging.page(of_section(&view, &section)?)?;

    if app.ui.json {
        return app.ui.document(&Page::whole(items.iter().map(|item| item.view(&view.head.team)).collect()));
    }
    if items.is_empty() {
        return app.ui.line("No data found");
    }
    // Scripts cut this frame at its bars.
    let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    let width = names.iter().map(|name| name.len()).chain(["Name".len()]).max().unwrap_or(0);
    let bar = format!("+{}+\n", "-".repeat(width + 2));
    let row = |text: &str| format!("| {text:<width$} |\n");
    let rows: String = names.iter().map(|name| row(name)).collect();
    app.ui.data(format!("{bar}{}{bar}{rows}{bar}", row("Name")).as_bytes())
}
