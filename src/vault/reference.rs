//! References: entries that stand for a secret, and the secrets that are in use because of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::name::SecretName;
use super::record::{Details, Expiry, Records, Stamp};
use super::section::{Context, Kind, SectionId, Sections};
use super::value::Value;

/// The meaning of an env entry.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry<'v> {
    /// The variable has this value.
    Plain(Cow<'v, Value>),
    /// `secret:NAME`: the variable has the value of the effective secret NAME.
    Secret(SecretName),
    /// `file:NAME`: the variable has the path of a file that holds the effective secret NAME.
    File(SecretName),
}

/// A text that its author most likely meant as a reference, and that is none.
///
/// It has no `Debug`: the text may be a value after all.
pub struct AlmostReference {
    /// `secret` or `file`.
    pub kind: &'static str,
    /// What might be the name, in the characters of a name. It only serves to find a name that exists.
    pub typed: String,
}

/// Marks plain text that would otherwise be taken for a reference.
///
/// Text that begins with the mark and then looks like a reference gets the mark once more, so that every text
/// can be stored.
const LITERAL: &str = "literal:";

impl<'v> Entry<'v> {
    /// Parses an entry's value. Text that begins like a reference, but has no valid name, is plain.
    pub fn of(value: &'v Value) -> Entry<'v> {
        let plain = Entry::Plain(Cow::Borrowed(value));
        let Ok(text) = std::str::from_utf8(value.expose()) else {
            return plain;
        };
        if let Some(reference) = reference(text) {
            return reference;
        }
        match text.strip_prefix(LITERAL).filter(|rest| needs_mark(rest)) {
            Some(rest) => {
                let value = Value::from_text(rest.to_owned().into());
                value.map_or(plain, |value| Entry::Plain(Cow::Owned(value)))
            }
            None => plain,
        }
    }

    /// Parses an entry of a file that lists an environment. There, text that is almost a reference is a mistake
    /// unless it has the mark: a program must not get `secret:my-key` as its password.
    ///
    /// # Errors
    /// If the text is almost a reference.
    pub fn listed(value: &'v Value) -> Result<Entry<'v>, AlmostReference> {
        let text = std::str::from_utf8(value.expose()).unwrap_or_default();
        let marked = text.strip_prefix(LITERAL).filter(|rest| almost(rest.trim_start_matches(LITERAL)).is_some());
        match (Entry::of(value), marked, almost(text)) {
            (entry @ (Entry::Secret(_) | Entry::File(_)), ..) => Ok(entry),
            (plain, Some(rest), _) => {
                let value = Value::from_text(rest.to_owned().into());
                Ok(value.map_or(plain, |value| Entry::Plain(Cow::Owned(value))))
            }
            (_, None, Some(almost)) => Err(almost),
            (plain, None, None) => Ok(plain),
        }
    }

    /// Whether a text is almost a reference: its author most likely meant one.
    pub fn is_almost(text: &str) -> bool {
        almost(text).is_some()
    }

    /// The text to store for a plain entry, with a mark if it needs one.
    pub fn literal(text: &str) -> String {
        if needs_mark(text) { format!("{LITERAL}{text}") } else { text.to_owned() }
    }

    /// The value to store for a plain entry of this value, with a mark if it needs one.
    pub(in crate::vault) fn plain(value: Value) -> Value {
        let text = std::str::from_utf8(value.expose()).ok().filter(|text| needs_mark(text));
        // A value so long that the mark does not fit is no reference.
        let marked = text.and_then(|text| Value::from_text(Entry::literal(text).into()).ok());
        marked.unwrap_or(value)
    }

    /// The secret that a reference names.
    pub fn target(&self) -> Option<&SecretName> {
        match self {
            Entry::Plain(_) => None,
            Entry::Secret(name) | Entry::File(name) => Some(name),
        }
    }
}

fn reference(text: &str) -> Option<Entry<'static>> {
    let (kind, name) = text.split_once(':')?;
    let name = name.parse().ok()?;
    match kind {
        "secret" => Some(Entry::Secret(name)),
        "file" => Some(Entry::File(name)),
        _ => None,
    }
}

/// Recognises a text that is almost a reference: a name that none can have, no name, another case, spaces or quotes
/// around it, `secret://`.
///
/// A text of several lines is none, such as YAML that begins with a key `secret`. Neither is a path or an address
/// after `file:`.
fn almost(text: &str) -> Option<AlmostReference> {
    let is_around = |c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`');
    let trimmed = text.trim_matches(is_around);
    let (kind, rest) = trimmed.split_once(':').filter(|_| reference(text).is_none() && !trimmed.contains('\n'))?;
    let kind = ["secret", "file"].into_iter().find(|known| kind.trim_end().eq_ignore_ascii_case(known))?;
    if kind == "file" && rest.contains(['/', '\\', '.', ':', '?', '%', '~']) {
        return None;
    }
    let words = rest.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    Some(AlmostReference { kind, typed: words.collect::<Vec<_>>().join("_") })
}

/// Whether a text is a reference, after any number of marks.
fn needs_mark(text: &str) -> bool {
    reference(text.trim_start_matches(LITERAL)).is_some()
}

/// Entries whose reference is missing, each with its section and one context where it is.
type Missing = BTreeSet<(Context, SectionId, SecretName)>;

impl Sections {
    /// Whether some context with this section has a secret of that name.
    pub fn finds(&self, id: &SectionId, name: &SecretName) -> bool {
        let mut sections = self.contexts_with(id).into_iter().flat_map(|context| context.sections());
        sections.any(|section| self.has_secret(&section, name))
    }

    /// The entries whose reference would go missing, in some context, without this secret.
    pub fn users(&self, id: &SectionId, name: &SecretName) -> Vec<(SectionId, SecretName)> {
        let has_other = |section: &SectionId, secret: &SecretName| {
            (section, secret) != (id, name) && self.has_secret(section, secret)
        };
        let before = self.missing(|section, secret| self.has_secret(section, secret));
        newly_missing(&before, &self.missing(has_other))
    }

    /// The sections that are closed to the key at hand, and whose entries may refer to secrets of this one.
    pub fn unseen_users(&self, id: &SectionId) -> Vec<SectionId> {
        let share_context = |other: &SectionId| *id == SectionId::Team || other.kind() != id.kind();
        self.locked().map(|(other, _)| other).filter(|other| share_context(other)).cloned().collect()
    }

    /// The entries whose reference is missing here, in some context where it was not missing before.
    pub(in crate::vault) fn missing_since(&self, before: &Sections) -> Vec<(SectionId, SecretName)> {
        let earlier = before.missing(|section, secret| before.has_secret(section, secret));
        newly_missing(&earlier, &self.missing(|section, secret| self.has_secret(section, secret)))
    }

    fn has_secret(&self, id: &SectionId, name: &SecretName) -> bool {
        self.get(id).is_some_and(|section| section.secrets.holds(name))
    }

    /// The missing references, if exactly those secrets exist for which `has` is true. Entries count in the
    /// contexts where no stronger section shadows them.
    fn missing(&self, has: impl Fn(&SectionId, &SecretName) -> bool) -> Missing {
        let mut missing = BTreeSet::new();
        for (id, section) in self.iter() {
            for (name, record) in section.env.iter() {
                let entry = Entry::of(&record.value);
                let Some(target) = entry.target() else { continue };

                let sets =
                    |id: &SectionId| has(id, name) || self.get(id).is_some_and(|section| section.env.holds(name));
                for context in self.contexts_with(id) {
                    let sections = context.sections();
                    let is_shadowed = sections.iter().any(|other| other.kind() > id.kind() && sets(other));
                    if !is_shadowed && !sections.iter().any(|id| has(id, target)) {
                        missing.insert((context, id.clone(), name.clone()));
                    }
                }
            }
        }
        missing
    }

    /// Every context with this section, for any pair of a cluster and a project, or none of either.
    fn contexts_with(&self, id: &SectionId) -> Vec<Context> {
        let choices = |kind: Kind| {
            if id.kind() == Some(kind) {
                return vec![id.id().cloned()];
            }
            let all = self.iter().filter(|(id, _)| id.kind() == Some(kind)).map(|(id, _)| id.id().cloned());
            std::iter::once(None).chain(all).collect()
        };

        let (clusters, projects) = (choices(Kind::Cluster), choices(Kind::Project));
        let mut contexts = Vec::with_capacity(clusters.len() * projects.len());
        for cluster in &clusters {
            let with = |project: &Option<_>| Context { cluster: cluster.clone(), project: project.clone() };
            contexts.extend(projects.iter().map(with));
        }
        contexts
    }
}

fn newly_missing(before: &Missing, after: &Missing) -> Vec<(SectionId, SecretName)> {
    let new = after.difference(before).map(|(_, section, entry)| (section, entry));
    let unique: BTreeSet<_> = new.collect();
    unique.into_iter().map(|(section, entry)| (section.clone(), entry.clone())).collect()
}

impl Records {
    /// Makes an entry that refers to a secret refer to another one, in the same way.
    pub(in crate::vault) fn retarget(&mut self, entry: &SecretName, target: &SecretName, stamp: &Stamp) {
        let Some(record) = self.get(entry) else { return };
        let text = match Entry::of(&record.value) {
            Entry::Plain(_) => return,
            Entry::Secret(_) => format!("secret:{target}"),
            Entry::File(_) => format!("file:{target}"),
        };
        let details = Details { note: None, expires: record.expires.map(Expiry::At) };
        if let Ok(value) = Value::from_text(text.into()) {
            self.set(entry, value, details, stamp);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;
    use crate::vault::Value;
    use crate::vault::tests::{id, name, resolve, sections, stamp};

    #[test]
    fn text_that_looks_like_a_reference_can_be_stored_as_plain_text() {
        for text in ["secret:A", "file:A", "literal:secret:A", "literal:literal:file:A"] {
            let stored = Entry::literal(text);
            assert_eq!(stored, format!("literal:{text}"));
            let value = Value::from_text(stored.into()).unwrap();
            let Entry::Plain(read) = Entry::of(&value) else { panic!("{text}") };
            assert_eq!(read.as_text(), text);
        }
        for text in ["", "a", "literal:a", "secret:", "secret:1", "secret:A ", "Secret:A", "literal:secret:1"] {
            assert_eq!(Entry::literal(text), text, "it needs no mark");
            let value = Value::from_text(text.to_owned().into()).unwrap();
            let Entry::Plain(read) = Entry::of(&value) else { panic!("{text}") };
            assert_eq!(read.as_text(), text);
        }
    }

    #[test]
    fn a_file_lists_references_or_text_and_nothing_in_between() {
        let listed = |text: &str| {
            let value = Value::from_text(text.to_owned().into()).unwrap();
            Entry::listed(&value).map(|entry| match entry {
                Entry::Plain(value) => format!("={}", value.as_text()),
                Entry::Secret(name) => format!("secret {name}"),
                Entry::File(name) => format!("file {name}"),
            })
        };
        for (text, typed) in [
            ("secret:my-key", "my_key"),
            ("secret:", ""),
            ("secret: ", ""),
            ("secret:1X", "1X"),
            ("secret: X", "X"),
            ("secret:X ", "X"),
            (" secret:X", "X"),
            ("secret :X", "X"),
            ("secret:X Y", "X_Y"),
            ("secret:X\n", "X"),
            ("secret:X\r", "X"),
            ("secret::X", "X"),
            ("secret:X:Y", "X_Y"),
            ("secret:X.Y", "X_Y"),
            ("secret:é", ""),
            ("secret:$X", "X"),
            ("secret:${X}", "X"),
            ("secret:<X>", "X"),
            ("secret:X # why", "X_why"),
            ("secret://X", "X"),
            ("secret:/x/y", "x_y"),
            ("Secret:X", "X"),
            ("SECRET:X", "X"),
            ("\"secret:X\"", "X"),
            ("'secret:X'", "X"),
            ("file:", ""),
            ("file:my-key", "my_key"),
            ("file: X", "X"),
            ("File:X", "X"),
            (" file:X", "X"),
            ("FILE:1X", "1X"),
        ] {
            assert_eq!(listed(text).err().map(|almost| almost.typed).as_deref(), Some(typed), "{text:?}");
            // With the mark it is text, and so is that with the mark.
            for marked in [format!("literal:{text}"), format!("literal:literal:{text}")] {
                let plain = marked.strip_prefix("literal:").unwrap();
                assert_eq!(listed(&marked).ok(), Some(format!("={plain}")), "{marked:?}");
            }
            let long = format!("secret:{}", "X".repeat(129));
            assert!(listed(&long).is_err());
        }
        for text in [
            "",
            "secret",
            "secrets:read",
            "secret=X",
            "my secret:X",
            "user:secret:X",
            "https://user:secret:X@host",
            "{\"secret\":\"X\"}",
            "\"secret\": 1",
            "secret: x\nother: y\n",
            "a\nsecret:X",
            "top-secret:X",
            "literal:",
            "literal:x",
            "file:/etc/x",
            "file:///etc/x",
            "file://host/x",
            "file:./dev.db",
            "file:dev.db?cache=shared",
            "file::memory:",
            "file:~/x",
            "file:C:\\x",
            "profile:X",
        ] {
            assert_eq!(listed(text).ok(), Some(format!("={text}")), "{text:?}");
        }
        for (text, entry) in [
            ("secret:X", "secret X"),
            ("file:X_1", "file X_1"),
            ("literal:secret:X", "=secret:X"),
            ("literal:literal:file:X", "=literal:file:X"),
        ] {
            assert_eq!(listed(text).ok().as_deref(), Some(entry), "{text:?}");
        }
    }

    #[test]
    fn a_secret_is_in_use_if_a_reference_would_go_missing_without_it_in_some_context() {
        for (lines, section, users) in [
            // No entry refers to it.
            (&["team: KEY=1"][..], "team", ""),
            // It is the only secret that the reference finds.
            (&["team: KEY=1 A:=secret:KEY"], "team", "A of team"),
            (&["team: KEY=1", "project web: A:=file:KEY"], "team", "A of project web"),
            // Another secret is found wherever the reference applies.
            (&["team: KEY=1", "project web: KEY=2 A:=secret:KEY"], "project web", ""),
            (&["team: KEY=1", "project web: KEY=2 A:=secret:KEY"], "team", ""),
            // Another secret is found on one cluster only: in the other contexts none is.
            (&["team: KEY=1 A:=secret:KEY", "cluster gpu: KEY=2"], "team", "A of team"),
            (
                &["cluster gpu: KEY=2", "cluster eu: KEY=3", "project web: A:=secret:KEY"],
                "cluster gpu",
                "A of project web",
            ),
            // The reference was missing before.
            (&["team: A:=secret:GONE KEY=1"], "team", ""),
            // The entry is shadowed where its reference would be missing.
            (&["team: A:=secret:KEY", "project web: A=plain KEY=1"], "project web", ""),
            // The secret shadows an entry whose reference is missing.
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
        // In project api the entry refers to that project's own KEY, so it cannot follow this one.
        assert!(all.rename(&web, &old, &new, true, &stamp()).is_err());
        assert!(all.rename(&web, &old, &new, false, &stamp()).is_err());
        let mut all = sections(&["team: KEY=0", "project web: KEY=1 A:=secret:KEY B:=file:KEY"]);
        assert_eq!(all.rename(&web, &old, &new, false, &stamp()), Ok(0), "the team's KEY is found instead");
        let mut all = sections(&["project web: KEY=1 A:=secret:KEY B:=file:KEY"]);
        assert_eq!(all.rename(&web, &old, &new, true, &stamp()), Ok(2));
        assert_eq!(resolve(&all, "/web", None), "A=1 B=<1> NEW=1");
    }
}
