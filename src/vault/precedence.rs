//! Precedence: which section wins. Team, cluster, project, the weakest first, for secrets and entries alike.
//!
//! A reference stands for the effective secret in the context, not for the one in its own section. It looks
//! up secrets only, never entries: one level, no cycles.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::iter::Peekable;

use super::dispute::{Candidate, Dispute};
use super::name::SecretName;
use super::near::nearest;
use super::record::{Record, Records};
use super::reference::Entry;
use super::section::{Context, Section, SectionId, Sections};
use super::value::Value;

/// One name in a context, with every section that sets it.
#[derive(Debug, Clone)]
pub struct Layered<'v> {
    pub name: &'v SecretName,
    /// The layer that applies: that of the strongest section.
    pub wins: Layer<'v>,
    /// The layers of the weaker sections, strongest first.
    pub shadowed: Vec<Layer<'v>>,
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

/// The names of a context in their order, merged from the sections that set them.
///
/// Nearly every name is set once, so that no list of layers is made for it.
pub struct Merged<'v> {
    /// What each section sets, strongest first and sorted by name.
    sources: Vec<Peekable<Source<'v>>>,
}

type Source<'v> = Box<dyn Iterator<Item = (&'v SecretName, Layer<'v>)> + 'v>;

impl<'v> Iterator for Merged<'v> {
    type Item = Layered<'v>;

    fn next(&mut self) -> Option<Layered<'v>> {
        let (mut found, mut name): (usize, Option<&SecretName>) = (0, None);
        let mut is_shared = false;
        for (at, source) in self.sources.iter_mut().enumerate() {
            let Some(&(next, _)) = source.peek() else { continue };
            match name.map_or(Ordering::Less, |name| next.cmp(name)) {
                Ordering::Less => (found, name, is_shared) = (at, Some(next), false),
                Ordering::Equal => is_shared = true,
                Ordering::Greater => {}
            }
        }
        let (name, wins) = self.sources.get_mut(found)?.next()?;
        let mut shadowed = Vec::new();
        if is_shared {
            let weaker = self.sources[found + 1..].iter_mut();
            let same = weaker.filter_map(|source| source.next_if(|(next, _)| *next == name));
            shadowed.extend(same.map(|(_, layer)| layer));
        }
        Some(Layered { name, wins, shadowed })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.sources.iter().map(|source| source.size_hint().1).sum())
    }
}

/// One variable of a merged environment.
#[derive(Debug, Clone)]
pub struct Variable<'v> {
    pub name: &'v SecretName,
    /// The section that sets it.
    pub section: &'v SectionId,
    /// What that section sets it to.
    pub record: &'v Record,
    /// Whether a secret gives the value, and not an entry's own text.
    pub is_secret: bool,
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
    ReferenceMissing {
        entry: SecretName,
        section: SectionId,
        /// Whether the entry gives the secret as a file.
        as_file: bool,
        target: SecretName,
        near: Option<SecretName>,
    },
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
    /// Merges the sections of a context: every name that one of them sets, in the order of the names.
    ///
    /// A missing section sets nothing. Whether the sections exist is for the caller to check.
    pub fn merge(&self, context: &Context) -> Merged<'_> {
        let mut sources = Vec::new();
        for (id, section) in self.strongest_first(context) {
            sources.extend(section.layers(id).map(Iterator::peekable));
        }
        sources.retain_mut(|source| source.peek().is_some());
        Merged { sources }
    }

    /// Finds one name of a context.
    pub fn layered<'v>(&'v self, context: &Context, name: &SecretName) -> Option<Layered<'v>> {
        let mut layers = self.strongest_first(context).filter_map(|(id, section)| section.layer(id, name));
        let (name, wins) = layers.next()?;
        Some(Layered { name, wins, shadowed: layers.map(|(_, layer)| layer).collect() })
    }

    /// The sections of a context that exist.
    fn strongest_first(&self, context: &Context) -> impl Iterator<Item = (&SectionId, &Section)> {
        let ids = context.sections().into_iter().rev();
        ids.filter_map(|id| self.get(&id).and(self.0.get_key_value(&id))).map(|(id, section)| (id, &**section))
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
        let Some(only) = only else { return self.resolve_where(context, |_| true) };
        let find = |name| self.layered(context, name).ok_or_else(|| self.not_set(context, name));
        let wanted: Vec<Layered<'_>> = only.iter().map(find).collect::<Result<_, _>>()?;
        wanted.iter().map(|layered| self.variable(context, layered)).collect()
    }

    /// Resolves those names of a context that are wanted. At the others it does not even look.
    ///
    /// # Errors
    /// If one of the resolved names is disputed or has a broken reference.
    pub fn resolve_where(
        &self,
        context: &Context,
        is_wanted: impl Fn(&SecretName) -> bool,
    ) -> Result<Vec<Variable<'_>>, ResolveError> {
        let merged = self.merge(context);
        let mut variables = Vec::with_capacity(merged.size_hint().1.unwrap_or_default());
        for layered in merged.filter(|layered| is_wanted(layered.name)) {
            variables.push(self.variable(context, &layered)?);
        }
        Ok(variables)
    }

    /// Makes the error for a name that no section of the context sets.
    pub fn not_set(&self, context: &Context, name: &SecretName) -> ResolveError {
        let known = self.merge(context).map(|layered| (layered.name.as_str(), layered.name));
        let near = nearest(name.as_str(), known).cloned();
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
        let Layer { section, record, is_entry, is_disputed } = layered.wins;
        if is_disputed && let Some(dispute) = self.dispute(section, layered.name) {
            return Err(ResolveError::Disputed { dispute, entry: None });
        }
        let entry = if is_entry { Entry::of(&record.value) } else { Entry::Plain(Cow::Borrowed(&record.value)) };
        let as_file = matches!(entry, Entry::File(_));
        let is_secret = !is_entry || entry.target().is_some();
        let given = self.given(context, entry).map_err(|broken| {
            let (entry, section) = (layered.name.clone(), section.clone());
            match broken {
                BrokenReference::Missing { target, near } => {
                    ResolveError::ReferenceMissing { entry, section, as_file, target, near }
                }
                BrokenReference::Disputed(dispute) => ResolveError::Disputed { dispute, entry: Some((entry, section)) },
            }
        })?;
        Ok(Variable { name: layered.name, section, record, is_secret, given })
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

impl Section {
    /// What it sets each name to: its secrets, its entries, and what is disputed. Each of the three is sorted by name.
    fn layers<'v>(&'v self, id: &'v SectionId) -> [Source<'v>; 3] {
        let standing = |records: &'v Records, is_entry| -> Source<'v> {
            let layer = move |record| Layer { section: id, record, is_entry, is_disputed: false };
            Box::new(records.iter().map(move |(name, record)| (name, layer(record))))
        };
        let disputed = self.disputes().into_iter().filter_map(|name| self.disputed_layer(id, name));
        [standing(&self.secrets, false), standing(&self.env, true), Box::new(disputed)]
    }

    /// What it sets one name to, with its own copy of the name.
    fn layer<'v>(&'v self, id: &'v SectionId, name: &SecretName) -> Option<(&'v SecretName, Layer<'v>)> {
        let standing = |records: &'v Records, is_entry| {
            let (name, record) = records.current.get_key_value(name)?;
            Some((name, Layer { section: id, record, is_entry, is_disputed: false }))
        };
        standing(&self.secrets, false)
            .or_else(|| standing(&self.env, true))
            .or_else(|| self.disputed_layer(id, self.disputes().get(name)?))
    }

    /// The first candidate of a name that is known to be disputed.
    fn disputed_layer<'v>(&'v self, id: &'v SectionId, name: &'v SecretName) -> Option<(&'v SecretName, Layer<'v>)> {
        let Candidate { record, is_entry } = self.candidates(name).into_iter().next()?;
        Some((name, Layer { section: id, record, is_entry, is_disputed: true }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use crate::vault::section::SectionId;
    use crate::vault::tests::{context, id, name, resolve, sections};

    proptest! {
        #[test]
        fn merging_finds_what_looking_up_each_name_finds(kinds in prop::collection::vec(0..5, 3 * 6)) {
            let mut all = sections(&["team:", "cluster gpu:", "project web:"]);
            let names = ["A", "AA", "B", "C", "CB", "D"].map(name);
            let (some, context) = (sections(&["team: A=x"]), context("gpu/web"));
            let record = some.secret(&SectionId::Team, &name("A")).unwrap();
            for (section, kinds) in all.0.values_mut().zip(kinds.chunks(names.len())) {
                let section = Arc::make_mut(section);
                for (name, kind) in names.iter().cloned().zip(kinds) {
                    match kind {
                        0 | 1 => continue,
                        2 => section.secrets.current.insert(name, record.clone()),
                        3 => section.env.current.insert(name, record.clone()),
                        _ => drop(section.env.disputed.insert(name, vec![record.clone()])),
                    }
                }
            }
            let merged: Vec<String> = all.merge(&context).map(|layered| format!("{layered:?}")).collect();
            let found = names.iter().filter_map(|name| all.layered(&context, name));
            prop_assert_eq!(merged, found.map(|layered| format!("{layered:?}")).collect::<Vec<_>>());
        }
    }

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
        let mut merged = all.merge(&context("gpu/web"));
        let found = all.layered(&context("gpu/web"), &name("A"));
        for layered in [merged.next(), found].map(Option::unwrap) {
            assert_eq!(layered.wins.section.to_string(), "project web");
            let shadowed: Vec<String> = layered.shadowed.iter().map(|layer| layer.section.to_string()).collect();
            assert_eq!(shadowed, ["cluster gpu", "team"]);
        }
        assert!(merged.next().is_none());
        assert_eq!(all.stronger(&SectionId::Team, &name("A")).len(), 2);
        assert_eq!(all.stronger(&id("project web"), &name("A")), []);
    }
}
