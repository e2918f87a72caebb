//! Sealed environments: the resolved variables of one context, for a machine that is not a member.
//!
//! A sealed environment has the text format of a vault, but is signed under another label, so that neither
//! can pass for the other. Its only section, the team, holds each variable as a secret. A variable that
//! becomes a file has the note `file`. Of the vault it carries the clock, the root steps, the removals,
//! and the writer with its chain of endorsers, so that the machine can tell what to trust. It does not carry
//! the vault's hash key, but zeros in its place.

use std::borrow::Cow;

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

/// The note of a variable that becomes a file.
const FILE: &str = "file";

/// Makes a sealed environment, in the form of a vault.
pub fn seal<'v>(
    head: &Head,
    recipient: &Recipient,
    context: &Context,
    variables: impl IntoIterator<Item = (SecretName, &'v VariableContent<'v>)>,
    stamp: &Stamp,
) -> Vault {
    let mut head = Head { written_by: stamp.by.clone(), written_at: stamp.at, ..head.clone() };
    head.hash_key = HashKey([0; 32]);
    let endorsers = head.endorsers(&stamp.by).into_iter();
    head.members = endorsers.map(|(name, member)| (name.clone(), member.clone())).collect();
    // What a later version keeps in the head of a vault may not be for the machine.
    head.extra = toml::Table::new();
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
