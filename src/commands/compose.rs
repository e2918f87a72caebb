//! `compose`: what docker compose calls for a service with `provider: {type: etui}`.
//!
//! The protocol is docs/extension.md of github.com/docker/compose. Its messages besides the variables are printed by `ui`,
//! which also reports the errors of a command line.

use clap::{Arg, ArgAction, Args, Command as Grammar, Subcommand};
use serde_json::{Value, json};

use super::App;
use super::args::{ContextScope, EnvironmentOptions};
use crate::formats::{Variable, compose};
use crate::ops::files::{are_files, are_left_out};
use crate::report::{Error, Kind, count};
use crate::session::environment::{Assigned, format_cannot};

/// The options of every command that a compose file may give, too.
const OF_EVERY_COMMAND: &[&str] = &["team", "vault", "identity", "cwd"];

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui compose --project-name shop up secrets --project web\n  \
    etui compose metadata\n\nMore: `etui help formats`")]
pub struct ComposeCommand {
    /// The name of the compose project
    #[arg(long, value_name = "NAME")]
    project_name: Option<String>,
    #[command(subcommand)]
    verb: ComposeVerb,
}

#[derive(Debug, Subcommand)]
enum ComposeVerb {
    /// Describe the options that a compose file may give
    Metadata,
    /// Print the merged environment, for the services that depend on this one
    Up(Up),
    /// Do nothing: there is nothing to take down
    Down {
        /// The service, and its options
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "SERVICE")]
        service: Vec<String>,
    },
}

// A compose file writes each as `NAME: value`, so that all of them take a value.
#[derive(Debug, Args)]
struct Up {
    /// Use this project
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// Use this cluster
    #[arg(long, value_name = "ID")]
    cluster: Option<String>,
    /// Use the team alone: true or false
    #[arg(long, value_name = "BOOL", default_value_t = false, action = ArgAction::Set)]
    #[arg(conflicts_with_all = ["project", "cluster"])]
    global: bool,
    /// Use these names only: a list, or one text with commas
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    only: Vec<String>,
    /// Leave these names out
    #[arg(long, value_delimiter = ',', value_name = "NAME,…", conflicts_with = "only")]
    except: Vec<String>,
    /// Fail instead of leaving file: entries out: true or false
    #[arg(long, value_name = "BOOL", default_value_t = false, action = ArgAction::Set)]
    strict: bool,
    /// The service that has etui as its provider
    #[arg(value_name = "SERVICE")]
    service: String,
}

impl ComposeCommand {
    /// Answers a call. `grammar` is that of etui.
    pub fn run(self, app: &App, grammar: &Grammar) -> Result<(), Error> {
        match self.verb {
            ComposeVerb::Metadata => app.ui.document(&metadata(grammar)),
            ComposeVerb::Up(up) => up.run(app),
            ComposeVerb::Down { .. } => Ok(()),
        }
    }
}

impl Up {
    fn run(self, app: &App) -> Result<(), Error> {
        let Up { project, cluster, global, only, except, strict, service: _ } = self;
        let scope = ContextScope { project, cluster, global };
        // `only: A, B` is one text with a space.
        let trimmed = |names: Vec<String>| names.iter().map(|name| name.trim().to_owned()).collect();
        let (only, except): (_, Vec<String>) = (trimmed(only), trimmed(except));
        let options = EnvironmentOptions { only, scope, ..EnvironmentOptions::default() };
        let environment = app.environment(options)?;
        environment.check_except(&app.session, &except)?;
        let mut variables = environment.variables(&app.session, &except)?;
        environment.warn_of_expiry(&app.session, &variables);
        leave_out_files(app, &mut variables, strict)?;

        let given = format!("{} of {}", count(variables.len(), "variable"), environment.described());
        let variables: Vec<Variable<'_>> = variables.into_iter().map(Variable::from).collect();
        let lines = compose(&variables).map_err(|error| format_cannot("a container's environment", error))?;
        app.ui.say(given);
        app.ui.data(lines.as_bytes())
    }
}

/// Takes the variables away that are files, which compose cannot hand over.
fn leave_out_files(app: &App, variables: &mut Vec<Assigned<'_>>, is_strict: bool) -> Result<(), Error> {
    let files = variables.iter().filter(|variable| variable.is_file());
    match &files.map(|variable| variable.name).collect::<Vec<_>>()[..] {
        [] => return Ok(()),
        names if is_strict => {
            let message = format!("{}, which docker compose cannot hand over", are_files(names));
            return Err(Error::new(Kind::Failed, "needs_run", message)
                .hint(format!("the option `except: {}` leaves out what is a file", names.join(",")))
                .hint("`etui resolve --files DIR` writes it; mount that"));
        }
        names => app.ui.note(format!("{}: docker compose cannot hand it over", are_left_out(names))),
    }
    variables.retain(|variable| !variable.is_file());
    Ok(())
}

/// Describes the options. Compose passes on those that are described, and drops any other.
fn metadata(grammar: &Grammar) -> Value {
    let up = Up::augment_args(Grammar::new("up"));
    let global = grammar.get_arguments().filter(|option| OF_EVERY_COMMAND.contains(&option.get_id().as_str()));
    let parameters = up.get_arguments().chain(global).filter_map(parameter);
    json!({
        "description": "Gives the secrets of an etui vault to the services that depend on this one",
        "up": {"parameters": parameters.collect::<Vec<_>>()},
        "down": {"parameters": []},
    })
}

fn parameter(option: &Arg) -> Option<Value> {
    let is_bool = option.get_value_names().is_some_and(|names| names.iter().any(|name| name == "BOOL"));
    Some(json!({
        "name": option.get_long()?,
        "description": option.get_help().map(ToString::to_string),
        "required": false,
        "type": if is_bool { "boolean" } else { "string" },
    }))
}
