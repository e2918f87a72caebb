//! `audit`: secrets that need a new value.

use std::collections::BTreeSet;

use clap::Args;

use super::App;
use crate::ops::audit::{Finding, FindingView, findings};
use crate::ops::view::Page;
use crate::report::{Command, Error, Kind, Message, now};
use crate::ui::{Cell, Table};
use crate::vault::Age;

const EXAMPLES: &str = "\
Examples:
  etui audit
  etui audit --older-than 90d       list old values too";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Audit {
    /// List secrets too whose value is older than this, such as 90d
    #[arg(long, value_name = "AGE")]
    older_than: Option<Age>,
}

impl Audit {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let vault = app.session.vault()?;
        let findings = findings(&vault, self.older_than, now());

        if app.ui.json {
            let team = &vault.head.team;
            let items = findings.iter().map(|finding| FindingView::new(finding, team)).collect();
            app.ui.document(&Page::whole(items))?;
        } else {
            let mut table = Table::new(&["NAME", "SECTION", "WHY"]);
            for Finding { section, name, cause } in &findings {
                table.row([Cell::from(name), Cell::from(section), Cell::from(cause)]);
            }
            app.ui.table(&table)?;
            if !vault.head.removed.is_empty() {
                app.ui.note("anyone with an old copy of the vault can still read it; only new values help");
            }
        }

        let secrets: BTreeSet<_> = findings.iter().map(|finding| (&finding.section, &finding.name)).collect();
        match secrets.len() {
            0 => Ok(()),
            1 => Err(found("1 secret needs a new value".to_owned())),
            number => Err(found(format!("{number} secrets need new values"))),
        }
    }
}

fn found(message: String) -> Error {
    Error::new(Kind::Failed, "audit_findings", message)
        .hint(Message::from("for a random value: ").command(Command::new("generate").arg("NAME")))
        .hint(Message::from("for one of your own: ").command(Command::new("set").arg("NAME")))
}
