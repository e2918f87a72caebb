//! `env`: list, set and delete the env entries of a section.

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::args::SectionScope;
use super::{App, outcome};
use crate::ops::entry;
use crate::ops::secret::bad_value;
use crate::ops::view::{EntryView, Page, reference};
use crate::report::{Command, Error, Kind, Message, in_team};
use crate::session::{existing, parse_name};
use crate::ui::{Cell, Table};
use crate::vault::{Entry, SecretName, Value};

const EXAMPLES: &str = "\
Examples:
  etui env set LOG_LEVEL debug -p web
  etui env set AUTH_SECRET secret:TOKEN
  etui env set TLS_KEY_FILE file:TLS_KEY";

const LIST_EXAMPLES: &str = "\
Examples:
  etui env list
  etui env list -p web";

const SET_EXAMPLES: &str = "\
Examples:
  etui env set LOG_LEVEL debug -p web           a plain value, not a secret
  etui env set DB_URL secret:DATABASE_URL       another name for a secret
  etui env set TLS_KEY_FILE file:TLS_KEY        the path of a file that holds a secret
  etui env set HINT secret:soup --literal       the text itself";

const DELETE_EXAMPLES: &str = "\
Examples:
  etui env delete LOG_LEVEL
  etui env delete LOG_LEVEL -p web";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EnvCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List entries and what they refer to, never plain values
    #[command(visible_alias = "ls", after_help = LIST_EXAMPLES)]
    List {
        #[command(flatten)]
        scope: SectionScope,
    },
    /// Set an entry: a plain value, secret:NAME, or file:NAME
    #[command(after_help = SET_EXAMPLES)]
    Set {
        /// The variable
        name: String,
        /// Its value, or NAME=VALUE as one word; secret:NAME gives that secret, file:NAME the path of a file that holds it
        #[arg(allow_hyphen_values = true)]
        value: Option<String>,
        /// Take the value as plain text, even if it looks like a reference
        #[arg(long)]
        literal: bool,
        #[command(flatten)]
        scope: SectionScope,
    },
    /// Delete an entry; it stays in the history
    #[command(visible_alias = "rm", after_help = DELETE_EXAMPLES)]
    Delete {
        /// The variable
        name: String,
        #[command(flatten)]
        scope: SectionScope,
    },
}

impl EnvCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Verb::List { scope } => list(app, &scope),
            Verb::Set { name, value, literal, scope } => {
                let (name, value) = match (value, name.split_once('=')) {
                    (Some(value), _) => (name, Zeroizing::new(value)),
                    (None, Some((name, value))) => (name.to_owned(), Zeroizing::new(value.to_owned())),
                    (None, None) => return Err(value_missing()),
                };
                let text = if literal { Entry::literal(&value).into() } else { value };
                set(app, &parse_name(&name)?, text, &scope)
            }
            Verb::Delete { name, scope } => delete(app, &parse_name(&name)?, &scope),
        }
    }
}

fn value_missing() -> Error {
    let help = Command::without_vault("env set").arg("--help");
    Error::new(Kind::Usage, "usage", "<VALUE> is missing").hint(Message::default().command(help))
}

fn list(app: &App, scope: &SectionScope) -> Result<(), Error> {
    let section = app.section_to_read(&scope.parse()?)?;
    let view = app.session.section_view(&section)?;
    let team = &view.head.team;
    let entries = &existing(&view, &section)?.env;

    if app.ui.json {
        let items = entries.iter().map(|(name, record)| EntryView::new(team, &section, name, record));
        return app.ui.document(&Page::whole(items.collect()));
    }
    let mut table = Table::new(&["NAME", "GIVES", "UPDATED", "BY"]);
    for (name, record) in entries.iter() {
        let gives = reference(record).unwrap_or_else(|| "a value".to_owned());
        table.row([Cell::from(name), Cell::Text(gives), Cell::When(Some(record.updated)), Cell::from(&record.by)]);
    }
    app.ui.table(&table)?;
    if entries.is_empty() {
        let set = Command::new("env set").arg("NAME VALUE").section(&section);
        app.ui.note(Message::from(format!("{} has no env entry yet: ", in_team(&section, team))).command(set));
    }
    Ok(())
}

fn set(app: &App, name: &SecretName, text: Zeroizing<String>, scope: &SectionScope) -> Result<(), Error> {
    let section = app.section(scope)?;
    let value = Value::from_text(text).map_err(|error| bad_value(name, &error))?;
    let set = entry::set(&app.session, &section, name, value)?;
    outcome::entry_set(app, &section, &set)
}

fn delete(app: &App, name: &SecretName, scope: &SectionScope) -> Result<(), Error> {
    let section = app.section(scope)?;
    let deleted = entry::delete(&app.session, &section, name)?;
    if app.ui.json {
        return app.ui.document(&deleted.entry);
    }
    outcome::deleted(app, &section, &deleted.team, std::slice::from_ref(name));
    Ok(())
}
