//! Prints a vault in the one canonical form: equal content is equal text.

use std::borrow::Cow;
use std::fmt::Write as _;

use toml_writer::{TomlKeyBuilder, TomlStringBuilder, TomlWrite as _};

use super::format::FORMAT;
use crate::vault::contents::Vault;
use crate::vault::head::Head;
use crate::vault::member::{Member, WriterHalf};
use crate::vault::name::SecretName;
use crate::vault::record::{Earlier, Record, Records};
use crate::vault::section::{Section, SectionId};
use crate::vault::value::Value;

/// Prints everything but the trailer, ending with an empty line.
pub fn print(vault: &Vault) -> String {
    let mut out = Text(String::with_capacity(estimate(vault)));
    out.head(&vault.head);
    for (id, section) in &vault.sections.0 {
        if let Some(created) = section.created {
            out.table(&section_path(id));
            out.bare("created", &created);
            out.extra(&section.extra);
        }
        for (kind, records) in kinds(section) {
            for (name, record) in records.iter() {
                out.table(&record_path(id, kind, name));
                out.record(record);
            }
        }
    }

    let sections = vault.sections.0.iter();
    let all = sections.flat_map(|(id, section)| kinds(section).map(|(kind, records)| (id, kind, records)));
    for (id, kind, records) in all.clone() {
        for (name, candidates) in records.disputed() {
            let path = format!("[disputes.{}]", record_path(id, kind, name));
            for candidate in candidates {
                out.table(&path);
                out.record(candidate);
            }
        }
    }
    for (id, kind, records) in all {
        for (name, history) in &records.history {
            let path = format!("[history.{}]", record_path(id, kind, name));
            for earlier in history {
                out.table(&path);
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
        self.0.push_str("requires = []\n");
        self.string("team", head.team.as_str());
        self.string("id", &head.id.to_string());
        self.string("hash_key", &head.hash_key.to_string());
        self.string("written_by", head.written_by.as_str());
        self.bare("written_at", &head.written_at);
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
            self.bare("at", &removed.at);
            self.string("by", removed.by.as_str());
            self.extra(&removed.extra);
        }
    }

    fn member(&mut self, member: &Member) {
        self.string("recipient", member.recipient().as_str());
        if let Some(WriterHalf { key, card_signature }) = &member.keys.writer {
            self.string("key", &key.to_string());
            self.string("card_signature", &card_signature.to_string());
        }
        self.bare("added", &member.added);
        self.string("endorsed_by", member.endorsed_by.as_str());
        self.string("endorsement", &member.endorsement.to_string());
        self.extra(&member.extra);
    }

    fn record(&mut self, record: &Record) {
        self.value(&record.value);
        self.bare("created", &record.created);
        self.bare("updated", &record.updated);
        self.string("by", record.by.as_str());
        self.note(&record.note);
        if let Some(expires) = &record.expires {
            self.bare("expires", expires);
        }
        self.extra(&record.extra);
    }

    fn earlier(&mut self, earlier: &Earlier) {
        match &earlier.value {
            Some(value) => self.value(value),
            None => self.bare("deleted", &true),
        }
        if let Some(created) = &earlier.created {
            self.bare("created", created);
        }
        self.bare("updated", &earlier.updated);
        self.string("by", earlier.by.as_str());
        self.note(&earlier.note);
        if let Some(expires) = &earlier.expires {
            self.bare("expires", expires);
        }
        self.extra(&earlier.extra);
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
        let _ = writeln!(self.0, "\n[{path}]");
    }

    fn bare(&mut self, key: &str, value: &dyn std::fmt::Display) {
        let _ = writeln!(self.0, "{key} = {value}");
    }

    /// A string that etui makes: a basic string, the usual kind in TOML.
    fn string(&mut self, key: &str, text: &str) {
        self.0.push_str(key);
        self.0.push_str(" = ");
        let _ = self.0.value(TomlStringBuilder::new(text).as_basic());
        self.0.push('\n');
    }

    /// A string that a person wrote: a literal string if possible, which reads best and parses fastest. Text
    /// with a line that begins with `[` becomes a basic string, which has one line, so that such lines mark
    /// tables.
    fn literal(&mut self, text: &str) {
        // Most values are plain ASCII: skip the general case.
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'\'') {
            self.0.push('\'');
            self.0.push_str(text);
            self.0.push('\'');
            return;
        }
        let builder = TomlStringBuilder::new(text);
        let literal = builder.as_literal().or_else(|| {
            let looks_like_tables = text.starts_with('[') || text.contains("\n[");
            builder.as_ml_literal().filter(|_| !looks_like_tables)
        });
        let _ = self.0.value(literal.unwrap_or_else(|| builder.as_basic()));
    }

    /// Fields that this version does not know, each on one line.
    fn extra(&mut self, extra: &toml::Table) {
        for (name, value) in extra {
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

fn kinds(section: &Section) -> [(&'static str, &Records); 2] {
    [("env", &section.env), ("secrets", &section.secrets)]
}

/// The path of a section's table: `projects.web`; empty for the team, which has none.
pub(super) fn section_path(id: &SectionId) -> String {
    match (id.kind(), id.id()) {
        (Some(kind), Some(id)) => format!("{}s.{}", kind.as_str(), key(id.as_str())),
        _ => String::new(),
    }
}

fn record_path(id: &SectionId, kind: &str, name: &SecretName) -> String {
    match id {
        SectionId::Team => format!("{kind}.{name}"),
        _ => format!("{}.{kind}.{name}", section_path(id)),
    }
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
        for (_, records) in kinds(section) {
            tables += records.len() + records.history.values().map(Vec::len).sum::<usize>();
            bytes += records.values().map(|(_, value)| value.size()).sum::<usize>();
        }
    }
    4096 + vault.head.members.len() * 512 + tables * 160 + bytes * 9 / 8
}
