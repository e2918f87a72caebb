//! `rotate`: walk through the secrets that need a new value, one after another.

use std::collections::BTreeSet;

use clap::Args;
use serde::Serialize;

use super::args::{SectionScope, ValueSource};
use super::{App, outcome};
use crate::formats::parse::invisible_ends;
use crate::ops::audit::{Finding, open_findings};
use crate::ops::random::Alphabet;
use crate::ops::rotate::{Replacement, Rotated, rotate};
use crate::ops::secret::bad_value;
use crate::ops::view::{Page, SectionView};
use crate::report::{Command, Error, Kind, Message, OfVault as _, and, count, in_team, now};
use crate::session::parse_name;
use crate::ui::no_terminal;
use crate::vault::{Age, ChangeError, SecretName, SectionId, TeamName, Value, Vault};

const EXAMPLES: &str = "\
Each secret gets one answer, by word or by number, which is saved at once:
  generate       a random value of 32 letters and digits
  type           a value of your own
  skip           leave it as it is
  not a secret   keep the value, and its history, as a plain env entry

Examples:
  etui rotate                       everything that `etui audit` lists
  etui rotate -p web --older-than 90d
  etui rotate STRIPE_KEY DATABASE_URL";

/// The answers, as they are typed.
const ANSWERS: [&str; 4] = ["generate", "type", "skip", "not a secret"];

/// The length of a generated value, in characters. It is that of `generate`.
const LENGTH: u32 = 32;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Rotate {
    /// The secrets; without a name, all that `etui audit` lists
    name: Vec<String>,
    /// Take secrets too whose value is older than this, such as 90d
    #[arg(long, value_name = "AGE")]
    older_than: Option<Age>,
    #[command(flatten)]
    scope: SectionScope,
}

/// A secret to go through.
#[derive(PartialEq, Eq)]
struct Item {
    section: SectionId,
    name: SecretName,
    /// Whether it was named, so that no reason is needed.
    is_named: bool,
}

/// What became of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Done {
    Generated,
    Typed,
    /// It is an env entry now.
    Entry,
    Skipped,
    /// It needs no new value any more.
    Settled,
}

/// What became of a secret, as it is shown.
#[derive(Debug, Serialize)]
struct DoneView {
    name: String,
    section: SectionView,
    done: Done,
}

impl Rotate {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let names: Vec<SecretName> = self.name.iter().map(|name| parse_name(name)).collect::<Result<_, _>>()?;
        let vault = app.session.vault()?;
        let items = self.items(app, &vault, &names)?;
        if names.is_empty() && self.scope.parse()?.section()?.is_none() {
            app.session.note_locked(&vault.sections);
        }
        let team = &vault.head.team;
        if let Some(first) = items.first().filter(|_| !app.ui.interactive) {
            return Err(no_terminal_for(first, items.len()));
        }

        let (mut done, mut stopped) = (Vec::new(), None);
        for (number, item) in (1..).zip(&items) {
            match self.ask(app, item, &format!("{number} of {}", items.len())) {
                Ok(answer) => done.push(answer),
                Err(error) => {
                    stopped = Some(error);
                    break;
                }
            }
        }

        let is_left = |(index, _): &(usize, &Item)| done.get(*index).is_none_or(|done| *done == Done::Skipped);
        let left: Vec<&Item> = items.iter().enumerate().filter(is_left).map(|(_, item)| item).collect();
        if app.ui.json && stopped.is_none() {
            let view = |(Item { section, name, .. }, done): (&Item, &Done)| DoneView {
                name: name.to_string(),
                section: SectionView::new(section, team),
                done: *done,
            };
            app.ui.document(&Page::whole(items.iter().zip(&done).map(view).collect()))?;
        } else if items.is_empty() {
            app.ui.say("no secret needs a new value");
        } else if left.is_empty() {
            app.ui.say("nothing is left to rotate");
        } else {
            let left: Vec<String> =
                left.iter().map(|Item { section, name, .. }| format!("{name} in {section}")).collect();
            app.ui.note(Message::from(format!("left as before: {}; to go on: ", and(&left))).command(self.again()));
        }
        match stopped {
            Some(error) if error.kind() == Kind::Interrupted => {
                let message = "interrupted; what was answered before is kept";
                Err(Error::new(Kind::Interrupted, "interrupted", message))
            }
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// The secrets to go through: what `audit` finds, and what was named.
    fn items(&self, app: &App, vault: &Vault, names: &[SecretName]) -> Result<Vec<Item>, Error> {
        let only = self.scope.parse()?.section()?;
        let in_team = |error: ChangeError| error.in_team(&vault.head.team);
        if let Some(section) = &only {
            vault.sections.existing(section).map_err(in_team)?;
        }
        let mut items: Vec<Item> = Vec::new();
        for Finding { section, name, .. } in open_findings(vault, self.older_than, now()) {
            let is_named = names.contains(&name);
            let item = Item { section, name, is_named };
            let is_wanted = only.as_ref().is_none_or(|only| *only == item.section) && (names.is_empty() || is_named);
            if is_wanted && !items.contains(&item) {
                items.push(item);
            }
        }

        let found: BTreeSet<SecretName> = items.iter().map(|item| item.name.clone()).collect();
        let mut others = names.iter().filter(|name| !found.contains(*name)).peekable();
        if others.peek().is_some() {
            let section = app.section(&self.scope)?;
            for name in others.collect::<BTreeSet<_>>() {
                vault.sections.secret(&section, name).map_err(in_team)?;
                items.push(Item { section: section.clone(), name: name.clone(), is_named: true });
            }
        }
        Ok(items)
    }

    /// Asks what to do with one secret, and does it, at once.
    fn ask(&self, app: &App, item: &Item, number: &str) -> Result<Done, Error> {
        let Item { section, name, is_named } = item;
        loop {
            // As it is now: an answer before this one, or somebody else, may have changed what is found.
            let vault = app.session.vault()?;
            let place = in_team(section, &vault.head.team);
            let findings = open_findings(&vault, self.older_than, now()).into_iter();
            let why = findings.filter(|one| (&one.section, &one.name) == (section, name));
            let why: Vec<String> = why.map(|finding| finding.cause.to_string()).collect();
            if why.is_empty() && !is_named {
                app.ui.note(format!("{name} in {place} needs no new value any more"));
                return Ok(Done::Settled);
            }
            if vault.sections.dispute(section, name).is_some() {
                let settle = Command::new("settle").arg(name).section(section);
                app.ui.note(Message::from(format!("{name} in {place} is disputed: ")).command(settle));
                return Ok(Done::Skipped);
            }
            let record = vault.sections.secret(section, name).map_err(|error| error.in_team(&vault.head.team))?;

            let why = if why.is_empty() { String::new() } else { format!(": {}", and(&why)) };
            let answer = app.ui.choose(&format!("{name} in {place} ({number}){why}"), &ANSWERS.map(str::to_owned))?;
            let (replacement, done) = match ANSWERS[answer] {
                "generate" => (Replacement::Value(generate(name)?), Done::Generated),
                "type" => match type_value(app, name)? {
                    Some(value) => (Replacement::Value(value), Done::Typed),
                    None => continue,
                },
                "skip" => return Ok(Done::Skipped),
                _ => (Replacement::Entry, Done::Entry),
            };
            match rotate(&app.session, section, name, &record.value, replacement) {
                Ok(Rotated::Done { lost_expiry }) => {
                    show(app, item, &vault.head.team, done, lost_expiry);
                    return Ok(done);
                }
                Ok(Rotated::Same) => app.ui.note(format!("{name} has this value already")),
                Ok(Rotated::Meanwhile { by, at }) => {
                    app.ui.note(format!("{by} gave {name} a new value at {at}, which stays"));
                    return Ok(Done::Settled);
                }
                Err(error) if error.kind() == Kind::Conflict => {
                    app.ui.warn(error.report().message.clone().text("; a reference needs a secret"));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The command that goes on with what is left.
    fn again(&self) -> Command {
        let names = self.name.iter().fold(Command::new("rotate"), |command, name| command.arg(name));
        let aged = self.older_than.into_iter().fold(names, |command, age| command.arg("--older-than").arg(age));
        let section = self.scope.parse().and_then(|scope| scope.section()).ok().flatten();
        section.iter().fold(aged, |command, section| command.section(section))
    }
}

fn generate(name: &SecretName) -> Result<Value, Error> {
    Value::text(Alphabet::Alphanumeric.draw(LENGTH)).map_err(|error| bad_value(name, &error))
}

/// Asks for a value. None if nothing was typed.
fn type_value(app: &App, name: &SecretName) -> Result<Option<Value>, Error> {
    let value = ValueSource::default().read(app, name)?;
    match value.as_ref().map(|value| invisible_ends(&value.as_text())) {
        None => app.ui.note("nothing was typed"),
        Some(Some(ends)) => app.ui.warn(format!("the value of {name} {ends}, which is kept")),
        Some(None) => {}
    }
    Ok(value)
}

fn show(app: &App, Item { section, name, .. }: &Item, team: &TeamName, done: Done, lost_expiry: bool) {
    if app.ui.json {
        return;
    }
    let place = in_team(section, team);
    app.ui.say(match done {
        Done::Generated => format!("generated a new value for {name} in {place}"),
        Done::Entry => format!("{name} in {place} is an env entry now, with the same value"),
        Done::Typed | Done::Skipped | Done::Settled => format!("updated {name} in {place}"),
    });
    if lost_expiry {
        outcome::lost_expiry(app, section, name);
    }
}

/// The error where nobody can answer.
fn no_terminal_for(Item { section, name, .. }: &Item, number: usize) -> Error {
    let what = format!("`rotate` asks about {}", count(number, "secret"));
    let command = |verb| Command::new(verb).arg(name).section(section);
    no_terminal(&what, Message::from("for a random value: ").command(command("generate")))
        .hint(Message::from("for one of your own: ").command(command("set").arg("--file FILE")))
}
