//! `move` and `copy`: put secrets into another section.

use clap::Args;

use super::App;
use super::args::SectionScope;
use super::args::names::{all_or_none, document, parse_names};
use crate::ops::secret::{self, Placed, Transfer};
use crate::report::{Error, and, in_team};
use crate::session::parse_section;

const MOVE_EXAMPLES: &str = "\
Examples:
  etui move TOKEN API_KEY -p web --to team
  etui move TOKEN -g --to project:web --update-references";

const COPY_EXAMPLES: &str = "\
Examples:
  etui copy TOKEN API_KEY -p web --to project:api
  etui copy TOKEN -c gpu --to team";

#[derive(Debug, Args)]
struct Destination {
    /// The secret's name; of several, all go or none
    #[arg(required = true)]
    name: Vec<String>,
    /// Name the section that gets it: team, project:ID or cluster:ID
    #[arg(long, value_name = "SECTION")]
    to: String,
}

#[derive(Debug, Args)]
#[command(after_help = MOVE_EXAMPLES)]
pub struct Move {
    #[command(flatten)]
    destination: Destination,
    /// Move env entries along that would refer to nothing
    #[arg(long)]
    update_references: bool,
    #[command(flatten)]
    scope: SectionScope,
}

#[derive(Debug, Args)]
#[command(after_help = COPY_EXAMPLES)]
pub struct Copy {
    #[command(flatten)]
    destination: Destination,
    #[command(flatten)]
    scope: SectionScope,
}

impl Move {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let transfer = self.destination.transfer(app, &self.scope, self.update_references)?;
        let placed = secret::move_to(&app.session, &transfer);
        show(app, &transfer, placed, "moved")
    }
}

impl Copy {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let transfer = self.destination.transfer(app, &self.scope, false)?;
        let placed = secret::copy_to(&app.session, &transfer);
        show(app, &transfer, placed, "copied")
    }
}

impl Destination {
    fn transfer(&self, app: &App, scope: &SectionScope, update_references: bool) -> Result<Transfer, Error> {
        let names = parse_names(&self.name)?;
        let to = parse_section(&self.to)?;
        let from = app.section(scope)?;
        Ok(Transfer { names, from, to, update_references })
    }
}

fn show(app: &App, transfer: &Transfer, placed: Result<Vec<Placed>, Error>, done: &str) -> Result<(), Error> {
    let Transfer { names, from, to, .. } = transfer;
    let placed = all_or_none(app, names, placed)?;
    if app.ui.json {
        return document(app, placed.into_iter().map(|placed| placed.secret).collect());
    }
    let Some(Placed { team, .. }) = placed.first() else { return Ok(()) };
    let (names, place) = (and(names), in_team(to, team));
    if from == to {
        app.ui.say(format!("unchanged {names} in {place}"));
    } else {
        app.ui.say(format!("{done} {names} from {from} to {place}"));
    }
    Ok(())
}
