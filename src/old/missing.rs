//! Errors of reads that find nothing: they look at the whole vault to say where it is, or what was meant.

use super::context::Cx;
use super::scope::describe;
use crate::old::error::{Error, Unresolved};
use crate::vault::text::Selection;
use crate::vault::{Context, ResolveError, SecretName, SectionId, View};

impl Cx {
    /// The error for a secret that the section does not set.
    pub fn secret_missing(&self, section: &SectionId, name: &SecretName) -> Error {
        match self.view(Selection::All) {
            Ok(view) => Error::Change { error: view.sections.missing_secret(section, name), team: view.head.team },
            Err(error) => error,
        }
    }

    /// The error for a name that nothing sets in the context.
    pub fn not_set(&self, context: &Context, view: &View, name: &SecretName) -> Error {
        self.unresolved(context, view, view.sections.not_set(context, name))
    }

    /// The error for an environment that cannot be told.
    pub fn unresolved(&self, context: &Context, view: &View, error: ResolveError) -> Error {
        self.unresolved_by(context, view, error, None)
    }

    /// The same, for what is not in the vault itself and refers to what is missing.
    pub fn unresolved_by(&self, context: &Context, view: &View, error: ResolveError, by: Option<String>) -> Error {
        let wanted = match &error {
            ResolveError::NotSet { name, .. } => Some(name),
            ResolveError::ReferenceMissing { target, .. } => Some(target),
            ResolveError::Disputed { .. } => None,
        };
        let elsewhere = match wanted.map(|wanted| (wanted, self.view(Selection::All))) {
            Some((wanted, Ok(all))) => all.sections.holders(wanted),
            Some((_, Err(error))) => return error,
            None => Vec::new(),
        };
        let section = context.sections().pop().unwrap_or(SectionId::Team);
        let (team, place) = (view.head.team.clone(), describe(context, view));
        Error::Resolve(Box::new(Unresolved { error, by, team, place, section, elsewhere }))
    }
}
