//! `resolve`: the merged environment as text.

use std::path::PathBuf;

use clap::Args;
use rand::Rng as _;
use rand::rngs::OsRng;

use crate::formats::{Format, FormattedText, Options, Reader, Variable};
use crate::old::context::Cx;
use crate::old::environment::{Assigned, Environment, EnvironmentOptions};
use crate::old::error::Error;
use crate::old::output::Output;

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
    /// Write it to this file, for its owner alone; refused where git would commit it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the file even where git would commit it
    #[arg(long, requires = "output")]
    force: bool,
    /// Encrypt it to this age recipient, which opens it with: etui run --sealed FILE
    #[arg(long, value_name = "AGE1…", conflicts_with_all = ["format", "reader", "name"])]
    recipient: Option<String>,
    #[command(flatten)]
    environment: EnvironmentOptions,
}

impl Resolve {
    pub fn run(mut self, cx: &Cx) -> Result<(), Error> {
        let format = self.format.unwrap_or(if cx.ui.json { Format::Json } else { Format::Dotenv });
        for (is_given, option, of) in
            [(self.reader.is_some(), "--reader", Format::Dotenv), (self.name.is_some(), "--name", Format::K8s)]
        {
            if is_given && format != of {
                return Err(Error::OptionOf { option, of: of.name() });
            }
        }
        let name = match (self.name.take(), format) {
            (Some(name), _) => name,
            (None, Format::K8s) => return Err(Error::SecretUnnamed),
            (None, _) => String::new(),
        };
        let output = Output::new(cx, self.output.as_deref(), self.force)?;
        let environment = Environment::read(cx, self.environment)?;
        let variables = environment.variables(cx, &[])?;
        if let Some(recipient) = &self.recipient {
            if output.is_terminal(cx) {
                return Err(Error::OnTerminal);
            }
            return output.write(cx, &cx.seal_environment(environment.head(), &variables, recipient)?);
        }
        let printed = print(&variables, format, self.reader, &name)?;
        for warning in &printed.warnings {
            cx.ui.warn(warning);
        }
        output.write(cx, printed.text.as_bytes())
    }
}

pub fn print<'a>(
    variables: &'a [Assigned<'_>],
    format: Format,
    reader: Option<Reader>,
    name: &str,
) -> Result<FormattedText, Error> {
    if let Some(file) = variables.iter().find(|variable| variable.is_file()) {
        return Err(Error::NeedsRun { name: file.name.to_owned() });
    }
    let text = |variable: &'a Assigned<'_>| Variable { name: variable.name, text: variable.value().as_text() };
    let variables: Vec<Variable<'a>> = variables.iter().map(text).collect();
    // 128 bits: nobody foresees it, and no value holds it.
    let mut random = || format!("etui-{:032x}", OsRng.r#gen::<u128>());
    let options = Options { reader, name, random: &mut random };
    format.print(&variables, options).map_err(|cannot| Error::FormatCannot { format: format.name(), cannot })
}
