//! Reads the canonical form, and declines everything else.
//!
//! What `print` writes is a small part of TOML, and reading just that is several times faster than a
//! parser of all of it. Whatever looks different in any way (another writer's style, a key that this
//! version does not know, damage) is declined, and read by the parser of TOML, which is slower and right. A
//! property test holds the two to the same answer.

use std::collections::BTreeMap;

use memchr::memmem;
use zeroize::Zeroizing;

use crate::vault::name::{Id, MemberName, SecretName};
use crate::vault::record::{Earlier, Record, Records};
use crate::vault::section::{Kind, Section, SectionId};
use crate::vault::time::Timestamp;
use crate::vault::value::Value;

/// Reads the tables of one section and of its history; none if they are not canonical, or another section's.
pub fn section(id: &SectionId, tables: &[&str]) -> Option<Section> {
    // The team needs no table to be there.
    let mut sections = BTreeMap::from([(SectionId::Team, Section::default())]);
    tables.iter().try_for_each(|tables| read(tables, &mut sections))?;
    let section = sections.remove(id)?;
    sections.values().all(|other| *other == Section::default()).then_some(section)
}

/// Reads tables into the sections.
fn read(text: &str, sections: &mut BTreeMap<SectionId, Section>) -> Option<()> {
    let mut starts = memmem::find_iter(text.as_bytes(), b"\n[").map(|at| at + 1);
    let mut start = 0;
    while start < text.len() {
        let end = starts.next().unwrap_or(text.len());
        table(&text[start..end], sections)?;
        start = end;
    }
    Some(())
}

fn table(text: &str, sections: &mut BTreeMap<SectionId, Section>) -> Option<()> {
    let (header, fields) = text.split_once('\n')?;
    let mut fields = Fields { rest: fields };
    match header.strip_prefix("[[history.") {
        Some(path) => {
            let (section, is_entry, name) = record_path(path.strip_suffix("]]")?)?;
            let earlier = fields.earlier()?;
            let records = records(sections.entry(section).or_default(), is_entry);
            match records.history.get_mut(name) {
                Some(history) => history.push(earlier),
                None => drop(records.history.insert(SecretName::parse(name).ok()?, vec![earlier])),
            }
        }
        None if header.starts_with("[[disputes.") => {
            let path = header.strip_prefix("[[disputes.")?.strip_suffix("]]")?;
            let (section, is_entry, name) = record_path(path)?;
            let candidate = fields.record()?;
            let records = records(sections.get_mut(&section)?, is_entry);
            let name = SecretName::parse(name).ok()?;
            if records.current.contains_key(&name) {
                return None;
            }
            records.disputed.entry(name).or_default().push(candidate);
        }
        None => {
            let path = header.strip_prefix('[')?.strip_suffix(']')?;
            match record_path(path) {
                Some((section, is_entry, name)) => {
                    let record = fields.record()?;
                    let is_section = section == SectionId::Team || sections.contains_key(&section);
                    let records = records(sections.entry(section).or_default(), is_entry);
                    let before = records.current.insert(SecretName::parse(name).ok()?, record);
                    return (is_section && before.is_none()).then_some(());
                }
                None => {
                    let (section, rest) = section_path(path)?;
                    let created = fields.date("created")?;
                    let section = sections.entry(section).or_default();
                    return (rest.is_empty() && fields.ends() && section.created.replace(created).is_none())
                        .then_some(());
                }
            }
        }
    }
    Some(())
}

fn records(section: &mut Section, is_entry: bool) -> &mut Records {
    if is_entry { &mut section.env } else { &mut section.secrets }
}

/// Splits `projects.web.secrets.NAME` into its section, whether it is an entry, and the name.
fn record_path(path: &str) -> Option<(SectionId, bool, &str)> {
    let (section, path) = section_path(path).unwrap_or((SectionId::Team, path));
    match path.split_once('.')? {
        ("env", name) => Some((section, true, name)),
        ("secrets", name) => Some((section, false, name)),
        _ => None,
    }
}

/// Splits `projects.web` and what follows its dot.
fn section_path(path: &str) -> Option<(SectionId, &str)> {
    let (kind, rest) = path.split_once('.')?;
    let kind = match kind {
        "clusters" => Kind::Cluster,
        "projects" => Kind::Project,
        _ => return None,
    };
    let (id, rest) = match rest.strip_prefix('"') {
        Some(quoted) => {
            let (id, rest) = quoted.split_once('"')?;
            (id, rest.strip_prefix('.').or(rest.is_empty().then_some(rest))?)
        }
        None => rest.split_once('.').unwrap_or((rest, "")),
    };
    Some((kind.with(Id::parse(id).ok()?), rest))
}

/// The fields of a table that are still to be read: each a line `key = value`, in canonical order.
struct Fields<'t> {
    rest: &'t str,
}

impl Fields<'_> {
    fn record(&mut self) -> Option<Record> {
        let value = self.value()??;
        let created = self.date("created");
        let updated = self.date("updated")?;
        Some(Record {
            value,
            created: created.unwrap_or(updated),
            updated,
            by: MemberName::parse(&self.string("by")??).ok()?,
            note: self.string("note")?.map(|note| note.to_string()),
            expires: self.date("expires"),
            extra: toml::Table::new(),
        })
        .filter(|_| self.ends())
    }

    fn earlier(&mut self) -> Option<Earlier> {
        let value = self.value()?;
        if value.is_none() {
            self.rest = self.rest.strip_prefix("deleted = true\n")?;
        }
        Some(Earlier {
            value,
            created: self.date("created"),
            updated: self.date("updated")?,
            by: MemberName::parse(&self.string("by")??).ok()?,
            note: self.string("note")?.map(|note| note.to_string()),
            expires: self.date("expires"),
            extra: toml::Table::new(),
        })
        .filter(|_| self.ends())
    }

    /// Whether nothing but the empty line between tables is left.
    fn ends(&self) -> bool {
        matches!(self.rest, "" | "\n")
    }

    fn key(&mut self, key: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(key)?.strip_prefix(" = ")?;
        Some(())
    }

    /// A date, if the key comes next: `2026-11-21T10:00:00Z` and no other form.
    fn date(&mut self, key: &str) -> Option<Timestamp> {
        let before = self.rest;
        let read = self.key(key).and_then(|()| {
            let (date, rest) = self.rest.split_at_checked(20)?;
            self.rest = rest.strip_prefix('\n')?;
            Timestamp::parse_canonical(date.as_bytes().try_into().ok()?)
        });
        if read.is_none() {
            self.rest = before;
        }
        read
    }

    /// A value with its encoding, if it comes next.
    fn value(&mut self) -> Option<Option<Value>> {
        let Some(text) = self.string("value")? else { return Some(None) };
        match self.string("encoding")? {
            None => Some(Some(Value::from_text(text).ok()?)),
            Some(encoding) if *encoding == "base64" => Some(Some(Value::from_base64(&text)?)),
            Some(_) => None,
        }
    }

    /// A string, if the key comes next: the outer None declines.
    fn string(&mut self, key: &str) -> Option<Option<Zeroizing<String>>> {
        if self.key(key).is_none() {
            return Some(None);
        }
        let (text, rest) = if let Some(text) = self.rest.strip_prefix("'''") {
            literal_lines(text)?
        } else if let Some(text) = self.rest.strip_prefix('\'') {
            let end = memchr::memchr2(b'\'', b'\n', text.as_bytes())?;
            (copy(&text[..end], false)?, text[end..].strip_prefix('\'')?)
        } else {
            basic(self.rest.strip_prefix('"')?)?
        };
        self.rest = rest.strip_prefix('\n')?;
        Some(Some(text))
    }
}

/// Reads a multi-line literal string from behind its opening quotes. Up to two quotes may stand before the
/// three that close it.
fn literal_lines(text: &str) -> Option<(Zeroizing<String>, &str)> {
    let text = text.strip_prefix('\n').unwrap_or(text);
    let close = memmem::find(text.as_bytes(), b"'''")?;
    let quotes = text[close..].len() - text[close..].trim_start_matches('\'').len();
    let end = close + quotes - 3;
    if quotes > 5 {
        return None;
    }
    Some((copy(&text[..end], true)?, &text[end + 3..]))
}

/// Copies a piece of a string; none if it holds a control character, which TOML wants escaped.
fn copy(text: &str, lines: bool) -> Option<Zeroizing<String>> {
    is_plain(text, lines).then(|| Zeroizing::new(text.to_owned()))
}

fn is_plain(text: &str, lines: bool) -> bool {
    text.bytes().all(|byte| match byte {
        b'\t' => true,
        b'\n' => lines,
        _ => byte >= 0x20 && byte != 0x7f,
    })
}

/// Reads a basic string from behind its opening quote.
fn basic(text: &str) -> Option<(Zeroizing<String>, &str)> {
    let mut out = Zeroizing::new(String::new());
    let mut rest = text;
    loop {
        let at = memchr::memchr3(b'"', b'\\', b'\n', rest.as_bytes())?;
        // Grown in one step: what a growing string leaves behind is not wiped.
        if out.capacity() == 0 {
            out.reserve(if rest.as_bytes()[at] == b'"' { at } else { rest.len() });
        }
        if !is_plain(&rest[..at], false) {
            return None;
        }
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        match rest.as_bytes()[at] {
            b'"' => return Some((out, after)),
            b'\\' => {
                let (c, width) = match *after.as_bytes().first()? {
                    b'n' => ('\n', 1),
                    b'r' => ('\r', 1),
                    b't' => ('\t', 1),
                    b'b' => ('\u{8}', 1),
                    b'f' => ('\u{c}', 1),
                    b'"' => ('"', 1),
                    b'\\' => ('\\', 1),
                    b'u' => (char::from_u32(u32::from_str_radix(after.get(1..5)?, 16).ok()?)?, 5),
                    _ => return None,
                };
                out.push(c);
                rest = &after[width..];
            }
            _ => return None,
        }
    }
}
