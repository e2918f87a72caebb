//! The merged environment: what wins in it, and its text.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::ValueEnum as _;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::answer::{Answer, bad_request, section_key};
use crate::console::worker::Desk;
use crate::formats::{Dialect, Format};
use crate::ops::format::{kubernetes_name, needs_run, print};
use crate::ops::output::OutputFile;
use crate::ops::view::ExplainedView;
use crate::report::Error;
use crate::session::environment::Assigned;
use crate::session::{Scope, parse_id};
use crate::vault::{Value, VariableContent};

/// What takes the place of a value that is not shown.
const MASK: &str = "********";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explaining {
    cluster: Option<String>,
    project: Option<String>,
    /// As for the vault: whether the page refreshes itself.
    #[serde(default)]
    news: bool,
}

/// Returns the context that the page chose. The link no longer counts.
fn scope(cluster: Option<String>, project: Option<String>) -> Result<Scope, Error> {
    let id = |text: Option<String>| text.map(|text| parse_id(&text)).transpose();
    let (cluster, project) = (id(cluster)?, id(project)?);
    let global = cluster.is_none() && project.is_none();
    Ok(Scope { project, cluster, global })
}

/// Lists which section wins each name, and what would keep the environment from being resolved.
pub fn explain(desk: &mut Desk, request: Explaining) -> Answer {
    let Explaining { cluster, project, news } = request;
    desk.is_refresh = news;
    let (context, view) = desk.session.shown_view(&scope(cluster, project)?)?;
    let mut items = Vec::new();
    for layered in view.sections.merge(&context) {
        let mut item = serde_json::to_value(ExplainedView::new(&view.head.team, &layered)).map_err(bad_json)?;
        item["in"] = section_key(layered.wins.section).into();
        item["error"] = match view.sections.variable(&context, &layered) {
            Ok(_) => Json::Null,
            Err(error) => {
                let error = desk.session.unresolved(&context, &view, error, None);
                desk.ui.error_document(&error)["error"].take()
            }
        };
        items.push(item);
    }
    // A name may be set there too, and win.
    let locked = view.sections.locked().map(|(id, _)| section_key(id)).collect::<Vec<_>>();
    Ok(json!({"items": items, "locked": locked}))
}

fn bad_json(error: serde_json::Error) -> Error {
    bad_request(&format!("cannot write JSON: {error}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolving {
    cluster: Option<String>,
    project: Option<String>,
    format: String,
    reader: Option<String>,
    /// The name of a Kubernetes Secret.
    name: String,
    /// The names to leave out.
    except: Vec<String>,
    gives: Target,
}

/// What happens to the text.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Target {
    /// It is shown, with its values masked.
    Preview,
    /// It is copied, as it is.
    Text,
    /// It is written to this file in the directory where the console was opened.
    File { name: String, force: bool },
}

pub fn resolve(desk: &mut Desk, request: Resolving) -> Answer {
    let Resolving { cluster, project, format, reader, name, except, gives } = request;
    let session = &desk.session;
    let format = Format::from_str(&format, false).map_err(|_| bad_request("no such format"))?;
    let reader = reader.map(|reader| Dialect::from_str(&reader, false)).transpose();
    let reader = reader.map_err(|_| bad_request("no such reader"))?.filter(|_| format == Format::Dotenv);
    if format == Format::K8s {
        kubernetes_name(Some(name.as_str()).filter(|name| !name.is_empty()))?;
    }
    let output = match &gives {
        Target::File { name, force } => {
            let path = PathBuf::from(name);
            // The page names a file in this directory, and reaches no other.
            if path.file_name() != Some(path.as_os_str()) {
                return Err(bad_request("the name of a file must not contain a directory").into());
            }
            Some((OutputFile::new(session, &path, *force)?, path))
        }
        _ => None,
    };

    let environment = session.environment(&scope(cluster, project)?, None, Vec::new())?;
    let mut variables = environment.variables(session, &except)?;
    if matches!(gives, Target::Preview) {
        for variable in variables.iter_mut().filter(|variable| !variable.is_file()) {
            variable.given = VariableContent::Value(Cow::Owned(mask(variable)?));
        }
    }
    let names: Vec<&str> = variables.iter().map(|variable| variable.name).collect();
    let printed = print(variables, format, reader, &name)?;

    let mut answer = json!({"warnings": printed.warnings, "names": names});
    match output {
        Some((file, path)) => {
            file.write(printed.text.as_bytes())?;
            answer["said"] = format!("wrote {}", session.settings.directory.join(path).display()).into();
        }
        None => answer["text"] = printed.text.as_str().into(),
    }
    Ok(answer)
}

fn mask(variable: &Assigned<'_>) -> Result<Value, Error> {
    let mask = if variable.value().size() == 0 { "" } else { MASK };
    Value::from_text(mask.to_owned().into()).map_err(|_| needs_run(variable.name))
}
