//! `project` and `cluster`: list, create, rename and delete sections; close, open and bring back closed ones.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::App;
use crate::ops::closed::{self, ClosedView, Closing, Opening};
use crate::ops::section::{self, Moved, SectionSummary};
use crate::ops::view::{Page, SectionView};
use crate::report::{Command, Error, Message, and, count};
use crate::session::locate::restore_section;
use crate::session::{parse_id, parse_member};
use crate::ui::{Cell, Table};
use crate::vault::text::Selection;
use crate::vault::{Closed, Id, Kind, MissingChanges, SectionId, TeamName, Timestamp};

/// The examples of `project`.
pub const PROJECT_EXAMPLES: &str = "\
Examples:
  etui project list
  etui project create web
  etui project rename web shop
  etui project close web --for alice,bob        only they and you can read it then";

/// The examples of `cluster`.
pub const CLUSTER_EXAMPLES: &str = "\
Examples:
  etui cluster list
  etui cluster create gpu
  etui cluster delete gpu --force
  etui cluster close prod --for alice,bob       only they and you can read it then";

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
    /// Bring back a closed section that is gone, open or replaced, from an older copy of the vault
    #[command(after_help = "Examples:\n  etui section restore api --from backup.age\n  \
            git show HEAD~1:acme.age > older.age && etui section restore api --from older.age")]
    Restore {
        /// The section's id
        id: String,
        /// A copy of the vault from when the section was there
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
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
            Verb::Restore { id, from } => restore(app, &kind.with(parse_id(&id)?), &from),
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
    let Moved { team, is_closed } = section::rename(&app.session, kind, old, &new)?;
    if app.ui.json {
        return document(app, kind, &new, &team);
    }
    app.ui.say(format!("renamed {} {old} to {new} in team {team}", kind.as_str()));
    let link = Command::new("link").section(&kind.with(new));
    app.ui.note(Message::from(format!("links that name {old} must be written again: ")).command(link));
    if is_closed {
        note_refused(app);
    }
    Ok(())
}

fn delete(app: &App, kind: Kind, id: &Id, force: bool) -> Result<(), Error> {
    let word = kind.as_str();
    if force {
        let command = format!("{word} delete --force");
        app.ui.require_confirmation(&command, &format!("Delete {word} {id} and everything in it?"))?;
    }

    let Moved { team, is_closed } = section::delete(&app.session, kind, id, force)?;

    if app.ui.json {
        return document(app, kind, id, &team);
    }
    app.ui.say(format!("deleted {word} {id} in team {team}"));
    if is_closed {
        let text =
            "it was closed, so its values are not in the history; a copy of the vault from before brings it back: ";
        app.ui.note(Message::from(text).command(restore_section(&kind.with(id.clone()))));
        note_refused(app);
    } else if force {
        let note = Message::from("its secrets are in the history: ").command(create_command(kind).arg(id));
        let restore = Command::new("restore").arg("NAME").section(&kind.with(id.clone()));
        app.ui.note(note.text(", then ").command(restore));
    }
    Ok(())
}

fn close(app: &App, section: &SectionId, members: &[String]) -> Result<(), Error> {
    let members = members.iter().map(|name| parse_member(name)).collect::<Result<Vec<_>, _>>()?;
    let Closing { members: inside, outside } = closed::closing(&app.session, section, &members)?;
    let others = if outside.is_empty() { String::new() } else { format!(", and not for {}", and(&outside)) };
    let question = format!("Close {section} for {}{others}?", and(&inside));
    app.ui.require_confirmation(&typed(section, "close"), &question)?;

    let closed = closed::close(&app.session, section, &members)?;

    if app.ui.json {
        return app.ui.document(&closed);
    }
    let ClosedView { team, vault, members, outside, exposed, .. } = closed;
    app.ui.say(format!("closed {section} of team {team} for {}; its fingerprint is {vault}", and(&members)));
    if exposed > 0 {
        let readers = if outside.is_empty() { "removed members".to_owned() } else { and(&outside) };
        let (needs, it) = if exposed == 1 { ("needs a new value", "it") } else { ("need new values", "them") };
        let note = format!("{} {needs}, since {readers} could read {it} until now: ", count(exposed, "secret"));
        app.ui.note(Message::from(note).command(Command::new("rotate").section(section)));
    }
    Ok(())
}

/// A command as it is typed: `cluster close`.
fn typed(section: &SectionId, verb: &str) -> String {
    format!("{} {verb}", section.kind().map_or("team", Kind::as_str))
}

fn open(app: &App, section: &SectionId) -> Result<(), Error> {
    let Opening { team, secrets, entries, outside } = closed::opening(&app.session, section)?;
    let held = and(&[count(secrets, "secret"), entries_count(entries)]);
    let readers = if outside.is_empty() { "every member".to_owned() } else { and(&outside) };
    app.ui.require_confirmation(&typed(section, "open"), &format!("Open {section}, with {held}, to {readers}?"))?;

    closed::open(&app.session, section)?;

    if app.ui.json {
        return app.ui.document(&SectionView::new(section, &team));
    }
    app.ui.say(format!("opened {section} of team {team}: every member can read it"));
    note_refused(app);
    Ok(())
}

/// Notes that a section was closed and is not now, or not under its id, which other laptops do not accept by themselves.
fn note_refused(app: &App) {
    let text = Message::from("every other laptop will refuse this version until its user accepts it: ");
    app.ui.note(text.command(Command::new("trust")));
}

fn restore(app: &App, section: &SectionId, copy: &Path) -> Result<(), Error> {
    let lost = closed::lost(&app.session, section, copy)?;
    let team = lost.team.clone();
    let Closed { vault, updated, by, .. } = lost.closed();
    let held = and(&[count(lost.section.secrets.len(), "secret"), count(lost.section.env.len(), "env entry")]);
    let copy = copy.display();
    app.ui.note(format!("{copy} holds closed {section} with {held}, last changed by {by} at {updated}, {vault}"));
    if let Some(MissingChanges { changes, by, at }) = &lost.lacks {
        let changes = count(*changes as usize, "change");
        app.ui.warn(format!("it lacks {changes} of {section} that this laptop has seen, the last by {by} at {at}"));
    }
    if let Some(other) = &lost.replaced {
        app.ui.warn(format!("another vault is in its place, and will be dropped with all that it holds: {other}"));
    }
    if lost.dropped > 0 {
        let changes = count(lost.dropped as usize, "change");
        app.ui.warn(format!("{changes} of {section} here will be dropped: the copy lacks them"));
    }
    let is_older = lost.lacks.is_some();
    let command = format!("{} restore", section.kind().map_or("section", Kind::as_str));
    app.ui.require_confirmation(&command, &format!("Bring {section} back from {copy}?"))?;

    app.session.bring_back(lost)?;

    if app.ui.json {
        return app.ui.document(&SectionView::new(section, &team));
    }
    app.ui.say(format!("brought back closed {section} of team {team} from {copy}"));
    if is_older {
        let text = "laptops that have seen more of it will refuse this version until their users accept it: ";
        app.ui.note(Message::from(text).command(Command::new("trust")));
    }
    Ok(())
}

fn entries_count(number: usize) -> String {
    if number == 1 { "1 env entry".to_owned() } else { format!("{number} env entries") }
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
