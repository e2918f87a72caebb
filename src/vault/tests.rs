//! Small vaults in words, for the tests of this layer.

use std::collections::BTreeSet;

use super::*;

pub fn stamp() -> Stamp {
    Stamp { by: MemberName::parse("alice").unwrap(), at: Timestamp::parse("2026-11-21T10:00:00Z").unwrap() }
}

pub fn name(text: &str) -> SecretName {
    SecretName::parse(text).unwrap()
}

pub fn id(text: &str) -> SectionId {
    match text.split_once(' ') {
        Some(("cluster", id)) => SectionId::Cluster(Id::parse(id).unwrap()),
        Some((_, id)) => SectionId::Project(Id::parse(id).unwrap()),
        None => SectionId::Team,
    }
}

/// Sections from lines such as `project web: A=1 B:=secret:A`, where `:=` makes an entry.
pub fn sections(lines: &[&str]) -> Sections {
    let mut sections = Sections::default();
    for line in lines {
        let (section, records) = line.split_once(':').unwrap();
        let created = Some(stamp().at);
        let section = sections.0.entry(id(section)).or_insert_with(|| Section { created, ..Section::default() });
        for record in records.split_whitespace() {
            let (key, value) = record.split_once('=').unwrap();
            let value = Value::text(value.as_bytes().to_vec().into()).unwrap();
            let records = if key.ends_with(':') { &mut section.env } else { &mut section.secrets };
            records.set(&name(key.trim_end_matches(':')), value, Details::default(), &stamp());
        }
    }
    sections
}

pub fn context(text: &str) -> Context {
    let (cluster, project) = text.split_once('/').unwrap();
    let part = |text: &str| Id::parse(text).ok();
    Context { cluster: part(cluster), project: part(project) }
}

/// The environment in one line, or what is wrong with it.
pub fn resolve(sections: &Sections, at: &str, only: Option<&[&str]>) -> String {
    let only: Option<BTreeSet<SecretName>> = only.map(|names| names.iter().map(|text| name(text)).collect());
    match sections.resolve(&context(at), only.as_ref()) {
        Err(ResolveError::NotSet { name, .. }) => format!("{name} is not set"),
        Err(ResolveError::ReferenceMissing { entry, section, target, .. }) => {
            format!("{entry} of {section} misses {target}")
        }
        Ok(variables) => {
            let show = |variable: &Variable<'_>| match &variable.given {
                Given::Value(value) => format!("{}={}", variable.name, value.as_text()),
                Given::File(value) => format!("{}=<{}>", variable.name, value.as_text()),
            };
            variables.iter().map(show).collect::<Vec<_>>().join(" ")
        }
    }
}
