//! Parses the canonical form, and declines everything else.
//!
//! What `print` writes is a small part of TOML, and can be parsed in one pass without copying it. Whatever
//! differs in any way (another style or order, an unknown field, damage) is declined and left to the TOML
//! parser, which is slower and always right. A property test checks that both give the same answer.

use std::collections::BTreeSet;
use std::ops::Range;

use memchr::memmem;
use zeroize::Zeroizing;

use super::print::section_path;
use crate::vault::closed::{Access, Closed, SealedBytes};
use crate::vault::contents::FormerReader;
use crate::vault::name::{MemberName, SecretName};
use crate::vault::record::by_name::ByName;
use crate::vault::record::{Acknowledgement, Earlier, Record, Records};
use crate::vault::section::{Section, SectionId};
use crate::vault::shared::{Part, SharedText};
use crate::vault::time::Timestamp;
use crate::vault::value::Value;

/// Parses the tables of one section, its history included; none if they are not canonical, or another
/// section's.
pub fn section(id: &SectionId, text: &SharedText, tables: &[Range<usize>]) -> Option<Section> {
    let Headers { own, records } = Headers::of(id);
    let (mut created, mut closed) = (None, None);
    let mut lists = [Lists::default(), Lists::default()];
    let mut parser = Parser { text, bytes: &[], at: 0, by: None, date: None };
    for range in tables {
        (parser.bytes, parser.at) = (&text.as_bytes()[..range.end], range.start);
        if !is_plain(&text[range.clone()]) {
            return None;
        }
        while parser.at < range.end {
            if let Some(own) = &own
                && parser.takes(own)
            {
                let date = parser.date("created = ")??;
                closed = parser.closed()?;
                parser.table_ends().filter(|()| created.replace(date).is_none())?;
                continue;
            }
            // A section's own table comes before its records.
            let is_created = own.is_none() || created.is_some();
            let mut kinds = lists.iter_mut().zip(&records).rev();
            kinds.find_map(|(lists, headers)| parser.table(headers, is_created, lists))??;
        }
    }
    let [env, secrets] = lists.map(Lists::into_records);
    let section = Section { created, env, secrets, closed, ..Section::default() };
    (section.has_each_name_once() && !section.is_closed_and_open()).then_some(section)
}

/// Finds the tables of these names among the current ones of a section, and the section's own table. None if
/// any header is not canonical: it may name anything.
pub fn tables_of(
    names: &BTreeSet<&str>,
    id: &SectionId,
    text: &SharedText,
    tables: &[Range<usize>],
) -> Option<Vec<Range<usize>>> {
    let headers = Headers::of(id);
    let mut found = Vec::new();
    for range in tables {
        let tables = &text[range.clone()];
        let mut starts = memmem::find_iter(tables.as_bytes(), b"\n[").map(|at| at + 1);
        let mut start = 0;
        while start < tables.len() {
            let end = starts.next().unwrap_or(tables.len());
            if headers.name(&tables[start..end])?.is_none_or(|name| names.contains(name)) {
                found.push(range.start + start..range.start + end);
            }
            start = end;
        }
    }
    Some(found)
}

/// How the headers of one section begin.
struct Headers {
    /// The whole header of its own table, which the team does not have.
    own: Option<String>,
    /// Of entries, and of secrets.
    records: [RecordHeaders; 2],
}

/// How the headers of one kind of records begin.
struct RecordHeaders {
    current: String,
    disputed: String,
    history: String,
}

impl Headers {
    fn of(id: &SectionId) -> Headers {
        let path = section_path(id);
        let own = (!path.is_empty()).then(|| format!("[{path}]\n"));
        let prefix = if path.is_empty() { path } else { path + "." };
        let records = ["env", "secrets"].map(|kind| RecordHeaders {
            current: format!("[{prefix}{kind}."),
            disputed: format!("[[disputes.{prefix}{kind}."),
            history: format!("[[history.{prefix}{kind}."),
        });
        Headers { own, records }
    }

    /// The name of a table that is current or disputed; the inner None is the section's own table.
    fn name<'t>(&self, table: &'t str) -> Option<Option<&'t str>> {
        let own = self.own.as_ref().filter(|own| table.starts_with(own.as_str()));
        if own.is_some() {
            return Some(None);
        }
        let rest_of = |headers: &RecordHeaders| {
            let current = table.strip_prefix(&headers.current).map(|rest| (rest, "]\n"));
            current.or_else(|| Some((table.strip_prefix(&headers.disputed)?, "]]\n")))
        };
        let (rest, close) = self.records.iter().rev().find_map(rest_of)?;
        let (name, rest) = rest.split_at(SecretName::length_at_start(rest)?);
        rest.starts_with(close).then_some(Some(name))
    }
}

/// Records as they come, each list in the order of its names.
#[derive(Default)]
struct Lists {
    current: ByName<Record>,
    disputed: Vec<(SecretName, Vec<Record>)>,
    history: Vec<(SecretName, Vec<Earlier>)>,
}

impl Lists {
    fn into_records(self) -> Records {
        let Lists { current, disputed, history } = self;
        Records { current, disputed: disputed.into_iter().collect(), history: history.into_iter().collect() }
    }
}

/// Adds an item, unless its name comes before the last one.
fn push<T>(list: &mut Vec<(SecretName, Vec<T>)>, name: SecretName, item: T) -> Option<()> {
    match list.last_mut() {
        Some((last, items)) if *last == name => items.push(item),
        Some((last, _)) if *last > name => return None,
        _ => list.push((name, vec![item])),
    }
    Some(())
}

/// The length of a date.
const DATE: usize = 20;

struct Parser<'t> {
    text: &'t SharedText,
    /// The text up to the end of the tables.
    bytes: &'t [u8],
    at: usize,
    /// The last member, who most often made the next record too.
    by: Option<MemberName>,
    /// The last date, which most often is the next one too.
    date: Option<([u8; DATE], Timestamp)>,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..self.bytes.len()]
    }

    /// Steps over a word, if it is next. Inlined, since most words are constants of a few bytes.
    #[inline]
    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.bytes[self.at..].starts_with(word.as_bytes());
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    #[inline]
    fn take(&mut self, word: &str) -> Option<()> {
        self.takes(word).then_some(())
    }

    /// A table of one kind of records. The outer None says that it is another one, the inner None declines.
    fn table(&mut self, headers: &RecordHeaders, is_created: bool, lists: &mut Lists) -> Option<Option<()>> {
        if self.takes(&headers.current) {
            Some(self.current(&mut lists.current).filter(|()| is_created))
        } else if self.takes(&headers.history) {
            Some(self.earlier(&mut lists.history))
        } else if self.takes(&headers.disputed) {
            Some(self.candidate(&mut lists.disputed).filter(|()| is_created))
        } else {
            None
        }
    }

    fn current(&mut self, list: &mut ByName<Record>) -> Option<()> {
        let name = self.name("]\n")?;
        let record = self.record()?;
        list.push(name, record).is_none().then_some(())
    }

    fn candidate(&mut self, list: &mut Vec<(SecretName, Vec<Record>)>) -> Option<()> {
        let name = self.name("]]\n")?;
        let candidate = self.record()?;
        push(list, name, candidate)
    }

    fn earlier(&mut self, list: &mut Vec<(SecretName, Vec<Earlier>)>) -> Option<()> {
        let name = self.name("]]\n")?;
        let is_deletion = self.takes("deleted = true\n");
        let earlier = self.fields().filter(|earlier| earlier.value.is_none() == is_deletion)?;
        self.table_ends()?;
        push(list, name, earlier)
    }

    /// The rest of a header.
    fn name(&mut self, close: &str) -> Option<SecretName> {
        let length = SecretName::length_at_start(self.rest())?;
        let name = SecretName::from_part(self.text.part(self.at..self.at + length)?)?;
        self.at += length;
        self.take(close).map(|()| name)
    }

    fn record(&mut self) -> Option<Record> {
        let Earlier { value, created, updated, by, note, expires, extra } = self.fields()?;
        let acknowledged = self.acknowledged()?;
        self.table_ends()?;
        let created = created.unwrap_or(updated);
        Some(Record { value: value?, created, updated, by, note, expires, acknowledged, extra })
    }

    /// The fields that current and earlier records share, each a line `key = value`, in this order.
    fn fields(&mut self) -> Option<Earlier> {
        Some(Earlier {
            value: self.value()?,
            created: self.date("created = ")?,
            updated: self.date("updated = ")??,
            by: self.by()?,
            note: self.string("note = ")?.map(|note| note.to_string()),
            expires: self.date("expires = ")?,
            extra: None,
        })
    }

    /// What makes a section a closed one, if that is next. The outer None declines.
    fn closed(&mut self) -> Option<Option<Box<Closed>>> {
        if !self.takes("vault = ") {
            return Some(None);
        }
        let vault = self.quoted()?.parse().ok()?;
        self.take("\nmembers = ")?;
        let members = self.list()?.into_iter().map(|print| print.parse().ok()).collect::<Option<_>>()?;
        self.take("\n")?;
        let updated = self.date("updated = ")??;
        let by = self.by()?;
        self.take("closed = ")?;
        let sealed = match self.rest().starts_with('[') {
            true => SealedBytes::disputed(&self.list()?)?,
            false => vec![SealedBytes::from_base64(self.quoted()?)?],
        };
        self.take("\n")?;
        Some(Some(Closed { vault, members, updated, by, sealed, access: Access::Untried }.into()))
    }

    /// A list of texts without escapes.
    fn list(&mut self) -> Option<Vec<&'t str>> {
        let mut texts = Vec::new();
        self.take("[")?;
        while !self.takes("]") {
            if !texts.is_empty() {
                self.take(", ")?;
            }
            texts.push(self.quoted()?);
        }
        Some(texts)
    }

    /// A text in quotes without escapes.
    fn quoted(&mut self) -> Option<&'t str> {
        self.take("\"")?;
        let length = memchr::memchr3(b'"', b'\\', b'\n', &self.bytes[self.at..])?;
        let text = &self.text[self.at..self.at + length];
        self.at += length;
        self.take("\"").map(|()| text)
    }

    /// An acknowledgement, if one is next. The outer None declines.
    fn acknowledged(&mut self) -> Option<Option<Box<Acknowledgement>>> {
        if !self.takes("acknowledged = { at = ") {
            return Some(None);
        }
        let at = self.date_here()?;
        self.take(", by = ")?;
        let by = self.basic()?.parse().ok()?;
        let mut exposed = BTreeSet::new();
        if self.takes(", exposed = [") {
            loop {
                let reader: FormerReader = self.basic()?.parse().ok()?;
                // In the order of their texts, each once.
                if exposed.last().is_some_and(|last| *last >= reader) {
                    return None;
                }
                exposed.insert(reader);
                if !self.takes(", ") {
                    break;
                }
            }
            self.take("]")?;
        }
        self.take(", reason = ")?;
        let reason = self.basic()?.to_string();
        self.take(" }\n")?;
        Some(Some(Acknowledgement { at, by, exposed, reason }.into()))
    }

    /// The empty line between tables, or the end.
    fn table_ends(&mut self) -> Option<()> {
        (self.at == self.bytes.len() || self.takes("\n")).then_some(())
    }

    /// A date in the canonical form, if this key is next. The outer None declines.
    fn date(&mut self, key: &str) -> Option<Option<Timestamp>> {
        if !self.takes(key) {
            return Some(None);
        }
        let date = self.date_here()?;
        self.take("\n").map(|()| Some(date))
    }

    /// A date in the canonical form.
    fn date_here(&mut self) -> Option<Timestamp> {
        let (text, _) = self.bytes[self.at..].split_first_chunk()?;
        let date = match self.date {
            Some((last, date)) if last == *text => date,
            _ => Timestamp::parse_canonical(text)?,
        };
        self.date = Some((*text, date));
        self.at += DATE;
        Some(date)
    }

    fn by(&mut self) -> Option<MemberName> {
        self.take("by = \"")?;
        let length = memchr::memchr(b'"', &self.bytes[self.at..])?;
        let name = &self.rest()[..length];
        let by = match self.by.take() {
            Some(by) if by.as_str() == name => by,
            _ => name.parse().ok()?,
        };
        self.at += length;
        self.take("\"\n")?;
        self.by = Some(by.clone());
        Some(by)
    }

    /// A value and its encoding, if they are next. The outer None declines.
    fn value(&mut self) -> Option<Option<Value>> {
        let Some(text) = self.string("value = ")? else { return Some(None) };
        if self.takes("encoding = \"base64\"\n") {
            return Value::from_base64(&text).map(Some);
        }
        match text {
            Text::Part(part) => Value::from_part(part).map(Some),
            Text::Escaped(text) => Value::from_text(text).ok().map(Some),
        }
    }

    /// A string, if this key is next. The outer None declines.
    fn string(&mut self, key: &str) -> Option<Option<Text>> {
        if !self.takes(key) {
            return Some(None);
        }
        let text = if self.takes("'''") {
            self.takes("\n");
            let length = literal_lines(self.rest())?;
            self.part(length, "'''\n")?
        } else if self.takes("'") {
            let length = memchr::memchr2(b'\'', b'\n', &self.bytes[self.at..])?;
            self.part(length, "'\n")?
        } else {
            let text = self.basic()?;
            self.take("\n")?;
            Text::Escaped(text)
        };
        Some(Some(text))
    }

    /// A basic string.
    fn basic(&mut self) -> Option<Zeroizing<String>> {
        self.take("\"")?;
        let (text, length) = basic(self.rest())?;
        self.at += length;
        Some(text)
    }

    /// The text of this length, and what closes it.
    fn part(&mut self, length: usize, close: &str) -> Option<Text> {
        let part = self.text.part(self.at..self.at + length)?;
        self.at += length;
        self.take(close).map(|()| Text::Part(part))
    }
}

/// The content of a string.
enum Text {
    Part(Part),
    Escaped(Zeroizing<String>),
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Text::Part(part) => part,
            Text::Escaped(text) => text,
        }
    }
}

/// Finds the end of a multi-line literal string. Up to two quotes may come before the three that close it.
fn literal_lines(text: &str) -> Option<usize> {
    let close = memmem::find(text.as_bytes(), b"'''")?;
    let quotes = text[close..].bytes().take_while(|byte| *byte == b'\'').count();
    (quotes <= 5).then_some(close + quotes - 3)
}

/// Whether a text has no control character but tabs and line ends. In strings, all others are escaped.
fn is_plain(text: &str) -> bool {
    let is_control = |byte: u8| (byte < 0x20 && byte != b'\t' && byte != b'\n') || byte == 0x7f;
    // Without a branch for each byte, many are compared at once.
    text.as_bytes().chunks(4096).all(|bytes| !bytes.iter().fold(false, |found, byte| found | is_control(*byte)))
}

/// Parses a basic string after its opening quote, and returns how many bytes it takes, with the closing one.
fn basic(text: &str) -> Option<(Zeroizing<String>, usize)> {
    let line = &text[..memchr::memchr(b'\n', text.as_bytes())?];
    // Reserve all at once: a string that grows leaves copies behind that are not wiped.
    let mut out = Zeroizing::new(String::with_capacity(line.len()));
    let mut rest = line;
    loop {
        let at = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if rest.as_bytes()[at] == b'"' {
            return Some((out, line.len() - after.len()));
        }
        let (c, width) = match *after.as_bytes().first()? {
            b'n' => ('\n', 1),
            b'r' => ('\r', 1),
            b't' => ('\t', 1),
            b'b' => ('\u{8}', 1),
            b'f' => ('\u{c}', 1),
            b'"' => ('"', 1),
            b'\\' => ('\\', 1),
            b'u' => (unicode(after.get(1..5)?)?, 5),
            _ => return None,
        };
        out.push(c);
        rest = &after[width..];
    }
}

fn unicode(digits: &str) -> Option<char> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?)
}
