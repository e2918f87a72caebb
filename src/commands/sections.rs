//! `project` and `cluster`: list, create, rename and delete sections.

use clap::{Args, Subcommand};

use super::App;
use crate::ops::closed::{self, ClosedView, Opening};
use crate::ops::section::{self, SectionSummary};
use crate::ops::view::{Page, SectionView};
use crate::report::{Command, Error, Message, and, count};
use crate::session::{parse_id, parse_member};
use crate::ui::{Cell, Table};
use crate::vault::text::Selection;
use crate::vault::{Id, Kind, SectionId, TeamName, Timestamp};

/// The examples of `project`.
pub const PROJECT_EXAMPLES: &str = "\
Examples:
  etui project list
  etui project create web
  etui project rename web shop";

/// The examples of `cluster`.
pub const CLUSTER_EXAMPLES: &str = "\
Examples:
  etui cluster list
  etui cluster create gpu
  etui cluster delete gpu --force";

#[derive(Debug, Args)]
pub struct SectionCommand {
    #[command(subcommand)]
    verb: Verb,
}

// In the help, the kind stands in the place of the word section.
#[derive(Debug, Subcommand)]
enum Verb {
    /// List the sections, with the number of secrets and entries in each
    #[command(visible_alias = "ls", after_help = "Examples:\n  etui section list\n  etui section list -j")]
    List,
    /// Create a section
    #[command(after_help = "Examples:\n  etui section create api")]
    Create {
        /// The section's id
        id: String,
    },
    /// Give a section another id; everything in it goes along
    #[command(visible_alias = "mv", after_help = "Examples:\n  etui section rename api backend")]
    Rename {
        /// The section's present id
        old: String,
        /// The new id
        new: String,
    },
    /// Delete a section; its values stay in the history
    #[command(
        visible_alias = "rm",
        after_help = "Examples:\n  etui section delete api\n  etui section delete api --force"
    )]
    Delete {
        /// The section's id
        id: String,
        /// Delete it even if it holds secrets
        #[arg(long)]
        force: bool,
    },
    /// Close a section to all but some members; the others no longer see what is in it
    #[command(
        after_help = "Examples:\n  etui section close api --for alice,bob\n  etui section close api --for alice -y"
    )]
    Close {
        /// The section's id
        id: String,
        /// The members who may read it, besides you
        #[arg(long = "for", value_name = "MEMBERS", required = true, value_delimiter = ',')]
        members: Vec<String>,
    },
    /// Open a closed section to every member again
    #[command(after_help = "Examples:\n  etui section open api")]
    Open {
        /// The section's id
        id: String,
    },
}

impl SectionCommand {
    pub fn run(self, app: &App, kind: Kind) -> Result<(), Error> {
        match self.verb {
            Verb::List => list(app, kind),
            Verb::Create { id } => create(app, kind, &parse_id(&id)?),
            Verb::Rename { old, new } => rename(app, kind, &parse_id(&old)?, parse_id(&new)?),
            Verb::Delete { id, force } => delete(app, kind, &parse_id(&id)?, force),
            Verb::Close { id, members } => close(app, &kind.with(parse_id(&id)?), &members),
            Verb::Open { id } => open(app, &kind.with(parse_id(&id)?)),
        }
    }
}

fn create(app: &App, kind: Kind, id: &Id) -> Result<(), Error> {
    let created = section::create(&app.session, kind, id)?;
    if app.ui.json {
        return document(app, kind, id, &created.team);
    }
    app.ui.say(created.to_string());
    Ok(())
}

fn rename(app: &App, kind: Kind, old: &Id, new: Id) -> Result<(), Error> {
    let team = section::rename(&app.session, kind, old, &new)?;
    if app.ui.json {
        return document(app, kind, &new, &team);
    }
    app.ui.say(format!("renamed {} {old} to {new} in team {team}", kind.as_str()));
    let link = Command::new("link").section(&kind.with(new));
    app.ui.note(Message::from(format!("links that name {old} must be written again: ")).command(link));
    Ok(())
}

fn delete(app: &App, kind: Kind, id: &Id, force: bool) -> Result<(), Error> {
    let word = kind.as_str();
    if force {
        let command = format!("{word} delete --force");
        app.ui.require_confirmation(&command, &format!("Delete {word} {id} and everything in it?"))?;
    }

    let team = section::delete(&app.session, kind, id, force)?;

    if app.ui.json {
        return document(app, kind, id, &team);
    }
    app.ui.say(format!("deleted {word} {id} in team {team}"));
    if force {
        let note = Message::from("its secrets are in the history: ").command(create_command(kind).arg(id));
        let restore = Command::new("restore").arg("NAME").section(&kind.with(id.clone()));
        app.ui.note(note.text(", then ").command(restore));
    }
    Ok(())
}

fn close(app: &App, section: &SectionId, members: &[String]) -> Result<(), Error> {
    let members = members.iter().map(|name| parse_member(name)).collect::<Result<Vec<_>, _>>()?;
    app.ui.require_confirmation("close", &format!("Close {section} to all but {} and you?", and(&members)))?;

    let closed = closed::close(&app.session, section, &members)?;

    if app.ui.json {
        return app.ui.document(&closed);
    }
    let ClosedView { team, vault, members, outside, exposed, .. } = closed;
    app.ui.say(format!("closed {section} of team {team} for {}; its fingerprint is {vault}", and(&members)));
    if exposed > 0 {
        let secrets = count(exposed, "secret");
        let readers = if outside.is_empty() { "others".to_owned() } else { and(&outside) };
        let note = format!("{readers} could read {secrets} until now, and can in older copies: ");
        app.ui.note(Message::from(note).command(Command::new("rotate").section(section)).text(" gives new values"));
    }
    Ok(())
}

fn open(app: &App, section: &SectionId) -> Result<(), Error> {
    let Opening { team, secrets, entries, outside } = closed::opening(&app.session, section)?;
    let held = and(&[count(secrets, "secret"), count(entries, "env entry")]);
    let readers = if outside.is_empty() { "every member".to_owned() } else { and(&outside) };
    app.ui.require_confirmation("open", &format!("Open {section}, with {held}, to {readers}?"))?;

    closed::open(&app.session, section)?;

    if app.ui.json {
        return app.ui.document(&SectionView::new(section, &team));
    }
    app.ui.say(format!("opened {section} of team {team}: every member can read it"));
    let trust = Command::new("trust");
    app.ui
        .note(Message::from("every other laptop will refuse this version until its user accepts it: ").command(trust));
    Ok(())
}

fn document(app: &App, kind: Kind, id: &Id, team: &TeamName) -> Result<(), Error> {
    app.ui.document(&SectionView::new(&kind.with(id.clone()), team))
}

fn create_command(kind: Kind) -> Command {
    Command::new(match kind {
        Kind::Project => "project create",
        Kind::Cluster => "cluster create",
    })
}

fn list(app: &App, kind: Kind) -> Result<(), Error> {
    let view = app.session.view(Selection::All)?;
    let summaries = section::list(&view, kind);

    if app.ui.json {
        return app.ui.document(&Page::whole(summaries));
    }
    let has_closed = summaries.iter().any(|summary| summary.closed);
    let columns = ["ID", "SECRETS", "ENTRIES", "UPDATED", "CLOSED FOR"];
    let columns = if has_closed { &columns[..] } else { &columns[..4] };
    let mut table = Table::new(columns);
    for SectionSummary { id, secrets, entries, updated, members, .. } in summaries {
        let count = |number: Option<usize>| number.map_or(Cell::Text(String::new()), |number| Cell::from(&number));
        let updated = updated.as_deref().and_then(Timestamp::parse);
        let members = Cell::Text(members.unwrap_or_default().join(" "));
        let cells = [id.into(), count(secrets), count(entries), Cell::When(updated), members];
        table.row(cells.into_iter().take(columns.len()).collect::<Vec<_>>());
    }
    if table.is_empty() {
        let text = format!("team {} has no {} yet: ", view.head.team, kind.as_str());
        app.ui.note(Message::from(text).command(create_command(kind).arg("ID")));
    }
    app.ui.table(&table)
}
