//! `set`, `create` and `update`: give a secret a value.

use clap::Args;

use super::args::{DetailOptions, SectionScope, ValueSource};
use super::{App, outcome};
use crate::formats::parse::invisible_ends;
use crate::ops::secret::{self, Setting};
use crate::report::{Command, Error, Kind, Message};
use crate::session::parse_name;
use crate::vault::change::Precondition;
use crate::vault::{Change, SecretName};

/// The examples of `set`.
pub const SET_EXAMPLES: &str = "\
Without --value or --file, the value comes from a pipe, or a terminal asks for it and hides it.
Several lines can be pasted there; Enter ends the value.

Examples:
  etui set DATABASE_URL
  pass db | etui set DATABASE_URL -p web
  etui set TLS_KEY --file key.pem --expires 90d";

/// The examples of `create`.
pub const CREATE_EXAMPLES: &str = "\
Examples:
  etui create API_TOKEN
  etui create API_TOKEN -g --note 'ask Alice for a new one'";

/// The examples of `update`.
pub const UPDATE_EXAMPLES: &str = "\
Examples:
  etui update API_TOKEN
  etui update API_TOKEN --note 'ask Bob'  keeps the value
  etui update API_TOKEN --expires 90d     keeps the value
  etui update API_TOKEN --expires never   … and drops its expiry
  etui set API_TOKEN --expires 90d        asks for a value too";

// What the three take. They differ only in whether the secret may exist.
#[derive(Debug, Args)]
pub struct SetCommand {
    /// The secret's name
    name: String,
    /// Accepted only to refuse a value typed here without repeating it
    #[arg(hide = true)]
    typed: Vec<String>,
    #[command(flatten)]
    source: ValueSource,
    #[command(flatten)]
    details: DetailOptions,
    #[command(flatten)]
    scope: SectionScope,
}

impl SetCommand {
    pub fn set(self, app: &App) -> Result<(), Error> {
        self.run(app, "set", Precondition::Any)
    }

    pub fn create(self, app: &App) -> Result<(), Error> {
        self.run(app, "create", Precondition::Absent)
    }

    pub fn update(self, app: &App) -> Result<(), Error> {
        self.run(app, "update", Precondition::Present)
    }

    fn run(self, app: &App, verb: &'static str, precondition: Precondition) -> Result<(), Error> {
        let name = self.name(verb)?;
        app.session.refuse_reserved(name.as_str())?;
        // `update --note …` without a value keeps the value, and so a terminal is not asked for one.
        let details_only = (precondition == Precondition::Present).then(|| self.details.list()).flatten();
        let asks = self.source.asks() && details_only.is_none();
        let keeping = self.details.on(Command::new("update").arg(&name));
        let details = self.details.read()?;
        let section = app.section(&self.scope)?;
        if asks {
            secret::check(&app.session, &section, &name, precondition)?;
        }
        let value = if self.source.asks() && !asks { None } else { self.source.read(app, &name)? };
        let details_only = details_only.filter(|_| value.is_none());
        if value.is_none() && details_only.is_none() {
            let error = ValueSource::missing(app, &name, Command::new(verb).arg(&name).section(&section));
            let keeping = keeping.filter(|_| {
                precondition == Precondition::Any
                    && secret::check(&app.session, &section, &name, Precondition::Present).is_ok()
            });
            return Err(match keeping {
                Some(update) => {
                    error.hint_first(Message::from("to keep its value: ").command(update.section(&section)))
                }
                None => error,
            });
        }

        let ends = value.as_ref().and_then(|value| invisible_ends(&value.as_text()));
        let ends = ends.map(|ends| format!("the value of {name} {ends}, which is kept"));
        let setting = Setting { section: section.clone(), name, value, details, precondition };
        let set = secret::set(&app.session, setting)?;
        if let Some(ends) = ends {
            app.ui.warn(ends);
        }

        let done = match (set.change, details_only) {
            (Change::Updated, Some(details)) => format!("updated the {details} of"),
            (change, _) => change.to_string(),
        };
        outcome::secret_set(app, &section, &set, &done, None)
    }

    /// Parses the name. A value that was typed behind it is refused, and not repeated.
    fn name(&self, verb: &'static str) -> Result<SecretName, Error> {
        match self.name.split_once('=') {
            Some((name, _)) if SecretName::parse(name).is_ok() => return Err(value_typed(verb, name)),
            _ => {}
        }
        let name = parse_name(&self.name)?;
        if self.typed.is_empty() { Ok(name) } else { Err(value_typed(verb, name.as_str())) }
    }
}

fn value_typed(verb: &'static str, name: &str) -> Error {
    let message = "a value on the command line would stay in the shell's history";
    let ask = Message::default().command(Command::new(verb).arg(name)).text(" asks for it");
    Error::new(Kind::Usage, "value_typed", message)
        .hint(ask)
        .hint("pipe it in")
        .hint("`--file FILE`")
        .hint("`--value VALUE`, if others may see it")
}
