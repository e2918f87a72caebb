//! Sections: where secrets and env entries live.

mod id;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use id::{Context, Kind, SectionId, SectionIdError};

use super::closed::Closed;
use super::name::SecretName;
use super::record::Records;
use super::time::Timestamp;
use super::value::Value;

/// The content of one section.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Section {
    /// When it was created. None for the team, and for a deleted section, of which only the history is left.
    pub created: Option<Timestamp>,
    pub env: Records,
    pub secrets: Records,
    /// Set for a closed section. Its records are then those of its inner vault, if that is open, and else none.
    pub closed: Option<Box<Closed>>,
    /// Fields that this version does not know, kept as they are.
    pub extra: toml::Table,
}

/// Lets two [`Arc`]s of one section compare by their address. The only part that may differ from itself is a
/// NaN among the unknown fields, and there too the same text should count as equal.
impl Eq for Section {}

impl Section {
    /// Whether it holds no secret and no entry now.
    pub fn is_empty(&self) -> bool {
        self.env.is_empty() && self.secrets.is_empty()
    }

    /// When anything in it last changed.
    pub fn updated(&self) -> Option<Timestamp> {
        if let Some(closed) = &self.closed {
            return Some(closed.updated);
        }
        let records = self.env.standing().chain(self.secrets.standing());
        records.map(|(_, record)| record.updated).chain(self.created).max()
    }

    /// The names that are set, disputed ones too, in no order.
    pub fn names(&self) -> impl Iterator<Item = &SecretName> {
        self.secrets.names().chain(self.env.names())
    }

    /// The names that are set, or were: as far as the history was parsed.
    pub fn known(&self) -> BTreeSet<&SecretName> {
        let both = [&self.secrets, &self.env].into_iter();
        both.flat_map(|records| records.names().chain(records.history.keys())).collect()
    }

    /// The records, secrets or entries, in which a name is set, or was set last.
    pub fn records(&self, name: &SecretName) -> &Records {
        if self.is_entry(name) { &self.env } else { &self.secrets }
    }

    pub(in crate::vault) fn records_mut(&mut self, name: &SecretName) -> &mut Records {
        if self.is_entry(name) { &mut self.env } else { &mut self.secrets }
    }

    /// Whether no name is both a secret and an entry, or both current and disputed. The two sides of a merge
    /// may have made different kinds of one name: then it is disputed as both.
    pub(in crate::vault) fn has_each_name_once(&self) -> bool {
        let (env, secrets) = (&self.env, &self.secrets);
        let is_free = |records: &Records| {
            let mut disputed = [env, secrets].into_iter().map(|other| other.disputed.keys());
            disputed.all(|disputed| share_no_name(records.current.keys(), disputed))
        };
        share_no_name(env.current.keys(), secrets.current.keys()) && is_free(env) && is_free(secrets)
    }

    /// Whether it is closed and has records of its own, as no text may have it.
    pub(in crate::vault) fn is_closed_and_open(&self) -> bool {
        self.closed.is_some() && (self.env != Records::default() || self.secrets != Records::default())
    }

    fn is_entry(&self, name: &SecretName) -> bool {
        let last = |records: &Records| {
            let newest = records.earlier(name).first();
            (records.holds(name), newest.map(|newest| newest.updated), newest.map(|newest| newest.created))
        };
        last(&self.env) > last(&self.secrets)
    }

    /// Whether a secret or an entry has the name: both share one namespace.
    pub fn holds(&self, name: &SecretName) -> bool {
        self.env.holds(name) || self.secrets.holds(name)
    }
}

/// Whether two ascending lists of names have none in common.
fn share_no_name<'n>(
    mut these: impl Iterator<Item = &'n SecretName>,
    mut those: impl Iterator<Item = &'n SecretName>,
) -> bool {
    let (mut this, mut that) = (these.next(), those.next());
    while let (Some(one), Some(other)) = (this, that) {
        match one.cmp(other) {
            Ordering::Less => this = these.next(),
            Ordering::Greater => that = those.next(),
            Ordering::Equal => return false,
        }
    }
    true
}

/// The sections of a vault, by id.
///
/// The team is always there. A deleted section keeps its history here, but counts as missing. Vaults that
/// were parsed together share their equal sections.
#[derive(Debug, Clone, PartialEq)]
pub struct Sections(pub(in crate::vault) BTreeMap<SectionId, Arc<Section>>);

impl Default for Sections {
    fn default() -> Self {
        Sections([(SectionId::Team, Arc::default())].into())
    }
}

impl Sections {
    /// Finds a section; a deleted one counts as missing.
    pub fn get(&self, id: &SectionId) -> Option<&Section> {
        let section = self.0.get(id)?;
        is_present(id, section).then_some(section)
    }

    pub(in crate::vault) fn get_mut(&mut self, id: &SectionId) -> Option<&mut Section> {
        self.get(id)?;
        self.0.get_mut(id).map(Arc::make_mut)
    }

    /// The sections that are not deleted, weakest first.
    pub fn iter(&self) -> impl Iterator<Item = (&SectionId, &Section)> {
        let all = self.0.iter().map(|(id, section)| (id, &**section));
        all.filter(|(id, section)| is_present(id, section))
    }

    /// Every value of every secret, disputed and earlier ones too, as far as the history was parsed.
    ///
    /// An earlier value has its number, 1 the newest. Each value of a name is listed once.
    pub fn secret_values(&self) -> Vec<(&SectionId, &SecretName, Option<usize>, &Value)> {
        let mut values = Vec::new();
        for (id, section) in &self.0 {
            let records = &section.secrets;
            values.extend(records.standing().map(|(name, record)| (id, name, None, &record.value)));

            for (name, earlier) in &records.history {
                let disputed = records.disputed.get(name).into_iter().flatten();
                let standing = records.get(name).into_iter().chain(disputed);
                let mut known: Vec<&Value> = standing.map(|record| &record.value).collect();

                for (value, number) in earlier.iter().filter_map(|earlier| earlier.value.as_ref()).zip(1..) {
                    if !known.contains(&value) {
                        known.push(value);
                        values.push((id, name, Some(number), value));
                    }
                }
            }
        }
        values
    }
}

fn is_present(id: &SectionId, section: &Section) -> bool {
    *id == SectionId::Team || section.created.is_some()
}
