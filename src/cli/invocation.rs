//! From a command line to its end: parsed, run, and answered if it has no meaning.

use std::ffi::OsString;
use std::process::ExitStatus;

use clap::{ArgMatches, Args, Command, CommandFactory as _, FromArgMatches as _};

use super::synonyms::Fragment;
use super::{Cli, Global, Verb, complete, help, topics, usage};
use crate::commands::completions;
use crate::report::{Error, Kind, Message};
use crate::ui::{Ui, UiSettings};

/// What a command line asks for.
pub enum Invocation {
    /// To run a command; with program and verb, which others see while they wait for its lock.
    Run(Box<Cli>, String),
    /// To print help, the version, or completions.
    Print(String),
    /// Nothing that exists.
    Misuse { settings: UiSettings, error: Error },
}

/// How a process ends that did not fail.
pub enum Exit {
    Done,
    /// As the command ended that it ran.
    Like(ExitStatus),
}

impl Invocation {
    /// Parses a command line, which begins with the program.
    pub fn parse(arguments: impl Iterator<Item = OsString>) -> Invocation {
        let arguments: Vec<OsString> = arguments.collect();
        if let Some(shell) = std::env::var_os(completions::REQUEST) {
            return Invocation::Print(complete::answer(&shell, Cli::command(), &arguments));
        }
        // Prompts and scripts ask for the version so often that it must not wait for the grammar.
        if let [_, only] = &arguments[..]
            && (only == "--version" || only == "-V")
        {
            return Invocation::Print(format!("etui {}\n", env!("CARGO_PKG_VERSION")));
        }

        if let Some(topic) = topic(&arguments) {
            return Invocation::Print(topic.to_owned());
        }
        match command(&arguments) {
            Ok((cli, command)) => match unknown_run_option(&cli) {
                None => Invocation::Run(cli, command),
                Some(option) => {
                    let message = format!("there is no option `{option}`");
                    let error = misuse(message, "`etui run --help`");
                    let settings = UiSettings { json: cli.global.json, ..UiSettings::default() };
                    Invocation::Misuse { settings, error }
                }
            },
            Err(error) if !error.use_stderr() && asks_for_help(&arguments) => Invocation::Print(error.to_string()),
            Err(error) => {
                let json = arguments.iter().any(|argument| argument == "-j" || argument == "--json");
                let mut grammar = Cli::command();
                grammar.build();
                let typed = Fragment::parse(&arguments);
                let (message, hint) = usage::words(&error, &arguments, typed.as_ref(), &grammar);
                let is_provider = typed.as_ref().and_then(Fragment::verb) == Some("compose");
                let reach = typed.map(|typed| typed.global.reach()).unwrap_or_default();
                let settings = UiSettings { json, is_provider, reach, ..UiSettings::default() };
                Invocation::Misuse { settings, error: misuse(message, hint) }
            }
        }
    }

    /// Returns whether a command may take the place of this process.
    pub fn becomes_command(&self) -> bool {
        matches!(self, Invocation::Run(cli, _) if matches!(cli.verb, Some(Verb::Run(_) | Verb::Leader(_))))
    }

    /// Does what was asked for. The terminal that is returned can show the error.
    pub fn run(self) -> (Ui, Result<Exit, Error>) {
        match self {
            Invocation::Print(text) => {
                let ui = Ui::new(UiSettings { no_input: true, ..UiSettings::default() });
                let printed = ui.data(text.as_bytes()).map(|()| Exit::Done);
                (ui, printed)
            }
            Invocation::Misuse { settings, error } => (Ui::new(settings), Err(error)),
            Invocation::Run(mut cli, command) => {
                if let Some(Verb::Vault(verb)) = &cli.verb
                    && let Some(file) = verb.file()
                {
                    cli.global.vault = Some(file.to_owned());
                }
                // Prompts of shells run the first two, and docker compose the third.
                let is_provider = matches!(cli.verb, Some(Verb::Compose(_)));
                let may_ask = !is_provider && !matches!(cli.verb, None | Some(Verb::Status(_)));
                // These name their vault themselves.
                let repeats_vault = !matches!(cli.verb, Some(Verb::Init(_) | Verb::Unlink(_)));
                let ui = Ui::new(UiSettings { is_provider, ..cli.global.ui_settings(may_ask, repeats_vault) });
                (ui.clone(), cli.run(ui, command))
            }
        }
    }
}

/// Returns the text of the topic that `help` is asked for. Some topics have the name of a command, whose own help is
/// behind `--help`.
fn topic(arguments: &[OsString]) -> Option<&'static str> {
    let may_be = arguments.iter().any(|argument| argument == "help");
    may_be.then(|| topics::text(Fragment::parse(arguments)?.subject_of_help()?)).flatten()
}

/// The error for a command line that has no meaning.
fn misuse(message: String, hint: impl Into<Message>) -> Error {
    Error::new(Kind::Usage, "usage", message).hint(hint)
}

/// Returns an option that `run` does not know. Without this it would be taken for the command.
fn unknown_run_option(cli: &Cli) -> Option<&str> {
    match &cli.verb {
        Some(Verb::Run(run)) => usage::option(run.program()?),
        _ => None,
    }
}

/// Returns whether help or the version was asked for. A value such as `-hunter2`, typed in the wrong place, also begins
/// with the letter of the help.
fn asks_for_help(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| ["-h", "--help", "help", "-V", "--version"].iter().any(|word| argument == *word))
}

/// Parses a command, and returns it with its program and verb.
fn command(arguments: &[OsString]) -> Result<(Box<Cli>, String), clap::Error> {
    if let Some(frequent) = frequent(arguments) {
        return Ok(frequent);
    }
    let matches = matches(arguments)?;
    let words: Vec<&str> = ["etui"].into_iter().chain(matches.subcommand_name()).collect();
    Ok((Box::new(Cli::from_arg_matches(&matches)?), words.join(" ")))
}

/// Parses a command that prompts, editors and hooks run, if its verb comes first. Then the verb is not ambiguous, and one
/// flat grammar takes its options and those of every command: it is made and used four times as fast as one that has the
/// verb below it. None if the arguments do not fit.
fn frequent(arguments: &[OsString]) -> Option<(Box<Cli>, String)> {
    let [program, verb, rest @ ..] = arguments else { return None };
    let arguments = std::iter::once(program).chain(rest);
    let verb = verb.to_str()?;
    let cli = match verb {
        "check" => flat(arguments, Verb::Check),
        "get" => flat(arguments, Verb::Get),
        "list" => flat(arguments, Verb::List),
        "resolve" => flat(arguments, Verb::Resolve),
        "run" => flat(arguments, Verb::Run),
        "scan" => flat(arguments, Verb::Scan),
        "set" => flat(arguments, Verb::Set),
        "status" => flat(arguments, Verb::Status),
        _ => None,
    };
    Some((Box::new(cli?), format!("etui {verb}")))
}

fn flat<'a, A: Args>(arguments: impl Iterator<Item = &'a OsString>, verb: fn(A) -> Verb) -> Option<Cli> {
    let grammar = A::augment_args(Global::augment_args(Command::new("etui")));
    // Never freed: it holds no secret, and the process ends soon.
    let grammar = Box::leak(Box::new(grammar));
    let mut matches = grammar.try_get_matches_from_mut(arguments).ok()?;
    let global = Global::from_arg_matches_mut(&mut matches).ok()?;
    Some(Cli { global, verb: Some(verb(A::from_arg_matches_mut(&mut matches).ok()?)) })
}

/// Parses with the grammar of one command. What does not fit is answered by the whole grammar.
fn matches(arguments: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let all = Cli::command();
    let verb = arguments.iter().skip(1).find_map(|argument| all.find_subcommand(argument));
    if let Some(Ok(matches)) = verb.map(|verb| Global::around(verb.clone()).try_get_matches_from(arguments)) {
        return Ok(matches);
    }
    help::complete(all).try_get_matches_from(arguments)
}
