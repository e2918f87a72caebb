//! The values that are looked for, and those that are not.

use std::collections::BTreeSet;

use crate::guard::{SHORTEST, is_plain, is_short};
use crate::old::context::Cx;
use crate::old::error::Error;
use crate::report::{and, count};
use crate::vault::text::Selection;
use crate::vault::{Head, SecretName, SectionId, Value};

/// The secrets of all sections, without those that any text may hold by chance.
#[derive(Default)]
pub struct Wanted {
    pub secrets: Vec<Secret>,
    /// The names of all secrets.
    pub names: BTreeSet<SecretName>,
    /// None if the vault could not be opened.
    pub head: Option<Head>,
    short: usize,
    plain: usize,
}

/// A value that is looked for.
pub struct Secret {
    pub name: SecretName,
    pub section: SectionId,
    pub value: Value,
    /// The number of an earlier value.
    pub version: Option<usize>,
}

impl Wanted {
    pub fn of(cx: &Cx, with_earlier: bool) -> Result<Wanted, Error> {
        let (head, sections) = match with_earlier {
            true => cx.vault().map(|vault| (vault.head, vault.sections))?,
            false => cx.view(Selection::All).map(|view| (view.head, view.sections))?,
        };
        let mut wanted = Wanted { head: Some(head), ..Wanted::default() };
        for (id, name, version, value) in sections.secret_values() {
            wanted.names.insert(name.clone());
            if !is_plain(value.expose()) {
                let (name, section, value) = (name.clone(), id.clone(), value.clone());
                wanted.secrets.push(Secret { name, section, value, version });
            } else if is_short(value.expose()) {
                wanted.short += 1;
            } else {
                wanted.plain += 1;
            }
        }
        Ok(wanted)
    }

    pub fn values(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().map(|secret| secret.value.expose())
    }

    /// How many are looked for.
    pub fn searched(&self) -> usize {
        self.secrets.len()
    }

    /// Says how many are not looked for.
    pub fn say_skipped(&self, cx: &Cx) {
        let mut why = Vec::new();
        if self.short > 0 {
            why.push(format!("{} of fewer than {SHORTEST} characters", count(self.short, "value")));
        }
        if self.plain > 0 {
            why.push(
                format!("{} that is a plain word or number", count(self.plain, "value"))
                    .replace("values that is", "values that are"),
            );
        }
        if !why.is_empty() {
            cx.ui.note(&format!("not looked for: {}", and(&why)));
        }
    }
}
