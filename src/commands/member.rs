//! `member`: who can read the vault, who can write it, and who endorsed them.

use clap::{Args, Subcommand};

use super::App;
use crate::ops::member::{self, Changed, MemberView, parse_public_keys};
use crate::ops::repository;
use crate::ops::view::Page;
use crate::report::{Command, Error, Message, and};
use crate::session::bad_name;
use crate::ui::{Cell, Table};
use crate::vault::MemberName;

const EXAMPLES: &str = "\
Examples:
  etui member list
  etui member add bob etui1…        let bob in, with the card that `etui join` printed
  etui member remove bob            put bob out, for good
  etui rotate                       then give new values to what bob could read";

const ADD_EXAMPLES: &str = "\
Examples:
  etui member add bob etui1…                          a writer
  etui member add ci age1…                            a reader, such as a machine
  etui member add ci ssh-ed25519 AAAAC3…              a reader with an ssh key";

const UPDATE_EXAMPLES: &str = "\
Examples:
  etui member update bob etui1…                      bob has a new key
  etui member update ci etui1…                       ci becomes a writer, with its own card
  etui member update alice etui1… -i OLD -i NEW      the root replaces its own key";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct MemberCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the members, and who endorsed each
    #[command(visible_alias = "ls", after_help = "Examples:\n  etui member list\n  etui member list -j")]
    List,
    /// Add a member: a card (etui1…) makes a writer, an age recipient or an ssh key a reader
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// Name the member
        name: String,
        /// The card that `etui join` prints, an age recipient (age1…), or an ssh-ed25519 public key
        #[arg(required = true, value_name = "CARD")]
        card: Vec<String>,
    },
    /// Give a member a new key, which removes the old one for good, or make a reader a writer
    #[command(after_help = UPDATE_EXAMPLES)]
    Update {
        /// The member's name
        name: String,
        /// The new card, recipient or ssh public key
        #[arg(required = true, value_name = "CARD")]
        card: Vec<String>,
    },
    /// Rename a member
    #[command(visible_alias = "mv", after_help = "Examples:\n  etui member rename bob robert")]
    Rename {
        /// The present name
        old: String,
        /// The new name
        new: String,
    },
    /// Remove a member, for good
    #[command(visible_alias = "rm", after_help = "Examples:\n  etui member remove bob\n  etui member remove bob -y")]
    Remove {
        /// The member's name
        name: String,
    },
}

impl MemberCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Verb::List => list(app),
            Verb::Add { name, card } => add(app, &name, &card),
            Verb::Update { name, card } => update(app, &name, &card),
            Verb::Rename { old, new } => rename(app, &old, &new),
            Verb::Remove { name } => remove(app, &name),
        }
    }
}

fn parse_member(text: &str) -> Result<MemberName, Error> {
    MemberName::parse(text).map_err(|error| bad_name(error, Some(text)))
}

fn list(app: &App) -> Result<(), Error> {
    let members = member::list(&app.session)?;

    if app.ui.json {
        return app.ui.document(&Page::whole(members));
    }
    let mut table = Table::new(&["NAME", "ROLE", "KEY FINGERPRINT", "ADDED BY", "ADDED"]);
    for MemberView { name, role, fingerprint, added_by, added, .. } in members {
        table.row([
            name.into(),
            Cell::from(&role),
            Cell::Long(fingerprint),
            added_by.unwrap_or_default().into(),
            Cell::When(Some(added)),
        ]);
    }
    app.ui.table(&table)
}

fn add(app: &App, name: &str, card: &[String]) -> Result<(), Error> {
    let (name, public) = (parse_member(name)?, parse_public_keys(&card.join(" "))?);

    let changed = member::add(&app.session, &name, public)?;

    show(
        app,
        &format!("added {name} to"),
        &changed,
        compare(&changed.member).text("; every member can read the whole vault"),
    )
}

fn update(app: &App, name: &str, card: &[String]) -> Result<(), Error> {
    let (name, public) = (parse_member(name)?, parse_public_keys(&card.join(" "))?);

    let (changed, keeps_recipient) = member::update(&app.session, &name, public)?;

    let audit = Command::new("audit");
    let note = match keeps_recipient {
        true => compare(&changed.member),
        false => Message::from("the old key is removed for good; to list what it could read: ").command(audit),
    };
    show(app, &format!("updated {name} in"), &changed, note)
}

/// What to compare with what, by voice. One key has two fingerprints, and only one of them is this one.
fn compare(member: &MemberView) -> Message {
    let MemberView { name, fingerprint_name, recipient, .. } = member;
    if recipient.starts_with("ssh-") {
        return format!("compare the ssh public key itself with {name} by voice").into();
    }
    let what = format!("compare it with {name} by voice: it is the {fingerprint_name} of ");
    Message::from(what).command(Command::without_vault("key show")).text(" there")
}

/// Shows a member that was added or updated.
fn show(app: &App, done: &str, changed: &Changed, note: impl Into<Message>) -> Result<(), Error> {
    let Changed { team, member } = changed;
    if app.ui.json {
        return app.ui.document(member);
    }
    let MemberView { name, role, fingerprint, fingerprint_name: what, .. } = member;
    app.ui.say(format!("{done} team {team}, as a {role}; {what} {fingerprint}"));
    app.ui.note(note);
    if repository::surrounds(app.session.location()?.file.path()) {
        app.ui.note(Message::from(format!("{name} opens it once you have shared it: ")).command(Command::new("sync")));
    }
    Ok(())
}

fn rename(app: &App, old: &str, new: &str) -> Result<(), Error> {
    let (old, new) = (parse_member(old)?, parse_member(new)?);

    let Changed { team, member } = member::rename(&app.session, &old, &new)?;

    if app.ui.json {
        return app.ui.document(&member);
    }
    app.ui.say(format!("renamed {old} to {new} in team {team}"));
    Ok(())
}

fn remove(app: &App, name: &str) -> Result<(), Error> {
    let name = parse_member(name)?;
    let removal = member::removal(&app.session, &name)?;
    if !removal.through.is_empty() {
        app.ui.note(format!("members through {name}, and from now on through you: {}", and(&removal.through)));
    }
    let team = &removal.team;
    app.ui.require_confirmation("member remove", &format!("Remove {name} from team {team} for good?"))?;

    let exposed = member::remove(&app.session, &name)?;

    if app.ui.json {
        return app.ui.document(&removal.member);
    }
    app.ui.say(format!("removed {name} from team {team}"));
    if exposed > 0 {
        let secrets = match exposed {
            1 => "1 secret needs a new value, since a removed member could read it: ".to_owned(),
            _ => format!("{exposed} secrets need new values, since a removed member could read them: "),
        };
        app.ui.note(Message::from(secrets).command(Command::new("rotate")));
    }
    app.ui.note(format!(
        "{name} can still read old copies of the vault; each laptop learns of the removal when it sees this version"
    ));
    Ok(())
}
