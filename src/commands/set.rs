//! `set`, `create` and `update`: give a secret a value.

use clap::Args;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team, option};
use crate::old::json;
use crate::old::options::SectionScope;
use crate::old::scope::existing;
use crate::old::value::{DetailOptions, Source};
use crate::report::and;
use crate::vault::change::Precondition;
use crate::vault::{Change, Details, SecretName, SectionId, Value};

// What the three take; they differ only in what may be there already.
#[derive(Debug, Args)]
pub struct Setting {
    /// The secret's name
    name: String,
    /// Taken so that a value typed here is refused without being repeated
    #[arg(hide = true)]
    typed: Vec<String>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    details: DetailOptions,
    #[command(flatten)]
    scope: SectionScope,
}

impl Setting {
    pub fn set(self, cx: &Cx) -> Result<(), Error> {
        self.run(cx, "set", Precondition::Any)
    }

    pub fn create(self, cx: &Cx) -> Result<(), Error> {
        self.run(cx, "create", Precondition::Absent)
    }

    pub fn update(self, cx: &Cx) -> Result<(), Error> {
        self.run(cx, "update", Precondition::Present)
    }

    fn run(self, cx: &Cx, verb: &'static str, when: Precondition) -> Result<(), Error> {
        let name = match self.name.split_once('=') {
            Some((name, _)) if SecretName::parse(name).is_ok() => {
                return Err(Error::ValueTyped { verb, name: name.to_owned() });
            }
            _ => secret_name(&self.name)?,
        };
        if !self.typed.is_empty() {
            return Err(Error::ValueTyped { verb, name: name.to_string() });
        }
        let keeps = when == Precondition::Present && self.details.says_something();
        cx.refuse_reserved(name.as_str())?;
        let details = self.details.read(cx.ui.now)?;
        let section = cx.section(&self.scope)?;
        let command = format!("etui {verb} {name} {}", option(&section));
        if self.source.asks() {
            check(cx, &section, &name, when)?;
        }
        let value = self.source.read(cx, &command, &name);
        // `update --note …` alone is about the note: no value then means the one that is there.
        let value = match value {
            Err(Error::ValueEmpty { .. } | Error::Unasked { .. }) if keeps => None,
            value => Some(value?),
        };
        let done = put(cx, &section, &name, value, details, when)?;
        let word = match (done.change, verb) {
            (Change::Unchanged, _) => "unchanged",
            (_, "create") => "created",
            (_, "update") => "updated",
            _ => "set",
        };
        done.tell(cx, word)
    }
}

/// Whether the value may be set at all, before a person is made to type it.
fn check(cx: &Cx, section: &SectionId, name: &SecretName, when: Precondition) -> Result<(), Error> {
    let view = cx.view(crate::vault::text::Selection::Current(std::slice::from_ref(section)))?;
    existing(&view, section)?;
    let team = view.head.team.clone();
    let found = view.sections.check(section, name, when);
    found.map_err(|error| Error::Change { error, team })
}

/// A secret that was set.
pub struct Done {
    pub change: Change,
    /// Where, in words.
    pub place: String,
    pub team: crate::vault::TeamName,
    /// Its shape in JSON.
    pub document: serde_json::Value,
    name: SecretName,
    stronger: Vec<SectionId>,
}

impl Done {
    /// Says what was done, and where another value still wins.
    pub fn tell(&self, cx: &Cx, word: &str) -> Result<(), Error> {
        if cx.ui.json {
            return cx.ui.document(&self.document);
        }
        cx.ui.say(&self.said(word));
        self.note().iter().for_each(|note| cx.ui.note(note));
        Ok(())
    }

    pub fn said(&self, word: &str) -> String {
        format!("{word} {} in {}", self.name, self.place)
    }

    pub fn note(&self) -> Option<String> {
        let name = &self.name;
        match &self.stronger[..] {
            [] => None,
            [one] => Some(format!("{one} sets {name} too, and wins there")),
            many => Some(format!("{} set {name} too, and win there", and(many))),
        }
    }
}

/// Sets a secret in a section of the vault; without a value, only what goes with it.
pub fn put(
    cx: &Cx,
    section: &SectionId,
    name: &SecretName,
    value: Option<Value>,
    details: Details,
    when: Precondition,
) -> Result<Done, Error> {
    cx.refuse_reserved(name.as_str())?;
    let link = cx.linked_if_accepted()?;
    cx.edit(|vault, stamp| {
        let team = vault.head.team.clone();
        let failed = |error| Error::Change { error, team: team.clone() };
        let value = match value {
            Some(value) => value,
            None => vault.sections.secret(section, name).map_err(failed)?.value.clone(),
        };
        let change = vault.sections.set(section, name, value, details, when, stamp).map_err(failed)?;
        let record = vault.sections.secret(section, name).map_err(failed)?;
        let document = json::secret(&team, section, name, record);
        // Where this directory is linked, only what wins here is worth a word.
        let here = |other: &SectionId| match other {
            SectionId::Team => false,
            SectionId::Cluster(id) => link.cluster.as_ref().is_none_or(|linked| linked == id),
            SectionId::Project(id) => link.project.as_ref().is_none_or(|linked| linked == id),
        };
        let stronger = vault.sections.stronger(section, name).into_iter().filter(here).collect();
        let place = in_team(section, &team);
        Ok(Done { change, place, team: team.clone(), document, name: name.clone(), stronger })
    })
}
