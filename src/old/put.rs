//! What was set, for verbs that have not moved yet.

use crate::old::context::Cx;
use crate::old::error::{Error, in_team};
use crate::old::json;
use crate::report::and;
use crate::vault::change::Precondition;
use crate::vault::{Change, Details, SecretName, SectionId, Value};

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
