//! `settle`: end a dispute that a merge left.

use clap::Args;

use super::App;
use super::args::{DetailOptions, SectionScope, ValueSource};
use crate::ops::history;
use crate::ops::view::{Page, candidate_kind, candidates};
use crate::report::{Command, Error, Message, in_team};
use crate::session::{bad_name, existing, parse_name};
use crate::ui::{Cell, Table};
use crate::vault::{Candidate, Choice, MemberName, SecretName, SectionId, View};

const EXAMPLES: &str = "\
Examples:
  etui settle TOKEN
  etui settle TOKEN --pick 2
  etui settle TOKEN --by alice -p web";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Settle {
    /// The disputed name; without an option, its values are listed by number
    name: String,
    /// Take the value with this number
    #[arg(long, value_name = "N", conflicts_with_all = ["by", "value", "file"])]
    pick: Option<usize>,
    /// Take the value that this member wrote
    #[arg(long, value_name = "MEMBER", conflicts_with_all = ["value", "file"])]
    by: Option<String>,
    #[command(flatten)]
    source: ValueSource,
    #[command(flatten)]
    details: DetailOptions,
    #[command(flatten)]
    scope: SectionScope,
}

impl Settle {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let name = parse_name(&self.name)?;
        let section = app.section(&self.scope)?;
        let view = app.session.section_view(&section)?;
        let Some(choice) = self.choice(app, &name, &section, &view)? else {
            return list(app, &name, &section, &view);
        };

        let settled = history::settle(&app.session, &section, &name, choice)?;

        if app.ui.json {
            return app.ui.document(&settled.secret);
        }
        app.ui.say(format!("settled {name} in {}", in_team(&section, &settled.team)));
        Ok(())
    }

    /// Returns what the options choose, or a person at the terminal; none if nobody does.
    fn choice(self, app: &App, name: &SecretName, section: &SectionId, view: &View) -> Result<Option<Choice>, Error> {
        if let Some(number) = self.pick {
            return Ok(Some(Choice::Number(number)));
        }
        if let Some(by) = self.by {
            let by = MemberName::parse(&by).map_err(|error| bad_name(error, Some(&by)))?;
            return Ok(Some(Choice::By(by)));
        }
        if self.source.is_given() {
            let value = self.source.read(app, name)?;
            let settle = || Command::new("settle").arg(name).section(section);
            let value = value.ok_or_else(|| ValueSource::missing(app, name, settle()))?;
            return Ok(Some(Choice::Value(value, self.details.read()?)));
        }

        let candidates = existing(view, section)?.candidates(name);
        if candidates.is_empty() {
            // There is nothing to list. The operation fails, and its error says what the name holds.
            return Ok(Some(Choice::Number(1)));
        }
        if !app.ui.interactive {
            return Ok(None);
        }
        let label = |Candidate { record, .. }: &Candidate<'_>| format!("by {} at {}", record.by, record.updated);
        let labels: Vec<String> = candidates.iter().map(label).collect();
        let question = format!("Which value of {name} should win? (1–{})", labels.len());
        let index = app.ui.choose(&question, &labels)?;
        Ok(Some(Choice::Number(index + 1)))
    }
}

/// Lists the values by number, writer and date.
fn list(app: &App, name: &SecretName, section: &SectionId, view: &View) -> Result<(), Error> {
    let content = existing(view, section)?;
    if app.ui.json {
        return app.ui.document(&Page::whole(candidates(&view.head.team, section, name, content)));
    }
    let mut table = Table::new(&["NUMBER", "UPDATED", "BY", "KIND"]);
    for (number, candidate) in (1..).zip(content.candidates(name)) {
        let Candidate { record, .. } = candidate;
        let kind = candidate_kind(candidate);
        table.row([Cell::from(&number), Cell::When(Some(record.updated)), Cell::from(&record.by), Cell::from(&kind)]);
    }
    app.ui.table(&table)?;
    let settle = Command::new("settle").arg(name).section(section).arg("--pick NUMBER");
    app.ui.note(Message::from("to end the dispute: ").command(settle));
    Ok(())
}
