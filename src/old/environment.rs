//! The environment that `resolve` prints and `run` gives: merged from the vault, or as a file lists it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::context::{Cx, secret_name};
use super::input::Input;
use super::options::ContextScope;
use crate::old::error::Error;
use crate::vault::near::nearest;
use crate::vault::{
    BrokenReference, Context, Entry, Head, ResolveError, SecretName, Sections, Value, Variable, VariableContent, View,
};

// What the environment is, and how much of it.
#[derive(Debug, Args)]
pub struct EnvironmentOptions {
    /// Only these names
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    pub only: Vec<String>,
    /// What this dotenv file lists instead, with its secret:NAME replaced
    #[arg(long, value_name = "FILE", conflicts_with_all = ["spec", "job"])]
    pub env_file: Option<PathBuf>,
    /// What this YAML lists instead: a deployment's env, a map, or a workflow's job
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// Which job of the workflow
    #[arg(long, value_name = "NAME", requires = "spec")]
    pub job: Option<String>,
    #[command(flatten)]
    pub scope: ContextScope,
}

/// One variable.
pub struct Assigned<'v> {
    pub name: &'v str,
    pub given: VariableContent<'v>,
}

impl<'v> From<Variable<'v>> for Assigned<'v> {
    fn from(variable: Variable<'v>) -> Self {
        Assigned { name: variable.name.as_str(), given: variable.given }
    }
}

impl Assigned<'_> {
    /// What it holds, as a program gets it.
    pub fn value(&self) -> &Value {
        match &self.given {
            VariableContent::Value(value) => value,
            VariableContent::File(value) => value,
        }
    }

    pub fn is_file(&self) -> bool {
        matches!(self.given, VariableContent::File(_))
    }
}

/// An environment, and where it comes from.
pub struct Environment {
    context: Context,
    view: View,
    source: Source,
    only: Vec<String>,
}

enum Source {
    /// The sections of the context.
    Vault,
    /// A file's own list.
    Listed(Listed),
    /// What was sealed for this machine, which is all that the view holds.
    Sealed,
}

/// What a file lists.
struct Listed {
    file: String,
    /// Line, name and value.
    entries: Vec<(usize, String, Value)>,
}

impl Environment {
    pub fn read(cx: &Cx, options: EnvironmentOptions) -> Result<Environment, Error> {
        let EnvironmentOptions { only, env_file, spec, job, scope } = options;
        let source = match (env_file, spec) {
            (Some(path), _) => Source::Listed(Listed::read(cx, &cx.input(&path)?, None)?),
            (None, Some(path)) => Source::Listed(Listed::read(cx, &cx.input(&path)?, Some(job.as_deref()))?),
            (None, None) => Source::Vault,
        };
        if let Source::Vault = source {
            only.iter().try_for_each(|name| secret_name(name).map(drop))?;
        }
        let (context, view) = cx.context_view(&scope)?;
        Ok(Environment { context, view, source, only })
    }

    /// What was sealed for this machine.
    pub fn sealed(view: View, only: Vec<String>) -> Environment {
        Environment { context: Context::default(), view, source: Source::Sealed, only }
    }

    /// The vault that it is of.
    pub fn head(&self) -> &Head {
        &self.view.head
    }

    /// The sections that it is of.
    pub fn sections(&self) -> &Sections {
        &self.view.sections
    }

    /// Its variables, all but those of `except`. What is left out is not looked at: its references may be
    /// missing.
    pub fn variables(&self, cx: &Cx, except: &[String]) -> Result<Vec<Assigned<'_>>, Error> {
        let variables = match &self.source {
            Source::Vault => self.merged(cx, except),
            Source::Listed(listed) => self.replaced(cx, listed, except),
            Source::Sealed => self.unsealed(cx, except),
        }?;
        variables.iter().try_for_each(|variable| cx.refuse_reserved(variable.name))?;
        Ok(variables)
    }

    /// Says which of the secrets that are given have expired, or will within a week.
    pub fn warn_of_expiry(&self, cx: &Cx, given: &[Assigned<'_>]) {
        let Source::Vault = self.source else { return };
        let soon = cx.ui.now.plus_days(7);
        let given: BTreeSet<&str> = given.iter().map(|variable| variable.name).collect();
        let merged = self.view.sections.merge(&self.context).into_iter();
        for (name, layered) in merged.filter(|(name, _)| given.contains(name.as_str())) {
            match layered.wins().record.expires {
                Some(expires) if expires <= cx.ui.now => cx.ui.warn(&format!("{name} expired at {expires}")),
                Some(expires) if expires <= soon => cx.ui.warn(&format!("{name} expires at {expires}")),
                _ => {}
            }
        }
    }

    /// What the vault's sections set.
    fn merged(&self, cx: &Cx, except: &[String]) -> Result<Vec<Assigned<'_>>, Error> {
        let merged = self.view.sections.merge(&self.context);
        say_unknown(cx, except, merged.keys().map(|name| name.as_str()));
        let wanted: BTreeSet<SecretName> = match self.only.is_empty() {
            true => {
                merged.keys().filter(|name| self.wants(name.as_str(), except)).map(|name| (*name).clone()).collect()
            }
            false => self.only.iter().map(|name| secret_name(name)).collect::<Result<_, _>>()?,
        };
        let variables = self.view.sections.resolve(&self.context, Some(&wanted));
        let variables = variables.map_err(|error| cx.unresolved(&self.context, &self.view, error))?;
        Ok(variables.into_iter().map(Assigned::from).collect())
    }

    /// What the file lists, its references replaced.
    fn replaced<'e>(&'e self, cx: &Cx, listed: &'e Listed, except: &[String]) -> Result<Vec<Assigned<'e>>, Error> {
        let names = listed.entries.iter().map(|(_, name, _)| name.as_str());
        self.check_names(cx, &listed.file, names, except)?;
        let assigned = |(line, name, value): &'e (usize, String, Value)| {
            let given = self.view.sections.given(&self.context, Entry::of(value)).map_err(|dangling| {
                let by = format!("{}:{line}: {name}", listed.file);
                let error = match dangling {
                    BrokenReference::Missing { target, near } => ResolveError::NotSet { name: target, near },
                    BrokenReference::Disputed(dispute) => ResolveError::Disputed { dispute, entry: None },
                };
                cx.unresolved_by(&self.context, &self.view, error, Some(by))
            })?;
            Ok(Assigned { name, given })
        };
        listed.entries.iter().filter(|(_, name, _)| self.wants(name, except)).map(assigned).collect()
    }

    /// What was sealed for this machine.
    fn unsealed(&self, cx: &Cx, except: &[String]) -> Result<Vec<Assigned<'_>>, Error> {
        let mut variables = self.view.sections.unsealed();
        let names = variables.iter().map(|variable| variable.name.as_str());
        self.check_names(cx, "the sealed environment", names, except)?;
        variables.retain(|variable| self.wants(variable.name.as_str(), except));
        Ok(variables.into_iter().map(Assigned::from).collect())
    }

    /// An error if a name of `--only` is not among those that are there.
    fn check_names<'n>(
        &self,
        cx: &Cx,
        file: &str,
        names: impl Iterator<Item = &'n str> + Clone,
        except: &[String],
    ) -> Result<(), Error> {
        say_unknown(cx, except, names.clone());
        let Some(name) = self.only.iter().find(|only| !names.clone().any(|name| name == **only)) else {
            return Ok(());
        };
        let near = nearest(name, names.map(|name| (name, name))).map(str::to_owned);
        Err(Error::NotListed { name: name.clone(), file: file.to_owned(), near })
    }

    fn wants(&self, name: &str, except: &[String]) -> bool {
        let is = |other: &String| other == name;
        if self.only.is_empty() { !except.iter().any(is) } else { self.only.iter().any(is) }
    }
}

/// Says which names of `--except` are not there.
fn say_unknown<'n>(cx: &Cx, except: &[String], known: impl Iterator<Item = &'n str> + Clone) {
    for name in except.iter().filter(|name| !known.clone().any(|known| known == **name)) {
        let near = nearest(name, known.clone().map(|known| (known, known)));
        let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        cx.ui.warn(&format!("--except {name}: it is not set here{near}"));
    }
}

impl Listed {
    /// Reads dotenv text, or a spec if a job may be said.
    fn read(cx: &Cx, input: &Input, spec: Option<Option<&str>>) -> Result<Listed, Error> {
        let parsed = match spec {
            None => input.dotenv(),
            Some(job) => input.spec(job)?,
        };
        input.tell(cx, &parsed.notes);
        let entry = |entry: crate::formats::parse::Entry| {
            let bad = |what: String| input.bad(Some(entry.line), format!("{}: {what}", entry.name));
            let text = entry.value.map_err(|what| bad(what.to_owned()))?;
            let value = Value::from_text(text).map_err(|error| bad(error.to_string()))?;
            Ok((entry.line, entry.name, value))
        };
        let entries = parsed.entries.into_iter().map(entry).collect::<Result<_, Error>>()?;
        Ok(Listed { file: input.name.clone(), entries })
    }
}
