//! Sealed environments: the resolved variables of one context, for a machine that is not a member.
//!
//! A sealed environment has the text format of a vault, but is signed under another label, so that neither
//! can pass for the other. Its only section, the team, holds each variable as a secret. A variable that
//! becomes a file has the note `file`. Of the vault it carries the clock, the root steps, the removals,
//! and the writer with its chain of endorsers, so that the machine can tell what to trust. It does not carry
//! the vault's hash key, but zeros in its place. Of each closed section in its context it carries the same: the head
//! of the inner vault, as a text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::contents::{ReadHashes, Vault};
use super::head::{HashKey, Head};
use super::key::Recipient;
use super::name::SecretName;
use super::precedence::{Variable, VariableContent};
use super::record::{Details, Stamp};
use super::section::{Context, Section, SectionId, Sections};

/// The field of the head that names the recipient.
const SEALED_FOR: &str = "sealed_for";

/// The field of the head that names the context.
const SEALED_CONTEXT: &str = "sealed_context";

/// The field of the head with the heads of the closed sections in the context.
const SEALED_SECTIONS: &str = "sealed_sections";

/// The note of a variable that becomes a file.
const FILE: &str = "file";

/// What a head proves of its writer, without what is not for a machine.
fn evidence(head: &Head, stamp: &Stamp) -> Head {
    let endorsers = head.endorsers(&stamp.by).into_iter();
    let members = endorsers.map(|(name, member)| (name.clone(), member.clone())).collect();
    Head {
        written_by: stamp.by.clone(),
        written_at: stamp.at,
        hash_key: HashKey([0; 32]),
        members,
        closed: BTreeMap::new(),
        // What a later version keeps in the head of a vault may not be for the machine.
        extra: toml::Table::new(),
        ..head.clone()
    }
}

/// What the head of a closed section's inner vault proves of its writer, in the form of a vault that holds nothing.
pub fn inner_evidence(head: &Head, stamp: &Stamp) -> Vault {
    let mut evidence = evidence(head, stamp);
    head.within().iter().for_each(|within| evidence.set_within(within));
    Vault { head: evidence, sections: Sections::default(), read: ReadHashes::new() }
}

/// Makes a sealed environment, in the form of a vault.
pub fn seal<'v>(
    head: &Head,
    recipient: &Recipient,
    context: &Context,
    variables: impl IntoIterator<Item = (SecretName, &'v VariableContent<'v>)>,
    stamp: &Stamp,
) -> Vault {
    let mut head = evidence(head, stamp);
    head.extra.insert(SEALED_FOR.into(), recipient.to_string().into());
    head.extra.insert(SEALED_CONTEXT.into(), name(context).into());
    let mut section = Section::default();
    for (name, given) in variables {
        let (value, note) = match given {
            VariableContent::Value(value) => (value.as_ref(), None),
            VariableContent::File(value) => (*value, Some(FILE.to_owned())),
        };
        section.secrets.set(&name, value.clone(), Details { note, expires: None }, stamp);
    }
    let sections = Sections([(SectionId::Team, section.into())].into());
    Vault { head, sections, read: ReadHashes::new() }
}

/// The name of a context: `cluster:gpu project:web`, or `team`.
pub fn name(context: &Context) -> String {
    let cluster = context.cluster.as_ref().map(|id| format!("cluster:{id}"));
    let project = context.project.as_ref().map(|id| format!("project:{id}"));
    let sections: Vec<String> = cluster.into_iter().chain(project).collect();
    if sections.is_empty() { "team".to_owned() } else { sections.join(" ") }
}

impl Head {
    /// The recipient of a sealed environment; none for a vault.
    pub fn sealed_for(&self) -> Option<&str> {
        self.extra.get(SEALED_FOR)?.as_str()
    }

    /// The context of a sealed environment; none for a vault.
    pub fn sealed_context(&self) -> Option<&str> {
        self.extra.get(SEALED_CONTEXT)?.as_str()
    }

    /// The sections of the context of a sealed environment.
    pub fn sealed_within(&self) -> Vec<SectionId> {
        let context = self.sealed_context().unwrap_or_default();
        context.split(' ').filter_map(|section| section.parse().ok()).collect()
    }

    /// Adds what proves that the closed sections of the context are what the writer found: the texts of what
    /// [`inner_evidence`] makes of each.
    pub fn set_sealed_sections(&mut self, sections: Vec<String>) {
        if !sections.is_empty() {
            self.extra.insert(SEALED_SECTIONS.into(), sections.into());
        }
    }

    /// The texts of the heads of the closed sections that a sealed environment is from. None if they are no texts.
    pub fn sealed_sections(&self) -> Option<Vec<&str>> {
        let Some(sections) = self.extra.get(SEALED_SECTIONS) else { return Some(Vec::new()) };
        sections.as_array()?.iter().map(toml::Value::as_str).collect()
    }

    /// Whether a version that does not know closed sections would misread it.
    pub fn has_closed_sections(&self) -> bool {
        !self.closed.is_empty() || self.is_inner() || self.extra.contains_key(SEALED_SECTIONS)
    }
}

impl Sections {
    /// Reads back the variables of a sealed environment.
    pub fn unsealed(&self) -> Vec<Variable<'_>> {
        let Some((id, section)) = self.0.get_key_value(&SectionId::Team) else { return Vec::new() };
        let variables = section.secrets.iter().map(|(name, record)| {
            let given = match record.note.as_deref() {
                Some(FILE) => VariableContent::File(&record.value),
                _ => VariableContent::Value(Cow::Borrowed(&record.value)),
            };
            Variable { name, section: id, record, is_secret: true, given }
        });
        variables.collect()
    }
}
