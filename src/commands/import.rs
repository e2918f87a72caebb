//! `import`: many secrets from one file, all of them or none.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::formats::parse::Entry;
use crate::old::context::Cx;
use crate::old::error::{Error, in_team, option};
use crate::old::input::Syntax;
use crate::old::json;
use crate::old::options::SectionScope;
use crate::old::ui::{Cell, Table};
use crate::report::and;
use crate::vault::change::Precondition;
use crate::vault::{Details, SecretName, SectionId, Sections, Stamp, TeamName, Value};

#[derive(Debug, Args)]
pub struct Import {
    /// A dotenv, JSON or YAML file; - is standard input
    file: PathBuf,
    /// What the file is, if its name does not say: dotenv, json, yaml
    #[arg(long, value_enum, hide_possible_values = true, value_name = "FORMAT")]
    format: Option<Syntax>,
    /// Show what would come of it, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Put this before each name
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,
    /// Leave secrets that are there as they are
    #[arg(long)]
    skip_existing: bool,
    /// Import the rest even if some are refused
    #[arg(long)]
    skip_refused: bool,
    #[command(flatten)]
    scope: SectionScope,
}

/// What comes of one entry.
struct Row {
    line: usize,
    name: String,
    state: State,
}

enum State {
    New(SecretName, Value),
    Changed(SecretName, Value),
    Same,
    /// There, and to be left as it is.
    Kept,
    /// Why it cannot be a secret of that name.
    Refused(String),
}

impl State {
    fn word(&self) -> &'static str {
        match self {
            State::New(..) => "new",
            State::Changed(..) => "changed",
            State::Same => "same",
            State::Kept => "kept",
            State::Refused(_) => "refused",
        }
    }
}

impl Import {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let section = cx.section(&self.scope)?;
        let input = cx.input(&self.file)?;
        let parsed = input.parse(self.format)?;
        input.tell(cx, &parsed.notes);
        let mut rows = Vec::new();
        let team = if self.dry_run {
            let (_, view) = cx.section_view(&self.scope)?;
            rows = self.judge(cx, &view.sections, &section, parsed.entries);
            self.accept(&rows).map(|()| view.head.team)
        } else {
            cx.edit(|vault, stamp| {
                let team = vault.head.team.clone();
                let found = vault.sections.existing(&section).map(drop);
                found.map_err(|error| Error::Change { error, team: team.clone() })?;
                rows = self.judge(cx, &vault.sections, &section, parsed.entries);
                self.accept(&rows)?;
                apply(&mut vault.sections, &section, &rows, stamp)
                    .map_err(|error| Error::Change { error, team: team.clone() })?;
                Ok(team)
            })
        };
        // Also of an import that is refused: it says why. What failed otherwise came to nothing.
        if matches!(team, Ok(_) | Err(Error::ImportRefused { .. })) {
            self.show(cx, &section, &rows, team.as_ref().ok())?;
        }
        team.map(drop)
    }

    /// What comes of each entry in the section as it is now.
    fn judge(&self, cx: &Cx, sections: &Sections, section: &SectionId, entries: Vec<Entry>) -> Vec<Row> {
        let judge = |entry: Entry| {
            let name = format!("{}{}", self.prefix, entry.name);
            let state = self.state(cx, sections, section, &name, entry.value);
            Row { line: entry.line, name, state: state.unwrap_or_else(State::Refused) }
        };
        entries.into_iter().map(judge).collect()
    }

    fn state(
        &self,
        cx: &Cx,
        sections: &Sections,
        section: &SectionId,
        name: &str,
        value: Result<zeroize::Zeroizing<String>, &'static str>,
    ) -> Result<State, String> {
        let text = value?;
        let parsed = SecretName::parse(name).map_err(|error| error.to_string())?;
        cx.refuse_reserved(name).map_err(|error| error.report().message)?;
        let value = Value::from_text(text).map_err(|error| error.to_string())?;
        let held = sections.get(section);
        if sections.dispute(section, &parsed).is_some() {
            return Err(format!("it is disputed; etui settle {parsed} {}", option(section)));
        }
        if held.is_some_and(|held| held.env.get(&parsed).is_some()) {
            return Err("an env entry has that name".into());
        }
        Ok(match held.and_then(|held| held.secrets.get(&parsed)) {
            None => State::New(parsed, value),
            // Bytes come as the base64 that was printed of them, and stay bytes.
            Some(there) if there.value.as_text() == value.as_text() => State::Same,
            Some(_) if self.skip_existing => State::Kept,
            Some(_) => State::Changed(parsed, value),
        })
    }

    /// An error if any is refused, unless those are to be left out.
    fn accept(&self, rows: &[Row]) -> Result<(), Error> {
        let refused = rows.iter().filter(|row| matches!(row.state, State::Refused(_))).count();
        match refused {
            0 => Ok(()),
            _ if self.skip_refused => Ok(()),
            refused => Err(Error::ImportRefused { refused, total: rows.len() }),
        }
    }

    fn show(&self, cx: &Cx, section: &SectionId, rows: &[Row], team: Option<&TeamName>) -> Result<(), Error> {
        if cx.ui.json {
            let item = |row: &Row| {
                let why = if let State::Refused(why) = &row.state { Some(why) } else { None };
                json!({"name": row.name, "state": row.state.word(), "line": row.line, "why": why})
            };
            return cx.ui.document(&json::page(rows.iter().map(item).collect(), None));
        }
        let mut table = Table::new(&["NAME", "STATE", "WHY"]);
        for row in rows {
            let why = match &row.state {
                State::Refused(why) => format!("line {}: {why}", row.line),
                _ => String::new(),
            };
            table.row([Cell::from(&row.name), Cell::from(&row.state.word()), Cell::Text(why)]);
        }
        cx.ui.table(&table)?;
        let Some(team) = team else { return Ok(()) };
        let count = |word: &'static str| (word, rows.iter().filter(|row| row.state.word() == word).count());
        let counts = ["new", "changed", "same", "kept", "refused"].map(count);
        let counts: Vec<String> =
            counts.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{count} {word}")).collect();
        let counts = if counts.is_empty() { "nothing".to_owned() } else { and(&counts) };
        let done = if self.dry_run { "would import" } else { "imported" };
        cx.ui.say(&format!("{done} into {}: {counts}", in_team(section, team)));
        Ok(())
    }
}

fn apply(
    sections: &mut Sections,
    section: &SectionId,
    rows: &[Row],
    stamp: &Stamp,
) -> Result<(), crate::vault::ChangeError> {
    for row in rows {
        if let State::New(name, value) | State::Changed(name, value) = &row.state {
            sections.set(section, name, value.clone(), Details::default(), Precondition::Any, stamp)?;
        }
    }
    Ok(())
}
