//! Prints a vault in the one canonical form: equal content is equal text.

use std::borrow::Cow;
use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use toml_writer::{TomlKeyBuilder, TomlStringBuilder, TomlWrite as _};

use super::format::{CLOSED_SECTIONS, FORMAT};
use crate::vault::closed::{Closed, SealedBytes};
use crate::vault::contents::Vault;
use crate::vault::fingerprint::Fingerprint;
use crate::vault::head::Head;
use crate::vault::member::{Member, WriterHalf};
use crate::vault::record::{Acknowledgement, Earlier, Record, Records};
use crate::vault::section::{Section, SectionId};
use crate::vault::time::Timestamp;
use crate::vault::value::Value;

/// Prints everything but the trailer, ending with an empty line.
pub fn print(vault: &Vault) -> String {
    let mut out = Text(String::with_capacity(estimate(vault)));
    out.head(&vault.head);
    for (id, section) in &vault.sections.0 {
        if let Some(created) = section.created {
            out.table(&section_path(id));
            out.date("created", created);
            if let Some(closed) = &section.closed {
                out.closed(closed);
            }
            out.extra(&section.extra);
        }
        for (path, records) in kinds(id, section) {
            for (name, record) in records.iter() {
                out.lines(["\n[", &path, name.as_str(), "]\n"]);
                out.record(record);
            }
        }
    }

    let all = vault.sections.0.iter().flat_map(|(id, section)| kinds(id, section));
    for (path, records) in all.clone() {
        for (name, candidates) in records.disputed() {
            for candidate in candidates {
                out.lines(["\n[[disputes.", &path, name.as_str(), "]]\n"]);
                out.record(candidate);
            }
        }
    }
    for (path, records) in all {
        for (name, history) in &records.history {
            for earlier in history {
                out.lines(["\n[[history.", &path, name.as_str(), "]]\n"]);
                out.earlier(earlier);
            }
        }
    }
    for (of, hashes) in &vault.read {
        out.table("[history.read]");
        out.string("of", of.as_str());
        let hashes = hashes.iter().map(|hash| toml::Value::String(hash.clone())).collect();
        out.0.push_str("hashes = ");
        out.inline(&toml::Value::Array(hashes));
        out.0.push('\n');
    }
    out.0.push('\n');
    out.0
}

/// Prints the head alone.
pub(super) fn head(head: &Head) -> String {
    let mut out = Text(String::with_capacity(1024 + head.members.len() * 600));
    out.head(head);
    out.0
}

struct Text(String);

impl Text {
    fn head(&mut self, head: &Head) {
        self.bare("format", &FORMAT);
        let (feature, version) = CLOSED_SECTIONS;
        match head.has_closed_sections() {
            false => self.lines(["requires = []\n"]),
            true => self.lines(["requires = [\"", feature, " ", version, "\"]\n"]),
        }
        self.string("team", head.team.as_str());
        self.string("id", &head.id.to_string());
        self.string("hash_key", &head.hash_key.to_string());
        self.string("written_by", head.written_by.as_str());
        self.date("written_at", head.written_at);
        self.extra(&head.extra);
        self.table("clock");
        for (actor, count) in head.clock.iter() {
            let _ = writeln!(self.0, "{actor} = {count}");
        }
        for step in &head.roots {
            self.table("[roots]");
            self.string("from", &step.from.to_string());
            self.string("to", &step.to.to_string());
            self.string("signature", &step.signature.to_string());
            for (name, member) in &step.vouchers {
                self.table("[roots.vouchers]");
                self.string("name", name.as_str());
                self.member(member);
            }
        }
        for (name, member) in &head.members {
            self.table(&format!("members.{}", key(name.as_str())));
            self.member(member);
        }
        for (print, removed) in &head.removed {
            self.table(&format!("removed.{}", key(print.as_str())));
            self.string("name", removed.name.as_str());
            self.string("recipient", removed.recipient.as_str());
            if let Some(key) = &removed.key {
                self.string("key", &key.to_string());
            }
            self.date("at", removed.at);
            self.string("by", removed.by.as_str());
            if !removed.closed.is_empty() {
                self.lines(["closed = "]);
                self.strings(removed.closed.iter().map(|digest| BASE64_STANDARD.encode(digest)));
            }
            self.extra(&removed.extra);
        }
    }

    fn member(&mut self, member: &Member) {
        self.string("recipient", member.recipient().as_str());
        if let Some(WriterHalf { key, card_signature }) = &member.keys.writer {
            self.string("key", &key.to_string());
            self.string("card_signature", &card_signature.to_string());
        }
        self.date("added", member.added);
        self.string("endorsed_by", member.endorsed_by.as_str());
        self.string("endorsement", &member.endorsement.to_string());
        self.extra(&member.extra);
    }

    fn closed(&mut self, Closed { vault, members, updated, by, sealed, access: _ }: &Closed) {
        self.string("vault", vault.as_str());
        self.lines(["members = "]);
        self.strings(members.iter().map(Fingerprint::as_str));
        self.date("updated", *updated);
        self.string("by", by.as_str());
        self.lines(["closed = "]);
        match &sealed[..] {
            [one] => self.lines(["\"", &one.to_base64(), "\"\n"]),
            all => self.strings(all.iter().map(SealedBytes::to_base64)),
        }
    }

    /// The rest of a line: a list of texts that need no escape.
    fn strings(&mut self, texts: impl Iterator<Item: AsRef<str>>) {
        self.0.push('[');
        for (at, text) in texts.enumerate() {
            self.lines([if at == 0 { "\"" } else { ", \"" }, text.as_ref(), "\""]);
        }
        self.0.push_str("]\n");
    }

    fn record(&mut self, record: &Record) {
        self.value(&record.value);
        self.date("created", record.created);
        self.date("updated", record.updated);
        self.string("by", record.by.as_str());
        self.note(&record.note);
        if let Some(expires) = &record.expires {
            self.date("expires", *expires);
        }
        if let Some(acknowledged) = &record.acknowledged {
            self.acknowledged(acknowledged);
        }
        self.extra(record.extra.as_deref());
    }

    /// A table on one line, its keys sorted.
    fn acknowledged(&mut self, Acknowledgement { at, by, exposed, reason }: &Acknowledgement) {
        let at = at.digits();
        let at = str::from_utf8(&at).expect("digits are ASCII");
        self.lines(["acknowledged = { at = ", at, ", by = \"", by.as_str(), "\""]);
        for (index, print) in exposed.iter().enumerate() {
            self.lines([if index == 0 { ", exposed = [\"" } else { ", \"" }, print.as_str(), "\""]);
        }
        self.lines([if exposed.is_empty() { ", reason = " } else { "], reason = " }]);
        let _ = self.0.value(TomlStringBuilder::new(reason).as_basic());
        self.0.push_str(" }\n");
    }

    fn earlier(&mut self, earlier: &Earlier) {
        match &earlier.value {
            Some(value) => self.value(value),
            None => self.bare("deleted", &true),
        }
        if let Some(created) = &earlier.created {
            self.date("created", *created);
        }
        self.date("updated", earlier.updated);
        self.string("by", earlier.by.as_str());
        self.note(&earlier.note);
        if let Some(expires) = &earlier.expires {
            self.date("expires", *expires);
        }
        self.extra(earlier.extra.as_deref());
    }

    fn value(&mut self, value: &Value) {
        self.0.push_str("value = ");
        match value.as_text() {
            Cow::Borrowed(text) => self.literal(text),
            Cow::Owned(text) => self.literal(&text),
        }
        self.0.push('\n');
        if !value.is_text() {
            self.string("encoding", "base64");
        }
    }

    fn note(&mut self, note: &Option<String>) {
        if let Some(note) = note {
            self.0.push_str("note = ");
            self.literal(note);
            self.0.push('\n');
        }
    }

    fn table(&mut self, path: &str) {
        self.lines(["\n[", path, "]\n"]);
    }

    fn lines<const PIECES: usize>(&mut self, pieces: [&str; PIECES]) {
        pieces.into_iter().for_each(|piece| self.0.push_str(piece));
    }

    fn date(&mut self, key: &str, date: Timestamp) {
        let digits = date.digits();
        self.lines([key, " = ", str::from_utf8(&digits).expect("digits are ASCII"), "\n"]);
    }

    fn bare(&mut self, key: &str, value: &dyn std::fmt::Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    /// A string that etui makes: a basic string, the usual kind in TOML.
    fn string(&mut self, key: &str, text: &str) {
        // Formatting costs more than everything else here, and what needs no escape needs no formatting.
        if is_printable(text) && !text.contains(['"', '\\']) {
            return self.lines([key, " = \"", text, "\"\n"]);
        }
        self.lines([key, " = "]);
        let _ = self.0.value(TomlStringBuilder::new(text).as_basic());
        self.0.push('\n');
    }

    /// A string that a person wrote: a literal string if possible, which reads best and parses fastest. Text
    /// with a line that begins with `[` becomes a basic string, which has one line, so that such lines mark
    /// tables.
    fn literal(&mut self, text: &str) {
        if is_printable(text) && !text.contains('\'') {
            return self.lines(["'", text, "'"]);
        }
        let builder = TomlStringBuilder::new(text);
        let literal = builder.as_literal().or_else(|| {
            let looks_like_tables = text.starts_with('[') || text.contains("\n[");
            builder.as_ml_literal().filter(|_| !looks_like_tables)
        });
        let _ = self.0.value(literal.unwrap_or_else(|| builder.as_basic()));
    }

    /// Fields that this version does not know, each on one line.
    fn extra<'e>(&mut self, extra: impl Into<Option<&'e toml::Table>>) {
        for (name, value) in extra.into().into_iter().flatten() {
            let _ = write!(self.0, "{} = ", key(name));
            self.inline(value);
            self.0.push('\n');
        }
    }

    fn inline(&mut self, value: &toml::Value) {
        match value {
            toml::Value::String(text) => {
                let _ = self.0.value(TomlStringBuilder::new(text).as_basic());
            }
            toml::Value::Array(items) => {
                self.list("[", items.iter().map(|item| (None, item)), "]");
            }
            toml::Value::Table(table) => {
                self.list("{ ", table.iter().map(|(name, value)| (Some(name.as_str()), value)), " }");
            }
            scalar => {
                let _ = write!(self.0, "{scalar}");
            }
        }
    }

    fn list<'a>(&mut self, open: &str, items: impl Iterator<Item = (Option<&'a str>, &'a toml::Value)>, close: &str) {
        self.0.push_str(open);
        for (at, (name, value)) in items.enumerate() {
            if at > 0 {
                self.0.push_str(", ");
            }
            if let Some(name) = name {
                let _ = write!(self.0, "{} = ", key(name));
            }
            self.inline(value);
        }
        self.0.push_str(close);
    }
}

/// The entries and the secrets of a section, each with what comes before a name in its path.
fn kinds<'s>(id: &SectionId, section: &'s Section) -> [(String, &'s Records); 2] {
    let path = section_path(id);
    let path = if path.is_empty() { path } else { path + "." };
    [(format!("{path}env."), &section.env), (path + "secrets.", &section.secrets)]
}

/// The path of a section's table: `projects.web`; empty for the team, which has none.
pub(super) fn section_path(id: &SectionId) -> String {
    match (id.kind(), id.id()) {
        (Some(kind), Some(id)) => format!("{}s.{}", kind.as_str(), key(id.as_str())),
        _ => String::new(),
    }
}

/// The fingerprint of a closed section's inner vault, by its tables; none for an open section. In the canonical
/// form, the section's own table comes first, and its fields have one order.
pub(super) fn closed_vault<'t>(id: &SectionId, tables: &'t str) -> Option<&'t str> {
    let own = tables.strip_prefix('[')?.strip_prefix(&section_path(id))?.strip_prefix("]\ncreated = ")?;
    let (_, next) = own.split_once('\n')?;
    let (print, _) = next.strip_prefix("vault = \"")?.split_once('"')?;
    Some(print)
}

/// Whether a text is printable ASCII, as most are. All of it is looked at, so that a few bytes are compared at once.
fn is_printable(text: &str) -> bool {
    text.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~'))
}

/// A key: bare if possible, else a basic string.
fn key(name: &str) -> String {
    let builder = TomlKeyBuilder::new(name);
    let mut text = String::new();
    let _ = text.key(builder.as_unquoted().unwrap_or_else(|| builder.as_basic()));
    text
}

/// Estimates the length of the text, so that it is not copied while it grows.
fn estimate(vault: &Vault) -> usize {
    let (mut tables, mut bytes) = (0, 0);
    for section in vault.sections.0.values() {
        let sealed = section.closed.iter().flat_map(|closed| &closed.sealed);
        bytes += sealed.map(|sealed| sealed.as_slice().len() * 4 / 3).sum::<usize>();
        for records in [&section.env, &section.secrets] {
            tables += records.len() + records.history.values().map(Vec::len).sum::<usize>();
            bytes += records.values().map(|(_, value)| value.size()).sum::<usize>();
        }
    }
    4096 + vault.head.members.len() * 512 + tables * 160 + bytes * 9 / 8
}
