//! `key rotate`: a new key takes the place of the old one, vault by vault.

use clap::Args;

use crate::commands::App;
use crate::ops::key::KeyView;
use crate::ops::key::rotation::{Finished, UnderWay};
use crate::ops::key::standing::{Progress, Standing, State, WithOldKey};
use crate::ops::repository;
use crate::report::{Command, Error, Message, or};

const EXAMPLES: &str = "\
Examples:
  etui key rotate                    make a new key, and print the line to send
  etui key rotate                    once all vaults list it: take the old key out
  etui key rotate -i ci.key          rotate another key";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct KeyRotate {}

impl KeyRotate {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let under_way = UnderWay::find_or_begin(&app.session)?;
        let file = under_way.file.display().to_string();
        if under_way.is_new {
            app.ui.say(format!(
                "made a new key in {file}; the old one stays beside it until all vaults list the new one"
            ));
        }
        let new = KeyView::new(&under_way.new_key(&app.session)?, Some(&under_way.file));
        let standings = under_way.give(&app.session)?;
        if !app.ui.json {
            standings.iter().try_for_each(|standing| show(app, standing))?;
        }
        let old = under_way.rotation.old.to_string();
        // It goes in another run than the one that makes the new key, so that people can look at everything first.
        let is_dropped = !under_way.is_new && Progress::of(&standings) == Progress::Ready;

        if is_dropped {
            drop_old(app, under_way, &standings)?;
        } else {
            say_next(app, &under_way, &standings);
        }
        if app.ui.json {
            let vaults: Vec<_> = standings.iter().map(document).collect();
            let document = serde_json::json!({"key": new, "old": old, "dropped": is_dropped, "vaults": vaults});
            return app.ui.document(&document);
        }
        Ok(())
    }
}

fn show(app: &App, Standing { team, vault, member, state, sections }: &Standing) -> Result<(), Error> {
    let name = member.as_ref().map(ToString::to_string).unwrap_or_default();
    let in_team = |verb: &'static str| Command::without_vault(verb).arg("-t").arg(team);
    match state {
        State::Done => app.ui.say(format!("team {team} lists the new key, as {name}")),
        State::Updated => app.ui.say(match repository::surrounds(vault) {
            true => Message::from(format!("updated {name} in team {team}; share it: ")).command(in_team("sync")),
            false => format!("updated {name} in team {team}").into(),
        }),
        State::Unshared => {
            let text = format!("team {team} lists the new key, as {name}; share that first: ");
            app.ui.say(Message::from(text).command(in_team("sync")));
        }
        State::Waiting { command, writers, fingerprint } => {
            app.ui.line(&command.to_string())?;
            let writers = or(writers);
            app.ui.say(format!("send this line to {writers}; it holds no secret; compare {fingerprint} by voice"));
        }
        State::Both { old } => {
            let text = format!("team {team} lists the new key, as {name}, and the old one, as {old}; to remove that: ");
            app.ui.say(Message::from(text).command(in_team("member remove").arg(old)));
        }
        State::Foreign => app.ui.note(format!("team {team} lists neither key")),
        State::Unknown(error) => {
            let report = error.report();
            let text = Message::from(format!("team {team} was not asked: {}", app.ui.render(&report.message)));
            app.ui.warn(match vault.exists() {
                true => text,
                false => {
                    text.text("; if it is lost for good: ").command(Command::without_vault("vault forget").arg(team))
                }
            });
        }
    }
    for WithOldKey { section, command, writers } in sections {
        app.ui.line(&command.to_string())?;
        let whom = if writers.is_empty() { "a writer of it".to_owned() } else { or(writers) };
        app.ui.say(format!("{section} of team {team} still lists the old key: send this line to {whom}"));
    }
    Ok(())
}

/// Says what comes before the old key can be dropped.
fn say_next(app: &App, under_way: &UnderWay, standings: &[Standing]) {
    let about_key = |verb| app.session.about_key(verb);
    let is_waiting = |one: &Standing| matches!(one.state, State::Waiting { .. });
    let needs_others = standings.iter().any(|one| is_waiting(one) || !one.sections.is_empty());
    match Progress::of(standings) {
        Progress::Unknown => {
            let update = Command::without_vault("member update").arg("MEMBER etui1…");
            let show = about_key("key show");
            let text = "no vault that this machine knows lists either key; for one elsewhere, a writer runs ";
            app.ui.note(Message::from(text).command(update).text(" with the card of ").command(show));
        }
        _ if needs_others => {
            app.ui.say(
                Message::from("once it has arrived, as by `git pull`, take the old key out of the file: ")
                    .command(about_key("key rotate")),
            );
            if let Some(Standing { team, .. }) = standings.iter().find(|one| is_waiting(one)) {
                let text = "until then, avoid changing that vault: what the old key still writes has to be merged by ";
                let resolve = Command::without_vault("git resolve").arg("-t").arg(team);
                app.ui.note(Message::from(text).command(resolve));
            }
        }
        _ => app.ui.say(Message::from("then take the old key out of the file: ").command(about_key("key rotate"))),
    }
    note_lock(app, under_way.was_kept);
}

/// Says that the file changed, so that `unlock` no longer keeps what is in it.
fn note_lock(app: &App, was_kept: bool) {
    if was_kept {
        let unlock = app.session.about_key("unlock");
        app.ui.note(Message::from("the key is locked again; to open it: ").command(unlock));
    }
}

fn drop_old(app: &App, under_way: UnderWay, standings: &[Standing]) -> Result<(), Error> {
    let file = under_way.file.display().to_string();
    let backup = || app.session.about_key("key backup");
    app.ui.require_confirmation("key rotate", &format!("Take the old key out of {file}?"))?;

    let Finished { aside, was_kept } = under_way.finish(&app.session)?;

    let aside = aside.display();
    app.ui.say(format!("took the old key out of {file}; it is in {aside}"));
    app.ui.note("it opens what git has from before: move it to your backups");
    note_lock(app, was_kept);
    let copies = "a paper, a backup and a CI secret may hold the old key alone; for a new paper: ";
    app.ui.note(Message::from(copies).command(backup()));
    let mut stolen = Message::from("if somebody else may have the old key, replace what it could read");
    for (number, Standing { team, .. }) in standings.iter().filter(|one| one.member.is_some()).enumerate() {
        let rotate = Command::without_vault("rotate").arg("-t").arg(team);
        stolen = stolen.text(if number == 0 { ": " } else { ", " }).command(rotate);
    }
    app.ui.note(stolen);
    Ok(())
}

fn document(Standing { team, vault, member, state, sections }: &Standing) -> serde_json::Value {
    let section = |WithOldKey { section, command, writers }: &WithOldKey| {
        let writers: Vec<_> = writers.iter().map(ToString::to_string).collect();
        serde_json::json!({"section": section.as_typed(), "command": command.to_string(), "writers": writers})
    };
    let (command, writers) = match state {
        State::Waiting { command, writers, .. } => (Some(command.to_string()), &writers[..]),
        _ => (None, &[][..]),
    };
    let why = match state {
        State::Unknown(error) => Some(error.report().message.to_string()),
        _ => None,
    };
    serde_json::json!({
        "team": team,
        "vault": vault,
        "member": member.as_ref().map(ToString::to_string),
        "state": state.code(),
        "command": command,
        "writers": writers.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "why": why,
        "sections": sections.iter().map(section).collect::<Vec<_>>(),
    })
}
