//! Words that people know from other programs. None is a command: each is answered with the line to type here.

use std::any::TypeId;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, Args, Command as Grammar, FromArgMatches as _};

use super::global::Global;
use super::help::verb;
use super::topics::text;
use crate::commands::ContextScope;
use crate::report::{Command, Level, Message, shell_quote};
use crate::session::Session;
use crate::ui::{Ui, UiSettings};
use crate::vault::{Id, MemberName, SecretName};

/// Commands, and the words that stand for each in `sops`, `pass`, `gopass`, `op`, `doppler`, `dotenvx`, `vault`,
/// `chamber`, `git` and `npm`, and what people call a thing before they know its name here.
const COMMANDS: &[(&str, &str)] = &[
    ("get", "show cat read reveal view peek fetch"),
    ("set", "add put insert write save store"),
    ("create", "new"),
    ("update", "replace change modify"),
    ("generate", "gen random pwgen"),
    ("delete", "remove unset del erase destroy"),
    ("list", "find search grep names"),
    ("resolve", "export print printenv dump download inject dotenv"),
    ("run -- COMMAND", "exec-env exec-file with start"),
    ("run -- sh", "shell"),
    ("import", "load upload encrypt migrate convert"),
    ("restore", "undo undelete revert rollback recover"),
    ("history", "versions blame"),
    ("log", "activity audit-log auditlog changes changelog events"),
    ("compare", "diff-sections compare-sections"),
    ("rotate", "renew roll rollover"),
    ("audit acknowledge", "ack acknowledge dismiss"),
    ("get --copy", "clipboard clip pbcopy"),
    ("list --expiring 30d", "expiring expires expired"),
    ("purge", "prune gc"),
    ("copy", "cp duplicate"),
    ("settle", "conflict conflicts mergetool"),
    ("scan", "leaks detect protect"),
    ("redact", "mask filter"),
    ("check", "validate lint"),
    ("doctor", "verify fsck diagnose"),
    ("guard install", "precommit pre-commit hook"),
    ("git install", "install"),
    ("member add", "invite share grant adduser"),
    ("member remove", "kick revoke uninvite deluser"),
    ("member update", "rekey updatekeys"),
    ("member list", "members users people recipients access"),
    ("project list", "projects list-services"),
    ("cluster list", "clusters"),
    ("vault list", "teams vaults locations whereis"),
    ("sync", "push pull commit publish"),
    ("status", "whoami info where current me filestatus"),
    ("link", "setup connect switch select config configure"),
    ("init", "signup register"),
    ("join", "clone"),
    ("unlock", "login signin auth"),
    ("lock", "logout signout seal"),
    ("key new", "keygen"),
    ("key show", "keypair"),
    ("key passphrase", "passwd password"),
    ("trust --export", "token"),
    #[cfg(feature = "ui")]
    ("ui", "open dashboard gui console serve"),
    ("completions", "completion"),
    ("help", "docs topics commands usage"),
    ("--version", "version"),
];

/// Subcommands, the best one first, and the words that stand for them after a command that has one of them.
const SUBCOMMANDS: &[(&str, &str)] = &[
    ("add create new set", "add create new set put insert invite generate gen make init"),
    ("install", "init setup add enable"),
    ("remove delete uninstall forget", "remove rm delete del unset kick revoke forget uninstall disable"),
    ("show list", "list ls show print cat"),
    ("rename move", "rename mv move"),
    ("update set", "update replace change edit"),
    ("passphrase", "passwd password"),
    ("resolve", "merge mergetool"),
    ("acknowledge", "ack accept dismiss ignore"),
];

/// Commands that have a word of git, as in `etui git push`.
const OF_GIT: &[(&str, &str)] =
    &[("sync", "add commit fetch pull push sync"), ("diff", "diff show"), ("status", "status"), ("restore", "revert")];

/// Words before a command that mean nothing here, as in `vault kv get` and `op item get`.
const PREFIXES: &[&str] = &["item", "kv"];

/// What can be read of a command line that has no meaning: all that stands before the first unknown option. What
/// follows that option may be its value.
#[derive(Debug, Args)]
pub struct Fragment {
    #[command(flatten)]
    pub global: Global,
    #[command(flatten)]
    scope: ContextScope,
    words: Vec<String>,
}

impl Fragment {
    pub fn parse(arguments: &[OsString]) -> Option<Fragment> {
        let grammar = Fragment::augment_args(Grammar::new("etui")).ignore_errors(true).disable_help_flag(true);
        Fragment::from_arg_matches(&grammar.try_get_matches_from(arguments).ok()?).ok()
    }

    /// Returns the command.
    pub fn verb(&self) -> Option<&str> {
        self.words.first().map(String::as_str)
    }

    /// Returns what `etui help` is asked for.
    pub fn subject_of_help(&self) -> Option<&str> {
        match &self.words[..] {
            [help, subject] if help == "help" => Some(subject),
            _ => None,
        }
    }

    /// Returns the line to type instead of one with an unknown command, if another program has that command.
    pub fn instead(&self, unknown: &str, grammar: &Grammar) -> Option<Message> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words[..] {
            ["decrypt", ..] if unknown == "decrypt" => Some(format!("`{}`", self.decrypt()).into()),
            ["help", word] if word == unknown => {
                let verb = verb(command(word)?[0])?;
                Some(Command::without_vault(verb).arg("--help").into())
            }
            [prefix, word, ref operands @ ..] if prefix == unknown && PREFIXES.contains(&prefix) => {
                Some(self.hint(&own(word).or_else(|| command(word))?, operands, grammar))
            }
            [topic] if topic == unknown && text(topic).is_some() => {
                Some(Command::without_vault("help").arg(topic).into())
            }
            [word, ref operands @ ..] if word == unknown => Some(self.hint(&command(word)?, operands, grammar)),
            [parent, word, ref operands @ ..] if word == unknown => {
                Some(self.hint(&below(parent, word, grammar)?, operands, grammar))
            }
            _ => None,
        }
    }

    /// Returns the command of stock age that decrypts the vault in use, as far as it is known.
    fn decrypt(&self) -> String {
        let silent = Ui::new(UiSettings { no_input: true, level: Level::Critical, ..UiSettings::default() });
        let settings = self.global.settings("etui decrypt".to_owned()).ok();
        let session = settings.map(|settings| Session::new(settings, Arc::new(silent)));

        let vault = session.as_ref().and_then(|session| session.location().ok()).map(|location| location.file.path());
        let key = session.as_ref().filter(|session| {
            // Nothing else holds the key, so the file does.
            session.settings.environment.key.is_none() && session.key_command().is_none()
        });
        let key = key.and_then(|session| session.key_path().ok());
        let shown = |path: Option<&Path>, placeholder: &str| match path.filter(|path| path.is_file()) {
            Some(path) => shell_quote(&path.to_string_lossy()).into_owned(),
            None => placeholder.to_owned(),
        };
        format!("age -d -i {} {}", shown(key.as_deref(), "KEYFILE"), shown(vault, "VAULTFILE"))
    }

    fn hint(&self, path: &[&'static str], operands: &[&str], grammar: &Grammar) -> Message {
        let line = Message::from(self.line(path, operands, grammar));
        match path {
            ["member", "add" | "update"] => line.text("; the card is in the line that `etui join` prints for them"),
            _ => line,
        }
    }

    /// Returns the line of a command: with the section and the first name that were typed, and with placeholders for
    /// whatever else it needs. No other word is repeated, since it may be a value.
    fn line(&self, path: &[&'static str], operands: &[&str], grammar: &Grammar) -> Command {
        let makes_vault = ["init", "join", "link", "vault", "help", "--version"].contains(&path[0]);
        let line = if makes_vault { Command::without_vault(path[0]) } else { Command::new(path[0]) };
        let mut line = path[1..].iter().fold(line, Command::arg);
        let mut verbs = path.iter().take_while(|word| !word.starts_with('-'));
        let command = verbs.try_fold(grammar, |above, word| above.find_subcommand(word));
        let Some(command) = command.filter(|_| !path.contains(&"--")) else {
            // It has operands of its own.
            return line;
        };

        let is_name = |word: &&str| match path[0] {
            // Not a recipient, which has the form of a name.
            "member" => MemberName::parse(word).is_ok() && !word.starts_with("age1"),
            "cluster" | "project" => Id::parse(word).is_ok(),
            "secrets" => ["team", "project", "cluster"].contains(word),
            _ => SecretName::parse(word).is_ok(),
        };
        let mut name = operands.first().copied().filter(is_name);
        let required = command.get_arguments().filter(|argument| argument.is_required_set());
        for positional in command.get_positionals().filter(|positional| !positional.is_hide_set()) {
            // A file is not a name, and what stands in its place may be a value, as in `encrypt VALUE`.
            let is_file = positional.get_value_parser().type_id() == TypeId::of::<PathBuf>();
            match name.take().filter(|_| !is_file) {
                Some(name) => line = line.arg(name),
                // `env set` also takes both in one word.
                None if positional.is_required_set() || path == ["env", "set"] => {
                    line = line.arg(value_name(positional))
                }
                None => {}
            }
        }
        for option in required.filter(|argument| !argument.is_positional()) {
            line = line.arg(format!("--{} {}", option.get_long().unwrap_or_default(), value_name(option)));
        }
        self.add_scope(line, command)
    }

    /// Adds the sections that were typed, if the command takes any.
    fn add_scope(&self, line: Command, command: &Grammar) -> Command {
        let Some(project) = command.get_arguments().find(|argument| argument.get_id() == "project") else {
            return line;
        };
        let is_one = project.get_help_heading() == Some("Section");
        let id = |option: &str, id: &Option<String>| {
            let id = id.as_deref().filter(|id| Id::parse(id).is_ok());
            id.map(|id| format!("{option} {id}"))
        };
        let global = self.scope.global.then(|| "-g".to_owned());
        let typed = [id("-p", &self.scope.project), id("-c", &self.scope.cluster), global];
        typed.into_iter().flatten().take(if is_one { 1 } else { 2 }).fold(line, Command::arg)
    }
}

/// Returns the command for which a word stands.
fn command(word: &str) -> Option<Vec<&'static str>> {
    find(COMMANDS, word).map(|command| command.split(' ').collect())
}

/// Returns the command that a word is.
fn own(word: &str) -> Option<Vec<&'static str>> {
    verb(word).map(|verb| vec![verb])
}

/// Returns the command for which a word stands after another command.
fn below(parent: &str, word: &str, grammar: &Grammar) -> Option<Vec<&'static str>> {
    let known = grammar.find_subcommand(parent)?;
    let verb = verb(known.get_name())?;
    if verb == "git"
        && let Some(own) = find(OF_GIT, word)
    {
        return Some(vec![own]);
    }
    let rows = SUBCOMMANDS.iter().filter(|row| stands_for(row, word));
    let mut candidates = rows.flat_map(|(candidates, _)| candidates.split(' '));
    match candidates.find(|candidate| known.find_subcommand(candidate).is_some()) {
        Some(subcommand) => Some(vec![verb, subcommand]),
        // `etui env get` and `etui secrets get` mean what the context has.
        None if ["env", "secrets"].contains(&verb) => own(word).or_else(|| command(word)),
        None => None,
    }
}

fn find(rows: &'static [(&str, &str)], word: &str) -> Option<&'static str> {
    rows.iter().find(|row| stands_for(row, word)).map(|(command, _)| *command)
}

fn stands_for((_, words): &(&str, &str), word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

fn value_name(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    names.first().map_or_else(|| argument.get_id().as_str().to_uppercase(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn each_word_stands_for_a_command_and_is_none_itself() {
        let mut grammar = Cli::command();
        grammar.build();
        let finds = |above: &Grammar, path: &str| {
            let mut names = path.split(' ').take_while(|word| !word.starts_with('-'));
            names.try_fold(above.clone(), |above, name| above.find_subcommand(name).cloned()).is_some()
        };
        let mut seen = std::collections::BTreeSet::new();
        for (target, words) in COMMANDS {
            assert!(finds(&grammar, target), "{target}");
            for word in words.split(' ') {
                assert!(grammar.find_subcommand(word).is_none(), "{word} is a command");
                assert!(seen.insert(word), "{word} is there twice");
            }
        }
        for (target, _) in OF_GIT {
            assert!(finds(&grammar, target), "{target}");
        }
        for target in SUBCOMMANDS.iter().flat_map(|(targets, _)| targets.split(' ')) {
            let is_below = grammar.get_subcommands().any(|command| finds(command, target));
            assert!(is_below || ["forget"].contains(&target), "{target}");
        }
    }
}
