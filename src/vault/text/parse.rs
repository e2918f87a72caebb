//! TOML to types. A parser's own words never leave this file: they may quote a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::canonical;
use super::parts::Parts;
use super::raw::{Document, Preface};
use super::{FEATURES, FORMAT};
use crate::vault::section::{Section, SectionId};
use crate::vault::{Head, Sections, Vault, View};

/// Why a text is no vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// Not the TOML of a vault, at this line of the text (counted from 1), if it is known.
    Damaged { line: Option<usize> },
    /// A format that this version does not know.
    Format(i64),
    /// A feature that this version does not know, without which it would misread the vault.
    Feature(String),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Damaged { line: Some(line) } => write!(f, "not the text of a vault at line {line}"),
            ParseError::Damaged { line: None } => f.write_str("not the text of a vault"),
            ParseError::Format(format) => write!(f, "format {format}"),
            ParseError::Feature(feature) => write!(f, "feature {feature}"),
        }
    }
}

impl std::error::Error for ParseError {}

/// What a read needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// These sections, as far as they are there.
    Current(&'a [SectionId]),
    /// These sections and their earlier values.
    History(&'a [SectionId]),
    /// All sections, without earlier values.
    All,
}

/// Sections that were read, by their text: of several vaults that are read beside one another, what is the same is read
/// once, and shared.
pub type SectionCache<'t> = BTreeMap<Vec<&'t str>, Arc<Section>>;

/// A vault's text, and where its parts stand in it.
pub struct Text {
    body: String,
    parts: Parts,
}

impl Text {
    /// Takes a body: what stands before the trailer.
    pub fn new(body: String) -> Text {
        Text { parts: Parts::find(&body), body }
    }

    pub fn as_str(&self) -> &str {
        &self.body
    }

    /// The sections' tables and their history, as they stand: all but the head.
    pub fn tables(&self) -> Vec<&str> {
        let ranges = self.parts.sections.values().flatten().chain([&self.parts.history]);
        ranges.map(|range| &self.body[range.clone()]).collect()
    }

    /// Parses the head alone, from a text that may not yet be known to be anybody's.
    ///
    /// # Errors
    /// If it is no head of a vault, or newer than this version.
    pub fn head(&self) -> Result<Head, ParseError> {
        let Vault { head, sections } = self.toml(&self.parts.head)?;
        // A section within the head, as an inline table, would not be found where sections are looked for.
        if sections == Sections::default() { Ok(head) } else { Err(ParseError::Damaged { line: None }) }
    }

    /// Parses what is wanted, below a head that was parsed, and looks at nothing else.
    ///
    /// # Errors
    /// If that is no part of a vault.
    pub fn view(&self, head: &Head, want: Selection<'_>) -> Result<View, ParseError> {
        let all: Vec<SectionId> = self.parts.sections.keys().cloned().collect();
        let (ids, history) = match want {
            Selection::Current(ids) => (ids, None),
            Selection::History(ids) => (ids, Some(self.parts.history(&self.body))),
            Selection::All => (&all[..], None),
        };
        let sections = self.part(ids, history.as_ref())?;
        Ok(View { head: head.clone(), sections, all })
    }

    /// Parses all of it, and checks that its parts together say the same.
    ///
    /// # Errors
    /// If it is no vault, is newer than this version, or its parts are not what they seem.
    pub fn whole(&self, head: &Head) -> Result<Vault, ParseError> {
        self.whole_beside(head, &mut SectionCache::new())
    }

    /// The same, of one that is read beside others.
    pub fn whole_beside<'t>(&'t self, head: &Head, known: &mut SectionCache<'t>) -> Result<Vault, ParseError> {
        let torn = ParseError::Damaged { line: None };
        if self.parts.has_strangers(&self.body) {
            return Err(torn);
        }
        let history = self.parts.history(&self.body);
        let ids: BTreeSet<_> = self.parts.sections.keys().chain(history.keys()).collect();
        let told: usize = history.values().flatten().map(|range| range.len()).sum();
        // Of the canonical form the parts are the whole: nothing in it looks like a table and is none.
        if told == self.parts.history.len()
            && let Some(sections) = self.canonical(&ids, Some(&history), known)
        {
            return Ok(Vault { head: head.clone(), sections });
        }
        let whole = read(&self.body)?;
        if ids != whole.sections.0.keys().collect() || whole.head != *head {
            return Err(torn);
        }
        for (id, section) in &whole.sections.0 {
            let alone = self.part(std::slice::from_ref(id), Some(&history))?;
            if alone.0.get(id) != Some(section) {
                return Err(torn);
            }
        }
        Ok(whole)
    }

    fn part(&self, ids: &[SectionId], history: Option<&Ranges>) -> Result<Sections, ParseError> {
        // Whoever asks for a section twice means it once; TOML takes no table twice.
        let ids: BTreeSet<_> = ids.iter().collect();
        if let Some(sections) = self.canonical(&ids, history, &mut SectionCache::new()) {
            return Ok(sections);
        }
        let ranges: Vec<_> = ids.into_iter().flat_map(|id| self.ranges(id, history)).cloned().collect();
        Ok(self.toml(&[&self.parts.head[..], &ranges].concat())?.sections)
    }

    /// Reads sections, as far as they are there; none if they are not canonical.
    fn canonical<'t>(
        &'t self,
        ids: &BTreeSet<&SectionId>,
        history: Option<&Ranges>,
        known: &mut SectionCache<'t>,
    ) -> Option<Sections> {
        let mut sections = Sections::default();
        for id in ids {
            let tables: Vec<&str> = self.ranges(id, history).map(|range| &self.body[range.clone()]).collect();
            if tables.is_empty() {
                continue;
            }
            let section = match known.get(&tables) {
                Some(section) => section.clone(),
                None => Arc::new(canonical::section(id, &tables)?),
            };
            known.insert(tables, section.clone());
            sections.0.insert((*id).clone(), section);
        }
        Some(sections)
    }

    /// Where a section's tables stand, and those of its history.
    fn ranges<'r>(&'r self, id: &SectionId, history: Option<&'r Ranges>) -> impl Iterator<Item = &'r Range<usize>> {
        let history = history.and_then(|history| history.get(id));
        self.parts.sections.get(id).into_iter().chain(history).flatten()
    }

    /// Parses some parts, the head among them, by the parser of TOML.
    fn toml(&self, ranges: &[Range<usize>]) -> Result<Vault, ParseError> {
        let length = ranges.iter().map(|range| range.len()).sum();
        let mut wanted = String::with_capacity(length);
        for range in ranges {
            wanted.push_str(&self.body[range.clone()]);
        }
        // A line number within the parts would mislead: the whole text is read again for the right one.
        read(&wanted).map_err(|error| read(&self.body).err().unwrap_or(error))
    }
}

type Ranges = BTreeMap<SectionId, Vec<Range<usize>>>;

fn read(text: &str) -> Result<Vault, ParseError> {
    // First of all, what the format is: a newer one may differ in anything else.
    let damaged = |error: toml::de::Error| ParseError::Damaged {
        line: error.span().map(|span| text.as_bytes()[..span.start.min(text.len())].split(|b| *b == b'\n').count()),
    };
    let document = match toml::from_str::<Document>(text) {
        Ok(document) => document,
        Err(error) => {
            let first_table = memchr::memmem::find(text.as_bytes(), b"\n[").map_or(text.len(), |at| at + 1);
            let Preface { format, requires } =
                toml::from_str(&text[..first_table]).map_err(|_| damaged(error.clone()))?;
            check_preface(format, &requires)?;
            return Err(damaged(error));
        }
    };
    check_preface(document.format, &document.requires)?;
    document.into_vault().ok_or(ParseError::Damaged { line: None })
}

fn check_preface(format: i64, requires: &[String]) -> Result<(), ParseError> {
    if format != FORMAT {
        return Err(ParseError::Format(format));
    }
    match requires.iter().find(|feature| !FEATURES.contains(&feature.as_str())) {
        Some(feature) => Err(ParseError::Feature(feature.clone())),
        None => Ok(()),
    }
}
