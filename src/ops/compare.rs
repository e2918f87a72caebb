//! What two sections hold, name by name: never a value.

use std::collections::BTreeSet;

use serde::Serialize;

use super::view::kind;
use crate::vault::{SecretName, Section, SectionId, Value};

/// One name of two sections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    pub name: String,
    pub result: Comparison,
    /// What the first section has under the name: `secret`, `entry`, or nothing.
    pub first: Option<&'static str>,
    /// What the second section has.
    pub second: Option<&'static str>,
}

/// How two sections differ in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    OnlyFirst,
    OnlySecond,
    /// The values differ, or one is a secret and the other an env entry.
    Different,
    Equal,
    /// At least one side is disputed, so that it has several values.
    Disputed,
}

/// What a section has under a name. A disputed name has no value.
struct Held<'v> {
    is_entry: bool,
    value: Option<&'v Value>,
}

fn held<'v>(section: &'v Section, name: &SecretName) -> Option<Held<'v>> {
    [(&section.secrets, false), (&section.env, true)].into_iter().find_map(|(records, is_entry)| {
        let value = records.get(name).map(|record| &record.value);
        records.holds(name).then_some(Held { is_entry, value })
    })
}

/// Compares two sections by name. A reference is compared as it is written, not by the secret that it names.
pub fn compare(first: &Section, second: &Section) -> Vec<Compared> {
    let names: BTreeSet<&SecretName> = first.names().chain(second.names()).collect();
    let compared = |name: &SecretName| {
        let (first, second) = (held(first, name), held(second, name));
        let kind = |held: &Option<Held<'_>>| held.as_ref().map(|held| kind(held.is_entry));
        let result = match (&first, &second) {
            (_, None) => Comparison::OnlyFirst,
            (None, _) => Comparison::OnlySecond,
            (Some(Held { value: None, .. }), _) | (_, Some(Held { value: None, .. })) => Comparison::Disputed,
            (Some(one), Some(other)) if one.is_entry == other.is_entry && one.value == other.value => Comparison::Equal,
            (Some(_), Some(_)) => Comparison::Different,
        };
        Compared { name: name.to_string(), result, first: kind(&first), second: kind(&second) }
    };
    names.into_iter().map(compared).collect()
}

impl Compared {
    /// Says what it is: a secret, an env entry, or one and the other.
    pub fn kind(&self) -> String {
        let word = |kind| if kind == "entry" { "env entry" } else { kind };
        match (self.first, self.second) {
            (Some(one), Some(other)) if one != other => format!("{}, {}", word(one), word(other)),
            (one, other) => one.or(other).map(word).unwrap_or_default().to_owned(),
        }
    }

    /// Says the result, with the names of the sections.
    pub fn result(&self, first: &SectionId, second: &SectionId) -> String {
        match self.result {
            Comparison::OnlyFirst => format!("only in {first}"),
            Comparison::OnlySecond => format!("only in {second}"),
            Comparison::Different => "different".to_owned(),
            Comparison::Equal => "equal".to_owned(),
            Comparison::Disputed => "disputed".to_owned(),
        }
    }
}
