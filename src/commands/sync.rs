//! `sync`: share the vault through git.

use clap::Args;

use super::App;
use crate::ops::log::EventView;
use crate::ops::sync::{Arrived, OtherCommits, Synced, sync};
use crate::report::{Command, Error, Message};

/// How many names are listed one by one.
const LISTED: usize = 20;

/// How many names fit in one line.
const IN_ONE_LINE: usize = 3;

const EXAMPLES: &str = "\
Before it pushes commits of this branch that are not the vault's own, it lists them and asks.
Without a terminal it refuses, unless --all is given; -y does not stand for --all.

Examples:
  etui sync
  etui sync -t acme
  etui sync --all
  etui log             who changed which name, after that";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Sync {
    /// Push the other commits of this branch too, without a question
    #[arg(long)]
    all: bool,
}

impl Sync {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let others = if self.all { OtherCommits::Pushed } else { OtherCommits::Asked };
        let synced = sync(&app.session, others)?;

        if app.ui.json {
            app.ui.document(&synced)?;
        }
        let Synced { team, changed, mut arrived, stopped } = synced;
        if stopped.is_none() && !app.ui.json {
            app.ui.say(format!("{}: team {team}", if changed { "synced" } else { "in sync" }));
        }
        if !app.ui.json {
            // The error names these.
            arrived.names.retain(|event| stopped.is_none() || event.change != "disputed");
            show_arrived(app, &arrived);
        }
        stopped.map_or(Ok(()), Err)
    }
}

/// Says which names arrived, and from whom.
fn show_arrived(app: &App, Arrived { names, closed, .. }: &Arrived) {
    let closed = closed.iter().map(|closed| format!("closed {}, changed by {}", closed.place, closed.by));
    let arrived: Vec<String> = names.iter().map(describe).chain(closed).collect();
    if arrived.len() <= IN_ONE_LINE {
        if !arrived.is_empty() {
            app.ui.say(format!("arrived: {}", arrived.join(", ")));
        }
        return;
    }
    for one in arrived.iter().take(LISTED) {
        app.ui.say(format!("arrived: {one}"));
    }
    if let Some(more @ 1..) = arrived.len().checked_sub(LISTED) {
        app.ui.say(Message::from(format!("and {more} more: ")).command(Command::new("log")));
    }
}

/// `DATABASE_URL (project web, updated by bob)`.
fn describe(event: &EventView) -> String {
    let EventView { name, place, change, by, reason, .. } = event;
    match reason {
        _ if *change == "disputed" => format!("{name} ({place}, {change})"),
        Some(reason) => format!("{name} ({place}, {change} by {by}: {reason})"),
        None => format!("{name} ({place}, {change} by {by})"),
    }
}
