//! What a command line without a meaning is answered with: one message and one hint, and no word that may be a value.

use std::error::Error as _;
use std::ffi::OsString;
use std::num::ParseIntError;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::help::{GROUPS, verb};
use super::synonyms::Fragment;
use super::topics::TOPICS;
use crate::report::{Command, Message, and, or};
use crate::vault::near::nearest;
use crate::vault::{Id, SecretName};

/// Returns the message and the hint for clap's error. The grammar must be built.
pub fn words(
    error: &Error,
    arguments: &[OsString],
    typed: Option<&Fragment>,
    grammar: &clap::Command,
) -> (String, Message) {
    // The grammar finds aliases too, such as `rm`.
    let typed_verb = |argument: &OsString| verb(grammar.find_subcommand(argument)?.get_name());
    let verb = arguments.iter().skip(1).find_map(typed_verb);
    let command = verb.and_then(|verb| grammar.find_subcommand(verb));
    if let (Some(verb), Some(command)) = (verb, command)
        && let Some((option, right)) = misplaced(error, arguments, verb, command)
    {
        return (format!("`{option}` goes after the command"), right.into());
    }
    let unknown = texts(error, ContextKind::InvalidSubcommand).pop();
    let (Some(unknown), Some(typed)) = (unknown, typed) else {
        return (message(error, command, arguments), hint(error, verb, command, arguments));
    };
    let instead = typed.instead(&unknown, grammar);
    if typed.subject_of_help() == Some(&unknown) {
        let message = format!("there is no command and no topic `{unknown}`");
        return (message, instead.unwrap_or_else(|| topics_hint(&unknown)));
    }
    (message(error, command, arguments), instead.unwrap_or_else(|| hint(error, verb, command, arguments)))
}

/// The hint for a subject of `help` that does not exist.
fn topics_hint(unknown: &str) -> Message {
    let topics: Vec<&str> = TOPICS.iter().map(|(topic, _)| *topic).collect();
    let verbs = GROUPS.iter().flat_map(|(_, verbs)| verbs.iter());
    match nearest(unknown, topics.iter().chain(verbs).map(|name| (*name, *name))) {
        Some(near) => Message::from("did you mean ").command(Command::without_vault("help").arg(near)).text("?"),
        None => {
            let all = Command::without_vault("help");
            Message::from(format!("the topics are {}; the commands: ", and(&topics))).command(all)
        }
    }
}

fn hint(error: &Error, verb: Option<&'static str>, command: Option<&clap::Command>, arguments: &[OsString]) -> Message {
    let missing = error.kind() == ErrorKind::MissingRequiredArgument;
    if missing
        && verb == Some("member")
        && texts(error, ContextKind::InvalidArg).iter().any(|name| name.contains("CARD"))
    {
        let join = Message::from("the new member runs ").command(Command::without_vault("join"));
        return join.text(", which prints the line to type here");
    }
    match (suggestion(error, command), verb) {
        (Some(suggested), _) => format!("did you mean `{suggested}`?").into(),
        (None, Some(verb)) => {
            let line = Command::without_vault(verb);
            let below = command.and_then(|command| subcommand(command, arguments));
            below.into_iter().fold(line, |line, below| line.arg(below.get_name())).arg("--help").into()
        }
        (None, None) => Command::without_vault("--help").into(),
    }
}

/// Returns the command that was typed right behind another one.
fn subcommand<'c>(command: &'c clap::Command, arguments: &[OsString]) -> Option<&'c clap::Command> {
    let is_command = |word: &&OsString| is_name_of(command, word);
    let typed = arguments.iter().skip(1).skip_while(|word| !is_command(word)).nth(1)?;
    command.find_subcommand(typed).filter(|below| !below.is_hide_set())
}

fn is_name_of(command: &clap::Command, word: &OsString) -> bool {
    word == command.get_name() || command.get_all_aliases().any(|alias| word == alias)
}

/// Says where the unexpected argument stands, and not which it is: it may be a value.
fn unexpected(unexpected: &str, command: Option<&clap::Command>, arguments: &[OsString]) -> String {
    let before = arguments.iter().skip(1).take_while(|word| *word != unexpected).map(|word| word.to_str());
    let before: Option<Vec<&str>> = before.collect();
    let (Some(before), Some(command)) = (before, command) else { return "unexpected argument".to_owned() };
    let below = subcommand(command, arguments).map_or(1, |_| 2);
    let begins = arguments.get(1).is_some_and(|word| is_name_of(command, word));
    // A further operand may be a value itself.
    let is_known = |operands: &[&str]| match operands {
        [] => true,
        [name] => SecretName::parse(name).is_ok(),
        _ => false,
    };
    match before.get(below..) {
        Some(operands) if begins && is_known(operands) => format!("unexpected argument after `{}`", before.join(" ")),
        _ => format!("unexpected argument: word {} after `etui`", before.len() + 1),
    }
}

/// Returns what clap found similar, if it is near: clap's own measure finds `source` similar to `purge`. What the help
/// hides is not suggested.
fn suggestion(error: &Error, command: Option<&clap::Command>) -> Option<String> {
    let kinds = [
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidSubcommand, ContextKind::SuggestedSubcommand),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ];
    kinds.into_iter().find_map(|(typed, similar)| {
        let typed = texts(error, typed).pop()?;
        let typed = typed.split('=').next()?.trim_start_matches('-');
        let similar = texts(error, similar);
        let visible = similar.iter().rev().filter(|name| name.starts_with('-') || is_shown(name, command));
        nearest(typed, visible.map(|name| (name.trim_start_matches('-'), name.clone())))
    })
}

/// Returns whether the help shows a name: of a command, or of what is below this one.
fn is_shown(name: &str, command: Option<&clap::Command>) -> bool {
    match command {
        None => GROUPS.iter().any(|(_, verbs)| verbs.contains(&name)),
        Some(command) => command.find_subcommand(name).is_none_or(|known| !known.is_hide_set()),
    }
}

fn message(error: &Error, command: Option<&clap::Command>, arguments: &[OsString]) -> String {
    let argument = texts(error, ContextKind::InvalidArg).into_iter().next().unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => match option(&argument) {
            Some(option) => format!("there is no option `{option}`"),
            None => unexpected(&argument, command, arguments),
        },
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => "unexpected argument".to_owned(),
        ErrorKind::MissingRequiredArgument => {
            let missing = texts(error, ContextKind::InvalidArg);
            let is = if missing.len() == 1 { "is" } else { "are" };
            format!("{} {is} missing", and(&missing))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => invalid_value(error, &argument),
        ErrorKind::InvalidSubcommand => {
            let typed = texts(error, ContextKind::InvalidSubcommand).pop().unwrap_or_default();
            format!("there is no command `{typed}`")
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let needs = format!("`etui {}` needs a subcommand", command.map_or("", clap::Command::get_name));
            match subcommands(command) {
                known if known.is_empty() => needs,
                known => format!("{needs}: {}", known.join(", ")),
            }
        }
        _ => {
            let text = error.to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}

/// The message for a value that its option does not take. What stands in the place of an operand is not repeated: it
/// may be a secret's value.
fn invalid_value(error: &Error, argument: &str) -> String {
    let value = texts(error, ContextKind::InvalidValue).pop().unwrap_or_default();
    let name = argument.split_whitespace().next().unwrap_or_default();
    let rejected = match option(name) {
        None => format!("this is not a valid value for {argument}"),
        Some(option) if value.is_empty() => format!("`{option}` needs a value"),
        Some(option) => format!("`{value}` is not a valid value for `{option}`"),
    };
    let valid = texts(error, ContextKind::ValidValue);
    match error.source() {
        _ if !valid.is_empty() => format!("{rejected}: use {}", or(&valid)),
        Some(reason) if reason.is::<ParseIntError>() => format!("{rejected}: use a whole number"),
        Some(reason) => format!("{rejected}: {reason}"),
        None => rejected,
    }
}

/// Finds an option of the command that was typed before it, as in `etui -p web run`. Returns it, and the command with the
/// option behind it.
fn misplaced(
    error: &Error,
    arguments: &[OsString],
    verb: &'static str,
    command: &clap::Command,
) -> Option<(String, Command)> {
    let typed = texts(error, ContextKind::InvalidArg).pop()?;
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let name = option(&typed)?;
    let words: Vec<&str> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    let at = words.iter().position(|word| option(word) == Some(name))?;
    if words.iter().position(|word| *word == verb)? < at {
        return None;
    }

    let known = command.get_arguments().find(|known| {
        let short = known.get_short().is_some_and(|letter| name == format!("-{letter}"));
        short || known.get_long_and_visible_aliases().is_some_and(|names| names.contains(&name.trim_start_matches('-')))
    })?;
    let hint = Command::new(verb).arg(name);
    let takes_value = known.get_num_args().is_some_and(|count| count.takes_values());
    let value = words[at].split_once('=').map(|(_, value)| value).or(words.get(at + 1).copied());
    let is_section = ["-p", "-c", "--project", "--cluster"].contains(&name);
    // What else was typed is not repeated: it may be a value in the wrong place.
    let has_more = words.last() != Some(&verb);
    let (hint, is_open) = match value {
        Some(id) if is_section && Id::parse(id).is_ok() => (hint.arg(id), has_more),
        _ => (hint, takes_value || has_more),
    };
    Some((name.to_owned(), if is_open { hint.arg("…") } else { hint }))
}

/// Returns an option as it was typed, without what follows its `=`; none if it may be a value in the wrong place.
pub fn option(typed: &str) -> Option<&str> {
    let name = typed.split('=').next()?;
    let word = name.strip_prefix("--").or(name.strip_prefix('-').filter(|letter| letter.len() == 1))?;
    word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-').then_some(name)
}

/// Returns the texts of one kind that clap attached to an error; of similar ones, the most similar is the last.
fn texts(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::StyledStr(text)) => vec![text.to_string()],
        _ => Vec::new(),
    }
}

fn subcommands(command: Option<&clap::Command>) -> Vec<&str> {
    let all = command.into_iter().flat_map(clap::Command::get_subcommands);
    let visible = all.filter(|subcommand| !subcommand.is_hide_set());
    visible.map(clap::Command::get_name).filter(|name| *name != "help").collect()
}
