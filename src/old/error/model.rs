//! The words of what the model refuses.

use super::{Report, Unresolved, in_team, option};
use crate::report::{and, count};
use crate::vault::near::nearest;
use crate::vault::{ChangeError, Dispute, Kind, MemberName, ResolveError, SecretName, SectionId, TeamName};

pub(super) fn change(error: &ChangeError, team: &TeamName) -> Report {
    let say = |exit, code, message, hint| Report { code, exit, message, hint };
    let of = |section: &SectionId| in_team(section, team);
    match error {
        ChangeError::SectionMissing { section, there } => {
            let kind = section.kind().map_or("section", Kind::as_str);
            let id = section.id().map(ToString::to_string).unwrap_or_default();
            let near = nearest(&id, there.iter().map(|id| (id.as_str(), id)));
            let hint = match near {
                Some(near) => format!("did you mean {near}? or make it: etui {kind} create {id}"),
                None if there.is_empty() => format!("there is no {kind} yet: etui {kind} create {id}"),
                None => format!("there are {}; or make it: etui {kind} create {id}", and(there)),
            };
            say(3, "section_missing", format!("no {section} in team {team}"), Some(hint))
        }
        ChangeError::SectionExists(section) => {
            say(4, "section_exists", format!("{section} is there already in team {team}"), None)
        }
        ChangeError::SectionNotEmpty { section, secrets, entries } => {
            let mut held = vec![count(*secrets, "secret")];
            if *entries > 0 {
                held.push(if *entries == 1 { "1 env entry".into() } else { format!("{entries} env entries") });
            }
            say(
                4,
                "section_not_empty",
                format!("{} holds {}", of(section), and(&held)),
                Some("--force deletes them too; they stay in the history".into()),
            )
        }
        ChangeError::SecretMissing { name, section, elsewhere, is_entry, near } => {
            let hint = match (elsewhere.first(), near) {
                _ if *is_entry => Some(format!("it is an env entry there: etui env list {}", option(section))),
                (Some(_), _) => Some(set_elsewhere(name, elsewhere)),
                (None, Some(near)) => Some(format!("did you mean {near}?")),
                (None, None) => None,
            };
            say(3, "secret_missing", format!("{name} is not set in {}", of(section)), hint)
        }
        ChangeError::EntryMissing { name, section, is_secret, near } => {
            let hint = match near {
                _ if *is_secret => Some(format!("it is a secret there: etui delete {name} {}", option(section))),
                Some(near) => Some(format!("did you mean {near}?")),
                None => Some(format!("etui env list {} shows what there is", option(section))),
            };
            say(3, "entry_missing", format!("{name} is no env entry in {}", of(section)), hint)
        }
        ChangeError::NameTaken { name, section, by_entry: false } => say(
            4,
            "secret_exists",
            format!("{name} is set already in {}", of(section)),
            Some(format!(
                "etui update {name} {0} gives it a new value; etui delete {name} {0} makes room",
                option(section)
            )),
        ),
        ChangeError::NameTaken { name, section, by_entry: true } => say(
            4,
            "entry_exists",
            format!("{name} is an env entry in {}, and a name is one thing", of(section)),
            Some(format!("etui env delete {name} {} makes room", option(section))),
        ),
        ChangeError::InUse { name, section, by } => {
            let by: Vec<String> = by.iter().map(|(section, entry)| format!("{entry} of {section}")).collect();
            say(
                4,
                "secret_in_use",
                format!("{name} in {} is needed by {}", of(section), and(&by)),
                Some("delete takes --force; rename and move take --update-references".into()),
            )
        }
        ChangeError::Disputed(dispute) => disputed(dispute, team),
        ChangeError::NotDisputed { name, section } => say(
            4,
            "not_disputed",
            format!("{name} in {} is not disputed", of(section)),
            Some(format!("etui set {name}{} gives it a new value", spaced(section))),
        ),
        ChangeError::NoCandidate { dispute, fitting } => {
            let Dispute { name, section, by } = dispute;
            let by: Vec<&MemberName> = by.iter().map(|(by, _)| by).collect();
            let found = if *fitting == 0 { "none".to_owned() } else { format!("{fitting}") };
            say(
                3,
                "candidate_missing",
                format!(
                    "{found} of the {} values of {name} in {} is meant: they are by {}",
                    by.len(),
                    of(section),
                    and(&by)
                ),
                Some(format!("etui settle {name}{} lists them by number", spaced(section))),
            )
        }
        ChangeError::VersionMissing { name, section, number, there } => {
            let there = if *there == 0 { "none".into() } else { there.to_string() };
            say(
                3,
                "version_missing",
                format!("{name} in {} has no earlier value {number}: there are {there}", of(section)),
                Some(format!("etui history {name}{}", spaced(section))),
            )
        }
    }
}

pub(super) fn resolve(unresolved: &Unresolved) -> Report {
    let Unresolved { error, by, team, place, section, elsewhere } = unresolved;
    let hint = |name: &SecretName, near: &Option<SecretName>| match near {
        _ if !elsewhere.is_empty() => set_elsewhere(name, elsewhere),
        Some(near) => format!("did you mean {near}?"),
        None => format!("etui set {name} {}", option(section)),
    };
    match error {
        ResolveError::NotSet { name, near } => Report {
            code: if by.is_some() { "reference_missing" } else { "secret_missing" },
            exit: 3,
            message: match by {
                Some(by) => format!("{by} refers to {name}, which is not set in {place}"),
                None => format!("{name} is not set in {place}"),
            },
            hint: Some(hint(name, near)),
        },
        ResolveError::ReferenceMissing { entry, section, target, near } => Report {
            code: "reference_missing",
            exit: 3,
            message: format!("{entry} of {} refers to {target}, which is not set in {place}", in_team(section, team)),
            hint: Some(hint(target, near)),
        },
        ResolveError::Disputed { dispute, entry } => {
            let report = disputed(dispute, team);
            let by = entry.as_ref().map(|(entry, section)| format!("{entry} of {}", in_team(section, team)));
            match by.as_ref().or(unresolved.by.as_ref()) {
                Some(by) => Report { message: format!("{by} refers to {}", report.message), ..report },
                None => report,
            }
        }
    }
}

/// Two sides of a merge changed a name differently.
fn disputed(dispute: &Dispute, team: &TeamName) -> Report {
    let Dispute { name, section, by } = dispute;
    let by: Vec<String> = by.iter().map(|(by, at)| format!("by {by} at {at}")).collect();
    Report {
        code: "disputed",
        exit: 4,
        message: format!("{name} in {} is disputed: written {}", in_team(section, team), and(&by)),
        hint: Some(format!("etui settle {name}{} --pick 1, or another number", spaced(section))),
    }
}

fn set_elsewhere(name: &SecretName, elsewhere: &[SectionId]) -> String {
    let first = elsewhere.first().map(option).unwrap_or_default();
    format!("it is set in {}: etui get {name} {first}", and(elsewhere))
}

fn spaced(section: &SectionId) -> String {
    format!(" {}", option(section))
}
