//! References: entries that mean a secret, and the secrets that are in use by them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Sections;
use super::change::ChangeError;
use super::name::SecretName;
use super::near::nearest;
use super::record::{Change, Details, Record, Records, Stamp};
use super::section::{Context, Kind, SectionId};
use super::value::Value;

/// What an env entry says.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry<'v> {
    /// The variable is this itself.
    Plain(Cow<'v, Value>),
    /// `secret:NAME`: the variable is the effective secret of that name.
    Secret(SecretName),
    /// `file:NAME`: the variable is the path of a file that holds it.
    File(SecretName),
}

/// Stands before a text that would be read as a reference, or as one with this before it, and is none.
const LITERAL: &str = "literal:";

impl<'v> Entry<'v> {
    /// Reads an entry's value. What only looks like a reference, because no name follows, is plain text.
    pub fn of(value: &'v Value) -> Entry<'v> {
        let plain = Entry::Plain(Cow::Borrowed(value));
        let Ok(text) = std::str::from_utf8(value.expose()) else { return plain };
        match (referred(text), text.strip_prefix(LITERAL)) {
            (Some(reference), _) => reference,
            (None, Some(rest)) if is_marked(rest) => {
                Value::from_text(rest.to_owned().into()).map_or(plain, |value| Entry::Plain(Cow::Owned(value)))
            }
            _ => plain,
        }
    }

    /// The text that stands in a vault for a plain one.
    pub fn literal(text: &str) -> String {
        if is_marked(text) { format!("{LITERAL}{text}") } else { text.to_owned() }
    }

    /// The secret that it means, if it is a reference.
    pub fn target(&self) -> Option<&SecretName> {
        match self {
            Entry::Plain(_) => None,
            Entry::Secret(name) | Entry::File(name) => Some(name),
        }
    }
}

fn referred(text: &str) -> Option<Entry<'static>> {
    let (kind, name) = text.split_once(':')?;
    let name = SecretName::parse(name).ok()?;
    match kind {
        "secret" => Some(Entry::Secret(name)),
        "file" => Some(Entry::File(name)),
        _ => None,
    }
}

/// Whether a text is a reference, however often it is said to be none.
fn is_marked(text: &str) -> bool {
    referred(text.trim_start_matches(LITERAL)).is_some()
}

impl Sections {
    /// The section's own entry of that name.
    pub fn entry(&self, id: &SectionId, name: &SecretName) -> Result<&Record, ChangeError> {
        let section = self.existing(id)?;
        self.undisputed(id, name)?;
        section.env.get(name).ok_or_else(|| ChangeError::EntryMissing {
            name: name.clone(),
            section: id.clone(),
            is_secret: section.secrets.get(name).is_some(),
            near: nearest(name.as_str(), section.env.iter().map(|(name, _)| (name.as_str(), name))).cloned(),
        })
    }

    /// Sets an entry, unless a secret of the section has that name.
    pub fn set_entry(
        &mut self,
        id: &SectionId,
        name: &SecretName,
        value: Value,
        stamp: &Stamp,
    ) -> Result<Change, ChangeError> {
        self.existing(id)?;
        self.undisputed(id, name)?;
        if self.existing(id)?.secrets.get(name).is_some() {
            return Err(ChangeError::NameTaken { name: name.clone(), section: id.clone(), by_entry: false });
        }
        Ok(self.existing_mut(id)?.env.set(name, value, Details::default(), stamp))
    }

    /// Deletes an entry. Nothing refers to entries.
    pub fn delete_entry(&mut self, id: &SectionId, name: &SecretName, stamp: &Stamp) -> Result<(), ChangeError> {
        self.entry(id, name)?;
        self.existing_mut(id)?.env.delete(name, None, stamp);
        Ok(())
    }

    /// Whether some context that the section is part of has a secret of that name.
    pub fn finds(&self, id: &SectionId, name: &SecretName) -> bool {
        let mut sections = self.contexts_with(id).into_iter().flat_map(|context| context.sections());
        sections.any(|section| self.has_secret(&section, name))
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
        self.get(id).is_some_and(|section| section.secrets.holds(name))
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
                    let holds =
                        |id: &SectionId| has(id, entry) || self.get(id).is_some_and(|section| section.env.holds(entry));
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
            Entry::Plain(_) => return,
            Entry::Secret(_) => format!("secret:{target}"),
            Entry::File(_) => format!("file:{target}"),
        };
        let details = Details { note: None, expires: record.expires };
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

#[cfg(test)]
mod tests {
    use super::Entry;
    use crate::vault::Value;
    use crate::vault::tests::{id, name, resolve, sections, stamp};

    #[test]
    fn a_text_that_is_no_reference_can_be_said_to_be_none() {
        for text in ["secret:A", "file:A", "literal:secret:A", "literal:literal:file:A"] {
            let stored = Entry::literal(text);
            assert_eq!(stored, format!("literal:{text}"));
            let value = Value::from_text(stored.into()).unwrap();
            let Entry::Plain(read) = Entry::of(&value) else { panic!("{text}") };
            assert_eq!(read.as_text(), text);
        }
        for text in ["", "a", "literal:a", "secret:", "secret:1", "secret:A ", "Secret:A", "literal:secret:1"] {
            assert_eq!(Entry::literal(text), text, "it needs no saying");
            let value = Value::from_text(text.to_owned().into()).unwrap();
            let Entry::Plain(read) = Entry::of(&value) else { panic!("{text}") };
            assert_eq!(read.as_text(), text);
        }
    }

    #[test]
    fn a_secret_is_in_use_if_without_it_a_reference_goes_missing_somewhere() {
        for (lines, section, users) in [
            // Nobody refers to it.
            (&["team: KEY=1"][..], "team", ""),
            // The only one that the reference can find.
            (&["team: KEY=1 A:=secret:KEY"], "team", "A of team"),
            (&["team: KEY=1", "project web: A:=file:KEY"], "team", "A of project web"),
            // Another one is found, wherever the reference applies.
            (&["team: KEY=1", "project web: KEY=2 A:=secret:KEY"], "project web", ""),
            (&["team: KEY=1", "project web: KEY=2 A:=secret:KEY"], "team", ""),
            // Another one is found only on some cluster: in the other contexts it is missing.
            (&["team: KEY=1 A:=secret:KEY", "cluster gpu: KEY=2"], "team", "A of team"),
            (
                &["cluster gpu: KEY=2", "cluster eu: KEY=3", "project web: A:=secret:KEY"],
                "cluster gpu",
                "A of project web",
            ),
            // It was missing before, and is no worse now.
            (&["team: A:=secret:GONE KEY=1"], "team", ""),
            // The reference is shadowed where it would be missing.
            (&["team: A:=secret:KEY", "project web: A=plain KEY=1"], "project web", ""),
            // The secret shadows an entry that refers to nothing.
            (&["team: KEY:=secret:GONE", "project web: KEY=1"], "project web", "KEY of team"),
        ] {
            let all = sections(lines);
            let found = all.users(&id(section), &name("KEY"));
            let shown: Vec<String> = found.iter().map(|(section, entry)| format!("{entry} of {section}")).collect();
            assert_eq!(shown.join(", "), users, "{lines:?}");
        }
    }

    #[test]
    fn references_follow_a_rename_only_if_none_of_them_breaks() {
        let mut all = sections(&["team: A:=secret:KEY", "project web: KEY=1", "project api: KEY=2"]);
        let (web, old, new) = (id("project web"), name("KEY"), name("NEW"));
        // In project api the entry means that project's own KEY: it cannot follow both.
        assert!(all.rename(&web, &old, &new, true, &stamp()).is_err());
        assert!(all.rename(&web, &old, &new, false, &stamp()).is_err());
        let mut all = sections(&["team: KEY=0", "project web: KEY=1 A:=secret:KEY B:=file:KEY"]);
        assert_eq!(all.rename(&web, &old, &new, false, &stamp()), Ok(0), "the team's KEY is found instead");
        let mut all = sections(&["project web: KEY=1 A:=secret:KEY B:=file:KEY"]);
        assert_eq!(all.rename(&web, &old, &new, true, &stamp()), Ok(2));
        assert_eq!(resolve(&all, "/web", None), "A=1 B=<1> NEW=1");
    }
}
