//! Many secrets from one text: all of them, or none.

use serde::Serialize;
use zeroize::Zeroizing;

use crate::formats::parse::Entry;
use crate::report::{Command, Error, Explain, Kind, OfVault as _, Report};
use crate::session::Session;
use crate::vault::change::Precondition;
use crate::vault::{Details, SecretName, SectionId, Sections, TeamName, Value};

/// How entries are imported.
pub struct Importing {
    pub section: SectionId,
    /// What to put before each name.
    pub prefix: String,
    /// Whether to keep the values of secrets that exist.
    pub skip_existing: bool,
    /// Whether to import the rest if entries are refused.
    pub skip_refused: bool,
    /// Whether to change nothing, and only say what would be imported.
    pub dry_run: bool,
}

/// What was imported, or would be.
#[derive(Debug)]
pub struct Imported {
    pub team: TeamName,
    pub rows: Vec<Row>,
}

/// The outcome of one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub name: String,
    /// `new`, `changed`, `same`, `kept` or `refused`.
    pub state: &'static str,
    pub line: usize,
    /// Why the entry was refused.
    pub why: Option<String>,
}

/// Nothing was imported, since entries were refused.
#[derive(Debug)]
pub struct ImportRefused {
    pub rows: Vec<Row>,
    pub refused: usize,
}

/// What an entry changes.
enum State {
    New(SecretName, Value),
    Changed(SecretName, Value),
    Same,
    /// It exists, and keeps its value.
    Kept,
    /// Why it cannot become a secret.
    Refused(String),
}

/// Imports entries into a section. Warns of the names that many programs read.
///
/// # Errors
/// [`ImportRefused`] if any entry cannot become a secret, unless those are to be skipped.
pub fn import(session: &Session, importing: &Importing, entries: Vec<Entry>) -> Result<Imported, Error> {
    let imported =
        if importing.dry_run { importing.preview(session, entries) } else { importing.write(session, entries) }?;
    let taken = imported.rows.iter().filter(|row| ["new", "changed"].contains(&row.state));
    session.warn_of_far_reaching(taken.map(|row| row.name.as_str()));
    Ok(imported)
}

impl Importing {
    fn preview(&self, session: &Session, entries: Vec<Entry>) -> Result<Imported, Error> {
        let view = session.section_view(&self.section)?;
        let (rows, _) = self.judge(session, &view.sections, entries)?;
        Ok(Imported { team: view.head.team, rows })
    }

    fn write(&self, session: &Session, entries: Vec<Entry>) -> Result<Imported, Error> {
        let section = &self.section;
        session.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let sections = &mut vault.sections;
            sections.existing(section).map_err(|error| error.in_team(&team))?;
            let (rows, states) = self.judge(session, sections, entries)?;
            for state in states {
                if let State::New(name, value) | State::Changed(name, value) = state {
                    let set = sections.set(section, &name, value, Details::default(), Precondition::Any, stamp);
                    set.map_err(|error| error.in_team(&team))?;
                }
            }
            Ok::<_, Error>(Imported { team, rows })
        })
    }

    /// Decides about each entry, in the section as it is now.
    fn judge(
        &self,
        session: &Session,
        sections: &Sections,
        entries: Vec<Entry>,
    ) -> Result<(Vec<Row>, Vec<State>), Error> {
        let (mut rows, mut states) = (Vec::new(), Vec::new());
        for Entry { line, name, value } in entries {
            let name = format!("{}{name}", self.prefix);
            let state = self.state(session, sections, &name, value).unwrap_or_else(State::Refused);
            rows.push(state.row(line, name));
            states.push(state);
        }
        let refused = rows.iter().filter(|row| row.why.is_some()).count();
        if refused > 0 && !self.skip_refused {
            return Err(ImportRefused { rows, refused }.into());
        }
        Ok((rows, states))
    }

    fn state(
        &self,
        session: &Session,
        sections: &Sections,
        text: &str,
        value: Result<Zeroizing<String>, &'static str>,
    ) -> Result<State, String> {
        let value = value?;
        let name = SecretName::parse(text).map_err(|error| error.to_string())?;
        session.refuse_reserved(text).map_err(|error| error.to_string())?;
        let value = Value::from_text(value).map_err(|error| error.to_string())?;

        let Importing { section, skip_existing, .. } = self;
        if sections.dispute(section, &name).is_some() {
            let settle = Command::new("settle").arg(&name).section(section);
            return Err(format!("it is disputed: `{settle}`"));
        }
        let content = sections.get(section);
        if content.is_some_and(|content| content.env.get(&name).is_some()) {
            return Err("an env entry has this name".into());
        }
        Ok(match content.and_then(|content| content.secrets.get(&name)) {
            None => State::New(name, value),
            // A text file holds bytes as the base64 that etui printed. The bytes have not changed.
            Some(record) if record.value.as_text() == value.as_text() => State::Same,
            Some(_) if *skip_existing => State::Kept,
            Some(_) => State::Changed(name, value),
        })
    }
}

impl State {
    fn row(&self, line: usize, name: String) -> Row {
        let (state, why) = match self {
            State::New(..) => ("new", None),
            State::Changed(..) => ("changed", None),
            State::Same => ("same", None),
            State::Kept => ("kept", None),
            State::Refused(why) => ("refused", Some(why.clone())),
        };
        Row { name, state, line, why }
    }
}

impl Explain for ImportRefused {
    fn explain(&self) -> Report {
        let ImportRefused { rows, refused } = self;
        let entries = if rows.len() == 1 { "entry" } else { "entries" };
        let were = if *refused == 1 { "was" } else { "were" };
        let message = format!("{refused} of {} {entries} {were} refused; nothing was changed", rows.len());
        Report::new(Kind::Failed, "import_refused", message).hint("fix the file, or use `--skip-refused`")
    }
}

explained!(ImportRefused);
