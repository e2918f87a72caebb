//! What can be typed, and the match that sends it on.

mod global;
mod usage;

use std::ffi::OsString;
use std::process::ExitStatus;

use clap::{Args as _, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use global::{ColorChoice, Global, LogLevel};

use crate::commands::{self, App, completions};
use crate::old::context::Cx;
use crate::report::{Error, Kind as ErrorKind};
use crate::ui::{Ui, UiSettings};
use crate::vault::Kind;

/// A local-first, age-encrypted vault for a team's secrets
#[derive(Debug, Parser)]
#[command(name = "etui", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub enum Verb {
    /// Make a team's vault, and a key for you if there is none
    Init(commands::init::Init),
    /// Tie this directory to a team, a project and a cluster; shows the link without options
    Link(commands::link::Link),
    /// Remove this directory's link
    Unlink(commands::link::Unlink),
    /// Show where you are: team, project, cluster, key
    Status(commands::status::Status),
    /// List, create, rename or delete projects
    #[command(after_help = commands::sections::PROJECT_EXAMPLES)]
    Project(commands::sections::SectionCommand),
    /// List, create, rename or delete clusters
    #[command(after_help = commands::sections::CLUSTER_EXAMPLES)]
    Cluster(commands::sections::SectionCommand),
    /// Create a secret or give it a new value
    Set(commands::set::SetCommand),
    /// Create a secret that does not exist yet
    Create(commands::set::SetCommand),
    /// Give a new value to a secret that exists
    Update(commands::set::SetCommand),
    /// Give a secret a random value, without showing it
    Generate(commands::generate::Generate),
    /// Print the value that applies here, exactly
    Get(commands::get::Get),
    /// List names and dates, never values
    #[command(visible_alias = "ls")]
    List(commands::list::List),
    /// Rename a secret, with its history
    #[command(visible_alias = "mv")]
    Rename(commands::rename::Rename),
    /// Move a secret to another section, with its history
    Move(commands::transfer::Move),
    /// Copy a secret to another section, with its history
    Copy(commands::transfer::Copy),
    /// Delete a secret; its values stay in the history
    #[command(visible_alias = "rm")]
    Delete(commands::delete::Delete),
    /// List what a name held: when, and by whom
    History(commands::history::History),
    /// Make an earlier value the current one; brings deleted secrets back
    Restore(commands::restore::Restore),
    /// End a dispute that a merge left: list the values, and pick one
    Settle(commands::settle::Settle),
    /// Forget earlier values for good
    Purge(commands::purge::Purge),
    /// List, set or delete env entries: plain values, or references to secrets
    Env(commands::env::EnvCommand),
    /// Give a secret to a section under another name, or as a file
    #[command(visible_alias = "bind")]
    Use(commands::bind::Use),
    /// Edit a section as text in your editor, saved as one change
    Edit(commands::edit::Edit),
    /// Open the vault's console in your browser: a page of this laptop alone
    #[cfg(feature = "ui")]
    Ui(crate::console::Console),
    /// Import secrets from a dotenv, JSON or YAML file, all or none
    Import(commands::import::Import),
    /// Print the merged environment: team, then cluster, then project
    Resolve(commands::resolve::Resolve),
    /// Show where each name is set, and which section wins
    Explain(commands::explain::Explain),
    /// Check that every name of .env.example has a value
    Check(commands::check::Check),
    /// Run a command with the merged environment
    #[command(visible_aliases = ["exec", "x"])]
    Run(commands::run::Run),
    /// Copy standard input to standard output, each value replaced by its name
    Redact(commands::redact::Redact),
    /// Make a key if there is none, and print what to send to the team
    Join(commands::join::Join),
    /// List, add, rename or remove members
    Member(commands::member::MemberCommand),
    /// Show what differs from what this laptop knew of the vault, and accept it
    Trust(commands::trust::Trust),
    /// List secrets that need a new value: read by who was removed, expired, shared, old
    Audit(commands::audit::Audit),
    /// Look for the vault's values in files, in what is about to be committed, in all commits
    Scan(commands::scan::Scan),
    /// Search each commit before it is made, by a git hook
    Guard(commands::guard::GuardCommand),
    /// Check key, vault, memory and keyring, and say how to mend what is wrong
    Doctor(commands::doctor::Doctor),
    /// Keep your key open for a time, so that no command asks for its passphrase
    Unlock(commands::unlock::Unlock),
    /// Forget the key that is kept open
    Lock(commands::unlock::Lock),
    /// Show or make your key; set, change or drop its passphrase
    Key(commands::key::KeyCommand),
    /// Make git merge this vault secret by secret
    Git(commands::git::GitCommand),
    /// Take in a stray copy of the vault
    Merge(commands::merge::Merge),
    /// Show what differs between two versions: names, sections, members
    Diff(commands::diff::Diff),
    /// Commit the vault, merge what others pushed, and push
    Sync(commands::sync::Sync),
    /// Print what lets a shell complete commands and names
    Completions(commands::completions::Completions),
    /// Write a manual page for every command
    Man(commands::man::Man),
    /// Lead the terminal of a redacted command
    #[command(hide = true)]
    Leader(commands::leader::Leader),
    /// Run the grammar of `pspace secret`, for scripts that use it
    Secret(commands::secret::SecretCommand),
    /// Run the grammar of `gradient secrets`, for scripts that use it
    Secrets(commands::secrets::SecretsCommand),
}

/// The commands, as a person looks for them.
const GROUPS: &[(&str, &[&str])] = &[
    ("Start", &["init", "join", "link", "unlink", "status", "project", "cluster", "key", "unlock", "lock"]),
    ("Use", &["run", "resolve", "get", "explain", "list", "check", "ui"]),
    (
        "Change",
        &["set", "create", "update", "generate", "rename", "move", "copy", "delete", "edit", "import", "env", "use"],
    ),
    ("People", &["member", "trust", "audit", "doctor"]),
    ("Share", &["sync", "git", "merge", "diff"]),
    ("Guard", &["scan", "redact", "guard"]),
    ("Look back", &["history", "restore", "settle", "purge"]),
    ("Shell", &["completions", "man"]),
    ("Scripts of older tools", &["secret", "secrets"]),
];

/// What a command line asks for.
pub enum Invocation {
    /// To run a command; with program and verb, which is what others see of it while they wait for its lock.
    Run(Box<Cli>, String),
    /// To print the help or the version.
    Print(String),
    /// Nothing that exists.
    Misuse { json: bool, error: Error },
}

/// How a process ends that did not fail.
pub enum Exit {
    Done,
    /// As the command ended that it ran.
    Like(ExitStatus),
}

impl Invocation {
    /// Does what was asked for. The terminal that is returned shows the error, if there is one.
    pub fn run(self) -> (Ui, Result<Exit, Error>) {
        match self {
            Invocation::Print(text) => {
                let ui = Ui::new(UiSettings { no_input: true, ..UiSettings::default() });
                let printed = ui.data(text.as_bytes()).map(|()| Exit::Done);
                (ui, printed)
            }
            Invocation::Misuse { json, error } => (Ui::new(UiSettings { json, ..UiSettings::default() }), Err(error)),
            Invocation::Run(cli, command) => {
                let may_ask = !matches!(cli.verb, None | Some(Verb::Status(_)));
                let repeats = !matches!(cli.verb, Some(Verb::Init(_) | Verb::Link(_) | Verb::Unlink(_)));
                let settings = cli.global.ui_settings(may_ask, repeats);
                let ui = Ui::new(settings.clone());
                let result = cli.run(settings, command);
                (ui, result)
            }
        }
    }
}

impl Cli {
    /// Parses what was typed.
    pub fn parse_from(arguments: impl Iterator<Item = OsString>) -> Invocation {
        let arguments: Vec<OsString> = arguments.collect();
        if let Some(shell) = std::env::var_os(completions::ASKED) {
            return Invocation::Print(completions::answer(&shell, Cli::command(), &arguments));
        }
        // Prompts and scripts ask for the version alone so often that it must not wait for the grammar.
        if let [_, only] = &arguments[..]
            && (only == "--version" || only == "-V")
        {
            return Invocation::Print(format!("etui {}\n", env!("CARGO_PKG_VERSION")));
        }
        let parsed = matches(&arguments).and_then(|matches| {
            let title = ["etui"].into_iter().chain(matches.subcommand_name()).collect::<Vec<_>>().join(" ");
            Ok((Box::new(Cli::from_arg_matches(&matches)?), title))
        });
        match parsed {
            Ok((cli, title)) => match cli.option_as_command() {
                None => Invocation::Run(cli, title),
                Some(option) => {
                    let message = format!("there is no option `{option}`");
                    Invocation::Misuse { json: cli.global.json, error: usage_error(message, "`etui run --help`") }
                }
            },
            Err(error) if !error.use_stderr() && asks_for_help(&arguments) => Invocation::Print(error.to_string()),
            Err(error) => {
                let json = arguments.iter().any(|argument| argument == "-j" || argument == "--json");
                let (message, hint) = usage::words(&error, &arguments);
                Invocation::Misuse { json, error: usage_error(message, hint) }
            }
        }
    }

    /// An option that `run` does not know, which would be taken for the command.
    fn option_as_command(&self) -> Option<&str> {
        match &self.verb {
            Some(Verb::Run(run)) => usage::option(run.program()?),
            _ => None,
        }
    }

    /// Runs the command.
    fn run(self, ui: UiSettings, command: String) -> Result<Exit, Error> {
        let old = Cx::new(&self.global, ui.no_input, command.clone()).map_err(Error::from)?;
        let app = App::new(self.global.settings(command)?, ui, old);
        if self.global.api_key.is_some() || self.global.options_file.is_some() {
            app.ui.warn("`--api-key` and `--optionsFile` are ignored: a vault needs neither");
        }
        let cx = &app.old;
        let done = match self.verb {
            None => commands::status::bare(cx, &help(&Cli::command())),
            Some(Verb::Init(verb)) => verb.run(cx),
            Some(Verb::Link(verb)) => verb.run(cx),
            Some(Verb::Unlink(verb)) => verb.run(cx),
            Some(Verb::Status(verb)) => verb.run(cx),
            Some(Verb::Project(verb)) => return verb.run(&app, Kind::Project).map(|()| Exit::Done),
            Some(Verb::Cluster(verb)) => return verb.run(&app, Kind::Cluster).map(|()| Exit::Done),
            Some(Verb::Set(verb)) => return verb.set(&app).map(|()| Exit::Done),
            Some(Verb::Create(verb)) => return verb.create(&app).map(|()| Exit::Done),
            Some(Verb::Update(verb)) => return verb.update(&app).map(|()| Exit::Done),
            Some(Verb::Generate(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Get(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::List(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Rename(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Move(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Copy(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Delete(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::History(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Restore(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Settle(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Purge(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Env(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Use(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Edit(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Import(verb)) => return verb.run(&app).map(|()| Exit::Done),
            #[cfg(feature = "ui")]
            Some(Verb::Ui(verb)) => verb.run(cx),
            Some(Verb::Check(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Resolve(verb)) => verb.run(cx),
            Some(Verb::Explain(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Run(verb)) => verb.run(cx),
            Some(Verb::Redact(verb)) => verb.run(cx),
            Some(Verb::Join(verb)) => verb.run(cx),
            Some(Verb::Member(verb)) => verb.run(cx),
            Some(Verb::Trust(verb)) => verb.run(cx),
            Some(Verb::Audit(verb)) => verb.run(cx),
            Some(Verb::Scan(verb)) => verb.run(cx),
            Some(Verb::Guard(verb)) => verb.run(cx),
            Some(Verb::Doctor(verb)) => verb.run(cx),
            Some(Verb::Unlock(verb)) => verb.run(cx),
            Some(Verb::Lock(verb)) => verb.run(cx),
            Some(Verb::Key(verb)) => verb.run(cx),
            Some(Verb::Git(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Merge(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Diff(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Sync(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Completions(verb)) => verb.run(cx),
            Some(Verb::Man(verb)) => verb.run(cx, Cli::command()),
            Some(Verb::Leader(verb)) => verb.run(cx),
            Some(Verb::Secret(verb)) => return verb.run(&app).map(|()| Exit::Done),
            Some(Verb::Secrets(verb)) => return verb.run(&app).map(|()| Exit::Done),
        };
        match done {
            Ok(()) => Ok(Exit::Done),
            Err(crate::old::error::Error::Ended(status)) => Ok(Exit::Like(status)),
            Err(error) => Err(error.into()),
        }
    }
}

/// The error for a command line that has no meaning.
fn usage_error(message: String, hint: impl Into<crate::report::Message>) -> Error {
    Error::new(ErrorKind::Usage, "usage", message).hint(hint)
}

/// Whether the help, or the version, was asked for: a value such as `-hunter2`, typed in the wrong place,
/// begins with the letter of the help too.
fn asks_for_help(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| ["-h", "--help", "help", "-V", "--version"].iter().any(|word| argument == *word))
}

/// The grammar of one command is quicker made than that of all: clap copies every global option into each
/// command that it knows. Whatever does not fit it is told by the whole grammar.
fn matches(arguments: &[OsString]) -> Result<clap::ArgMatches, clap::Error> {
    let all = Cli::command();
    let verb = arguments.iter().skip(1).find_map(|argument| all.find_subcommand(argument));
    let slim = verb.map(|verb| Global::augment_args(clap::Command::new("etui")).subcommand(verb.clone()));
    if let Some(Ok(matches)) = slim.map(|slim| slim.try_get_matches_from(arguments)) {
        return Ok(matches);
    }
    let help = help(&all);
    // A verb's examples are known once its own grammar has been built.
    let mut all = all.override_help(help);
    all.build();
    all.mut_subcommands(with_pointer).try_get_matches_from(arguments)
}

/// Adds where the options of every command are listed to the help of a command and its subcommands.
fn with_pointer(command: clap::Command) -> clap::Command {
    let examples = command.get_after_help().map_or(String::new(), |examples| format!("{examples}\n\n"));
    let pointer = "Options of every command, such as -t TEAM and -j: etui --help";
    command.after_help(format!("{examples}{pointer}")).mut_subcommands(with_pointer)
}

/// The help of `etui` itself: its commands in groups, which clap does not know.
fn help(command: &clap::Command) -> String {
    let mut text =
        String::from("A local-first, age-encrypted vault for a team's secrets\n\nUsage: etui [OPTIONS] COMMAND …\n");
    for (group, names) in GROUPS {
        text += &format!("\n{group}:\n");
        // A build without the console has no word of it.
        for (name, verb) in names.iter().filter_map(|name| Some((name, command.find_subcommand(name)?))) {
            let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
            text += &format!("  {name:<12}{about}\n");
        }
    }
    text += "\nOptions, before or after the command:
  -t, --team TEAM        the team whose vault is meant
      --vault FILE       the vault's file
  -i, --identity FILE    a file that holds your key
      --cwd DIR          work in this directory
  -j, --json             answer in JSON
  -l, --log-level LEVEL  debug, info, warning, error, critical
  -y, --yes              no confirmations
      --no-input         never ask
      --no-link          pass over the link of this directory
      --lock-timeout N   wait N seconds for another writer
      --allow-reserved   take names like PATH, which change how programs are found
      --color WHEN       auto, always, never
  -h, --help             of a command too: etui set --help
  -V, --version
";
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command below `command`, with the path to it.
    fn all(path: &str, command: &clap::Command) -> Vec<(String, clap::Command)> {
        let mut command = command.clone();
        command.build();
        let below = command.get_subcommands().flat_map(|sub| all(&format!("{path} {}", sub.get_name()), sub));
        std::iter::once((path.to_owned(), command.clone())).chain(below.collect::<Vec<_>>()).collect()
    }

    #[test]
    fn the_grammar_is_sound_and_every_word_of_it_has_help() {
        Cli::command().debug_assert();
        let plain = Cli::command();
        for verb in plain.get_subcommands() {
            let built = verb.clone().get_about().map(ToString::to_string);
            let told = all("", verb)[0].1.get_about().map(ToString::to_string);
            assert_eq!(told, built, "the help of {} is that of what it takes", verb.get_name());
        }
        for (path, command) in all("etui", &plain) {
            assert!(command.get_about().is_some(), "{path} has no help");
            for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{path}: {} has no help", argument.get_id());
            }
        }
    }

    #[test]
    fn every_command_is_in_one_group_of_the_help() {
        let command = Cli::command();
        let mut shown: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        shown.retain(|name| cfg!(feature = "ui") || *name != "ui");
        let there = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let mut there: Vec<&str> = there.map(clap::Command::get_name).collect();
        shown.sort_unstable();
        there.sort_unstable();
        assert_eq!(shown, there);
    }
}
