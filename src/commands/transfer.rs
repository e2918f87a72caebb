//! `move` and `copy`: put a secret into another section.

use clap::Args;

use super::App;
use super::args::SectionScope;
use crate::ops::secret::{self, Placed, Transfer};
use crate::report::{Error, in_team};
use crate::session::{parse_name, parse_section};

const MOVE_EXAMPLES: &str = "\
Examples:
  etui move TOKEN -p web --to team
  etui move TOKEN -g --to project:web --update-references";

const COPY_EXAMPLES: &str = "\
Examples:
  etui copy TOKEN -p web --to project:api
  etui copy TOKEN -c gpu --to team";

#[derive(Debug, Args)]
struct Destination {
    /// The secret's name
    name: String,
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
    // It was always accepted here, and never did anything: a copy breaks no reference.
    #[arg(long, hide = true)]
    update_references: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Move {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let transfer = self.destination.transfer(app, &self.scope, self.update_references)?;
        let placed = secret::move_to(&app.session, &transfer)?;
        show(app, &transfer, &placed, "moved")
    }
}

impl Copy {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let transfer = self.destination.transfer(app, &self.scope, self.update_references)?;
        let placed = secret::copy_to(&app.session, &transfer)?;
        show(app, &transfer, &placed, "copied")
    }
}

impl Destination {
    fn transfer(&self, app: &App, scope: &SectionScope, update_references: bool) -> Result<Transfer, Error> {
        let name = parse_name(&self.name)?;
        let to = parse_section(&self.to)?;
        let from = app.section(scope)?;
        Ok(Transfer { name, from, to, update_references })
    }
}

fn show(app: &App, transfer: &Transfer, placed: &Placed, done: &str) -> Result<(), Error> {
    if app.ui.json {
        return app.ui.document(&placed.secret);
    }
    let Transfer { name, from, to, .. } = transfer;
    let place = in_team(to, &placed.team);
    if from == to {
        app.ui.say(format!("unchanged {name} in {place}"));
    } else {
        app.ui.say(format!("{done} {name} from {from} to {place}"));
    }
    Ok(())
}
