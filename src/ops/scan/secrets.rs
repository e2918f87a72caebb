//! The values to look for.

use std::collections::BTreeSet;

use crate::guard::{is_plain, is_short};
use crate::report::Error;
use crate::session::Session;
use crate::vault::text::Selection;
use crate::vault::{Head, SecretName, SectionId, Sections, Value};

/// The secrets of all sections, without those that any text may contain by chance.
#[derive(Default)]
pub struct Secrets {
    pub all: Vec<Secret>,
    /// The names of all secrets.
    pub names: BTreeSet<SecretName>,
    /// None if the vault could not be opened.
    pub head: Option<Head>,
    /// The sections that they are from.
    pub sections: Sections,
    /// How many values are too short to be looked for.
    pub short: usize,
    /// How many values are a plain word or number.
    pub plain: usize,
}

/// A value to look for.
pub struct Secret {
    pub name: SecretName,
    pub section: SectionId,
    pub value: Value,
    /// The number of an earlier value; none for a current one.
    pub version: Option<usize>,
}

impl Secrets {
    /// Reads the secrets of the vault in use, earlier values too if asked.
    pub fn read(session: &Session, with_earlier: bool) -> Result<Secrets, Error> {
        let (head, sections) = match with_earlier {
            true => session.vault().map(|vault| (vault.head, vault.sections))?,
            false => session.view(Selection::All).map(|view| (view.head, view.sections))?,
        };
        let mut secrets = Secrets { head: Some(head), ..Secrets::default() };
        for (section, name, version, value) in sections.secret_values() {
            secrets.names.insert(name.clone());
            if !is_plain(value.expose()) {
                let (name, section, value) = (name.clone(), section.clone(), value.clone());
                secrets.all.push(Secret { name, section, value, version });
            } else if is_short(value.expose()) {
                secrets.short += 1;
            } else {
                secrets.plain += 1;
            }
        }
        Ok(Secrets { sections, ..secrets })
    }

    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.all.iter().map(|secret| secret.value.expose())
    }
}
