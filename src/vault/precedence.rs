//! Which section wins: team < cluster < project, in every context, for secrets and entries alike.
//!
//! A reference looks up secrets only, one level, and means the effective secret in the context, not the
//! one in the section that holds the reference.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Sections;
use super::dispute::{Candidate, Dispute};
use super::name::SecretName;
use super::near::nearest;
use super::record::Record;
use super::reference::Entry;
use super::section::{Context, SectionId};
use super::value::Value;

/// One name in a context: where it is set, the section that wins first.
#[derive(Debug, Clone)]
pub struct Layered<'v> {
    pub name: &'v SecretName,
    /// Never empty; strongest first.
    pub layers: Vec<Layer<'v>>,
}

/// What one section sets under a name.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'v> {
    pub section: &'v SectionId,
    /// Of a disputed name, the first of what it is said to be.
    pub record: &'v Record,
    pub is_entry: bool,
    pub is_disputed: bool,
}

impl<'v> Layered<'v> {
    /// The layer that applies.
    pub fn wins(&self) -> Layer<'v> {
        self.layers[0]
    }

    /// The sections whose value does not apply.
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

/// How a variable is to be given to a program.
#[derive(Debug, Clone)]
pub enum VariableContent<'v> {
    /// As this text.
    Value(Cow<'v, Value>),
    /// As the path of a file that holds this.
    File(&'v Value),
}

/// Why a reference gives nothing in the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokenReference {
    Missing { target: SecretName, near: Option<SecretName> },
    Disputed(Dispute),
}

/// Why an environment cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveError {
    /// Nothing sets this name in the context.
    NotSet { name: SecretName, near: Option<SecretName> },
    /// The entry refers to a secret that is not in the context.
    ReferenceMissing { entry: SecretName, section: SectionId, target: SecretName, near: Option<SecretName> },
    /// The name is disputed, or the secret that this entry refers to.
    Disputed { dispute: Dispute, entry: Option<(SecretName, SectionId)> },
}

impl Sections {
    /// Everything that is set in the context, by name.
    ///
    /// Sections of the context that are not there set nothing: that they exist is checked where they
    /// are named.
    pub fn merge(&self, context: &Context) -> BTreeMap<&SecretName, Layered<'_>> {
        let mut merged = BTreeMap::new();
        for id in context.sections().iter().rev() {
            let Some((id, section)) = self.0.get_key_value(id).filter(|(id, _)| self.get(id).is_some()) else {
                continue;
            };
            for (records, is_entry) in [(&section.secrets, false), (&section.env, true)] {
                for (name, record) in records.iter() {
                    let layered = merged.entry(name).or_insert_with(|| Layered { name, layers: Vec::new() });
                    layered.layers.push(Layer { section: id, record, is_entry, is_disputed: false });
                }
            }
            for name in section.disputes() {
                let layered = merged.entry(name).or_insert_with(|| Layered { name, layers: Vec::new() });
                let first = section.candidates(name).into_iter().take(1);
                layered.layers.extend(first.map(|Candidate { record, is_entry }| Layer {
                    section: id,
                    record,
                    is_entry,
                    is_disputed: true,
                }));
            }
        }
        merged
    }

    /// The merged environment of the context, by name; `only` narrows it, and nothing else is looked at.
    ///
    /// # Errors
    /// If a name of `only` is not set, or a reference among what is asked for is missing.
    pub fn resolve(
        &self,
        context: &Context,
        only: Option<&BTreeSet<SecretName>>,
    ) -> Result<Vec<Variable<'_>>, ResolveError> {
        let merged = self.merge(context);
        if let Some(name) = only.into_iter().flatten().find(|name| !merged.contains_key(name)) {
            return Err(self.not_set(context, name));
        }
        let asked = merged.values().filter(|layered| only.is_none_or(|only| only.contains(layered.name)));
        asked.map(|layered| self.variable(context, layered)).collect()
    }

    /// The error for a name that nothing sets in the context.
    pub fn not_set(&self, context: &Context, name: &SecretName) -> ResolveError {
        let merged = self.merge(context);
        let near = nearest(name.as_str(), merged.keys().map(|known| (known.as_str(), *known))).cloned();
        ResolveError::NotSet { name: name.clone(), near }
    }

    /// The effective secret of that name, entries aside.
    fn effective(&self, context: &Context, name: &SecretName) -> Option<Result<&Record, Dispute>> {
        let mut strongest = context.sections().into_iter().rev();
        strongest.find_map(|id| {
            let secrets = &self.get(&id)?.secrets;
            secrets.holds(name).then(|| secrets.get(name).ok_or_else(|| self.dispute(&id, name).expect("it is held")))
        })
    }

    /// One variable of the merged environment.
    ///
    /// # Errors
    /// If it is disputed, or a reference that is missing or disputed.
    pub fn variable<'v>(&'v self, context: &Context, layered: &Layered<'v>) -> Result<Variable<'v>, ResolveError> {
        let Layer { section, record, is_entry, is_disputed } = layered.wins();
        if let Some(dispute) = self.dispute(section, layered.name).filter(|_| is_disputed) {
            return Err(ResolveError::Disputed { dispute, entry: None });
        }
        let entry = if is_entry { Entry::of(&record.value) } else { Entry::Plain(Cow::Borrowed(&record.value)) };
        let given = self.given(context, entry).map_err(|dangling| {
            let (entry, section) = (layered.name.clone(), section.clone());
            match dangling {
                BrokenReference::Missing { target, near } => {
                    ResolveError::ReferenceMissing { entry, section, target, near }
                }
                BrokenReference::Disputed(dispute) => ResolveError::Disputed { dispute, entry: Some((entry, section)) },
            }
        })?;
        Ok(Variable { name: layered.name, section, given })
    }

    /// What an entry gives in the context.
    pub fn given<'v>(&'v self, context: &Context, entry: Entry<'v>) -> Result<VariableContent<'v>, BrokenReference> {
        let effective = |target: &SecretName| match self.effective(context, target) {
            Some(Ok(secret)) => Ok(&secret.value),
            Some(Err(dispute)) => Err(BrokenReference::Disputed(dispute)),
            None => {
                let secrets = context.sections().into_iter().filter_map(|id| self.get(&id));
                let names = secrets.flat_map(|section| section.secrets.iter().map(|(name, _)| name));
                let near = nearest(target.as_str(), names.map(|name| (name.as_str(), name))).cloned();
                Err(BrokenReference::Missing { target: target.clone(), near })
            }
        };
        Ok(match entry {
            Entry::Plain(value) => VariableContent::Value(value),
            Entry::Secret(target) => VariableContent::Value(Cow::Borrowed(effective(&target)?)),
            Entry::File(target) => VariableContent::File(effective(&target)?),
        })
    }

    /// The stronger sections that set the name too, so that what the given one sets does not show there.
    pub fn stronger(&self, id: &SectionId, name: &SecretName) -> Vec<SectionId> {
        let stronger = self.iter().filter(|(other, _)| other.kind() > id.kind());
        stronger.filter(|(_, section)| section.holds(name)).map(|(other, _)| other.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::vault::SectionId;
    use crate::vault::tests::{context, id, name, resolve, sections};

    #[test]
    fn a_projects_value_wins_over_the_clusters_and_the_teams() {
        // Each name is set where its letters say: T, C and P.
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
    fn entries_and_secrets_are_one_namespace_in_the_merge() {
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
    fn a_reference_means_the_effective_secret_of_the_context() {
        let all = sections(&[
            "team: KEY=team AUTH:=secret:KEY CERT:=file:KEY",
            "project web: KEY=web",
            "project api: KEY:=secret:KEY",
            "project odd: LOOP:=secret:LOOP PLAIN:=secret:not-a-name",
        ]);
        assert_eq!(resolve(&all, "/", None), "AUTH=team CERT=<team> KEY=team");
        assert_eq!(resolve(&all, "/web", None), "AUTH=web CERT=<web> KEY=web");
        // References look up secrets only: an entry of the same name is passed by.
        assert_eq!(resolve(&all, "/api", None), "AUTH=team CERT=<team> KEY=team");
        assert_eq!(resolve(&all, "/odd", None), "LOOP of project odd misses LOOP");
        assert_eq!(resolve(&all, "/odd", Some(&["PLAIN"])), "PLAIN=secret:not-a-name");
    }

    #[test]
    fn only_what_is_asked_for_is_looked_at() {
        let all = sections(&["team: A=1 BROKEN:=secret:GONE"]);
        assert_eq!(resolve(&all, "/", None), "BROKEN of team misses GONE");
        assert_eq!(resolve(&all, "/", Some(&["A"])), "A=1");
        assert_eq!(resolve(&all, "/", Some(&["A", "NONE"])), "NONE is not set");
    }

    #[test]
    fn tells_where_each_name_is_set() {
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
