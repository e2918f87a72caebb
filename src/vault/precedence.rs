//! Which section wins: team < cluster < project, in every context, for secrets and entries alike.
//!
//! A reference looks up secrets only, one level, and means the effective secret in the context, not the
//! one in the section that holds the reference.

use std::collections::{BTreeMap, BTreeSet};

use super::Sections;
use super::change::nearest;
use super::name::SecretName;
use super::record::{Record, Records, Stamp};
use super::section::{Context, Kind, SectionId};
use super::value::Value;

/// What an env entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The variable is this text itself.
    Plain,
    /// `secret:NAME`: the variable is the effective secret of that name.
    Secret(SecretName),
    /// `file:NAME`: the variable is the path of a file that holds it.
    File(SecretName),
}

impl Entry {
    /// Reads an entry's value. What only looks like a reference, because no name follows, is plain text.
    pub fn of(value: &Value) -> Entry {
        let text = value.as_text();
        let target = |prefix| SecretName::parse(text.strip_prefix(prefix)?).ok();
        match (target("secret:"), target("file:")) {
            (Some(name), _) => Entry::Secret(name),
            (_, Some(name)) => Entry::File(name),
            _ => Entry::Plain,
        }
    }

    fn target(&self) -> Option<&SecretName> {
        match self {
            Entry::Plain => None,
            Entry::Secret(name) | Entry::File(name) => Some(name),
        }
    }
}

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
    pub record: &'v Record,
    pub is_entry: bool,
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
#[derive(Debug, Clone, Copy)]
pub struct Variable<'v> {
    pub name: &'v SecretName,
    /// The section that sets it.
    pub section: &'v SectionId,
    pub given: Given<'v>,
}

/// How a variable is to be given to a program.
#[derive(Debug, Clone, Copy)]
pub enum Given<'v> {
    /// As this text.
    Value(&'v Value),
    /// As the path of a file that holds this.
    File(&'v Value),
}

/// Why an environment cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveError {
    /// Nothing sets this name in the context.
    NotSet { name: SecretName, near: Option<SecretName> },
    /// The entry refers to a secret that is not in the context.
    ReferenceMissing { entry: SecretName, section: SectionId, target: SecretName, near: Option<SecretName> },
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
                    layered.layers.push(Layer { section: id, record, is_entry });
                }
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
    pub fn effective(&self, context: &Context, name: &SecretName) -> Option<(SectionId, &Record)> {
        let mut strongest = context.sections().into_iter().rev();
        strongest.find_map(|id| self.get(&id)?.secrets.get(name).map(|record| (id, record)))
    }

    fn variable<'v>(&'v self, context: &Context, layered: &Layered<'v>) -> Result<Variable<'v>, ResolveError> {
        let Layer { section, record, is_entry } = layered.wins();
        let entry = if is_entry { Entry::of(&record.value) } else { Entry::Plain };
        let value = match entry.target() {
            None => &record.value,
            Some(target) => match self.effective(context, target) {
                Some((_, secret)) => &secret.value,
                None => {
                    let secrets = context.sections().into_iter().filter_map(|id| self.get(&id));
                    let names = secrets.flat_map(|section| section.secrets.iter().map(|(name, _)| name));
                    return Err(ResolveError::ReferenceMissing {
                        entry: layered.name.clone(),
                        section: section.clone(),
                        target: target.clone(),
                        near: nearest(target.as_str(), names.map(|name| (name.as_str(), name))).cloned(),
                    });
                }
            },
        };
        let given = if matches!(entry, Entry::File(_)) { Given::File(value) } else { Given::Value(value) };
        Ok(Variable { name: layered.name, section, given })
    }

    /// The stronger sections that set the name too, so that what the given one sets does not show there.
    pub fn stronger(&self, id: &SectionId, name: &SecretName) -> Vec<SectionId> {
        let stronger = self.iter().filter(|(other, _)| other.kind() > id.kind());
        stronger.filter(|(_, section)| section.holds(name)).map(|(other, _)| other.clone()).collect()
    }

    /// The entries that would refer to nothing, in some context, if the section had no such secret.
    pub fn users(&self, id: &SectionId, name: &SecretName) -> Vec<(SectionId, SecretName)> {
        let without = |section: &SectionId, secret: &SecretName| {
            (section, secret) != (id, name) && self.has_secret(section, secret)
        };
        newly_missing(self.missing(&|section, secret| self.has_secret(section, secret)), self.missing(&without))
    }

    /// The entries that refer to nothing here, in some context, and did not before.
    pub(in crate::vault) fn missing_since(&self, before: &Sections) -> Vec<(SectionId, SecretName)> {
        let was = before.missing(&|section, secret| before.has_secret(section, secret));
        newly_missing(was, self.missing(&|section, secret| self.has_secret(section, secret)))
    }

    fn has_secret(&self, id: &SectionId, name: &SecretName) -> bool {
        self.get(id).is_some_and(|section| section.secrets.get(name).is_some())
    }

    /// The entries that apply in a context and refer to nothing there, if the secrets are those that
    /// `has` tells.
    fn missing(&self, has: &dyn Fn(&SectionId, &SecretName) -> bool) -> BTreeSet<(Context, SectionId, SecretName)> {
        let mut missing = BTreeSet::new();
        for (id, section) in self.iter() {
            for (entry, record) in section.env.iter() {
                let Some(target) = Entry::of(&record.value).target().cloned() else { continue };
                for context in self.contexts_with(id) {
                    let sections = context.sections();
                    let stronger = sections.iter().filter(|other| other.kind() > id.kind());
                    let holds = |id: &SectionId| {
                        has(id, entry) || self.get(id).is_some_and(|section| section.env.get(entry).is_some())
                    };
                    let applies = !stronger.into_iter().any(holds);
                    if applies && !sections.iter().any(|id| has(id, &target)) {
                        missing.insert((context, id.clone(), entry.clone()));
                    }
                }
            }
        }
        missing
    }

    /// Every context that the section is part of.
    fn contexts_with(&self, id: &SectionId) -> Vec<Context> {
        let choices = |kind: Kind| {
            if id.kind() == Some(kind) {
                return vec![id.id().cloned()];
            }
            let all = self.iter().filter(|(id, _)| id.kind() == Some(kind)).map(|(id, _)| id.id().cloned());
            std::iter::once(None).chain(all).collect()
        };
        let projects = choices(Kind::Project);
        let pair = |cluster| projects.iter().map(move |project| (cluster, project));
        let clusters = choices(Kind::Cluster);
        let pairs = clusters.iter().flat_map(pair);
        pairs.map(|(cluster, project)| Context { cluster: cluster.clone(), project: project.clone() }).collect()
    }
}

impl Records {
    /// Makes an entry refer to another secret, in the way that it refers to one now.
    pub(in crate::vault) fn refer(&mut self, entry: &SecretName, target: &SecretName, stamp: &Stamp) {
        let Some(record) = self.get(entry) else { return };
        let text = match Entry::of(&record.value) {
            Entry::Plain => return,
            Entry::Secret(_) => format!("secret:{target}"),
            Entry::File(_) => format!("file:{target}"),
        };
        let details = super::Details { note: None, expires: record.expires };
        if let Ok(value) = Value::text(text.into_bytes().into()) {
            self.set(entry, value, details, stamp);
        }
    }
}

type Missing = BTreeSet<(Context, SectionId, SecretName)>;

fn newly_missing(before: Missing, after: Missing) -> Vec<(SectionId, SecretName)> {
    let entries: BTreeSet<_> =
        after.difference(&before).map(|(_, section, entry)| (section.clone(), entry.clone())).collect();
    entries.into_iter().collect()
}
