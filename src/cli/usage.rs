//! What is said of a line that is no command: one message, one hint, and no word that may be a value.

use std::ffi::OsString;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The message and the hint for clap's error.
pub fn words(error: &Error, arguments: &[OsString]) -> (String, String) {
    let help = match verb(arguments) {
        Some(verb) => format!("etui {verb} --help"),
        None => "etui --help".to_owned(),
    };
    let suggested = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue]
        .into_iter()
        .find_map(|kind| nearest(error.get(kind)?));
    let hint = match suggested {
        Some(suggested) => format!("did you mean {suggested}?"),
        None => help,
    };
    (message(error), hint)
}

fn message(error: &Error) -> String {
    let word = |kind| error.get(kind).and_then(first);
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => "more was typed than belongs here".to_owned(),
        ErrorKind::UnknownArgument => match word(ContextKind::InvalidArg).as_deref().and_then(option) {
            Some(option) => format!("there is no option {option}"),
            None => "more was typed than belongs here".to_owned(),
        },
        ErrorKind::MissingRequiredArgument => {
            let missing = match error.get(ContextKind::InvalidArg) {
                Some(ContextValue::Strings(names)) => names.join(" and "),
                _ => "something".to_owned(),
            };
            format!("{missing} is missing")
        }
        ErrorKind::InvalidSubcommand => {
            format!("there is no command {}", word(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is missing after it".to_owned()
        }
        _ => {
            let text = error.to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}

/// An option as it was typed, without what follows its `=`; none if it may be a value in the wrong place.
pub fn option(typed: &str) -> Option<&str> {
    let name = typed.split('=').next()?;
    let word = name.strip_prefix("--").or(name.strip_prefix('-').filter(|letter| letter.len() == 1))?;
    word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-').then_some(name)
}

fn first(value: &ContextValue) -> Option<String> {
    match value {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => texts.first().cloned(),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}

/// Of what clap finds similar, the most similar stands last.
fn nearest(value: &ContextValue) -> Option<String> {
    match value {
        ContextValue::Strings(texts) => texts.last().cloned(),
        one => first(one),
    }
}

/// The verb that was typed, if one was.
fn verb(arguments: &[OsString]) -> Option<&str> {
    let known = super::GROUPS.iter().flat_map(|(_, names)| names.iter().copied());
    let known: Vec<&str> = known.collect();
    arguments.iter().skip(1).find_map(|argument| known.iter().find(|name| argument == **name).copied())
}
