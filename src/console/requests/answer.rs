//! What requests and their answers have in common.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::console::worker::{Desk, mark};
use crate::report::{Error, Explain, Kind, Report, in_team};
use crate::session::{KeyError, parse_name, parse_section};
use crate::ui::Ui;
use crate::vault::{MemberName, Record, SecretName, SectionId, Sections, TeamName, Timestamp};

/// The answer to a request.
pub type Answer = Result<Json, Refused>;

/// Why a request is refused: as a command would be, or for something that only a page meets.
pub enum Refused {
    Failed(Error),
    /// The passphrase was wrong, and may be tried this often again.
    Passphrase {
        left: usize,
    },
}

impl<E: Into<Error>> From<E> for Refused {
    fn from(error: E) -> Refused {
        Refused::Failed(error.into())
    }
}

/// Returns the status and the document of an answer.
pub fn response(ui: &Ui, answer: Answer) -> (StatusCode, Json) {
    let error = match answer {
        Ok(document) => return (StatusCode::OK, document),
        Err(Refused::Failed(error)) => error,
        Err(Refused::Passphrase { left }) => {
            let tries = if left == 1 { "1 try is" } else { &format!("{left} tries are") };
            let error = json!({
                "code": "passphrase_wrong", "exit": 5, "message": "wrong passphrase",
                "hint": format!("{tries} left"),
            });
            return (StatusCode::FORBIDDEN, json!({"error": error}));
        }
    };
    let status = match error.kind() {
        _ if matches!(error.cause(), Some(KeyError::NoTerminal { .. })) => StatusCode::LOCKED,
        Kind::Usage => StatusCode::BAD_REQUEST,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::NoAccess => StatusCode::FORBIDDEN,
        Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, ui.error_document(&error))
}

/// The name that a request is about.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    pub section: String,
    pub name: String,
}

impl Named {
    pub fn parse(&self) -> Result<(SectionId, SecretName), Error> {
        Ok((parse_section(&self.section)?, parse_name(&self.name)?))
    }
}

/// Returns a section as requests name it: `team`, `project:web`.
pub fn section_key(section: &SectionId) -> String {
    section.to_string().replacen(' ', ":", 1)
}

/// Returns the records under a name, secret or entry: one, or all values of a disputed name.
pub fn records<'v>(sections: &'v Sections, section: &SectionId, name: &SecretName) -> Vec<&'v Record> {
    let Some(content) = sections.get(section) else { return Vec::new() };
    let disputed = content.candidates(name).into_iter().map(|candidate| candidate.record);
    content.secrets.get(name).or(content.env.get(name)).into_iter().chain(disputed).collect()
}

/// The answer to a change: what was done, a note, and the item as it is now.
pub fn changed(done: String, note: Option<String>, item: &impl Serialize) -> Answer {
    Ok(json!({"said": done, "note": note, "item": item}))
}

impl Desk {
    /// Allows changes only while the records under a name are those that the form was opened on.
    pub fn only_if_unchanged(&mut self, seen: String, section: &SectionId, name: &SecretName) {
        let (salt, section, name) = (self.salt(), section.clone(), name.clone());
        self.session.condition = Some(Box::new(move |vault| {
            let records = records(&vault.sections, &section, &name);
            if mark(&salt, &records) == seen {
                return Ok(());
            }
            let newest = records.iter().max_by_key(|record| record.updated);
            let by = newest.map(|record| (record.by.clone(), record.updated));
            let (name, section, team) = (name.clone(), section.clone(), vault.head.team.clone());
            Err(Outdated { name, section, team, by }.into())
        }));
    }
}

/// A change of something that is no longer what its form was opened on.
#[derive(Debug)]
pub struct Outdated {
    name: SecretName,
    section: SectionId,
    team: TeamName,
    /// Who changed it, and when. None if it was deleted.
    by: Option<(MemberName, Timestamp)>,
}

impl Explain for Outdated {
    fn explain(&self) -> Report {
        let Outdated { name, section, team, by } = self;
        let place = in_team(section, team);
        let what = match by {
            Some((by, at)) => format!("{name} in {place} was changed meanwhile, by {by} at {at}"),
            None => format!("{name} in {place} was deleted meanwhile"),
        };
        Report::new(Kind::Conflict, "outdated", format!("{what}; nothing was saved")).hint("look at it as it is now")
    }
}

explained!(Outdated);

/// The error for a request that only a program would make by hand.
pub fn bad_request(message: &str) -> Error {
    Error::new(Kind::Usage, "usage", message)
}

/// Returns a text that changes when the vault's file does. Each write is a new file.
pub fn version(file: &Path) -> String {
    let Ok(file) = std::fs::metadata(file) else { return String::new() };
    format!("{:x}-{:x}-{:x}-{:x}", file.ino(), file.mtime(), file.mtime_nsec(), file.len())
}
