//! Precedence: which section wins. Team, cluster, project, the weakest first, for secrets and entries alike.
//!
//! A reference stands for the effective secret in the context, not for the one in its own section. It looks
//! up secrets only, never entries: one level, no cycles.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::dispute::{Candidate, Dispute};
use super::name::SecretName;
use super::near::nearest;
use super::record::Record;
use super::reference::Entry;
use super::section::{Context, SectionId, Sections};
use super::value::Value;

/// One name in a context, with every section that sets it.
#[derive(Debug, Clone)]
pub struct Layered<'v> {
    pub name: &'v SecretName,
    /// Strongest first; never empty.
    pub layers: Vec<Layer<'v>>,
}

/// What one section sets a name to.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'v> {
    pub section: &'v SectionId,
    /// For a disputed name, the first candidate.
    pub record: &'v Record,
    pub is_entry: bool,
    pub is_disputed: bool,
}

impl<'v> Layered<'v> {
    /// The layer that applies: that of the strongest section.
    pub fn wins(&self) -> Layer<'v> {
        self.layers[0]
    }

    /// The sections whose value a stronger one shadows.
    pub fn shadowed(&self) -> impl Iterator<Item = &'v SectionId> {
        self.layers[1..].iter().map(|layer| layer.section)
    }
}

/// One variable of a merged environment.
#[derive(Debug, Clone)]
pub struct Variable<'v> {
    pub name: &'v SecretName,
    /// The section that sets it.
    pub section: &'v SectionId,
    pub given: VariableContent<'v>,
}

/// How a program gets a variable.
#[derive(Debug, Clone)]
pub enum VariableContent<'v> {
    /// As its value.
    Value(Cow<'v, Value>),
    /// As the path of a file that holds this value.
    File(&'v Value),
}

/// Why a reference has no value in a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokenReference {
    /// No section of the context has the secret.
    Missing { target: SecretName, near: Option<SecretName> },
    /// The secret is disputed.
    Disputed(Dispute),
}

impl fmt::Display for BrokenReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BrokenReference::Missing { target, .. } => write!(f, "secret {target} is not set in this context"),
            BrokenReference::Disputed(dispute) => write!(f, "{} in {} is disputed", dispute.name, dispute.section),
        }
    }
}

impl std::error::Error for BrokenReference {}

/// Why a context has no environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveError {
    /// No section of the context sets this name.
    NotSet { name: SecretName, near: Option<SecretName> },
    /// The entry refers to a secret that the context does not have.
    ReferenceMissing { entry: SecretName, section: SectionId, target: SecretName, near: Option<SecretName> },
    /// The name is disputed, or the secret to which this entry refers.
    Disputed { dispute: Dispute, entry: Option<(SecretName, SectionId)> },
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResolveError::NotSet { name, .. } => write!(f, "{name} is not set in this context"),
            ResolveError::ReferenceMissing { entry, section, target, .. } => {
                write!(f, "entry {entry} in {section} refers to {target}, which is not set in this context")
            }
            ResolveError::Disputed { dispute, entry } => {
                if let Some((entry, section)) = entry {
                    write!(f, "entry {entry} in {section}: ")?;
                }
                write!(f, "{} in {} is disputed", dispute.name, dispute.section)
            }
        }
    }
}

impl std::error::Error for ResolveError {}

impl Sections {
    /// Merges the sections of a context: every name that one of them sets.
    ///
    /// A missing section sets nothing. Whether the sections exist is for the caller to check.
    pub fn merge(&self, context: &Context) -> BTreeMap<&SecretName, Layered<'_>> {
        let mut merged = BTreeMap::new();
        for id in context.sections().iter().rev() {
            let present = self.0.get_key_value(id).filter(|(id, _)| self.get(id).is_some());
            let Some((id, section)) = present else { continue };

            for (records, is_entry) in [(&section.secrets, false), (&section.env, true)] {
                for (name, record) in records.iter() {
                    let layer = Layer { section: id, record, is_entry, is_disputed: false };
                    push(&mut merged, name, layer);
                }
            }
            for name in section.disputes() {
                if let Some(Candidate { record, is_entry }) = section.candidates(name).into_iter().next() {
                    let layer = Layer { section: id, record, is_entry, is_disputed: true };
                    push(&mut merged, name, layer);
                }
            }
        }
        merged
    }

    /// Resolves the environment of a context, by name. With `only`, no other name is even looked at.
    ///
    /// # Errors
    /// If a name of `only` is not set, or one of the resolved names is disputed or has a broken reference.
    pub fn resolve(
        &self,
        context: &Context,
        only: Option<&BTreeSet<SecretName>>,
    ) -> Result<Vec<Variable<'_>>, ResolveError> {
        let merged = self.merge(context);
        if let Some(name) = only.into_iter().flatten().find(|name| !merged.contains_key(name)) {
            return Err(self.not_set(context, name));
        }
        let wanted = merged.values().filter(|layered| only.is_none_or(|only| only.contains(layered.name)));
        wanted.map(|layered| self.variable(context, layered)).collect()
    }

    /// Makes the error for a name that no section of the context sets.
    pub fn not_set(&self, context: &Context, name: &SecretName) -> ResolveError {
        let merged = self.merge(context);
        let near = nearest(name.as_str(), merged.keys().map(|known| (known.as_str(), *known))).cloned();
        ResolveError::NotSet { name: name.clone(), near }
    }

    /// The effective secret of that name. Entries are ignored.
    fn effective(&self, context: &Context, name: &SecretName) -> Option<Result<&Record, Dispute>> {
        let mut strongest_first = context.sections().into_iter().rev();
        strongest_first.find_map(|id| {
            let secrets = &self.get(&id)?.secrets;
            let disputed = || self.dispute(&id, name).expect("a name that is held, but not set, is disputed");
            secrets.holds(name).then(|| secrets.get(name).ok_or_else(disputed))
        })
    }

    /// Resolves one name of a merged context.
    ///
    /// # Errors
    /// If it is disputed, or refers to a secret that is missing or disputed.
    pub fn variable<'v>(&'v self, context: &Context, layered: &Layered<'v>) -> Result<Variable<'v>, ResolveError> {
        let Layer { section, record, is_entry, is_disputed } = layered.wins();
        if let Some(dispute) = self.dispute(section, layered.name).filter(|_| is_disputed) {
            return Err(ResolveError::Disputed { dispute, entry: None });
        }
        let entry = if is_entry { Entry::of(&record.value) } else { Entry::Plain(Cow::Borrowed(&record.value)) };
        let given = self.given(context, entry).map_err(|broken| {
            let (entry, section) = (layered.name.clone(), section.clone());
            match broken {
                BrokenReference::Missing { target, near } => {
                    ResolveError::ReferenceMissing { entry, section, target, near }
                }
                BrokenReference::Disputed(dispute) => ResolveError::Disputed { dispute, entry: Some((entry, section)) },
            }
        })?;
        Ok(Variable { name: layered.name, section, given })
    }

    /// Finds the secret of a context whose name is nearest to what was typed.
    pub fn near_secret(&self, context: &Context, typed: &str) -> Option<&SecretName> {
        let secrets = context.sections().into_iter().filter_map(|id| self.get(&id));
        let names = secrets.flat_map(|section| section.secrets.iter().map(|(name, _)| name));
        nearest(typed, names.map(|name| (name.as_str(), name)))
    }

    /// Resolves an entry in a context.
    ///
    /// # Errors
    /// If it refers to a secret that is missing or disputed.
    pub fn given<'v>(&'v self, context: &Context, entry: Entry<'v>) -> Result<VariableContent<'v>, BrokenReference> {
        let effective = |target: &SecretName| match self.effective(context, target) {
            Some(Ok(secret)) => Ok(&secret.value),
            Some(Err(dispute)) => Err(BrokenReference::Disputed(dispute)),
            None => {
                let near = self.near_secret(context, target.as_str()).cloned();
                Err(BrokenReference::Missing { target: target.clone(), near })
            }
        };
        Ok(match entry {
            Entry::Plain(value) => VariableContent::Value(value),
            Entry::Secret(target) => VariableContent::Value(Cow::Borrowed(effective(&target)?)),
            Entry::File(target) => VariableContent::File(effective(&target)?),
        })
    }

    /// The stronger sections that set the name too. In their contexts they shadow this section.
    pub fn stronger(&self, id: &SectionId, name: &SecretName) -> Vec<SectionId> {
        let stronger = self.iter().filter(|(other, _)| other.kind() > id.kind());
        stronger.filter(|(_, section)| section.holds(name)).map(|(other, _)| other.clone()).collect()
    }
}

fn push<'v>(merged: &mut BTreeMap<&'v SecretName, Layered<'v>>, name: &'v SecretName, layer: Layer<'v>) {
    let layered = merged.entry(name).or_insert_with(|| Layered { name, layers: Vec::new() });
    layered.layers.push(layer);
}

#[cfg(test)]
mod tests {
    use crate::vault::section::SectionId;
    use crate::vault::tests::{context, id, name, resolve, sections};

    #[test]
    fn a_project_overrides_a_cluster_and_a_cluster_overrides_the_team() {
        // The letters of a name are the sections that set it: team, cluster, project.
        let all = sections(&[
            "team: T=t TC=t TP=t TCP=t",
            "cluster gpu: C=c TC=c CP=c TCP=c",
            "cluster eu: C=e",
            "project web: P=p TP=p CP=p TCP=p",
            "project api: P=a",
        ]);
        for (at, environment) in [
            ("/", "T=t TC=t TCP=t TP=t"),
            ("gpu/", "C=c CP=c T=t TC=c TCP=c TP=t"),
            ("/web", "CP=p P=p T=t TC=t TCP=p TP=p"),
            ("gpu/web", "C=c CP=p P=p T=t TC=c TCP=p TP=p"),
            ("eu/api", "C=e P=a T=t TC=t TCP=t TP=t"),
        ] {
            assert_eq!(resolve(&all, at, None), environment, "{at}");
        }
    }

    #[test]
    fn entries_and_secrets_share_one_namespace() {
        for (team, project, environment) in [
            ("A=secret", "A:=entry", "A=entry"),
            ("A:=entry", "A=secret", "A=secret"),
            ("A:=weak", "A:=strong", "A=strong"),
        ] {
            let all = sections(&[&format!("team: {team}"), &format!("project web: {project}")]);
            assert_eq!(resolve(&all, "/web", None), environment);
        }
    }

    #[test]
    fn a_reference_stands_for_the_effective_secret_of_the_context() {
        let all = sections(&[
            "team: KEY=team AUTH:=secret:KEY CERT:=file:KEY",
            "project web: KEY=web",
            "project api: KEY:=secret:KEY",
            "project odd: LOOP:=secret:LOOP PLAIN:=secret:not-a-name",
        ]);
        assert_eq!(resolve(&all, "/", None), "AUTH=team CERT=<team> KEY=team");
        assert_eq!(resolve(&all, "/web", None), "AUTH=web CERT=<web> KEY=web");
        // References look up secrets only: an entry of the same name is ignored.
        assert_eq!(resolve(&all, "/api", None), "AUTH=team CERT=<team> KEY=team");
        assert_eq!(resolve(&all, "/odd", None), "LOOP of project odd misses LOOP");
        assert_eq!(resolve(&all, "/odd", Some(&["PLAIN"])), "PLAIN=secret:not-a-name");
    }

    #[test]
    fn looks_only_at_the_requested_names() {
        let all = sections(&["team: A=1 BROKEN:=secret:GONE"]);
        assert_eq!(resolve(&all, "/", None), "BROKEN of team misses GONE");
        assert_eq!(resolve(&all, "/", Some(&["A"])), "A=1");
        assert_eq!(resolve(&all, "/", Some(&["A", "NONE"])), "NONE is not set");
    }

    #[test]
    fn lists_every_section_that_sets_a_name() {
        let all = sections(&["team: A=1", "cluster gpu: A:=x", "project web: A=2"]);
        let merged = all.merge(&context("gpu/web"));
        let layered = &merged[&name("A")];
        assert_eq!(layered.wins().section.to_string(), "project web");
        let shadowed: Vec<String> = layered.shadowed().map(ToString::to_string).collect();
        assert_eq!(shadowed, ["cluster gpu", "team"]);
        assert_eq!(all.stronger(&SectionId::Team, &name("A")).len(), 2);
        assert_eq!(all.stronger(&id("project web"), &name("A")), []);
    }
}
