//! `doctor`: what is wrong on this machine, and how to fix it.

use clap::Args;

use super::App;
use crate::ops::doctor::{Finding, examine};
use crate::report::{Error, Kind, count};
use crate::ui::{Cell, Table};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui doctor\n  etui doctor -t acme\n  etui doctor --drop-history")]
pub struct Doctor {
    /// Write the vault anew without its earlier values, if only these are damaged
    #[arg(long)]
    drop_history: bool,
}

impl Doctor {
    pub fn run(self, app: &App) -> Result<(), Error> {
        if self.drop_history {
            let question = "Write the vault anew, without earlier values and deleted secrets?";
            app.ui.require_confirmation("doctor --drop-history", question)?;
            app.session.drop_history()?;
            app.ui.say("wrote the vault anew, without its history");
            return Ok(());
        }
        let findings = examine(&app.session);

        if app.ui.json {
            let items: Vec<_> = findings.iter().map(|finding| document(app, finding)).collect();
            app.ui.document(&serde_json::json!({"items": items}))?;
        } else {
            let mut table = Table::new(&["WHAT", "STATE", "FOUND", "FIX"]);
            for finding in &findings {
                let state = if finding.is_wrong() { "wrong" } else { "ok" };
                let (found, fix) = (app.ui.render(&finding.found), app.ui.hint_line(&finding.fixes));
                table.row([Cell::from(&finding.subject), Cell::from(&state), Cell::Note(found), Cell::Long(fix)]);
            }
            app.ui.table(&table)?;
        }

        match findings.iter().filter(|finding| finding.is_wrong()).count() {
            0 => Ok(()),
            wrong => {
                let message = format!("{} found", count(wrong, "problem"));
                Err(Error::new(Kind::Failed, "doctor_findings", message).hint("the column FIX says how"))
            }
        }
    }
}

fn document(app: &App, finding: &Finding) -> serde_json::Value {
    let fix = finding.is_wrong().then(|| app.ui.hint_line(&finding.fixes));
    serde_json::json!({
        "what": finding.subject,
        "found": app.ui.render(&finding.found),
        "ok": !finding.is_wrong(),
        "mend": fix,
    })
}
