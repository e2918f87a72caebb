//! What the page may ask for: one file a noun, each request the work of one command.

mod dispute;
mod entry;
mod environment;
mod key;
mod secret;
mod section;
mod vault;

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use axum::http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

use super::worker::{Desk, End, mark};
use crate::old::context::secret_name;
use crate::old::error::{Error, Sharing};
use crate::old::scope::section;
use crate::vault::{Record, SecretName, SectionId, Sections};

/// What a request comes to.
pub type Answer = Result<Json, Refused>;

/// Why a request is refused: as a command would be, or for what only a page meets.
pub enum Refused {
    Command(Error),
    /// The passphrase was wrong, and may be tried so often again.
    Passphrase {
        left: usize,
    },
}

impl From<Error> for Refused {
    fn from(error: Error) -> Refused {
        Refused::Command(error)
    }
}

/// The work of a request; none if what is asked cannot be read.
pub type Job = fn(&mut Desk, &[u8]) -> Option<Answer>;

/// The requests, by their paths.
pub const ALL: &[(&str, Job)] = &[
    ("/api/vault", |desk, asked| Some(vault::all(desk, read(asked)?))),
    ("/api/context", |desk, asked| Some(environment::explain(desk, read(asked)?))),
    ("/api/resolve", |desk, asked| Some(environment::resolve(desk, read(asked)?))),
    ("/api/secret/look", |desk, asked| Some(secret::look(desk, read(asked)?))),
    ("/api/secret/set", |desk, asked| Some(secret::set(desk, read(asked)?))),
    ("/api/secret/reveal", |desk, asked| Some(secret::reveal(desk, read(asked)?))),
    ("/api/secret/delete", |desk, asked| Some(secret::delete(desk, read(asked)?))),
    ("/api/secret/restore", |desk, asked| Some(secret::restore(desk, read(asked)?))),
    ("/api/secret/settle", |desk, asked| Some(dispute::settle(desk, read(asked)?))),
    ("/api/entry/set", |desk, asked| Some(entry::set(desk, read(asked)?))),
    ("/api/entry/delete", |desk, asked| Some(entry::delete(desk, read(asked)?))),
    ("/api/section/create", |desk, asked| Some(section::create(desk, read(asked)?))),
    ("/api/section/delete", |desk, asked| Some(section::delete(desk, read(asked)?))),
    ("/api/unlock", |desk, asked| Some(key::unlock(desk, read(asked)?))),
    ("/api/stop", |desk, asked| Some(stop(desk, read(asked)?))),
];

fn read<T: DeserializeOwned>(asked: &[u8]) -> Option<T> {
    serde_json::from_slice(asked).ok()
}

/// The status and the document of an answer.
pub fn told(answer: Answer) -> (StatusCode, Json) {
    let error = match answer {
        Ok(document) => return (StatusCode::OK, document),
        Err(Refused::Command(error)) => error,
        Err(Refused::Passphrase { left }) => {
            let tries = if left == 1 { "1 try is" } else { &format!("{left} tries are") };
            let error = json!({
                "code": "passphrase_wrong", "exit": 5, "message": "that is not the passphrase",
                "hint": format!("{tries} left"),
            });
            return (StatusCode::FORBIDDEN, json!({"error": error}));
        }
    };
    let report = error.report();
    let status = match report.exit {
        _ if matches!(error, Error::PassphraseUnasked { .. }) => StatusCode::LOCKED,
        2 => StatusCode::BAD_REQUEST,
        3 => StatusCode::NOT_FOUND,
        4 => StatusCode::CONFLICT,
        5 => StatusCode::FORBIDDEN,
        7 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, report.document())
}

/// Where something is that a request speaks of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    section: String,
    name: String,
}

impl Named {
    fn parse(&self) -> Result<(SectionId, SecretName), Error> {
        Ok((section(&self.section)?, secret_name(&self.name)?))
    }
}

/// As a request names a section.
fn printed(section: &SectionId) -> String {
    section.to_string().replacen(' ', ":", 1)
}

/// What stands under a name, secret or entry: one record, or all that a disputed name is said to be.
fn standing<'v>(sections: &'v Sections, section: &SectionId, name: &SecretName) -> Vec<&'v Record> {
    let Some(held) = sections.get(section) else { return Vec::new() };
    let disputed = held.candidates(name).into_iter().map(|one| one.record);
    held.secrets.get(name).or(held.env.get(name)).into_iter().chain(disputed).collect()
}

impl Desk {
    /// No change will be made but of what the form was opened on.
    fn only_if(&mut self, seen: String, section: &SectionId, name: &SecretName) {
        let (salt, section, name) = (self.salt(), section.clone(), name.clone());
        self.cx.condition = Some(Box::new(move |vault| {
            let records = standing(&vault.sections, &section, &name);
            if mark(&salt, &records) == seen {
                return Ok(());
            }
            let newest = records.iter().max_by_key(|record| record.updated);
            let by = newest.map(|record| (record.by.clone(), record.updated));
            let (name, section, team) = (name.clone(), section.clone(), vault.head.team.clone());
            Err(Sharing::Outdated { name, section, team, by }.into())
        }));
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

fn stop(desk: &mut Desk, _: Nothing) -> Answer {
    desk.end = Some(End::Asked);
    Ok(json!({"said": "the console is closed"}))
}

/// What changes when the vault's file does: each write is a new file.
pub fn watched(file: &Path) -> String {
    let Ok(file) = std::fs::metadata(file) else { return String::new() };
    format!("{:x}-{:x}-{:x}-{:x}", file.ino(), file.mtime(), file.mtime_nsec(), file.len())
}
