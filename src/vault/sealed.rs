//! A sealed environment: what one machine gets of a vault, with those who vouch for its writer.
//!
//! It is written as a vault is, but signed as what it is: neither passes for the other. Its one section, the
//! team, holds what each variable is as a secret, and of those that are to be files an entry that says so.

use std::borrow::Cow;

use super::member::Recipient;
use super::name::SecretName;
use super::precedence::{Variable, VariableContent};
use super::record::{Details, Stamp};
use super::section::{Section, SectionId};
use super::value::Value;
use super::{Head, MemberName, Sections, Vault};

/// The key of the head that says whose it is.
const SEALED_FOR: &str = "sealed_for";

/// Makes one, as a vault of its own.
pub fn seal<'v>(
    head: &Head,
    recipient: &Recipient,
    variables: impl IntoIterator<Item = (SecretName, &'v VariableContent<'v>)>,
    stamp: &Stamp,
) -> Vault {
    let mut head = Head { written_by: stamp.by.clone(), written_at: stamp.at, ..head.clone() };
    head.keep_vouchers(&stamp.by);
    head.removed.clear();
    head.extra.insert(SEALED_FOR.into(), recipient.to_string().into());
    let mut section = Section::default();
    for (name, given) in variables {
        let value = match given {
            VariableContent::Value(value) => value.as_ref(),
            VariableContent::File(value) => {
                let mark = Value::from_text(format!("file:{name}").into()).expect("a name is short, and no NUL");
                section.env.set(&name, mark, Details::default(), stamp);
                value
            }
        };
        section.secrets.set(&name, value.clone(), Details::default(), stamp);
    }
    Vault { head, sections: Sections([(SectionId::Team, section.into())].into()) }
}

impl Head {
    /// Leaves of the members only a writer, and those who vouch for that one, up to the root.
    fn keep_vouchers(&mut self, writer: &MemberName) {
        let mut kept = std::mem::take(&mut self.members);
        let mut next = Some(writer.clone());
        while let Some((name, member)) = next.and_then(|name| kept.remove_entry(&name)) {
            let is_voucher = |key: &super::WriterKey| key.fingerprint() == member.endorsed_by;
            next =
                kept.iter().find(|(_, other)| other.key.as_ref().is_some_and(is_voucher)).map(|(name, _)| name.clone());
            self.members.insert(name, member);
        }
    }

    /// The machine that a sealed environment is for; none of a vault.
    pub fn sealed_for(&self) -> Option<&str> {
        self.extra.get(SEALED_FOR)?.as_str()
    }
}

impl Sections {
    /// The variables of a sealed environment.
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
