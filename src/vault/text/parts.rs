//! The parts of a vault's text, found by its lines that begin with `[`, without parsing it.
//!
//! This holds because the canonical form writes no value with such a line. Every write checks that the
//! parts together say what the whole says.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memmem;

use super::intake::HISTORY;
use crate::vault::name::Id;
use crate::vault::section::{Kind, SectionId};

/// Where each part stands in the text.
#[derive(Debug, Default)]
pub struct Parts {
    /// What the vault says of itself and its members, and all that this version does not know.
    pub head: Vec<Range<usize>>,
    /// The sections that are there, each with its tables.
    pub sections: BTreeMap<SectionId, Vec<Range<usize>>>,
    /// The earlier values of all sections, which come last.
    pub history: Range<usize>,
}

impl Parts {
    pub fn find(text: &str) -> Parts {
        // The history is most of a vault and comes last: what stands there is not even looked at.
        let history = memmem::find(text.as_bytes(), HISTORY).map_or(text.len(), |at| at + 1);
        let mut parts = Parts { history: history..text.len(), ..Parts::default() };
        parts.sections.insert(SectionId::Team, Vec::new());
        each_table(&text[..history], |part, table| match part {
            Some(id) => extend(parts.sections.entry(id.clone()).or_default(), table),
            None => extend(&mut parts.head, table),
        });
        parts
    }

    /// Whether a table other than the history's stands after its beginning, where a read does not look.
    pub fn has_strangers(&self, text: &str) -> bool {
        let history = &text[self.history.clone()];
        memmem::find_iter(history.as_bytes(), b"\n[").any(|at| !history[at + 1..].starts_with("[[history."))
    }

    /// The earlier values of each section, each with its tables.
    pub fn history(&self, text: &str) -> BTreeMap<SectionId, Vec<Range<usize>>> {
        let mut sections: BTreeMap<SectionId, Vec<Range<usize>>> = BTreeMap::new();
        let start = self.history.start;
        each_table(&text[self.history.clone()], |part, table| {
            if let Some(id) = part {
                extend(sections.entry(id.clone()).or_default(), table.start + start..table.end + start);
            }
        });
        sections
    }
}

/// Calls back for each table, with the section that its header names, if any; first for what stands
/// before the first table.
fn each_table(text: &str, mut found: impl FnMut(Option<&SectionId>, Range<usize>)) {
    let mut starts = memmem::find_iter(text.as_bytes(), b"\n[").map(|at| at + 1);
    let mut start = 0;
    let mut last: Option<(&str, Option<SectionId>)> = None;
    loop {
        let end = starts.next().unwrap_or(text.len());
        let header = if text[start..].starts_with('[') { text[start..].trim_start_matches('[') } else { "" };
        // Most tables belong to the section of the table before: then its id is not read again.
        let prefix = section_prefix(header);
        if last.as_ref().is_none_or(|(before, _)| *before != prefix) {
            last = Some((prefix, section_of(prefix)));
        }
        found(last.as_ref().and_then(|(_, id)| id.as_ref()), start..end);
        if end == text.len() {
            return;
        }
        start = end;
    }
}

/// The part of a header that tells its section: `projects.web` of `projects.web.secrets.NAME]`.
fn section_prefix(header: &str) -> &str {
    let header = header.strip_prefix("history.").or(header.strip_prefix("disputes.")).unwrap_or(header);
    let Some(at) = memchr::memchr3(b'.', b']', b'\n', header.as_bytes()) else { return "" };
    let kind = &header[..at];
    if !matches!(kind, "clusters" | "projects") || header.as_bytes()[at] != b'.' {
        return kind;
    }
    let id = &header[at + 1..];
    let end = match id.strip_prefix('"') {
        Some(quoted) => quoted.find('"').map_or(id.len(), |end| end + 2),
        None => memchr::memchr3(b'.', b']', b'\n', id.as_bytes()).unwrap_or(id.len()),
    };
    &header[..at + 1 + end]
}

fn section_of(prefix: &str) -> Option<SectionId> {
    let id = |id: &str| Id::parse(id.trim_matches('"')).ok();
    match prefix.split_once('.') {
        None if matches!(prefix, "env" | "secrets") => Some(SectionId::Team),
        Some(("clusters", text)) => Some(Kind::Cluster.with(id(text)?)),
        Some(("projects", text)) => Some(Kind::Project.with(id(text)?)),
        _ => None,
    }
}

fn extend(ranges: &mut Vec<Range<usize>>, table: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == table.start => last.end = table.end,
        _ => ranges.push(table),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"format = 1
team = "acme"

[clock]
a = 1

[members.alice]
key = "x"

[env.LEVEL]
value = 'info'

[secrets.A]
value = '''
[ is no table here, but it never comes so: such values are one line'''

[clusters.gpu]
created = 1

[clusters."eu.west"]
created = 1

[clusters."eu.west".secrets.A]
value = 'x'

[projects.web]
created = 1

[projects.web.secrets.A]
value = 'y'

[future.thing]
x = 1

[[history.secrets.A]]
value = 'old'

[[history.projects.web.secrets.A]]
value = 'older'
"#;

    #[test]
    fn tells_the_sections_apart() {
        let text = TEXT.replace("\n[ is", "\n( is");
        let parts = Parts::find(&text);
        let show = |ranges: &[Range<usize>]| {
            let text: String = ranges.iter().map(|range| &text[range.clone()]).collect();
            text.lines().filter(|line| line.starts_with('[')).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(show(&parts.head), ["[clock]", "[members.alice]", "[future.thing]"]);
        let sections: Vec<_> = parts.sections.iter().map(|(id, ranges)| (id.to_string(), show(ranges))).collect();
        let tables = |tables: &[&str]| tables.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            sections,
            [
                ("team".to_owned(), tables(&["[env.LEVEL]", "[secrets.A]"])),
                ("cluster eu.west".to_owned(), tables(&["[clusters.\"eu.west\"]", "[clusters.\"eu.west\".secrets.A]"])),
                ("cluster gpu".to_owned(), tables(&["[clusters.gpu]"])),
                ("project web".to_owned(), tables(&["[projects.web]", "[projects.web.secrets.A]"])),
            ]
        );
        let web = SectionId::Project(Id::parse("web").unwrap());
        let history = parts.history(&text);
        assert_eq!(show(&history[&web]), ["[[history.projects.web.secrets.A]]"]);
        assert_eq!(show(&history[&SectionId::Team]), ["[[history.secrets.A]]"]);
    }
}
