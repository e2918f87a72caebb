//! Parses the text of a vault.
//!
//! The messages of the TOML parser never leave this file: they may quote a value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::canonical;
use super::format::{FEATURES, FORMAT, HEAD_LIMIT};
use super::parts::{Parts, Ranges};
use super::print;
use super::raw::{Document, Preface};
use crate::vault::contents::{ReadHashes, Vault, View};
use crate::vault::fingerprint::VaultFingerprint;
use crate::vault::head::Head;
use crate::vault::name::SecretName;
use crate::vault::reference::Entry;
use crate::vault::section::{Section, SectionId, Sections};
use crate::vault::shared::SharedText;

/// Why a text is not a vault that this version can read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParseError {
    /// It is not the TOML of a vault, at this line of the text, counted from 1, if that is known.
    Damaged { line: Option<usize> },
    /// It has a format that this version does not know.
    Format(i64),
    /// It requires a feature that this version does not know, and would be misread without it.
    Feature {
        name: String,
        /// The first version of etui that knows it.
        version: Option<String>,
    },
    /// Its head is larger than [`HEAD_LIMIT`].
    HeadTooLarge,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Damaged { line: Some(line) } => write!(f, "not the text of a vault at line {line}"),
            ParseError::Damaged { line: None } => f.write_str("not the text of a vault"),
            ParseError::Format(format) => write!(f, "the vault has format {format}, which this version does not know"),
            ParseError::Feature { name, .. } => {
                write!(f, "the vault requires {name:?}, which this version does not know")
            }
            ParseError::HeadTooLarge => write!(f, "the head of the vault is larger than {HEAD_LIMIT} bytes"),
        }
    }
}

impl std::error::Error for ParseError {}

/// Which parts of a vault to parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// These sections, as far as they exist.
    Current(&'a [SectionId]),
    /// Of these sections, what they set one name to, and the secrets to which that refers.
    Name(&'a [SectionId], &'a SecretName),
    /// These sections, with their history.
    History(&'a [SectionId]),
    /// All sections, without their history.
    All,
}

/// Parsed sections by their text, so that several vaults that are parsed together share their equal sections.
pub type SectionCache<'t> = BTreeMap<Vec<&'t str>, Arc<Section>>;

/// The text of a vault, and where its parts are. Names and values that are parsed from it share it: it is wiped
/// when the last of them is dropped.
pub struct Text {
    body: SharedText,
    parts: Parts,
}

impl Text {
    /// Takes a body: everything before the trailer.
    pub fn new(body: String) -> Text {
        let body = SharedText::from(Zeroizing::new(body));
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

    /// Whether it has no section but the team's, past or present.
    pub fn is_of_team_alone(&self) -> bool {
        let (history, _) = self.parts.history(&self.body);
        self.parts.sections.keys().chain(history.keys()).all(|id| *id == SectionId::Team)
    }

    /// The size of the head, in bytes.
    pub fn head_size(&self) -> usize {
        self.parts.head.iter().map(|range| range.len()).sum()
    }

    /// Parses the head alone. The signature cannot be verified before that.
    ///
    /// It must print back to the same bytes. So it cannot hold what a reader would take for something else,
    /// such as a section as an inline table, or a string with a line that looks like the start of a table.
    ///
    /// # Errors
    /// If it is not the head of a vault, is larger than [`HEAD_LIMIT`], or needs a newer version.
    pub fn head(&self) -> Result<Head, ParseError> {
        if self.head_size() > HEAD_LIMIT {
            return Err(ParseError::HeadTooLarge);
        }
        let mut head = self.toml(&[])?.head;
        head.closed = self.closed()?;
        let text: String = self.parts.head.iter().map(|range| &self.body[range.clone()]).collect();
        // An empty line follows, before the first section or the trailer.
        if text.strip_suffix('\n') == Some(&print::head(&head)) {
            Ok(head)
        } else {
            Err(ParseError::Damaged { line: None })
        }
    }

    /// Finds the closed sections, by the tables of the sections themselves. Whoever parses one finds it closed too.
    fn closed(&self) -> Result<BTreeMap<SectionId, VaultFingerprint>, ParseError> {
        let mut closed = BTreeMap::new();
        for (id, ranges) in &self.parts.sections {
            let own = ranges.first().map(|range| &self.body[range.clone()]).unwrap_or_default();
            if let Some(print) = print::closed_vault(id, own) {
                closed.insert(id.clone(), print.parse().map_err(|_| ParseError::Damaged { line: None })?);
            }
        }
        Ok(closed)
    }

    /// Parses the selected sections, for a head that was parsed, and looks at nothing else.
    ///
    /// # Errors
    /// If they are damaged.
    pub fn view(&self, head: &Head, want: Selection<'_>) -> Result<View, ParseError> {
        let all: Vec<SectionId> = self.parts.sections.keys().cloned().collect();
        let sections = match want {
            Selection::Current(ids) => self.sections(ids, None)?,
            Selection::Name(ids, name) => self.name(ids, name)?,
            Selection::History(ids) => self.sections(ids, Some(&self.parts.history(&self.body).0))?,
            Selection::All => self.sections(&all, None)?,
        };
        Ok(View { head: head.clone(), sections, all })
    }

    /// Parses what some sections set a name to, and the secrets to which that refers.
    fn name(&self, ids: &[SectionId], name: &SecretName) -> Result<Sections, ParseError> {
        let mut names = BTreeSet::from([name.as_str()]);
        let found = self.named(ids, &names)?;
        let entries = ids.iter().filter_map(|id| found.get(id)?.env.get(name));
        let entries: Vec<Entry<'_>> = entries.map(|record| Entry::of(&record.value)).collect();
        names.extend(entries.iter().filter_map(Entry::target).map(SecretName::as_str));
        if names.len() > 1 { self.named(ids, &names) } else { Ok(found) }
    }

    fn named(&self, ids: &[SectionId], names: &BTreeSet<&str>) -> Result<Sections, ParseError> {
        let tables = |id: &SectionId| {
            let ranges = self.parts.sections.get(id)?;
            let named = canonical::tables_of(names, id, &self.body, ranges);
            Some((id.clone(), named.unwrap_or_else(|| ranges.clone())))
        };
        let ranges: Ranges = ids.iter().filter_map(tables).collect();
        self.parse(&ranges, &mut SectionCache::new()).map(|parsed| parsed.sections)
    }

    /// Parses sections, with a history if it is given.
    fn sections(&self, ids: &[SectionId], history: Option<&Ranges>) -> Result<Sections, ParseError> {
        let ranges = ids.iter().map(|id| (id.clone(), self.ranges(id, history))).collect();
        self.parse(&ranges, &mut SectionCache::new()).map(|parsed| parsed.sections)
    }

    /// The ranges of a section, with its history if that is given.
    fn ranges(&self, id: &SectionId, history: Option<&Ranges>) -> Vec<Range<usize>> {
        let history = history.and_then(|history| history.get(id));
        self.parts.sections.get(id).into_iter().chain(history).flatten().cloned().collect()
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

        let (history, others) = self.parts.history(&self.body);
        let ids = self.parts.sections.keys().chain(history.keys());
        let ranges = ids.map(|id| (id.clone(), self.ranges(id, Some(&history)))).collect();
        let Parsed { sections, is_canonical } = self.parse(&ranges, known)?;
        let read = if others.is_empty() { ReadHashes::new() } else { self.toml(&others)?.read };
        let vault = Vault { head: head.clone(), sections, read };

        // In canonical text nothing but a table looks like one. If all of it was parsed that way, the parts
        // are the whole. Otherwise only a TOML parser knows what the whole is.
        match is_canonical || parse(&self.body).map_err(ParseFailure::without_line)? == vault {
            true => Ok(vault),
            false => Err(damaged),
        }
    }

    /// Parses these ranges of sections, each section by itself. Those without any are left out.
    fn parse<'t>(&'t self, sections: &Ranges, known: &mut SectionCache<'t>) -> Result<Parsed, ParseError> {
        let mut parsed = Parsed { sections: Sections::default(), is_canonical: true };
        for (id, ranges) in sections {
            let tables: Vec<&str> = ranges.iter().map(|range| &self.body[range.clone()]).collect();
            let Some(own) = tables.first().copied() else { continue };

            let section = if let Some(section) = known.get(&tables) {
                section.clone()
            } else if let Some(section) = canonical::section(id, &self.body, ranges) {
                let section = Arc::new(section);
                known.insert(tables, section.clone());
                section
            } else {
                parsed.is_canonical = false;
                let mut found = self.toml(ranges)?;
                // Refuse what a write could not reproduce, such as a NaN.
                let again = parse(&print::print(&found)).ok();
                if again.is_none_or(|again| again != found) {
                    return Err(ParseError::Damaged { line: None });
                }
                found.sections.0.remove(id).ok_or(ParseError::Damaged { line: None })?
            };
            // What an opening found in the table must be what stands there.
            let print = section.closed.as_ref().map(|closed| closed.vault.as_str());
            if print != print::closed_vault(id, own) {
                return Err(ParseError::Damaged { line: None });
            }
            parsed.sections.0.insert(id.clone(), section);
        }
        Ok(parsed)
    }

    /// Parses the head and these tables as TOML.
    fn toml(&self, tables: &[Range<usize>]) -> Result<Vault, ParseError> {
        let ranges: Vec<&Range<usize>> = self.parts.head.iter().chain(tables).collect();
        let part: String = ranges.iter().map(|range| &self.body[(*range).clone()]).collect();
        parse(&part).map_err(|failure| match failure {
            ParseFailure::Known(error) => error,
            ParseFailure::At(offset) => ParseError::Damaged { line: self.line(&ranges, offset) },
        })
    }

    /// The line of the body, counted from 1, of a position in the concatenation of some ranges.
    fn line(&self, ranges: &[&Range<usize>], mut offset: usize) -> Option<usize> {
        for range in ranges {
            if offset < range.len() {
                let before = &self.body.as_bytes()[..range.start + offset];
                return Some(memchr::memchr_iter(b'\n', before).count() + 1);
            }
            offset -= range.len();
        }
        None
    }
}

/// Sections that were parsed one by one.
struct Parsed {
    sections: Sections,
    /// Whether all of them were in the canonical form.
    is_canonical: bool,
}

/// Why a text was not parsed.
enum ParseFailure {
    /// At this position.
    At(usize),
    Known(ParseError),
}

impl ParseFailure {
    fn without_line(self) -> ParseError {
        match self {
            ParseFailure::At(_) => ParseError::Damaged { line: None },
            ParseFailure::Known(error) => error,
        }
    }
}

impl From<ParseError> for ParseFailure {
    fn from(error: ParseError) -> Self {
        ParseFailure::Known(error)
    }
}

fn parse(text: &str) -> Result<Vault, ParseFailure> {
    let damaged = |error: toml::de::Error| match error.span() {
        Some(span) => ParseFailure::At(span.start),
        None => ParseError::Damaged { line: None }.into(),
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
    document.into_vault().ok_or(ParseError::Damaged { line: None }.into())
}

fn check_preface(format: i64, requires: &[String]) -> Result<(), ParseError> {
    if format != FORMAT {
        return Err(ParseError::Format(format));
    }
    // `NAME VERSION`: a feature, and the first version of etui that reads it.
    let features = requires
        .iter()
        .map(|text| text.split_once(' ').map_or((&**text, None), |(name, version)| (name, Some(version))));
    match features.into_iter().find(|(name, _)| !FEATURES.contains(name)) {
        Some((name, version)) => {
            let version = version.filter(|version| is_version(version)).map(str::to_owned);
            Err(ParseError::Feature { name: if is_feature(name) { name } else { "a feature" }.to_owned(), version })
        }
        None => Ok(()),
    }
}

/// Whether a text is the name of a feature. Nobody has signed it yet, so a message must not repeat any other.
fn is_feature(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether a text is a version, such as `0.2`.
fn is_version(text: &str) -> bool {
    text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}
