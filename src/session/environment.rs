//! The environment that `resolve` prints and `run` passes on: merged from the vault, or as a file lists it.

use std::borrow::Cow;

use super::{Scope, Session, describe, parse_name};
use crate::formats::{self, FormatError};
use crate::report::{Command, Error, Kind, Message, Notice, OfVault, Unresolved, now, shell_quote};
use crate::vault::near::nearest;
use crate::vault::text::Selection;
use crate::vault::{
    AlmostReference, BrokenReference, Context, Entry, Head, Id, Record, ResolveError, SecretName, SectionId, Sections,
    Value, Variable, VariableContent, View,
};

/// One variable of an environment.
pub struct Assigned<'v> {
    pub name: &'v str,
    pub given: VariableContent<'v>,
    /// Whether a secret gives the value, and not a plain entry.
    pub is_secret: bool,
    /// What sets it in the vault.
    record: Option<&'v Record>,
}

impl<'v> From<Variable<'v>> for Assigned<'v> {
    fn from(variable: Variable<'v>) -> Self {
        let Variable { name, record, is_secret, given, .. } = variable;
        Assigned { name: name.as_str(), given, is_secret, record: Some(record) }
    }
}

impl<'v> From<Assigned<'v>> for formats::Variable<'v> {
    fn from(Assigned { name, given, .. }: Assigned<'v>) -> Self {
        let text = match given {
            VariableContent::Value(Cow::Borrowed(value)) | VariableContent::File(value) => value.as_text(),
            VariableContent::Value(Cow::Owned(value)) => value.as_text().into_owned().into(),
        };
        formats::Variable { name, text }
    }
}

impl Assigned<'_> {
    /// Returns the value that a program gets, in the variable or in a file.
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

/// An environment that was read, but not resolved yet.
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
    /// An environment that was sealed for this machine. The view holds all of it.
    Sealed,
}

/// The variables that a file lists.
pub struct Listed {
    /// The file, as messages name it.
    pub file: String,
    /// Line, name and value.
    pub entries: Vec<(usize, String, Value)>,
}

impl Session {
    /// Reads the environment of a context: the vault's own, or the one that a file lists. `only` narrows it.
    pub fn environment(&self, scope: &Scope, listed: Option<Listed>, only: Vec<String>) -> Result<Environment, Error> {
        if listed.is_none() {
            only.iter().try_for_each(|name| parse_name(name).map(drop))?;
        }
        let (context, view) = self.context_view(scope)?;
        let is_unsaid = *scope == Scope::default() && context == Context::default();
        let is_empty = view.sections.get(&SectionId::Team).is_none_or(|team| team.is_empty());
        if listed.is_none() && is_unsaid && (is_empty || self.frontend.can_ask()) {
            self.note_team_alone(&view);
        }
        let source = listed.map_or(Source::Vault, Source::Listed);
        Ok(Environment { context, view, source, only })
    }

    /// Notes that only the team applies, where no option says so and there are projects. A program that misses its secrets
    /// would not say why. A script gets no note at each run, unless the team has nothing at all.
    fn note_team_alone(&self, view: &View) {
        let is_project = |section: &&SectionId| matches!(section, SectionId::Project(_));
        let projects: Vec<&Id> = view.all.iter().filter(is_project).filter_map(SectionId::id).collect();
        let link = match projects[..] {
            [] => return,
            [one] => Command::new("link").arg("-p").arg(one),
            _ => Command::new("link").arg("-p PROJECT"),
        };
        let text = format!("no project is chosen, so only the secrets of team {} apply: ", view.head.team);
        let note = Message::from(text).command(link).text(" chooses one; or use `-g`, if you mean the team alone");
        self.frontend.notice(Notice::Note(note));
    }

    /// The error for a secret that the section does not set. It looks at the whole vault, to say where it is set.
    pub fn secret_missing(&self, section: &SectionId, name: &SecretName) -> Error {
        match self.view(Selection::All) {
            Ok(view) => view.sections.missing_secret(section, name).in_team(&view.head.team),
            Err(error) => error,
        }
    }

    /// The error for a name that is not set in the context.
    pub fn not_set(&self, context: &Context, view: &View, name: &SecretName) -> Error {
        self.unresolved(context, view, view.sections.not_set(context, name), None)
    }

    /// The error for an environment that cannot be resolved. `referrer` is what refers to the missing secret, if that
    /// is not in the vault.
    pub fn unresolved(&self, context: &Context, view: &View, error: ResolveError, referrer: Option<String>) -> Error {
        let missing = match &error {
            ResolveError::NotSet { name, .. } => Some(name),
            ResolveError::ReferenceMissing { target, .. } => Some(target),
            ResolveError::Disputed { .. } => None,
        };
        let elsewhere = match missing.map(|name| (name, self.view(Selection::All))) {
            Some((name, Ok(all))) => all.sections.holders(name),
            Some((_, Err(error))) => return error,
            None => Vec::new(),
        };
        let section = context.sections().pop().unwrap_or(SectionId::Team);
        let (team, context) = (view.head.team.clone(), describe(context, view));
        Unresolved { error, referrer, team, context, section, elsewhere }.into()
    }
}

impl Environment {
    /// An environment that was sealed for this machine.
    pub fn sealed(view: View, only: Vec<String>) -> Environment {
        Environment { context: Context::default(), view, source: Source::Sealed, only }
    }

    /// Returns the head of the vault that it is from.
    pub fn context(&self) -> &Context {
        &self.context
    }

    pub fn head(&self) -> &Head {
        &self.view.head
    }

    /// Describes where it is from: `project web on cluster gpu of team acme`.
    pub fn described(&self) -> String {
        describe(&self.context, &self.view)
    }

    /// Whether it was sealed for this machine, so that there is no vault.
    pub fn is_sealed(&self) -> bool {
        matches!(self.source, Source::Sealed)
    }

    /// Returns the sections that it is from.
    pub fn sections(&self) -> &Sections {
        &self.view.sections
    }

    /// Resolves its variables, all but those of `except`. Nothing is resolved for a name that is left out: its
    /// reference may be missing.
    pub fn variables(&self, session: &Session, except: &[String]) -> Result<Vec<Assigned<'_>>, Error> {
        let variables = match &self.source {
            Source::Vault => self.merged(session, except),
            Source::Listed(listed) => self.listed(session, listed, except),
            Source::Sealed => self.unsealed(session, except),
        }?;
        variables.iter().try_for_each(|variable| session.refuse_reserved(variable.name))?;
        Ok(variables)
    }

    /// Checks that something here sets every name of `--except`. A name with a mistake in it would leave a secret in a text
    /// that is written somewhere.
    ///
    /// # Errors
    /// Those of a name in `--only`.
    pub fn check_except(&self, session: &Session, except: &[String]) -> Result<(), Error> {
        let (context, view) = (&self.context, &self.view);
        match &self.source {
            Source::Vault => except.iter().try_for_each(|name| {
                let name = parse_name(name)?;
                let found = view.sections.layered(context, &name);
                found.map(drop).ok_or_else(|| session.not_set(context, view, &name))
            }),
            Source::Listed(Listed { file, entries }) => {
                check_listed(except, file, entries.iter().map(|(_, name, _)| name.as_str()))
            }
            Source::Sealed => Ok(()),
        }
    }

    /// Warns, in one line, of the secrets among these that have expired, or will within a week.
    pub fn warn_of_expiry(&self, session: &Session, variables: &[Assigned<'_>]) {
        let Source::Vault = self.source else { return };
        let now = now();
        let soon = now.plus_days(7);
        let expiry = |variable: &Assigned<'_>| match variable.record.and_then(|record| record.expires) {
            Some(expires) if expires <= now => Some(format!("{} expired at {expires}", variable.name)),
            Some(expires) if expires <= soon => Some(format!("{} expires at {expires}", variable.name)),
            _ => None,
        };
        let expiries: Vec<String> = variables.iter().filter_map(expiry).collect();
        let text = match &expiries[..] {
            [] => return,
            few if few.len() <= 3 => Message::from(few.join("; ")),
            many => Message::from(format!("{} secrets have expired, or will within a week: ", many.len()))
                .command(Command::new("list --all --expiring 7d")),
        };
        session.frontend.notice(Notice::Warning(text));
    }

    /// Resolves what the vault's sections set.
    fn merged(&self, session: &Session, except: &[String]) -> Result<Vec<Assigned<'_>>, Error> {
        let sections = &self.view.sections;
        if !except.is_empty() {
            let known: Vec<&str> = sections.merge(&self.context).map(|layered| layered.name.as_str()).collect();
            warn_of_unknown(session, except, known.into_iter());
        }
        let variables = if self.only.is_empty() {
            sections.resolve_where(&self.context, |name| self.includes(name.as_str(), except))
        } else {
            let only = self.only.iter().map(|name| parse_name(name)).collect::<Result<_, _>>()?;
            sections.resolve(&self.context, Some(&only))
        };
        let variables = variables.map_err(|error| session.unresolved(&self.context, &self.view, error, None))?;
        Ok(variables.into_iter().map(Assigned::from).collect())
    }

    /// Resolves what the file lists, its references replaced.
    fn listed<'e>(
        &'e self,
        session: &Session,
        listed: &'e Listed,
        except: &[String],
    ) -> Result<Vec<Assigned<'e>>, Error> {
        let names = listed.entries.iter().map(|(_, name, _)| name.as_str());
        self.check_only(session, &listed.file, names, except)?;
        let assigned = |(line, name, value): &'e (usize, String, Value)| {
            let entry = Entry::listed(value)
                .map_err(|almost| self.almost_reference(&format!("{}:{line}: {name}", listed.file), &almost))?;
            let is_secret = entry.target().is_some();
            let given = self.view.sections.given(&self.context, entry).map_err(|broken| {
                let error = match broken {
                    BrokenReference::Missing { target, near } => ResolveError::NotSet { name: target, near },
                    BrokenReference::Disputed(dispute) => ResolveError::Disputed { dispute, entry: None },
                };
                let referrer = format!("{}:{line}: {name}", listed.file);
                session.unresolved(&self.context, &self.view, error, Some(referrer))
            })?;
            Ok(Assigned { name, given, is_secret, record: None })
        };
        listed.entries.iter().filter(|(_, name, _)| self.includes(name, except)).map(assigned).collect()
    }

    /// The error for a text of a file that is almost a reference.
    fn almost_reference(&self, referrer: &str, AlmostReference { kind, typed }: &AlmostReference) -> Error {
        let hint = match self.view.sections.near_secret(&self.context, typed) {
            Some(near) => format!("did you mean `{kind}:{near}`?"),
            None => format!("`{kind}:NAME`, with the name of a secret: letters, digits and `_`"),
        };
        let message = format!("{referrer} looks like a reference to a secret, but is not one");
        Error::new(Kind::Usage, "bad_reference", message)
            .hint(hint)
            .hint(format!("`literal:{kind}:…`, if it is meant as text"))
    }

    /// Takes what was sealed for this machine, in which nothing is left to resolve.
    fn unsealed(&self, session: &Session, except: &[String]) -> Result<Vec<Assigned<'_>>, Error> {
        let mut variables = self.view.sections.unsealed();
        let names = variables.iter().map(|variable| variable.name.as_str());
        self.check_only(session, "the sealed environment", names, except)?;
        variables.retain(|variable| self.includes(variable.name.as_str(), except));
        Ok(variables.into_iter().map(Assigned::from).collect())
    }

    /// Checks that every name of `--only` is listed.
    fn check_only<'n>(
        &self,
        session: &Session,
        file: &str,
        names: impl Iterator<Item = &'n str> + Clone,
        except: &[String],
    ) -> Result<(), Error> {
        warn_of_unknown(session, except, names.clone());
        check_listed(&self.only, file, names)
    }

    fn includes(&self, name: &str, except: &[String]) -> bool {
        let is = |other: &String| other == name;
        if self.only.is_empty() { !except.iter().any(is) } else { self.only.iter().any(is) }
    }
}

/// Checks that a file lists every one of these names.
fn check_listed<'n>(wanted: &[String], file: &str, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), Error> {
    let Some(name) = wanted.iter().find(|wanted| !names.clone().any(|name| name == **wanted)) else {
        return Ok(());
    };
    let error = Error::new(Kind::NotFound, "not_listed", format!("{file} does not list {name}"));
    Err(match nearest(name, names.map(|name| (name, name))) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error,
    })
}

/// Warns of names in `--except` that nothing sets.
fn warn_of_unknown<'n>(session: &Session, except: &[String], known: impl Iterator<Item = &'n str> + Clone) {
    for name in except.iter().filter(|name| !known.clone().any(|known| known == **name)) {
        let near = nearest(name, known.clone().map(|known| (known, known)));
        let near = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        let text = Message::from(format!("--except {name}: nothing here sets it{near}"));
        session.frontend.notice(Notice::Warning(text));
    }
}

/// The error for a value that a format cannot hold.
pub fn format_cannot(format: &str, FormatError { name, why, instead }: FormatError) -> Error {
    Error::new(Kind::Failed, "format_cannot", format!("{format} cannot hold {name}: {why}"))
        .hint(instead)
        .hint(format!("`--except {}` leaves it out", shell_quote(&name)))
}
