//! `resolve`: the merged environment as text.

use std::collections::BTreeSet;

use clap::Args;

use super::context::{Cx, secret_name};
use super::options::ContextScope;
use crate::error::Error;
use crate::formats::{Format, Variable};
use crate::vault::{Context, Given, SecretName, View};

#[derive(Debug, Args)]
pub struct Resolve {
    /// What to print it as: dotenv, shell, json, null
    #[arg(long, value_enum, hide_possible_values = true, value_name = "FORMAT")]
    format: Option<Format>,
    /// Only these names
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    only: Vec<String>,
    #[command(flatten)]
    scope: ContextScope,
}

impl Resolve {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let only = names(&self.only)?;
        let (context, view) = cx.context_view(&self.scope)?;
        let variables = environment(cx, &context, &view, (!only.is_empty()).then_some(&only))?;
        let format = self.format.unwrap_or(if cx.ui.json { Format::Json } else { Format::Dotenv });
        cx.ui.data(format.print(&variables).as_bytes())
    }
}

/// Parses the names of `--only` and `--except`.
pub fn names(typed: &[String]) -> Result<BTreeSet<SecretName>, Error> {
    typed.iter().map(|name| secret_name(name)).collect()
}

/// The environment of the context, merged and with its references replaced.
pub fn environment<'v>(
    cx: &Cx,
    context: &Context,
    view: &'v View,
    only: Option<&BTreeSet<SecretName>>,
) -> Result<Vec<Variable<'v>>, Error> {
    let variables = view.sections.resolve(context, only);
    let variables = variables.map_err(|error| cx.unresolved(context, view, error))?;
    let variable = |variable: crate::vault::Variable<'v>| match variable.given {
        Given::Value(value) => Ok(Variable { name: variable.name.as_str(), text: value.as_text() }),
        Given::File(_) => Err(Error::NeedsRun { name: variable.name.clone() }),
    };
    variables.into_iter().map(variable).collect()
}
