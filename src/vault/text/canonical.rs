//! Parses the canonical form, and declines everything else.
//!
//! What `print` writes is a small part of TOML. Parsing only that takes half the time of a TOML parser on a
//! write. Whatever differs in any way (another style, an unknown field, damage) is declined and left to the
//! TOML parser, which is slower and always right. A property test checks that both give the same answer.

use memchr::memmem;
use zeroize::Zeroizing;

use super::print::section_path;
use crate::vault::record::{Earlier, Record, Records};
use crate::vault::section::{Section, SectionId};
use crate::vault::time::Timestamp;
use crate::vault::value::Value;

/// Parses the tables of one section, its history included; none if they are not canonical, or another
/// section's.
pub fn section(id: &SectionId, tables: &[&str]) -> Option<Section> {
    let path = section_path(id);
    let mut parser = Parser {
        header: format!("[{path}]"),
        prefix: if path.is_empty() { path } else { path + "." },
        is_team: *id == SectionId::Team,
        section: Section::default(),
    };
    tables.iter().try_for_each(|tables| parser.tables(tables))?;
    parser.section.has_each_name_once().then_some(parser.section)
}

struct Parser {
    /// `[projects.web]`, which the team does not have.
    header: String,
    /// `projects.web.`, or nothing for the team.
    prefix: String,
    is_team: bool,
    section: Section,
}

impl Parser {
    fn tables(&mut self, text: &str) -> Option<()> {
        let mut starts = memmem::find_iter(text.as_bytes(), b"\n[").map(|at| at + 1);
        let mut start = 0;
        while start < text.len() {
            let end = starts.next().unwrap_or(text.len());
            self.table(&text[start..end])?;
            start = end;
        }
        Some(())
    }

    fn table(&mut self, text: &str) -> Option<()> {
        let (header, fields) = text.split_once('\n')?;
        let mut fields = Fields { rest: fields };

        if let Some(path) = header.strip_prefix("[[history.") {
            let (records, name) = self.records(path.strip_suffix("]]")?)?;
            let earlier = fields.earlier()?;
            match records.history.get_mut(name) {
                Some(history) => history.push(earlier),
                None => drop(records.history.insert(name.parse().ok()?, vec![earlier])),
            }
            return Some(());
        }
        if !self.is_team && header == self.header {
            let created = fields.date("created")?;
            let is_first = self.section.created.replace(created).is_none();
            return (fields.ends() && is_first).then_some(());
        }

        // A section's own table comes before its records.
        if !self.is_team && self.section.created.is_none() {
            return None;
        }
        if let Some(path) = header.strip_prefix("[[disputes.") {
            let (records, name) = self.records(path.strip_suffix("]]")?)?;
            let (name, candidate) = (name.parse().ok()?, fields.record()?);
            records.disputed.entry(name).or_default().push(candidate);
            return Some(());
        }
        let (records, name) = self.records(header.strip_prefix('[')?.strip_suffix(']')?)?;
        let (name, record) = (name.parse().ok()?, fields.record()?);
        records.current.insert(name, record).is_none().then_some(())
    }

    /// Splits `projects.web.secrets.NAME` into the records of this section, and the name.
    fn records<'t>(&mut self, path: &'t str) -> Option<(&mut Records, &'t str)> {
        match path.strip_prefix(&self.prefix)?.split_once('.')? {
            ("env", name) => Some((&mut self.section.env, name)),
            ("secrets", name) => Some((&mut self.section.secrets, name)),
            _ => None,
        }
    }
}

/// The remaining fields of a table, each a line `key = value`, in the canonical order.
struct Fields<'t> {
    rest: &'t str,
}

impl Fields<'_> {
    fn record(&mut self) -> Option<Record> {
        let Earlier { value, created, updated, by, note, expires, extra } = self.common()?;
        Some(Record { value: value?, created: created.unwrap_or(updated), updated, by, note, expires, extra })
    }

    fn earlier(&mut self) -> Option<Earlier> {
        let is_deletion = self.rest.strip_prefix("deleted = true\n");
        self.rest = is_deletion.unwrap_or(self.rest);
        let earlier = self.common()?;
        (earlier.value.is_none() == is_deletion.is_some()).then_some(earlier)
    }

    /// The fields that current and earlier records share.
    fn common(&mut self) -> Option<Earlier> {
        let earlier = Earlier {
            value: self.value()?,
            created: self.date("created"),
            updated: self.date("updated")?,
            by: self.string("by")??.parse().ok()?,
            note: self.string("note")?.map(|note| note.to_string()),
            expires: self.date("expires"),
            extra: toml::Table::new(),
        };
        self.ends().then_some(earlier)
    }

    /// Whether only the empty line between tables is left.
    fn ends(&self) -> bool {
        matches!(self.rest, "" | "\n")
    }

    /// A date in the canonical form, if this key is next.
    fn date(&mut self, key: &str) -> Option<Timestamp> {
        let date = self.rest.strip_prefix(key)?.strip_prefix(" = ")?;
        let (date, rest) = date.split_at_checked(20)?;
        let rest = rest.strip_prefix('\n')?;
        let date = Timestamp::parse_canonical(date.as_bytes().try_into().ok()?)?;
        self.rest = rest;
        Some(date)
    }

    /// A value and its encoding, if they are next. The outer None declines.
    fn value(&mut self) -> Option<Option<Value>> {
        let Some(text) = self.string("value")? else { return Some(None) };
        match self.string("encoding")? {
            None => Some(Some(Value::from_text(text).ok()?)),
            Some(encoding) if *encoding == "base64" => Some(Some(Value::from_base64(&text)?)),
            Some(_) => None,
        }
    }

    /// A string, if this key is next. The outer None declines.
    fn string(&mut self, key: &str) -> Option<Option<Zeroizing<String>>> {
        let string = self.rest.strip_prefix(key).and_then(|rest| rest.strip_prefix(" = "));
        let Some(string) = string else { return Some(None) };

        let (text, rest) = if let Some(text) = string.strip_prefix("'''") {
            literal_lines(text)?
        } else if let Some(text) = string.strip_prefix('\'') {
            let end = memchr::memchr2(b'\'', b'\n', text.as_bytes())?;
            (copy(&text[..end], false)?, text[end..].strip_prefix('\'')?)
        } else {
            basic(string.strip_prefix('"')?)?
        };
        self.rest = rest.strip_prefix('\n')?;
        Some(Some(text))
    }
}

/// Parses a multi-line literal string after its opening quotes. Up to two quotes may come before the three
/// that close it.
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

/// Copies a piece of a string; none if it holds a control character, which must be escaped.
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

/// Parses a basic string after its opening quote.
fn basic(text: &str) -> Option<(Zeroizing<String>, &str)> {
    let mut out = Zeroizing::new(String::new());
    let mut rest = text;
    loop {
        let at = memchr::memchr3(b'"', b'\\', b'\n', rest.as_bytes())?;
        // Reserve all at once: a string that grows leaves copies behind that are not wiped.
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
