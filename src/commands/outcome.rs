//! What several verbs say about what they did.

use super::App;
use crate::ops::entry::EntrySet;
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
    Ok(())
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

/// Says that a name was deleted, and how to get it back.
pub fn deleted(app: &App, section: &SectionId, team: &TeamName, name: &SecretName) {
    let restore = Command::new("restore").arg(name).section(section);
    let text = format!("deleted {name} in {}; undo: ", in_team(section, team));
    app.ui.say(Message::from(text).command(restore));
}
