//! Parses the text of a vault.
//!
//! The messages of the TOML parser never leave this file: they may quote a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::canonical;
use super::format::{FEATURES, FORMAT};
use super::parts::{Parts, Ranges};
use super::raw::{Document, Preface};
use crate::vault::contents::{Vault, View};
use crate::vault::head::Head;
use crate::vault::section::{Section, SectionId, Sections};

/// Why a text is not a vault that this version can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// It is not the TOML of a vault, at this line of the text, counted from 1, if that is known.
    Damaged { line: Option<usize> },
    /// It has a format that this version does not know.
    Format(i64),
    /// It requires a feature that this version does not know, and would be misread without it.
    Feature(String),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Damaged { line: Some(line) } => write!(f, "not the text of a vault at line {line}"),
            ParseError::Damaged { line: None } => f.write_str("not the text of a vault"),
            ParseError::Format(format) => write!(f, "the vault has format {format}, which this version does not know"),
            ParseError::Feature(feature) => {
                write!(f, "the vault requires {feature:?}, which this version does not know")
            }
        }
    }
}

impl std::error::Error for ParseError {}

/// Which parts of a vault to parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// These sections, as far as they exist.
    Current(&'a [SectionId]),
    /// These sections, with their history.
    History(&'a [SectionId]),
    /// All sections, without their history.
    All,
}

/// Parsed sections by their text, so that several vaults that are parsed together share their equal sections.
pub type SectionCache<'t> = BTreeMap<Vec<&'t str>, Arc<Section>>;

/// The text of a vault, and where its parts are.
pub struct Text {
    body: String,
    parts: Parts,
}

impl Text {
    /// Takes a body: everything before the trailer.
    pub fn new(body: String) -> Text {
        Text { parts: Parts::find(&body), body }
    }

    /// The whole body.
    pub fn as_str(&self) -> &str {
        &self.body
    }

    /// The text of all sections and of the history, without the head.
    pub fn tables(&self) -> Vec<&str> {
        let ranges = self.parts.sections.values().flatten().chain([&self.parts.history]);
        ranges.map(|range| &self.body[range.clone()]).collect()
    }

    /// Parses the head alone. The signature cannot be verified before that.
    ///
    /// # Errors
    /// If it is not the head of a vault, or needs a newer version.
    pub fn head(&self) -> Result<Head, ParseError> {
        let Vault { head, sections } = self.toml(&[])?;
        // A section as an inline table in the head would not be found where sections are searched.
        if sections == Sections::default() { Ok(head) } else { Err(ParseError::Damaged { line: None }) }
    }

    /// Parses the selected sections, for a head that was parsed, and looks at nothing else.
    ///
    /// # Errors
    /// If they are damaged.
    pub fn view(&self, head: &Head, want: Selection<'_>) -> Result<View, ParseError> {
        let all: Vec<SectionId> = self.parts.sections.keys().cloned().collect();
        let (ids, history) = match want {
            Selection::Current(ids) => (ids, None),
            Selection::History(ids) => (ids, Some(self.parts.history(&self.body))),
            Selection::All => (&all[..], None),
        };
        let ids: BTreeSet<&SectionId> = ids.iter().collect();
        let Parsed { sections, .. } = self.sections(ids, history.as_ref(), &mut SectionCache::new())?;
        Ok(View { head: head.clone(), sections, all })
    }

    /// Parses everything, and checks that the parts equal the whole.
    ///
    /// # Errors
    /// If it is not a vault, needs a newer version, or its parts are not what they seem.
    pub fn whole(&self, head: &Head) -> Result<Vault, ParseError> {
        self.whole_beside(head, &mut SectionCache::new())
    }

    /// Parses everything, as [`Text::whole`] does, and shares equal sections with other vaults.
    ///
    /// # Errors
    /// As [`Text::whole`].
    pub fn whole_beside<'t>(&'t self, head: &Head, known: &mut SectionCache<'t>) -> Result<Vault, ParseError> {
        let damaged = ParseError::Damaged { line: None };
        if self.parts.has_misplaced_tables(&self.body) {
            return Err(damaged);
        }

        let history = self.parts.history(&self.body);
        let ids = self.parts.sections.keys().chain(history.keys()).collect();
        let Parsed { sections, is_canonical } = self.sections(ids, Some(&history), known)?;
        let vault = Vault { head: head.clone(), sections };

        // In canonical text nothing but a table looks like one. If all of it was parsed that way, the parts
        // are the whole. Otherwise only a TOML parser knows what the whole is.
        let length: usize = history.values().flatten().map(|range| range.len()).sum();
        let is_complete = length == self.parts.history.len();
        match is_canonical && is_complete || parse(&self.body)? == vault {
            true => Ok(vault),
            false => Err(damaged),
        }
    }

    /// Parses sections, each by itself. Those that do not exist are left out.
    fn sections<'t>(
        &'t self,
        ids: BTreeSet<&SectionId>,
        history: Option<&Ranges>,
        known: &mut SectionCache<'t>,
    ) -> Result<Parsed, ParseError> {
        let mut parsed = Parsed { sections: Sections::default(), is_canonical: true };
        for id in ids {
            let history = history.and_then(|history| history.get(id));
            let ranges = self.parts.sections.get(id).into_iter().chain(history).flatten();
            let tables: Vec<&str> = ranges.map(|range| &self.body[range.clone()]).collect();
            if tables.is_empty() {
                continue;
            }

            let section = if let Some(section) = known.get(&tables) {
                section.clone()
            } else if let Some(section) = canonical::section(id, &tables) {
                let section = Arc::new(section);
                known.insert(tables, section.clone());
                section
            } else {
                parsed.is_canonical = false;
                let found = self.toml(&tables)?.sections.0.remove(id);
                found.ok_or(ParseError::Damaged { line: None })?
            };
            parsed.sections.0.insert(id.clone(), section);
        }
        Ok(parsed)
    }

    /// Parses the head and these tables as TOML.
    fn toml(&self, tables: &[&str]) -> Result<Vault, ParseError> {
        let head = self.parts.head.iter().map(|range| &self.body[range.clone()]);
        let part: Vec<&str> = head.chain(tables.iter().copied()).collect();
        // A line number within the part would mislead: parse the whole text for the right one.
        parse(&part.concat()).map_err(|_| parse(&self.body).err().unwrap_or(ParseError::Damaged { line: None }))
    }
}

/// Sections that were parsed one by one.
struct Parsed {
    sections: Sections,
    /// Whether all of them were in the canonical form.
    is_canonical: bool,
}

fn parse(text: &str) -> Result<Vault, ParseError> {
    let damaged = |error: toml::de::Error| ParseError::Damaged {
        line: error.span().map(|span| text.as_bytes()[..span.start.min(text.len())].split(|b| *b == b'\n').count()),
    };
    let document = match toml::from_str::<Document>(text) {
        Ok(document) => document,
        // A newer format may differ in anything but the first lines: look at them before calling it damaged.
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
