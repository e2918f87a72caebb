//! Names and patterns, which choose what a verb lists.

use crate::commands::App;
use crate::report::{Command, Error, Kind, Message};
use crate::session::parse_name;
use crate::vault::near::nearest;
use crate::vault::{Pattern, SecretName};

/// What is listed: everything, or the names that match one of these.
pub struct Patterns(Vec<Pattern>);

impl Patterns {
    /// Parses what was typed behind a verb.
    ///
    /// # Errors
    /// If it cannot be a name or a pattern. It may be a value in the wrong place, so it is not repeated.
    pub fn parse(app: &App, verb: &'static str, typed: &[String]) -> Result<Patterns, Error> {
        let patterns: Result<Vec<Pattern>, Error> = typed.iter().map(|text| parse_pattern(text)).collect();
        let is_expanded = || typed.iter().all(|text| is_file(app, text));
        match patterns {
            Err(error) if is_expanded() => {
                Err(Error::new(error.kind(), error.code(), error.to_string()).hint(quote(verb)))
            }
            patterns => patterns.map(Patterns),
        }
    }

    /// Whether everything is listed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether exactly one name can be meant.
    pub fn is_one_name(&self) -> bool {
        matches!(&self.0[..], [one] if !one.has_wildcard())
    }

    /// Whether a name is listed.
    pub fn choose(&self, name: &SecretName) -> bool {
        self.is_empty() || self.0.iter().any(|pattern| pattern.matches(name.as_str()))
    }

    /// Adds them to a command that lists the same.
    pub fn on(&self, command: Command) -> Command {
        self.0.iter().fold(command, |command, pattern| command.quoted(pattern.as_str()))
    }

    /// Compares them with the names that there are. Notes if no name matches. `command` is the verb with the options
    /// that name its section, and `missing` makes the error for a name that is not set.
    ///
    /// # Errors
    /// If one of them is a name, and not among those.
    pub fn check<'n>(
        &self,
        app: &App,
        command: (&'static str, impl Fn(Command) -> Command),
        names: impl Iterator<Item = &'n SecretName> + Clone,
        missing: impl Fn(&SecretName) -> Error,
    ) -> Result<(), Error> {
        let (verb, options) = command;
        let count = |pattern: &Pattern| names.clone().filter(|name| pattern.matches(name.as_str())).count();
        let list = |pattern: &Pattern| options(Command::new(verb).quoted(pattern.as_str()));

        for pattern in self.0.iter().filter(|pattern| count(pattern) == 0) {
            if !pattern.has_wildcard() {
                let error = missing(&parse_name(pattern.as_str())?);
                let near = nearest(pattern.as_str(), names.clone().map(|name| (name.as_str(), ())));
                let part = part(pattern.as_str()).find(|part| count(part) > usize::from(near.is_some()));
                return Err(match part {
                    _ if self.0.iter().all(|pattern| is_file(app, pattern.as_str())) => error.hint(quote(verb)),
                    // The only one that holds it is the one that the error suggests.
                    Some(part) => error.hint(list(&part)),
                    None => error,
                });
            }
            let text = format!("no name here matches `{}`", pattern.as_str());
            let other_case = in_other_cases(pattern.as_str()).find(|pattern| count(pattern) > 0);
            app.ui.note(match other_case {
                Some(other) => Message::from(text + "; case counts: ").command(list(&other)),
                None => text.into(),
            });
        }
        Ok(())
    }
}

/// Parses a name or a pattern.
///
/// # Errors
/// If it can be neither. It may be a value in the wrong place, so it is not repeated.
pub fn parse_pattern(text: &str) -> Result<Pattern, Error> {
    if !text.contains(['*', '?']) {
        parse_name(text)?;
    }
    Pattern::parse(text).map_err(|error| {
        Error::new(Kind::Usage, "bad_pattern", error.to_string()).hint("`DATABASE_URL`, `DB_*` or `*_KEY`")
    })
}

/// The pattern in capitals, and in small letters.
fn in_other_cases(text: &str) -> impl Iterator<Item = Pattern> + use<> {
    [text.to_ascii_uppercase(), text.to_ascii_lowercase()].into_iter().filter_map(|text| Pattern::parse(&text).ok())
}

/// The patterns for names that hold a text, also in other cases.
fn part(text: &str) -> impl Iterator<Item = Pattern> + use<> {
    let part = format!("*{text}*");
    Pattern::parse(&part).into_iter().chain(in_other_cases(&part))
}

fn is_file(app: &App, text: &str) -> bool {
    !text.is_empty() && app.session.settings.directory.join(text).symlink_metadata().is_ok()
}

/// The hint for a pattern that a shell replaced by the names of files.
fn quote(verb: &'static str) -> Message {
    Message::from("these are names of files; a pattern needs quotes: ").command(Command::new(verb).arg("'*'"))
}
