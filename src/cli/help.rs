//! The help: of etui itself, of each command, and for the manual pages.

use clap::builder::{PossibleValue, StyledStr};
use clap::{Arg, Command};

use super::topics::{TOPICS, about};

/// The commands, grouped by purpose; first the ten that people need every day.
pub(super) const GROUPS: &[(&str, &[&str])] = &[
    ("Every day", &["set", "get", "list", "explain", "run", "resolve", "import", "edit", "restore", "sync"]),
    ("Start", &["init", "join", "link", "unlink", "status", "project", "cluster", "vault"]),
    ("Change", &["create", "update", "generate", "rename", "move", "copy", "delete", "env", "use"]),
    ("Find and look back", &["compare", "which", "history", "log", "settle", "purge"]),
    ("Keys and people", &["key", "unlock", "lock", "member", "trust", "audit", "rotate"]),
    ("Share", &["git", "merge", "diff"]),
    ("Check", &["check", "doctor", "scan", "redact", "guard"]),
    ("Browser and shell", &["ui", "completions", "man"]),
    ("Scripts of older tools", &["secret", "secrets"]),
];

/// Options that only exist for scripts of older tools.
const IGNORED: &[&str] = &["api_key", "options_file"];

/// Returns a word as the name of a command that people type, or that docker does.
pub fn verb(word: &str) -> Option<&'static str> {
    let mut known = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).chain(["compose"]);
    known.find(|name| *name == word)
}

/// Returns the help of etui itself: its commands in groups, which clap does not know.
pub fn overview(all: &Command) -> String {
    let mut text =
        String::from("A local-first, age-encrypted vault for a team's secrets\n\nUsage: etui [OPTIONS] COMMAND …\n");
    for (group, names) in GROUPS {
        text += &format!("\n{group}:\n");
        // A build without the console does not have its command.
        for verb in names.iter().filter_map(|name| all.find_subcommand(name)) {
            let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
            text += &format!("  {:<12}{about}\n", verb.get_name());
        }
    }
    text += "\nTopics, for `etui help TOPIC`:\n";
    for (topic, page) in TOPICS {
        text += &format!("  {topic:<12}{}\n", about(page));
    }
    text += "\nOptions, before or after the command:\n";
    for option in all.get_arguments().filter(|option| !is_ignored(option)) {
        let about = option.get_help().map(ToString::to_string).unwrap_or_default();
        text += &format!("  {:<27}{about}{}\n", usage(option), possible_values(option));
    }
    text += "  -h, --help                 Print help, also for a command: `etui set --help`\n";
    text += "  -V, --version              Print the version\n";
    text
}

/// Returns how an option is typed: `-t, --team TEAM`.
fn usage(option: &Arg) -> String {
    let short = option.get_short().map_or("    ".to_owned(), |letter| format!("-{letter}, "));
    let long = option.get_long().unwrap_or_default();
    let value = option.get_value_names().filter(|_| option.get_action().takes_values());
    let value = value.and_then(|names| names.first()).map_or(String::new(), |name| format!(" {name}"));
    format!("{short}--{long}{value}")
}

/// Returns the values an option takes, where they are few: ` [auto, always, never]`.
fn possible_values(option: &Arg) -> String {
    let values = option.get_possible_values();
    let names: Vec<&str> = values.iter().filter(|value| !value.is_hide_set()).map(PossibleValue::get_name).collect();
    if names.is_empty() || !option.get_action().takes_values() {
        String::new()
    } else {
        format!(" [{}]", names.join(", "))
    }
}

fn is_ignored(option: &Arg) -> bool {
    IGNORED.contains(&option.get_id().as_str())
}

/// Returns the grammar with the help that people see: each command lists the options of every command, too.
pub fn complete(mut all: Command) -> Command {
    let overview = overview(&all);
    // A command has its own copy of the global options once it is built.
    all.build();
    name_kinds(all).override_help(overview).mut_subcommands(show_global_options)
}

/// Names the kind of section in the help of `project` and `cluster`, which share their arguments.
fn name_kinds(all: Command) -> Command {
    let name = |all: Command, kind: &'static str| {
        all.mut_subcommand(kind, |verb| verb.mut_subcommands(|verb| name_kind(verb, kind)))
    };
    name(name(all, "project"), "cluster")
}

fn name_kind(verb: Command, kind: &str) -> Command {
    let named = |help: Option<&StyledStr>| help.map(|help| help.to_string().replace("section", kind));
    let (about, examples) = (named(verb.get_about()), named(verb.get_after_help()));
    let verb = verb.about(about.unwrap_or_default()).after_help(examples.unwrap_or_default());
    verb.mut_args(|argument| match named(argument.get_help()) {
        Some(help) => argument.help(help),
        None => argument,
    })
}

fn show_global_options(verb: Command) -> Command {
    let show = |option: Arg| {
        let is_shown = option.is_global_set() && !is_ignored(&option);
        if is_shown { option.hide(false) } else { option }
    };
    verb.mut_args(show).mut_subcommands(show_global_options)
}

/// Returns the grammar for the manual pages. The options of every command stand in the page of etui itself.
pub fn manual(all: Command) -> Command {
    let mut all = all.disable_help_subcommand(true);
    all.build();
    name_kinds(all)
        .mut_subcommands(|verb| add_footer(verb, "Options of every command, such as -t TEAM and -j, are in etui(1)."))
}

fn add_footer(verb: Command, footer: &'static str) -> Command {
    let examples = verb.get_after_help().map(|help| format!("{help}\n\n")).unwrap_or_default();
    verb.after_help(examples + footer).mut_subcommands(|below| add_footer(below, footer))
}
