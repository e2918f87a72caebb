//! `trust`: what differs from what this machine knows of the vault, and whether it is accepted.

use std::collections::BTreeSet;

use clap::Args;

use super::App;
use crate::ops::trust::{KnownRemoval, Review, export};
use crate::report::{Error, Frontend as _, Message};
use crate::vault::{Fingerprint, VaultId};

const EXAMPLES: &str = "\
Examples:
  etui trust             show the fingerprint and what differs, then ask
  etui trust -y          accept the vault as it is, but take no removal back
  etui trust --export    print a token, for `ETUI_TRUST` in CI or on a new laptop";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Trust {
    /// Print a token instead: what this machine trusts of the vault and of the closed sections that the key opens, for
    /// `ETUI_TRUST` on a machine that has not seen them
    #[arg(long)]
    export: bool,
    /// Let the token also refuse vaults that lack changes of this one, and so branches that lag behind
    #[arg(long, requires = "export")]
    not_older: bool,
}

impl Trust {
    pub fn run(self, app: &App) -> Result<(), Error> {
        if self.export {
            return app.ui.line(&export(&app.session, self.not_older)?);
        }
        let review = Review::new(&app.session)?;
        review.doubts().for_each(|doubt| app.ui.warn(doubt.report().message.clone()));
        show(app, &review)?;
        let taken_back = taken_back(app, &review)?;
        let is_acceptable = review.is_acceptable();
        if !is_acceptable && taken_back.is_empty() {
            // Nobody can accept a damaged section. Recording fails as every other opening of it does.
            review.record()?;
            app.ui.say("nothing to do: the vault matches what this machine trusts");
            return Ok(());
        }

        let team = review.head().team.clone();
        if is_acceptable {
            app.ui.require_confirmation("trust", &format!("Trust this vault of team {team}?"))?;
        }
        let refused = review.accept(&taken_back)?;

        app.ui.say(format!("the vault of team {team} is trusted as it is"));
        refused.map_or(Ok(()), Err)
    }
}

fn show(app: &App, review: &Review<'_>) -> Result<(), Error> {
    let head = review.head();
    let fingerprint = head.fingerprint().map(|print| print.to_string()).unwrap_or_default();
    app.ui.line(&format!("team {}, vault fingerprint {fingerprint}", head.team))?;
    app.ui.line(&format!("written by {} at {}", head.written_by, head.written_at))?;
    for difference in review.differences() {
        app.ui.line(&difference.to_string())?;
    }
    for KnownRemoval { section, print, removed, .. } in review.known_removals() {
        let (name, by, at) = (&removed.name, &removed.by, removed.at);
        let what = Fingerprint::name(removed.key.as_ref());
        let from = section.map(|section| format!(" from closed {section}")).unwrap_or_default();
        app.ui.line(&format!("removed{from} elsewhere: {name}, by {by} at {at}, {what} {print}"))?;
    }
    Ok(())
}

/// Asks for each removal that only this machine knows of whether to take it back. `-y` does not answer that: it was
/// typed before anybody saw the names.
fn taken_back(app: &App, review: &Review<'_>) -> Result<BTreeSet<(VaultId, Fingerprint)>, Error> {
    let mut taken_back = BTreeSet::new();
    for KnownRemoval { vault, section, print, removed } in review.known_removals() {
        if !app.ui.can_ask() {
            break;
        }
        let (name, by, at) = (&removed.name, &removed.by, removed.at);
        let from = section.map(|section| format!(" from closed {section}")).unwrap_or_default();
        let question = format!("{by} removed {name}{from} at {at}. Take that back and let {name} be a member here?");
        if app.ui.ask_yes_no(&Message::from(question))? {
            taken_back.insert((vault, print.clone()));
        }
    }
    Ok(taken_back)
}
