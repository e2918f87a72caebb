//! Sealed environments: the resolved variables of one context, for a machine that is not a member.
//!
//! A sealed environment has the text format of a vault, but is signed under another label, so that neither
//! can pass for the other. Its only section, the team, holds each variable as a secret. A variable that
//! becomes a file has an entry beside it. Of the members it carries only the writer and its chain of
//! endorsers.

use std::borrow::Cow;

use super::contents::Vault;
use super::head::Head;
use super::member::{Member, Recipient, WriterKey};
use super::name::{MemberName, SecretName};
use super::precedence::{Variable, VariableContent};
use super::record::{Details, Stamp};
use super::section::{Section, SectionId, Sections};
use super::value::Value;

/// The field of the head that names the recipient.
const SEALED_FOR: &str = "sealed_for";

/// Makes a sealed environment, in the form of a vault.
pub fn seal<'v>(
    head: &Head,
    recipient: &Recipient,
    variables: impl IntoIterator<Item = (SecretName, &'v VariableContent<'v>)>,
    stamp: &Stamp,
) -> Vault {
    let mut head = Head { written_by: stamp.by.clone(), written_at: stamp.at, ..head.clone() };
    head.keep_endorsers(&stamp.by);
    head.removed.clear();
    head.extra.insert(SEALED_FOR.into(), recipient.to_string().into());
    let mut section = Section::default();
    for (name, given) in variables {
        let value = match given {
            VariableContent::Value(value) => value.as_ref(),
            VariableContent::File(value) => {
                let mark = Value::from_text(format!("file:{name}").into());
                let mark = mark.expect("a name is short and has no NUL");
                section.env.set(&name, mark, Details::default(), stamp);
                value
            }
        };
        section.secrets.set(&name, value.clone(), Details::default(), stamp);
    }
    Vault { head, sections: Sections([(SectionId::Team, section.into())].into()) }
}

impl Head {
    /// Drops all members but a writer and its chain of endorsers, up to the root.
    fn keep_endorsers(&mut self, writer: &MemberName) {
        let mut all = std::mem::take(&mut self.members);
        let mut next = Some(writer.clone());
        while let Some((name, member)) = next.and_then(|name| all.remove_entry(&name)) {
            let endorses = |key: &WriterKey| key.fingerprint() == member.endorsed_by;
            let is_endorser = |(_, other): &(&MemberName, &Member)| other.key.as_ref().is_some_and(endorses);
            next = all.iter().find(is_endorser).map(|(name, _)| name.clone());
            self.members.insert(name, member);
        }
    }

    /// The recipient of a sealed environment; none for a vault.
    pub fn sealed_for(&self) -> Option<&str> {
        self.extra.get(SEALED_FOR)?.as_str()
    }
}

impl Sections {
    /// Reads back the variables of a sealed environment.
    pub fn unsealed(&self) -> Vec<Variable<'_>> {
        let Some((id, section)) = self.0.get_key_value(&SectionId::Team) else { return Vec::new() };
        let variables = section.secrets.iter().map(|(name, record)| {
            let given = match section.env.get(name) {
                Some(_) => VariableContent::File(&record.value),
                None => VariableContent::Value(Cow::Borrowed(&record.value)),
            };
            Variable { name, section: id, given }
        });
        variables.collect()
    }
}
