//! `get`: the value that applies in the context, exactly.

use clap::Args;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::context::{Cx, secret_name};
use super::json;
use super::scope::{describe, existing};
use crate::cli::{ContextScope, SectionScope};
use crate::error::{Error, in_team};
use crate::vault::near::nearest;
use crate::vault::{Record, ResolveError, SecretName, SectionId, TeamName, Value, View};

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
            let record = view.sections.secret(&section, &name);
            let record = record.map_err(|error| Error::Change { error, team: view.head.team.clone() })?;
            return print(cx, &view.head.team, &section, &name, record);
        }
        let (context, view) = cx.context_view(&self.scope)?;
        let Some((section, record)) = view.sections.effective(&context, &name) else {
            return Err(self.missing(cx, &name, describe(&context, &view)));
        };
        let asked = self.scope.section().ok().flatten();
        if let Some(asked) = asked.filter(|asked| *asked != section) {
            let (from, team) = (&section, &view.head.team);
            match existing(&view, &asked)?.secrets.get(&name) {
                Some(_) => {
                    cx.ui.note(&format!("{from} wins over {asked}; for {asked}'s own value: --exact"));
                }
                None => cx.ui.note(&format!("from {}; {asked} does not set it", in_team(from, team))),
            }
        }
        print(cx, &view.head.team, &section, &name, record)
    }

    fn version(&self, cx: &Cx, name: &SecretName, number: usize) -> Result<(), Error> {
        let (section, view) = cx.section_view(&self.own()?)?;
        let held = &existing(&view, &section)?.secrets;
        let failed = |error| Error::Change { error, team: view.head.team.clone() };
        let Some(earlier) = held.version(name, number) else {
            return Err(failed(view.sections.missing_version(&section, name, number)));
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

    /// The error for a name that nothing sets here, which knows where else it is set.
    fn missing(&self, cx: &Cx, name: &SecretName, place: String) -> Error {
        let view: View = match cx.view(crate::vault::text::Want::All) {
            Ok(view) => view,
            Err(error) => return error,
        };
        let team = view.head.team.clone();
        let error = view.sections.missing_secret(&SectionId::Team, name);
        let crate::vault::ChangeError::SecretMissing { elsewhere, .. } = error else {
            return Error::Change { error, team };
        };
        let names = view.sections.iter().flat_map(|(_, section)| section.secrets.iter().map(|(name, _)| name));
        let near = nearest(name.as_str(), names.map(|name| (name.as_str(), name))).cloned();
        match elsewhere.is_empty() {
            true => Error::Resolve { error: ResolveError::NotSet { name: name.clone(), near }, team, place },
            false => Error::NotHere { name: name.clone(), place, elsewhere },
        }
    }
}

fn print(cx: &Cx, team: &TeamName, section: &SectionId, name: &SecretName, record: &Record) -> Result<(), Error> {
    if cx.ui.json {
        let mut document = json::secret(team, section, name, record);
        document["value"] = shown(&record.value);
        return cx.ui.document(&document);
    }
    exact(cx, name, &record.value)
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
