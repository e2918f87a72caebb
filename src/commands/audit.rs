//! `audit`: secrets that need a new value, and those of which somebody says that they do not.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};

use super::App;
use super::args::SectionScope;
use crate::ops::audit::{self, Acknowledged, Finding, FindingView, findings};
use crate::ops::view::Page;
use crate::report::{Command, Error, Kind, Message, and, count, in_team, now};
use crate::session::parse_name;
use crate::ui::{Cell, Table};
use crate::vault::Age;

const EXAMPLES: &str = "\
Examples:
  etui audit
  etui audit --older-than 90d       list old values too
  etui audit --all                  list what was acknowledged too, by whom and why
  etui audit acknowledge TEST_KEY --reason 'a test account without data'
  etui rotate                       give each of them a new value, one after another";

const ACKNOWLEDGE_EXAMPLES: &str = "\
Examples:
  etui audit acknowledge TEST_KEY --reason 'a test account without data'
  etui audit acknowledge REGION -g --reason 'every project has the same one'";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Audit {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// List secrets too whose value is older than this, such as 90d
    #[arg(long, value_name = "AGE")]
    older_than: Option<Age>,
    /// List what was acknowledged too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Record that a secret may keep its value; it is listed again when there is a new reason
    #[command(after_help = ACKNOWLEDGE_EXAMPLES)]
    Acknowledge {
        /// The secret's name
        name: String,
        /// Say why, for everybody who reads the vault
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        scope: SectionScope,
    },
}

impl Audit {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Some(Verb::Acknowledge { name, reason, scope }) => acknowledge(app, &name, &reason, &scope),
            None => list(app, self.older_than, self.all),
        }
    }
}

fn list(app: &App, older_than: Option<Age>, all: bool) -> Result<(), Error> {
    let vault = app.session.vault()?;
    app.session.note_locked(&vault.sections);
    let findings = findings(&vault, older_than, now());
    let (open, acknowledged): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.acknowledged.is_none());

    if app.ui.json {
        let team = &vault.head.team;
        let items = findings.iter().map(|finding| FindingView::new(finding, team)).collect();
        app.ui.document(&Page::whole(items))?;
    } else {
        app.ui.table(&if all { with_acknowledged(&findings) } else { table(&open) })?;
        if !all && !acknowledged.is_empty() {
            let verb = if acknowledged.len() == 1 { "is" } else { "are" };
            let text = format!("{} {verb} acknowledged: ", count(acknowledged.len(), "finding"));
            app.ui.note(Message::from(text).command(older(Command::new("audit"), older_than).arg("--all")));
        }
        if !vault.head.removed.is_empty() {
            app.ui.note("anyone with an old copy of the vault can still read it; only new values help");
        }
    }

    let secrets: BTreeSet<_> = open.iter().map(|finding| (&finding.section, &finding.name)).collect();
    let message = match secrets.len() {
        0 => return Ok(()),
        1 => "1 secret needs a new value".to_owned(),
        number => format!("{number} secrets need new values"),
    };
    let rotate = older(Command::new("rotate"), older_than);
    let acknowledge = Command::new("audit acknowledge").arg("NAME").arg("--reason TEXT");
    Err(Error::new(Kind::Failed, "audit_findings", message)
        .hint(Message::from("one after another: ").command(rotate))
        .hint(Message::from("for one that may stay: ").command(acknowledge)))
}

fn older(command: Command, older_than: Option<Age>) -> Command {
    older_than.map_or(command.clone(), |age| command.arg("--older-than").arg(age))
}

fn table(findings: &[&Finding]) -> Table {
    let mut table = Table::new(&["NAME", "SECTION", "WHY"]);
    for Finding { section, name, cause, .. } in findings {
        table.row([Cell::from(name), Cell::from(section), Cell::from(cause)]);
    }
    table
}

fn with_acknowledged(findings: &[Finding]) -> Table {
    let mut table = Table::new(&["NAME", "SECTION", "WHY", "ACKNOWLEDGED", "BY", "REASON"]);
    for Finding { section, name, cause, acknowledged } in findings {
        let by = acknowledged.as_ref().map_or(String::new(), |one| one.by.to_string());
        let reason = acknowledged.as_ref().map_or(String::new(), |one| one.reason.clone());
        let at = acknowledged.as_ref().map(|one| one.at);
        let finding = [Cell::from(name), Cell::from(section), Cell::from(cause)];
        table.row([finding.as_slice(), &[Cell::When(at), by.into(), reason.into()]].concat());
    }
    table
}

fn acknowledge(app: &App, name: &str, reason: &str, scope: &SectionScope) -> Result<(), Error> {
    let name = parse_name(name)?;
    let reason = reason.trim();
    if reason.is_empty() {
        let error = Error::new(Kind::Usage, "reason_empty", "the reason is empty");
        return Err(error.hint("`--reason TEXT`, for those who ask later"));
    }
    let section = app.section(scope)?;

    let acknowledged = audit::acknowledge(&app.session, &section, &name, reason)?;

    if app.ui.json {
        return app.ui.document(&acknowledged);
    }
    let Acknowledged { team, causes, .. } = &acknowledged;
    let place = in_team(&section, team);
    if causes.is_empty() {
        app.ui.say(format!("acknowledged {name} in {place}"));
        app.ui.note(format!("{name} has no finding now; this covers its age alone"));
    } else {
        app.ui.say(format!("acknowledged {name} in {place}: {}", and(causes)));
    }
    Ok(())
}
