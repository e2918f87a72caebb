//! What several verbs say about what they did.

use std::fmt::Display;

use super::App;
use crate::ops::entry::EntrySet;
use crate::ops::repository::Installed;
use crate::ops::secret::Set;
use crate::report::{Command, Error, Message, and, in_team};
use crate::vault::{SecretName, SectionId, TeamName};

/// Shows a secret that was set, how to undo that, and whether another value wins.
pub fn secret_set(app: &App, section: &SectionId, set: &Set, done: &str, undo: Option<Command>) -> Result<(), Error> {
    if app.ui.json {
        return app.ui.document(&set.secret);
    }
    let name = &set.secret.name;
    let text = Message::from(format!("{done} {name} in {}", in_team(section, &set.team)));
    app.ui.say(match undo {
        Some(undo) => text.text("; undo: ").command(undo),
        None => text,
    });
    match &set.stronger[..] {
        [] => {}
        [one] => app.ui.note(format!("{one} also sets {name}, and wins there")),
        many => app.ui.note(format!("{} also set {name}, and win there", and(many))),
    }
    if !set.still.is_empty() {
        app.ui.note(format!("{name} still needs a new value: {}", and(&set.still)));
    }
    if set.lost_expiry {
        lost_expiry(app, section, name);
    }
    Ok(())
}

/// Says that an expiry went with the value that it belonged to, and how to set a new one.
pub fn lost_expiry(app: &App, section: &SectionId, name: impl Display) {
    let update = Command::new("update").arg(name).section(section).arg("--expires 90d");
    app.ui.note(Message::from("the expiry went with the old value; to set a new one: ").command(update));
}

/// Shows an env entry that was set, and whether it refers to nothing.
pub fn entry_set(app: &App, section: &SectionId, set: &EntrySet) -> Result<(), Error> {
    let EntrySet { change, team, entry, missing, is_almost_reference } = set;
    if app.ui.json {
        app.ui.document(entry)?;
    } else {
        let name = &entry.secret.name;
        let target = entry.refers.as_ref().map_or(String::new(), |reference| format!(" ({reference})"));
        app.ui.say(format!("{change} {name}{target} in {}", in_team(section, team)));
    }
    if let Some(target) = missing {
        let set = Command::new("set").arg(target).section(section);
        app.ui.warn(Message::from(format!("{target} is not set yet: ")).command(set));
    }
    if *is_almost_reference {
        app.ui.note("this is a plain value: a reference is `secret:NAME` or `file:NAME`");
    }
    Ok(())
}

/// Says that names were deleted, and how to get them back.
pub fn deleted(app: &App, section: &SectionId, team: &TeamName, names: &[SecretName]) {
    let restore = names.iter().fold(Command::new("restore"), Command::arg).section(section);
    let text = format!("deleted {} in {}; undo: ", and(names), in_team(section, team));
    app.ui.say(Message::from(text).command(restore));
}

/// Says what `git install` set up.
pub fn installed(app: &App, installed: Installed) {
    let Installed { configuration, attributes, own_attributes, exclude, filtered } = installed;
    let mut done = Vec::new();
    if configuration {
        done.push("the merge driver and the diff of this clone".to_owned());
    }
    if let Some(path) = attributes {
        let shown = path.strip_prefix(&app.session.settings.directory).unwrap_or(&path);
        done.push(format!("{} (commit it)", shown.display()));
    }
    if own_attributes {
        done.push(".git/info/attributes, which no push can change".to_owned());
    }
    if exclude {
        done.push("the vault's lock is kept out of git".to_owned());
    }
    app.ui.say(match done.is_empty() {
        true => "unchanged: this clone already merges its vault secret by secret".to_owned(),
        false => format!("set up: {}", done.join("; ")),
    });
    if let Some(filtered) = filtered {
        app.ui.warn(filtered);
    }
}
