//! Operations of verbs that have moved, for the console, which has not moved yet.

use crate::old::context::Cx;
use crate::old::error::{Error, in_team, option};
use crate::old::json;
use crate::report::and;
use crate::vault::precedence::Layered;
use crate::vault::{
    Candidate, Change, ChangeError, Choice, Entry, Id, Kind, Record, SecretName, Section, SectionId, TeamName, Value,
};
use zeroize::Zeroizing;

pub mod delete {
    use super::*;

    pub fn bereft(entries: &[(SectionId, SecretName)]) -> Option<String> {
        let entries: Vec<_> = entries.iter().map(|(section, entry)| format!("{entry} of {section}")).collect();
        (!entries.is_empty()).then(|| format!("now without what it refers to: {}", and(&entries)))
    }

    type Removed = (TeamName, Vec<(SectionId, SecretName)>, serde_json::Value);

    pub fn remove(cx: &Cx, section: &SectionId, name: &SecretName, force: bool) -> Result<Removed, Error> {
        cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let failed = |error| Error::Change { error, team: team.clone() };
            let record = vault.sections.secret(section, name).map_err(failed)?;
            let document = json::secret(&team, section, name, record);
            let broken = vault.sections.users(section, name);
            vault.sections.delete(section, name, force, stamp).map_err(failed)?;
            Ok((team.clone(), broken, document))
        })
    }
}

pub mod env {
    use super::*;

    pub struct SetEntry {
        pub document: serde_json::Value,
        pub said: String,
        pub warning: Option<String>,
        pub note: Option<&'static str>,
    }

    pub fn set_entry(
        cx: &Cx,
        section: &SectionId,
        name: &SecretName,
        text: Zeroizing<String>,
    ) -> Result<SetEntry, Error> {
        cx.refuse_reserved(name.as_str())?;
        let value = Value::text(Zeroizing::new(text.as_bytes().to_vec()));
        let value = value.map_err(|error| Error::Value { name: name.clone(), error })?;
        let (change, team, document, target) = cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let failed = |error| Error::Change { error, team: team.clone() };
            let change = vault.sections.set_entry(section, name, value, stamp).map_err(failed)?;
            let record = vault.sections.entry(section, name).map_err(failed)?;
            let target = Entry::of(&record.value).target().cloned();
            let target = target.map(|target| (vault.sections.finds(section, &target), target));
            Ok((change, team.clone(), entry(&team, section, name, record), target))
        })?;
        let word = if change == Change::Unchanged { "unchanged" } else { "set" };
        let to = if target.is_some() { format!(" to {}", *text) } else { String::new() };
        let looks = text.starts_with("secret:") || text.starts_with("file:");
        let note = (target.is_none() && looks).then_some("taken as a plain value: no name of a secret follows");
        let missing = target.filter(|(is_found, _)| !is_found);
        let warning =
            missing.map(|(_, target)| format!("{target} is not set yet: etui set {target} {}", option(section)));
        Ok(SetEntry { document, said: format!("{word} {name}{to} in {}", in_team(section, &team)), warning, note })
    }

    pub fn remove_entry(
        cx: &Cx,
        section: &SectionId,
        name: &SecretName,
    ) -> Result<(TeamName, serde_json::Value), Error> {
        cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let failed = |error| Error::Change { error, team: team.clone() };
            let record = vault.sections.entry(section, name).map_err(failed)?;
            let document = entry(&team, section, name, record);
            vault.sections.delete_entry(section, name, stamp).map_err(failed)?;
            Ok((team.clone(), document))
        })
    }

    fn refers(record: &Record) -> Option<String> {
        match Entry::of(&record.value) {
            Entry::Plain(_) => None,
            Entry::Secret(name) => Some(format!("secret:{name}")),
            Entry::File(name) => Some(format!("file:{name}")),
        }
    }

    pub fn entry(team: &TeamName, section: &SectionId, name: &SecretName, record: &Record) -> serde_json::Value {
        let mut document = json::secret(team, section, name, record);
        document["refers"] = refers(record).into();
        document
    }
}

pub mod explain {
    use super::*;

    pub fn item(layered: &Layered<'_>, team: &TeamName) -> serde_json::Value {
        let section = |id| json::section(id, team);
        let wins = layered.wins();
        let mut item = serde_json::json!({
            "name": layered.name.as_str(),
            "wins": section(wins.section),
            "shadowed": layered.shadowed().map(section).collect::<Vec<_>>(),
        });
        if wins.is_disputed {
            item["disputed"] = true.into();
        }
        item
    }
}

pub mod history {
    use super::*;

    pub fn items(team: &TeamName, id: &SectionId, name: &SecretName, section: &Section) -> Vec<serde_json::Value> {
        let held = section.records(name);
        let standing = |record, state: &str| {
            let mut item = json::secret(team, id, name, record);
            item["version"] = serde_json::Value::Null;
            item["state"] = state.into();
            item
        };
        let current = held.get(name).map(|record| standing(record, "current"));
        let disputed = section.candidates(name).into_iter();
        let disputed = disputed.map(|Candidate { record, .. }| json::disputed(standing(record, "disputed")));
        let mut number = 0;
        let earlier = held.earlier(name).iter().map(|earlier| {
            number += usize::from(earlier.value.is_some());
            json::earlier(number, earlier)
        });
        current.into_iter().chain(disputed).chain(earlier).collect()
    }
}

pub mod restore {
    use super::*;

    pub fn bring_back(
        cx: &Cx,
        section: &SectionId,
        name: &SecretName,
        version: usize,
    ) -> Result<(String, serde_json::Value), Error> {
        cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let failed = |error| Error::Change { error, team: team.clone() };
            let change = vault.sections.restore(section, name, version, stamp).map_err(failed)?;
            let held = vault.sections.existing(section).map_err(failed)?;
            let record = held.secrets.get(name).or(held.env.get(name));
            let document = record.map(|record| json::secret(&team, section, name, record));
            let done = if change == Change::Unchanged { "unchanged" } else { "restored" };
            Ok((format!("{done} {name} in {}", in_team(section, &team)), document.into()))
        })
    }
}

pub mod sections {
    use super::*;

    pub fn delete(cx: &Cx, kind: Kind, id: &Id, force: bool) -> Result<(String, Option<String>), Error> {
        let team = cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let deleted = vault.delete_section(kind, id, force, stamp);
            deleted.map(|()| team.clone()).map_err(|error| Error::Change { error, team })
        })?;
        let kind = kind.as_str();
        let note =
            force.then(|| format!("what it held is in the history: etui {kind} create {id}, then etui restore NAME"));
        Ok((format!("deleted {kind} {id} in team {team}"), note))
    }
}

pub mod settle {
    use super::*;

    pub fn end(
        cx: &Cx,
        section: &SectionId,
        name: &SecretName,
        choice: Choice,
    ) -> Result<(String, serde_json::Value), Error> {
        cx.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let failed = |error: ChangeError| Error::Change { error, team: team.clone() };
            vault.sections.settle(section, name, choice, stamp).map_err(failed)?;
            let held = vault.sections.existing(section).map_err(failed)?;
            let record = held.secrets.get(name).or(held.env.get(name));
            let document = record.map(|record| json::secret(&team, section, name, record));
            Ok((format!("settled {name} in {}", in_team(section, &team)), document.into()))
        })
    }

    pub fn items(team: &TeamName, id: &SectionId, name: &SecretName, section: &Section) -> Vec<serde_json::Value> {
        let item = |(at, one): (usize, Candidate<'_>)| {
            let mut item = json::disputed(json::secret(team, id, name, one.record));
            item["number"] = (at + 1).into();
            item["kind"] = kind(one).into();
            item
        };
        section.candidates(name).into_iter().enumerate().map(item).collect()
    }

    fn kind(one: Candidate<'_>) -> &'static str {
        if one.is_entry { "entry" } else { "secret" }
    }
}

impl Cx {
    /// A yes to what is not done by the way: on a terminal, or by `-y`. `what` is a sentence without its
    /// capital, as in `delete project web with all it holds`.
    pub fn confirm_firmly(&self, what: &str) -> Result<(), Error> {
        match (self.ui.yes, self.ui.interactive) {
            (true, _) => Ok(()),
            (false, true) => self.ui.confirm(&format!("{}{}?", what[..1].to_uppercase(), &what[1..])),
            (false, false) => Err(Error::NotConfirmed { what: what.to_owned() }),
        }
    }
}
