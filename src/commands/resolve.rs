//! `resolve`: the merged environment as text.

use std::collections::BTreeSet;

use clap::Args;
use rand::Rng as _;
use rand::rngs::OsRng;

use super::context::{Cx, secret_name};
use super::options::ContextScope;
use crate::error::Error;
use crate::formats::{Format, Options, Reader, Variable};
use crate::vault::{Context, Given, SecretName, View};

#[derive(Debug, Args)]
pub struct Resolve {
    /// What to print it as: dotenv, shell, fish, powershell, json, yaml, docker, systemd, github, k8s, null
    #[arg(long, value_enum, hide_possible_values = true, value_name = "FORMAT")]
    format: Option<Format>,
    /// Who reads the dotenv text, which then comes back exactly: node, python, compose
    #[arg(long, value_enum, hide_possible_values = true, value_name = "READER")]
    reader: Option<Reader>,
    /// What the Kubernetes Secret is called; k8s needs it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Only these names
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    only: Vec<String>,
    #[command(flatten)]
    scope: ContextScope,
}

impl Resolve {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let only = names(&self.only)?;
        let format = self.format.unwrap_or(if cx.ui.json { Format::Json } else { Format::Dotenv });
        for (is_given, option, of) in
            [(self.reader.is_some(), "--reader", Format::Dotenv), (self.name.is_some(), "--name", Format::K8s)]
        {
            if is_given && format != of {
                return Err(Error::OptionOf { option, of: of.name() });
            }
        }
        let name = match (self.name, format) {
            (Some(name), _) => name,
            (None, Format::K8s) => return Err(Error::SecretUnnamed),
            (None, _) => String::new(),
        };
        let (context, view) = cx.context_view(&self.scope)?;
        let variables = environment(cx, &context, &view, (!only.is_empty()).then_some(&only))?;
        // 128 bits: nobody foresees it, and no value holds it.
        let mut random = || format!("etui-{:032x}", OsRng.r#gen::<u128>());
        let options = Options { reader: self.reader, name: &name, random: &mut random };
        let printed = format.print(&variables, options);
        let printed = printed.map_err(|cannot| Error::FormatCannot { format: format.name(), cannot })?;
        for warning in &printed.warnings {
            cx.ui.warn(warning);
        }
        cx.ui.data(printed.text.as_bytes())
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
    let variable = |variable: crate::vault::Variable<'v>| {
        cx.refuse_reserved(variable.name.as_str())?;
        match variable.given {
            Given::Value(value) => Ok(Variable { name: variable.name.as_str(), text: value.as_text() }),
            Given::File(_) => Err(Error::NeedsRun { name: variable.name.clone() }),
        }
    };
    variables.into_iter().map(variable).collect()
}
