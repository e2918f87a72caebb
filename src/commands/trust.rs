//! `trust`: what differs from what this machine knows of the vault, and whether it is accepted.

use clap::Args;

use super::App;
use crate::ops::trust::Review;
use crate::report::{Error, and};

const EXAMPLES: &str = "\
Examples:
  etui trust             show the fingerprint and what differs, then ask
  etui trust -y          accept the vault as it is";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Trust {}

impl Trust {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let review = Review::new(&app.session)?;
        if let Some(doubt) = &review.doubt {
            app.ui.warn(doubt.report().message.clone());
        }
        show(app, &review)?;
        if review.doubt.is_none() {
            app.ui.say("nothing to do: the vault matches what this machine trusts");
            return review.record();
        }

        let team = review.head().team.clone();
        let question = match review.removed_again() {
            [] => format!("Trust this vault of team {team}?"),
            names => format!("Trust this vault of team {team}, and remove {} from it again?", and(names)),
        };
        app.ui.require_confirmation("trust", &question)?;
        review.accept()?;

        app.ui.say(format!("the vault of team {team} is trusted as it is"));
        Ok(())
    }
}

fn show(app: &App, review: &Review<'_>) -> Result<(), Error> {
    let head = review.head();
    let fingerprint = head.fingerprint().map(|print| print.to_string()).unwrap_or_default();
    app.ui.line(&format!("team {}, fingerprint {fingerprint}", head.team))?;
    app.ui.line(&format!("written by {} at {}", head.written_by, head.written_at))?;
    for difference in review.differences() {
        app.ui.line(&difference.to_string())?;
    }
    Ok(())
}
