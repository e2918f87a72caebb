//! `member`: who can read the vault, who can write it, and who endorsed them.

use std::fmt::Display;

use clap::{Args, Subcommand};

use super::App;
use crate::ops::closed::{self, ClosedView};
use crate::ops::member::{self, Changed, Gone, Left, MemberView, parse_public_keys};
use crate::ops::repository;
use crate::ops::view::Page;
use crate::report::{Command, Error, Message, and, count, or};
use crate::session::{parse_member, parse_section};
use crate::ui::{Cell, Table};
use crate::vault::SectionId;

const EXAMPLES: &str = "\
Examples:
  etui member list
  etui member add bob etui1…        let bob in, with the card that `etui join` printed
  etui member remove bob            put bob out, for good
  etui rotate                       then give new values to what bob could read
  etui member add bob --to cluster:prod
                                    let bob into a closed section";

const ADD_EXAMPLES: &str = "\
Examples:
  etui member add bob etui1…                          a writer
  etui member add ci age1…                            a reader, such as a machine
  etui member add ci ssh-ed25519 AAAAC3…              a reader with an ssh key
  etui member add bob --to cluster:prod               a member, into a closed section";

const UPDATE_EXAMPLES: &str = "\
Examples:
  etui member update bob etui1…                      bob has a new key
  etui member update ci etui1…                       ci becomes a writer, with its own card
  etui member update alice etui1… -i OLD -i NEW      the root replaces its own key";

const REMOVE_EXAMPLES: &str = "\
Examples:
  etui member remove bob
  etui member remove bob -y
  etui member remove bob --from cluster:prod          from this closed section alone";

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
        #[arg(required = true, conflicts_with = "to", value_name = "CARD")]
        card: Vec<String>,
        /// Let a member into this closed section, such as cluster:prod
        #[arg(long, value_name = "SECTION")]
        to: Option<String>,
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
    #[command(visible_alias = "rm", after_help = REMOVE_EXAMPLES)]
    Remove {
        /// The member's name
        name: String,
        /// Remove it from this closed section alone, such as cluster:prod
        #[arg(long, value_name = "SECTION")]
        from: Option<String>,
    },
}

impl MemberCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Verb::List => list(app),
            Verb::Add { name, to: Some(section), .. } => let_in(app, &name, &section),
            Verb::Add { name, card, to: None } => add(app, &name, &card),
            Verb::Update { name, card } => update(app, &name, &card),
            Verb::Rename { old, new } => rename(app, &old, &new),
            Verb::Remove { name, from: Some(section) } => put_out(app, &name, &section),
            Verb::Remove { name, from: None } => remove(app, &name),
        }
    }
}

fn list(app: &App) -> Result<(), Error> {
    let members = member::list(&app.session)?;

    if app.ui.json {
        return app.ui.document(&Page::whole(members));
    }
    let has_closed = members.iter().any(|member| !member.sections.is_empty());
    let columns = ["NAME", "ROLE", "KEY FINGERPRINT", "ADDED BY", "ADDED", "CLOSED SECTIONS"];
    let columns = if has_closed { &columns[..] } else { &columns[..5] };
    let mut table = Table::new(columns);
    for MemberView { name, role, fingerprint, added_by, added, sections, .. } in members {
        let cells = [
            name.into(),
            Cell::from(&role),
            Cell::Long(fingerprint),
            added_by.unwrap_or_default().into(),
            Cell::When(Some(added)),
            sections.join(" ").into(),
        ];
        table.row(cells.into_iter().take(columns.len()).collect::<Vec<_>>());
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
        compare(&changed.member).text(match &changed.outside[..] {
            [] => "; every member can read the whole vault".to_owned(),
            closed => format!("; every member can read the whole vault, except closed {}", and(closed)),
        }),
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
    show(app, &format!("updated {name} in"), &changed, note)?;
    let alone = format!("{name} must do it, with both keys at hand");
    note_left(app, &changed, Some(alone), |section| of_section("member add", &name, "--to", section));
    Ok(())
}

/// Notes the closed sections where others must do the same. `alone` says who can where no other member can.
fn note_left(app: &App, changed: &Changed, alone: Option<String>, command: impl Fn(&SectionId) -> Command) {
    for Left { section, ask } in changed.left.iter().filter(|_| !app.ui.json) {
        let text = format!("{section} still lists {} as before", changed.member.name);
        let who = if ask.is_empty() { alone.clone() } else { Some(format!("ask {}", or(ask))) };
        app.ui.note(match who {
            Some(who) => Message::from(format!("{text}; {who}: ")).command(command(section)),
            None => format!("{text}, and nobody who is left can change that").into(),
        });
    }
}

/// A command about a member of a closed section.
fn of_section(verb: &'static str, name: impl Display, option: &'static str, section: &SectionId) -> Command {
    Command::new(verb).arg(name).arg(option).arg(section.as_typed())
}

fn let_in(app: &App, name: &str, section: &str) -> Result<(), Error> {
    let (name, section) = (parse_member(name)?, parse_section(section)?);

    let closed = closed::add(&app.session, &section, &name)?;

    if app.ui.json {
        return app.ui.document(&closed);
    }
    let ClosedView { team, vault, .. } = closed;
    app.ui.say(format!("added {name} to closed {section} of team {team}; its fingerprint is {vault}"));
    Ok(())
}

fn need_new_values(exposed: usize, removed: &str) -> Message {
    let (needs, it) = if exposed == 1 { ("needs a new value", "it") } else { ("need new values", "them") };
    format!("{} {needs}, since {removed} could read {it}: ", count(exposed, "secret")).into()
}

fn put_out(app: &App, name: &str, section: &str) -> Result<(), Error> {
    let (name, section) = (parse_member(name)?, parse_section(section)?);
    closed::check_removal(&app.session, &section, &name)?;
    let question = format!("Remove {name} from {section} for good? To come back, {name} needs a new key.");
    app.ui.require_confirmation("member remove --from", &question)?;

    let closed = closed::remove(&app.session, &section, &name)?;

    if app.ui.json {
        return app.ui.document(&closed);
    }
    let ClosedView { team, members, outside, exposed, .. } = closed;
    app.ui.say(format!("removed {name} from closed {section} of team {team}"));
    if exposed > 0 {
        app.ui.note(need_new_values(exposed, "others").command(Command::new("rotate").section(&section)));
    }
    let is_member = members.iter().chain(&outside).any(|member| *member == name.as_str());
    let stays = if is_member { format!(", and is still a member of team {team}") } else { String::new() };
    app.ui.note(format!("{name} can still read old copies of {section}{stays}"));
    Ok(())
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
    let Changed { team, member, within, .. } = changed;
    if app.ui.json {
        return app.ui.document(changed);
    }
    let MemberView { name, role, fingerprint, fingerprint_name: what, .. } = member;
    let place = and_sections(format!("team {team}"), within);
    app.ui.say(format!("{done} {place}, as a {role}; {what} {fingerprint}"));
    app.ui.note(note);
    if repository::surrounds(app.session.location()?.file.path()) {
        app.ui.note(Message::from(format!("{name} opens it once you have shared it: ")).command(Command::new("sync")));
    }
    Ok(())
}

fn rename(app: &App, old: &str, new: &str) -> Result<(), Error> {
    let (old, new) = (parse_member(old)?, parse_member(new)?);

    let Changed { team, member, .. } = member::rename(&app.session, &old, &new)?;

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
    for section in &removal.alone {
        let text = format!("nobody else can change {section}: {name} must let another writer in first: ");
        app.ui.note(Message::from(text).command(of_section("member add", "MEMBER", "--to", section)));
    }
    let team = &removal.team;
    app.ui.require_confirmation("member remove", &format!("Remove {name} from team {team} for good?"))?;

    let Gone { changed, exposed } = member::remove(&app.session, &name)?;

    if app.ui.json {
        return app.ui.document(&changed);
    }
    let place = and_sections(format!("team {team}"), &changed.within);
    app.ui.say(format!("removed {name} from {place}"));
    if exposed > 0 {
        app.ui.note(need_new_values(exposed, "a removed member").command(Command::new("rotate")));
    }
    note_left(app, &changed, None, |section| of_section("member remove", &name, "--from", section));
    app.ui.note(format!(
        "{name} can still read old copies of the vault; each laptop learns of the removal when it sees this version"
    ));
    Ok(())
}

/// Names a team, and closed sections of it.
fn and_sections(team: String, sections: &[SectionId]) -> String {
    let all: Vec<String> = [team].into_iter().chain(sections.iter().map(ToString::to_string)).collect();
    and(&all)
}
