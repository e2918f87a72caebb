//! What front ends show of a vault, without any value; serialized, these are the shapes of `--json`.

use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

use crate::vault::precedence::Layered;
use crate::vault::{Candidate, Earlier, Entry, Record, SecretName, Section, SectionId, TeamName};

/// A section. The team's id is its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionView {
    pub kind: &'static str,
    pub id: String,
}

impl SectionView {
    pub fn new(section: &SectionId, team: &TeamName) -> SectionView {
        let kind = section.kind().map_or("team", |kind| kind.as_str());
        let id = section.id().map_or(team.to_string(), ToString::to_string);
        SectionView { kind, id }
    }
}

/// Prints `team`, `cluster gpu` or `project web`.
impl Display for SectionView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            "team" => f.write_str("team"),
            kind => write!(f, "{kind} {}", self.id),
        }
    }
}

/// A secret or an env entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretView {
    pub name: String,
    pub section: SectionView,
    pub created: String,
    pub updated: String,
    pub by: String,
    pub note: Option<String>,
    pub expires: Option<String>,
    /// The value's length in bytes.
    pub size: usize,
    pub encoding: &'static str,
    pub disputed: bool,
}

impl SecretView {
    pub fn new(team: &TeamName, section: &SectionId, name: &SecretName, record: &Record) -> SecretView {
        SecretView {
            name: name.to_string(),
            section: SectionView::new(section, team),
            created: record.created.to_string(),
            updated: record.updated.to_string(),
            by: record.by.to_string(),
            note: record.note.clone(),
            expires: record.expires.map(|at| at.to_string()),
            size: record.value.size(),
            encoding: encoding(record.value.is_text()),
            disputed: false,
        }
    }

    /// Marks a name as disputed.
    pub fn disputed(self) -> SecretView {
        SecretView { disputed: true, ..self }
    }
}

/// An env entry: a secret's view, and what it refers to, such as `secret:DB_URL`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryView {
    #[serde(flatten)]
    pub secret: SecretView,
    /// None for a plain value.
    pub refers: Option<String>,
}

impl EntryView {
    pub fn new(team: &TeamName, section: &SectionId, name: &SecretName, record: &Record) -> EntryView {
        let refers = reference(record);
        EntryView { secret: SecretView::new(team, section, name, record), refers }
    }
}

/// One item of a list: a secret or an env entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedView {
    #[serde(flatten)]
    pub secret: SecretView,
    /// `secret` or `entry`.
    pub kind: &'static str,
    /// What an entry refers to; none for a plain value, and for a secret.
    pub refers: Option<String>,
}

/// Returns what an entry refers to, as it is typed; none for a plain value.
pub fn reference(record: &Record) -> Option<String> {
    match Entry::of(&record.value) {
        Entry::Plain(_) => None,
        Entry::Secret(name) => Some(format!("secret:{name}")),
        Entry::File(name) => Some(format!("file:{name}")),
    }
}

/// An earlier value, or a deletion, which has no version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierView {
    pub name: String,
    /// 1 is the newest.
    pub version: Option<usize>,
    pub updated: String,
    pub by: String,
    pub state: &'static str,
    pub note: Option<String>,
    pub size: Option<usize>,
    pub encoding: Option<&'static str>,
}

impl EarlierView {
    pub fn new(name: &SecretName, version: usize, earlier: &Earlier) -> EarlierView {
        let value = earlier.value.as_ref();
        EarlierView {
            name: name.to_string(),
            version: value.map(|_| version),
            updated: earlier.updated.to_string(),
            by: earlier.by.to_string(),
            state: if value.is_some() { "earlier" } else { "deleted" },
            note: earlier.note.clone(),
            size: value.map(|value| value.size()),
            encoding: value.map(|value| encoding(value.is_text())),
        }
    }
}

/// One line of a name's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum HistoryView {
    /// The current value, or a disputed one.
    Current(CurrentView),
    Earlier(EarlierView),
}

/// A value that stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CurrentView {
    #[serde(flatten)]
    pub secret: SecretView,
    /// Always null: only earlier values have versions.
    pub version: Option<usize>,
    pub state: &'static str,
}

/// Lists what a name holds and held, newest first.
pub fn history(team: &TeamName, id: &SectionId, name: &SecretName, section: &Section) -> Vec<HistoryView> {
    let records = section.records(name);
    let view = |record| SecretView::new(team, id, name, record);
    let current = |secret, state| HistoryView::Current(CurrentView { secret, version: None, state });

    let mut lines: Vec<HistoryView> =
        records.get(name).map(|record| current(view(record), "current")).into_iter().collect();
    let disputed = section.candidates(name).into_iter();
    lines.extend(disputed.map(|candidate| current(view(candidate.record).disputed(), "disputed")));
    let mut version = 0;
    for earlier in records.earlier(name) {
        version += usize::from(earlier.value.is_some());
        lines.push(HistoryView::Earlier(EarlierView::new(name, version, earlier)));
    }
    lines
}

/// One of the values of a disputed name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CandidateView {
    #[serde(flatten)]
    pub secret: SecretView,
    /// 1 is the first; the same on every laptop.
    pub number: usize,
    pub kind: &'static str,
}

/// Lists the values of a disputed name.
pub fn candidates(team: &TeamName, id: &SectionId, name: &SecretName, section: &Section) -> Vec<CandidateView> {
    let view = |(index, candidate): (usize, Candidate<'_>)| CandidateView {
        secret: SecretView::new(team, id, name, candidate.record).disputed(),
        number: index + 1,
        kind: candidate_kind(candidate),
    };
    section.candidates(name).into_iter().enumerate().map(view).collect()
}

/// Returns whether a disputed value is an `entry` or a `secret`.
pub fn candidate_kind(candidate: Candidate<'_>) -> &'static str {
    kind(candidate.is_entry)
}

/// Names the kind of a record: `entry` or `secret`.
pub fn kind(is_entry: bool) -> &'static str {
    if is_entry { "entry" } else { "secret" }
}

/// Where a name is set in a context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedView {
    pub name: String,
    pub wins: SectionView,
    /// The sections whose value does not apply, strongest first.
    pub shadowed: Vec<SectionView>,
    /// Left out unless it is true.
    #[serde(skip_serializing_if = "is_false")]
    pub disputed: bool,
}

impl ExplainedView {
    pub fn new(team: &TeamName, layered: &Layered<'_>) -> ExplainedView {
        let wins = layered.wins;
        ExplainedView {
            name: layered.name.to_string(),
            wins: SectionView::new(wins.section, team),
            shadowed: layered.shadowed.iter().map(|layer| SectionView::new(layer.section, team)).collect(),
            disputed: wins.is_disputed,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    pub items: Vec<T>,
    pub has_more: bool,
    /// The cursor of the next page.
    pub next_page: Option<String>,
}

impl<T> Page<T> {
    pub fn new(items: Vec<T>, next_page: Option<String>) -> Page<T> {
        Page { items, has_more: next_page.is_some(), next_page }
    }

    /// A list that is whole.
    pub fn whole(items: Vec<T>) -> Page<T> {
        Page::new(items, None)
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn encoding(is_text: bool) -> &'static str {
    if is_text { "utf-8" } else { "base64" }
}

/// Serializes a value as the text that it prints.
pub fn as_text<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
