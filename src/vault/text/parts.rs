//! Finds the tables of each section in a vault's text, by the lines that begin with `[`, without parsing it.
//!
//! In the canonical form no value has such a line. Every write checks that the parts together equal the
//! whole.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memmem;

use super::intake::split;
use crate::vault::name::Id;
use crate::vault::section::{Kind, SectionId};

/// The byte ranges of each section.
pub type Ranges = BTreeMap<SectionId, Vec<Range<usize>>>;

/// Where the parts of a text are.
#[derive(Debug, Default)]
pub struct Parts {
    /// All tables that belong to no section, unknown ones included.
    pub head: Vec<Range<usize>>,
    /// The tables of each section, disputes included.
    pub sections: Ranges,
    /// The history of all sections, which comes last.
    pub history: Range<usize>,
}

impl Parts {
    /// Finds the parts. The history is not searched: it is most of a vault.
    pub fn find(text: &str) -> Parts {
        let history = split(text)[0].len();
        let mut parts = Parts { history: history..text.len(), ..Parts::default() };
        parts.sections.insert(SectionId::Team, Vec::new());
        each_run(&text[..history], |section, tables| match section {
            Some(id) => extend(parts.sections.entry(id).or_default(), tables),
            None => extend(&mut parts.head, tables),
        });
        parts
    }

    /// Whether a table of the current part is below the start of the history, where a read does not look.
    pub fn has_misplaced_tables(&self, text: &str) -> bool {
        let history = &text[self.history.clone()];
        memmem::find_iter(history.as_bytes(), b"\n[").any(|at| !history[at + 1..].starts_with("[[history."))
    }

    /// Finds the history of each section, and the tables of the history that belong to none.
    pub fn history(&self, text: &str) -> (Ranges, Vec<Range<usize>>) {
        let (mut sections, mut others) = (Ranges::new(), Vec::new());
        let start = self.history.start;
        each_run(&text[self.history.clone()], |section, tables| {
            let tables = tables.start + start..tables.end + start;
            match section {
                Some(id) => extend(sections.entry(id).or_default(), tables),
                None => extend(&mut others, tables),
            }
        });
        (sections, others)
    }
}

/// Calls back for all tables, those together that follow each other and begin alike, with the section that their
/// headers name, if any. The lines before the first table come first.
fn each_run(text: &str, mut found: impl FnMut(Option<SectionId>, Range<usize>)) {
    let mut starts = memmem::find_iter(text.as_bytes(), b"\n[").map(|at| at + 1);
    let mut start = 0;
    while start < text.len() {
        let (section, common) = section(&text[start..]);
        let begins_other = |at: &usize| common.is_empty() || !text[*at..].starts_with(common);
        let end = starts.find(begins_other).unwrap_or(text.len());
        found(section, start..end);
        start = end;
    }
}

/// The section that the header of a table names, and what all headers begin with that name it in the same way:
/// `[projects.web.` for `[projects.web.secrets.NAME]`. That is empty if no other header can.
fn section(table: &str) -> (Option<SectionId>, &str) {
    let header = table.trim_start_matches('[');
    if header.len() == table.len() {
        return (None, "");
    }
    let path = header.strip_prefix("history.").or(header.strip_prefix("disputes.")).unwrap_or(header);
    let prefix = section_prefix(path);
    let end = table.len() - path.len() + prefix.len();
    let common = if table[end..].starts_with('.') { &table[..=end] } else { "" };
    (section_of(prefix), common)
}

/// The part of a path that names its section: `projects.web` in `projects.web.secrets.NAME]`.
fn section_prefix(path: &str) -> &str {
    let Some(at) = memchr::memchr3(b'.', b']', b'\n', path.as_bytes()) else { return "" };
    let kind = &path[..at];
    if !matches!(kind, "clusters" | "projects") || path.as_bytes()[at] != b'.' {
        return kind;
    }
    let id = &path[at + 1..];
    let end = match id.strip_prefix('"') {
        Some(quoted) => quoted.find('"').map_or(id.len(), |end| end + 2),
        None => memchr::memchr3(b'.', b']', b'\n', id.as_bytes()).unwrap_or(id.len()),
    };
    &path[..at + 1 + end]
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

fn extend(ranges: &mut Vec<Range<usize>>, tables: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == tables.start => last.end = tables.end,
        _ => ranges.push(tables),
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
[ looks like a table: the canonical form never has such a line'''

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

[[history.read]]
of = "key:"
"#;

    #[test]
    fn finds_the_tables_of_each_section() {
        let text = TEXT.replace("\n[ looks", "\n( looks");
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
        let (history, others) = parts.history(&text);
        assert_eq!(show(&others), ["[[history.read]]"]);
        assert_eq!(show(&history[&web]), ["[[history.projects.web.secrets.A]]"]);
        assert_eq!(show(&history[&SectionId::Team]), ["[[history.secrets.A]]"]);
    }
}
