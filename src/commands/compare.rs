//! `compare`: show which names two sections set differently; never a value.

use clap::Args;

use super::App;
use crate::ops::compare::{Comparison, compare};
use crate::ops::view::Page;
use crate::report::{Command, Error, Message, count};
use crate::session::{existing, parse_section};
use crate::ui::{Cell, Table};
use crate::vault::SectionId;
use crate::vault::text::Selection;

const EXAMPLES: &str = "\
Examples:
  etui compare project:web project:api
  etui compare team cluster:gpu --all";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Compare {
    /// One section: team, project:ID or cluster:ID
    #[arg(value_name = "SECTION")]
    first: String,
    /// The other section
    #[arg(value_name = "SECTION")]
    second: String,
    /// Show the names with equal values too
    #[arg(long)]
    all: bool,
}

impl Compare {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let sections = [parse_section(&self.first)?, parse_section(&self.second)?];

        let view = app.session.view(Selection::Current(&sections))?;
        let [first, second] = &sections;
        let mut compared = compare(existing(&view, first)?, existing(&view, second)?);
        let all = compared.len();
        if !self.all {
            compared.retain(|name| name.result != Comparison::Equal);
        }
        let equal = all - compared.len();

        if app.ui.json {
            return app.ui.document(&Page::whole(compared));
        }
        let mut table = Table::new(&["NAME", "RESULT", "KIND"]);
        for name in &compared {
            table.row([Cell::from(&name.name), Cell::Text(name.result(first, second)), Cell::Text(name.kind())]);
        }
        app.ui.table(&table)?;
        note_equal(app, &sections, all, equal);
        Ok(())
    }
}

/// Notes how many names have equal values, where these are not shown.
fn note_equal(app: &App, [first, second]: &[SectionId; 2], all: usize, equal: usize) {
    let key = |section: &SectionId| section.to_string().replacen(' ', ":", 1);
    let list = || Command::new("compare").arg(key(first)).arg(key(second)).arg("--all");
    match (all, equal) {
        (0, _) => app.ui.note(format!("neither {first} nor {second} sets a name")),
        (_, 0) => {}
        (_, _) if all == equal => {
            let text = format!("{first} and {second} hold the same {}: ", count(equal, "name"));
            app.ui.note(Message::from(text).command(list()));
        }
        (_, _) => {
            let is = if equal == 1 { "is" } else { "are" };
            app.ui.note(Message::from(format!("and {} {is} equal: ", count(equal, "name"))).command(list()));
        }
    }
}
