//! Why an environment could not be resolved.

use super::super::command::Command;
use super::super::error::{Explain, Kind, Report};
use super::super::message::Message;
use super::super::words::and;
use super::change::{did_you_mean, disputed, set_elsewhere};
use super::in_team;
use crate::vault::{ResolveError, SecretName, SectionId, TeamName};

/// A failed resolution, with all that its message names.
#[derive(Debug)]
pub struct Unresolved {
    pub error: ResolveError,
    /// Where a file refers to what is missing, and the variable that does: `deploy.yaml:3: API_KEY`.
    pub referrer: Option<String>,
    pub team: TeamName,
    /// The context in words: `project web on cluster gpu of team acme`.
    pub context: String,
    /// The strongest section of the context.
    pub section: SectionId,
    /// The sections that have the missing secret.
    pub elsewhere: Vec<SectionId>,
}

impl Unresolved {
    fn hint(&self, name: &SecretName, near: &Option<SecretName>) -> Message {
        match (set_elsewhere(name, &self.elsewhere), near) {
            (Some(hint), _) => hint,
            (None, Some(near)) => did_you_mean(near),
            (None, None) => Command::new("set").arg(name).section(&self.section).into(),
        }
    }
}

impl Explain for Unresolved {
    fn explain(&self) -> Report {
        let Unresolved { error, referrer, team, context, .. } = self;
        match error {
            ResolveError::NotSet { name, near } => {
                let (code, message) = match referrer {
                    Some(by) => ("reference_missing", format!("{by} refers to {name}, which is not set in {context}")),
                    None => ("secret_missing", format!("{name} is not set in {context}")),
                };
                Report::new(Kind::NotFound, code, message).hint(self.hint(name, near))
            }
            ResolveError::ReferenceMissing { entry, section, as_file, target, near } => {
                let by = format!("entry {entry} of {}", in_team(section, team));
                let message = format!("{by} refers to {target}, which is not set in {context}");
                let report = Report::new(Kind::NotFound, "reference_missing", message);
                let set = Command::new("set").arg(target).section(&self.section);
                let as_file = if *as_file { " --as-file" } else { "" };
                match near {
                    _ if !self.elsewhere.is_empty() => {
                        let elsewhere = format!("it is set in {} only; here, too: ", and(&self.elsewhere));
                        report.hint(Message::from(elsewhere).command(set))
                    }
                    Some(near) => {
                        let change = Command::new("use").arg(near).arg(format!("--as {entry}{as_file}"));
                        report.hint(did_you_mean(near).text(" ").command(change.section(section)))
                    }
                    None => {
                        let delete = Command::new("env delete").arg(entry).section(section);
                        report.hint(set).hint(Message::from("without the entry: ").command(delete))
                    }
                }
            }
            ResolveError::Disputed { dispute, entry } => {
                let mut report = disputed(dispute, team);
                let entry = entry.as_ref().map(|(entry, section)| format!("{entry} of {}", in_team(section, team)));
                if let Some(by) = entry.as_ref().or(referrer.as_ref()) {
                    report.message = format!("{by} refers to {}", report.message).into();
                }
                report
            }
        }
    }
}

explained!(Unresolved);
