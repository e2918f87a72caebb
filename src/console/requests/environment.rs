//! The merged environment: what wins in it, and its text.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::ValueEnum as _;
use serde::Deserialize;
use serde_json::json;

use super::{Answer, printed};
use crate::old::print::print;
use crate::console::worker::Desk;
use crate::formats::{Format, Reader};
use crate::old::environment::{Assigned, Environment, EnvironmentOptions};
use crate::old::error::Error;
use crate::old::options::ContextScope;
use crate::old::output::Output;
use crate::old::verbs::explain;
use crate::vault::{Value, VariableContent};

/// What stands for a value that is not shown.
const MASK: &str = "********";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explaining {
    cluster: Option<String>,
    project: Option<String>,
    /// As of the vault: whether nobody asked.
    #[serde(default)]
    news: bool,
}

/// The context that is picked: the link's counts no more.
fn picked(cluster: Option<String>, project: Option<String>) -> ContextScope {
    let global = cluster.is_none() && project.is_none();
    ContextScope { project, cluster, global }
}

/// Which section wins each name, and what would keep the environment from being told.
pub fn explain(desk: &mut Desk, asked: Explaining) -> Answer {
    desk.is_news = asked.news;
    let (context, view) = desk.cx.context_view(&picked(asked.cluster, asked.project))?;
    let merged = view.sections.merge(&context);
    let item = |layered| {
        let mut item = explain::item(layered, &view.head.team);
        item["in"] = printed(layered.wins().section).into();
        let given = view.sections.variable(&context, layered);
        let error = given.err().map(|error| desk.cx.unresolved(&context, &view, error).report());
        item["error"] = error.map_or(json!(null), |report| report.document()["error"].take());
        item
    };
    Ok(json!({"items": merged.values().map(item).collect::<Vec<_>>()}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolving {
    cluster: Option<String>,
    project: Option<String>,
    format: String,
    reader: Option<String>,
    /// What a Kubernetes Secret is called.
    name: String,
    /// What to leave out.
    except: Vec<String>,
    gives: Gives,
}

/// What is done with the text.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Gives {
    /// It is shown, its values masked.
    Preview,
    /// It is copied, as it is.
    Text,
    /// It is written to this file of the directory that the console was opened in.
    File { name: String, force: bool },
}

pub fn resolve(desk: &mut Desk, asked: Resolving) -> Answer {
    let cx = &desk.cx;
    let unknown = |what: &str| Error::Usage { message: format!("no such {what}"), hint: "etui resolve --help".into() };
    let format = Format::from_str(&asked.format, false).map_err(|_| unknown("format"))?;
    let reader = asked.reader.map(|reader| Reader::from_str(&reader, false)).transpose();
    let reader = reader.map_err(|_| unknown("reader"))?.filter(|_| format == Format::Dotenv);
    if format == Format::K8s && asked.name.is_empty() {
        return Err(Error::SecretUnnamed.into());
    }
    let output = match &asked.gives {
        Gives::File { name, force } => {
            let path = PathBuf::from(name);
            // The page names a file, and goes nowhere else with it.
            if path.file_name() != Some(path.as_os_str()) {
                return Err(unknown("name of a file: no directory may stand in it").into());
            }
            Some((Output::new(cx, Some(&path), *force)?, path))
        }
        _ => None,
    };
    let scope = picked(asked.cluster, asked.project);
    let options = EnvironmentOptions { only: Vec::new(), env_file: None, spec: None, job: None, scope };
    let environment = Environment::read(cx, options)?;
    let mut variables = environment.variables(cx, &asked.except)?;
    if matches!(asked.gives, Gives::Preview) {
        for variable in variables.iter_mut().filter(|variable| !variable.is_file()) {
            variable.given = VariableContent::Value(Cow::Owned(mask(variable)?));
        }
    }
    let printed = print(&variables, format, reader, &asked.name)?;
    let names: Vec<&str> = variables.iter().map(|variable| variable.name).collect();
    let mut answer = json!({"warnings": printed.warnings, "names": names});
    match output {
        Some((output, path)) => {
            output.write(cx, printed.text.as_bytes())?;
            answer["said"] = format!("wrote {}", cx.directory().join(path).display()).into();
        }
        None => answer["text"] = printed.text.as_str().into(),
    }
    Ok(answer)
}

fn mask(variable: &Assigned<'_>) -> Result<Value, Error> {
    let empty = variable.value().size() == 0;
    let mask = if empty { "" } else { MASK };
    Value::from_text(mask.to_owned().into()).map_err(|_| Error::NeedsRun { name: variable.name.to_owned() })
}
