//! `get`: the value that applies in the context, exactly.

use clap::Args;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use crate::old::context::{Cx, secret_name};
use crate::old::error::{Error, in_team};
use crate::old::json;
use crate::old::options::{ContextScope, SectionScope};
use crate::old::scope::existing;
use crate::vault::precedence::Layered;
use crate::vault::{Record, SecretName, SectionId, TeamName, Value, VariableContent};

#[derive(Debug, Args)]
pub struct Get {
    /// The secret's name
    name: String,
    /// The section's own value, whatever wins
    #[arg(long)]
    exact: bool,
    /// An earlier value of the section, 1 the newest
    #[arg(long, value_name = "N")]
    version: Option<usize>,
    #[command(flatten)]
    scope: ContextScope,
}

impl Get {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let name = secret_name(&self.name)?;
        if let Some(number) = self.version {
            return self.version(cx, &name, number);
        }
        if self.exact {
            let (section, view) = cx.section_view(&self.own()?)?;
            let held = view.sections.get(&section);
            let Some(record) = held.and_then(|held| held.secrets.get(&name).or(held.env.get(&name))) else {
                return Err(cx.secret_missing(&section, &name));
            };
            return print(cx, &view.head.team, &section, &name, record, &record.value);
        }
        let (context, view) = cx.context_view(&self.scope)?;
        let merged = view.sections.merge(&context);
        let Some(wins) = merged.get(&name).map(Layered::wins) else {
            return Err(cx.not_set(&context, &view, &name));
        };
        if let Some(asked) = self.scope.section().ok().flatten().filter(|asked| asked != wins.section) {
            let (from, team) = (wins.section, &view.head.team);
            match existing(&view, &asked)?.holds(&name) {
                true => cx.ui.note(&format!("{from} wins over {asked}; for {asked}'s own value: --exact")),
                false => cx.ui.note(&format!("from {}; {asked} does not set it", in_team(from, team))),
            }
        }
        // An entry may be a reference: then what it refers to is the value.
        let only = [name.clone()].into();
        let variables = view.sections.resolve(&context, Some(&only));
        let variables = variables.map_err(|error| cx.unresolved(&context, &view, error))?;
        let Some(variable) = variables.first() else { return Ok(()) };
        let value = match &variable.given {
            VariableContent::Value(value) => value.as_ref(),
            VariableContent::File(value) => value,
        };
        print(cx, &view.head.team, wins.section, &name, wins.record, value)
    }

    fn version(&self, cx: &Cx, name: &SecretName, number: usize) -> Result<(), Error> {
        let (section, view) = cx.section_view(&self.own()?)?;
        let held = existing(&view, &section)?.records(name);
        if !held.knows(name) {
            return Err(cx.secret_missing(&section, name));
        }
        let Some(earlier) = held.version(name, number) else {
            let error = view.sections.missing_version(&section, name, number);
            return Err(Error::Change { error, team: view.head.team.clone() });
        };
        let Some(value) = &earlier.value else { return Ok(()) };
        if cx.ui.json {
            let mut document = json::earlier(number, earlier);
            document["value"] = shown(value);
            return cx.ui.document(&document);
        }
        exact(cx, name, value)
    }

    /// The one section whose own value is asked for.
    fn own(&self) -> Result<SectionScope, Error> {
        self.scope.section()?;
        let ContextScope { project, cluster, global } = self.scope.clone();
        Ok(SectionScope { project, cluster, global })
    }
}

fn print(
    cx: &Cx,
    team: &TeamName,
    section: &SectionId,
    name: &SecretName,
    record: &Record,
    value: &Value,
) -> Result<(), Error> {
    if cx.ui.json {
        let mut document = json::secret(team, section, name, record);
        document["value"] = shown(value);
        return cx.ui.document(&document);
    }
    exact(cx, name, value)
}

fn shown(value: &Value) -> Json {
    Json::String(value.as_text().into_owned())
}

/// The exact bytes; on a terminal text with a newline after it, and no bytes.
fn exact(cx: &Cx, name: &SecretName, value: &Value) -> Result<(), Error> {
    if !cx.ui.tables {
        return cx.ui.data(value.expose());
    }
    if !value.is_text() {
        return Err(Error::BytesOnTerminal { name: name.clone() });
    }
    cx.ui.data(&Zeroizing::new([value.expose(), b"\n"].concat()))
}
