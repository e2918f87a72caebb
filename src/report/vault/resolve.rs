//! Why an environment could not be resolved.

use super::super::command::Command;
use super::super::error::{Explain, Kind, Report};
use super::super::message::Message;
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
            ResolveError::ReferenceMissing { entry, section, target, near } => {
                let entry = format!("{entry} of {}", in_team(section, team));
                let message = format!("{entry} refers to {target}, which is not set in {context}");
                Report::new(Kind::NotFound, "reference_missing", message).hint(self.hint(target, near))
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
