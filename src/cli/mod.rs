//! What can be typed: the tree of commands, and the match that runs one.

mod complete;
mod global;
mod help;
mod invocation;
mod synonyms;
mod topics;
mod usage;

use clap::{CommandFactory as _, Parser, Subcommand};

pub use global::{ColorChoice, Global, LogLevel};
pub use invocation::{Exit, Invocation};

use crate::commands::{self, App};
use crate::report::Error;
use crate::ui::Ui;
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
    /// Create a team's vault, and your key if you have none
    Init(commands::init::Init),
    /// Link this directory to a team, a project and a cluster, or show its link
    Link(commands::link::Link),
    /// Remove this directory's link
    Unlink(commands::unlink::Unlink),
    /// Show where you are: team, project, cluster, vault and key
    Status(commands::status::StatusCommand),
    /// List, create, rename or delete projects
    #[command(after_help = commands::sections::PROJECT_EXAMPLES)]
    Project(commands::sections::SectionCommand),
    /// List, create, rename or delete clusters
    #[command(after_help = commands::sections::CLUSTER_EXAMPLES)]
    Cluster(commands::sections::SectionCommand),
    /// Show, record or forget where the vault of each team is
    Vault(commands::vault::VaultCommand),
    /// Create a secret or give it a new value
    #[command(after_help = commands::set::SET_EXAMPLES)]
    Set(commands::set::SetCommand),
    /// Create a secret that does not exist yet
    #[command(after_help = commands::set::CREATE_EXAMPLES)]
    Create(commands::set::SetCommand),
    /// Give a secret that exists a new value, note or expiry
    #[command(after_help = commands::set::UPDATE_EXAMPLES)]
    Update(commands::set::SetCommand),
    /// Give a secret a random value, without showing it
    Generate(commands::generate::Generate),
    /// Print the value that applies here, exactly
    Get(commands::get::Get),
    /// List names and dates, never values
    #[command(visible_alias = "ls")]
    List(commands::list::List),
    /// Show which names two sections set differently, never values
    Compare(commands::compare::Compare),
    /// Name the secrets that have a value, which you type hidden or pipe in
    Which(commands::which::Which),
    /// Rename a secret, with its history
    #[command(visible_alias = "mv")]
    Rename(commands::rename::Rename),
    /// Move secrets to another section, with their history
    Move(commands::transfer::Move),
    /// Copy secrets to another section, with their history
    Copy(commands::transfer::Copy),
    /// Delete secrets; their values stay in the history
    #[command(visible_alias = "rm")]
    Delete(commands::delete::Delete),
    /// List the values that names have had: when, and by whom
    History(commands::history::History),
    /// List who changed which name when, the newest change first
    Log(commands::log::Log),
    /// Make earlier values the current ones; brings deleted secrets back
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
    /// Open the vault's console in the browser of this machine
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
    /// Create your key if you have none, and print the line to send to the team
    Join(commands::join::Join),
    /// List, add, update, rename or remove members
    Member(commands::member::MemberCommand),
    /// Show how the vault differs from what this machine knows, and accept it
    Trust(commands::trust::Trust),
    /// List secrets that need a new value: exposed, expired, shared or old
    Audit(commands::audit::Audit),
    /// Walk through the secrets that need a new value, one after another
    Rotate(commands::rotate::Rotate),
    /// Look for the vault's values in files, in staged changes or in all commits
    Scan(commands::scan::Scan),
    /// Search each commit before it is made, with a git hook
    #[command(after_help = "Examples:\n  etui guard install\n  etui guard uninstall")]
    Guard(commands::guard::GuardCommand),
    /// Check key, pins, vault and repository, and say how to fix what is wrong
    Doctor(commands::doctor::Doctor),
    /// Keep your key open for a time, so that commands do not ask for its passphrase
    Unlock(commands::unlock::Unlock),
    /// Forget the key that `etui unlock` keeps open
    Lock(commands::lock::Lock),
    /// Show, create, back up, restore or rotate your key, or change its passphrase
    Key(commands::key::KeyCommand),
    /// Make git merge this vault secret by secret
    #[command(after_help = "Examples:\n  etui git install\n  etui git resolve")]
    Git(commands::git::GitCommand),
    /// Merge a stray copy of the vault
    Merge(commands::merge::Merge),
    /// Show what differs between two versions: names, sections, members
    Diff(commands::diff::Diff),
    /// Commit the vault, merge what others pushed, and push
    Sync(commands::sync::Sync),
    /// Print the script by which a shell completes commands and names
    Completions(commands::completions::Completions),
    /// Write a manual page for every command and topic
    Man(commands::man::Man),
    /// Give an environment to the services of docker compose, which calls this
    #[command(hide = true)]
    Compose(commands::compose::ComposeCommand),
    /// Clear the clipboard after a time, if it still holds what was copied
    #[command(hide = true)]
    ClearClipboard(commands::clipboard::ClearClipboard),
    /// Lead the terminal of a redacted command
    #[command(hide = true)]
    Leader(commands::leader::Leader),
    /// Run the grammar of `pspace secret`, for scripts that use it
    Secret(commands::secret::SecretCommand),
    /// Run the grammar of `gradient secrets`, for scripts that use it
    Secrets(commands::secrets::SecretsCommand),
}

impl Cli {
    /// Runs the command.
    fn run(self, ui: Ui, command: String) -> Result<Exit, Error> {
        let app = App::new(self.global.settings(command)?, ui);
        if self.global.api_key.is_some() || self.global.options_file.is_some() {
            app.ui.warn("`--api-key` and `--optionsFile` are ignored: a vault needs neither");
        }
        match self.verb {
            None => commands::status::bare(&app, &help::overview(&Cli::command())),
            Some(Verb::Init(verb)) => verb.run(&app),
            Some(Verb::Link(verb)) => verb.run(&app),
            Some(Verb::Unlink(verb)) => verb.run(&app),
            Some(Verb::Status(verb)) => verb.run(&app),
            Some(Verb::Project(verb)) => verb.run(&app, Kind::Project),
            Some(Verb::Cluster(verb)) => verb.run(&app, Kind::Cluster),
            Some(Verb::Vault(verb)) => verb.run(&app),
            Some(Verb::Set(verb)) => verb.set(&app),
            Some(Verb::Create(verb)) => verb.create(&app),
            Some(Verb::Update(verb)) => verb.update(&app),
            Some(Verb::Generate(verb)) => verb.run(&app),
            Some(Verb::Get(verb)) => verb.run(&app),
            Some(Verb::List(verb)) => verb.run(&app),
            Some(Verb::Compare(verb)) => verb.run(&app),
            Some(Verb::Which(verb)) => verb.run(&app),
            Some(Verb::Rename(verb)) => verb.run(&app),
            Some(Verb::Move(verb)) => verb.run(&app),
            Some(Verb::Copy(verb)) => verb.run(&app),
            Some(Verb::Delete(verb)) => verb.run(&app),
            Some(Verb::History(verb)) => verb.run(&app),
            Some(Verb::Log(verb)) => verb.run(&app),
            Some(Verb::Restore(verb)) => verb.run(&app),
            Some(Verb::Settle(verb)) => verb.run(&app),
            Some(Verb::Purge(verb)) => verb.run(&app),
            Some(Verb::Env(verb)) => verb.run(&app),
            Some(Verb::Use(verb)) => verb.run(&app),
            Some(Verb::Edit(verb)) => verb.run(&app),
            Some(Verb::Import(verb)) => verb.run(&app),
            #[cfg(feature = "ui")]
            Some(Verb::Ui(verb)) => verb.run(&app.ui, &app.session),
            Some(Verb::Check(verb)) => verb.run(&app),
            Some(Verb::Resolve(verb)) => verb.run(&app),
            Some(Verb::Explain(verb)) => verb.run(&app),
            Some(Verb::Run(verb)) => return verb.run(&app).map(Exit::Like),
            Some(Verb::Redact(verb)) => verb.run(&app),
            Some(Verb::Join(verb)) => verb.run(&app),
            Some(Verb::Member(verb)) => verb.run(&app),
            Some(Verb::Trust(verb)) => verb.run(&app),
            Some(Verb::Audit(verb)) => verb.run(&app),
            Some(Verb::Rotate(verb)) => verb.run(&app),
            Some(Verb::Scan(verb)) => verb.run(&app),
            Some(Verb::Guard(verb)) => verb.run(&app),
            Some(Verb::Doctor(verb)) => verb.run(&app),
            Some(Verb::Unlock(verb)) => verb.run(&app),
            Some(Verb::Lock(verb)) => verb.run(&app),
            Some(Verb::Key(verb)) => verb.run(&app),
            Some(Verb::Git(verb)) => verb.run(&app),
            Some(Verb::Merge(verb)) => verb.run(&app),
            Some(Verb::Diff(verb)) => verb.run(&app),
            Some(Verb::Sync(verb)) => verb.run(&app),
            Some(Verb::Completions(verb)) => verb.run(&app),
            Some(Verb::Man(verb)) => verb.run(&app, help::manual(Cli::command()), topics::TOPICS),
            Some(Verb::Compose(verb)) => verb.run(&app, &Cli::command()),
            Some(Verb::ClearClipboard(verb)) => verb.run(&app),
            Some(Verb::Leader(verb)) => return verb.run(&app).map(Exit::Like),
            Some(Verb::Secret(verb)) => verb.run(&app),
            Some(Verb::Secrets(verb)) => verb.run(&app),
        }
        .map(|()| Exit::Done)
    }
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
        let mut shown: Vec<&str> = help::GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        shown.retain(|name| cfg!(feature = "ui") || *name != "ui");
        let there = command.get_subcommands().filter(|verb| !verb.is_hide_set());
        let mut there: Vec<&str> = there.map(clap::Command::get_name).collect();
        shown.sort_unstable();
        there.sort_unstable();
        assert_eq!(shown, there);
    }
}
