//! `status`: where you are, in one line of output; on standard error, which vault and key that means. It decrypts
//! nothing unless asked to.

use clap::Args;

use super::App;
use super::args::ContextScope;
use crate::ops::status::{KeyState, Status, status};
use crate::report::{Command, Error, Kind, Message, and};
use crate::session::{KeyLock, Scope};

const EXAMPLES: &str = "\
Examples:
  etui status                 team acme · project web · unlocked
  etui status --disputes      list disputed names too, which opens the vault";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StatusCommand {
    /// List disputed names too; this opens the vault
    #[arg(long)]
    disputes: bool,
    #[command(flatten)]
    scope: ContextScope,
}

impl StatusCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let status = status(&app.session, &self.scope.parse()?, self.disputes)?;
        show(app, &status)?;
        if !app.ui.json {
            app.ui.say(format!("vault: {}", status.vault.display()));
            app.ui.say(key(&status));
        }
        Ok(())
    }
}

/// Says whose key it is, as far as that is known without a question.
fn key(Status { team, key, access, .. }: &Status) -> Message {
    let join = || Command::without_vault("join");
    let unlock = || Command::without_vault("unlock");
    match (key, &access.member, access.opens) {
        (KeyState::Locked(KeyLock::Passphrase), ..) => {
            Message::from("key: behind a passphrase, which was not asked for; to keep it open: ").command(unlock())
        }
        (KeyState::Locked(KeyLock::Sealed(program)), ..) => {
            let sealed = format!("key: encrypted to your key of {program}, which was not asked; to keep it open: ");
            Message::from(sealed).command(unlock())
        }
        (KeyState::Locked(KeyLock::Hardware(program)), Some(name), _) => {
            let role = access.role.unwrap_or("member");
            format!("key: in hardware, by {program}; you are {name}, a {role}").into()
        }
        (KeyState::Locked(KeyLock::Hardware(program)), None, _) => {
            format!("key: in hardware, by {program}, which was not asked").into()
        }
        (KeyState::FromCommand, ..) => "key: the command in `ETUI_KEY_COMMAND` prints it, and was not run".into(),
        (KeyState::Missing, ..) => Message::from("key: none on this laptop; new to the team? ").command(join()),
        (KeyState::Unusable(_), ..) => "key: it cannot be used".into(),
        (KeyState::Unlocked, Some(name), _) => {
            let role = access.role.unwrap_or("member");
            format!("key: it opens this vault; you are {name}, a {role}").into()
        }
        (KeyState::Unlocked, None, Some(_)) => {
            let seen = format!("key: not of a member of team {team}, as this laptop last saw it; to become one: ");
            Message::from(seen).command(join())
        }
        (KeyState::Unlocked, None, None) => {
            "key: whether it opens this vault is not known yet; this laptop has not opened it".into()
        }
    }
}

fn show(app: &App, status: &Status) -> Result<(), Error> {
    if app.ui.json {
        return app.ui.document(status);
    }
    let Status { team, project, cluster, key, disputed, .. } = status;
    let mut parts = vec![format!("team {team}")];
    parts.extend(project.as_ref().map(|id| format!("project {id}")));
    parts.extend(cluster.as_ref().map(|id| format!("cluster {id}")));
    parts.push(match key {
        KeyState::Unlocked => "unlocked".to_owned(),
        KeyState::Locked(KeyLock::Hardware(_)) => "key in hardware".to_owned(),
        KeyState::Locked(_) => "locked".to_owned(),
        KeyState::Missing => "no key".to_owned(),
        KeyState::FromCommand => "key by command".to_owned(),
        KeyState::Unusable(error) => app.ui.render(&error.report().message),
    });
    let disputed = disputed.as_ref().filter(|names| !names.is_empty());
    parts.extend(disputed.map(|names| format!("disputed: {}", and(names))));
    app.ui.line(&parts.join(" · "))
}

/// Shows the help of etui itself, below the status if there is a link.
pub fn bare(app: &App, help: &str) -> Result<(), Error> {
    if app.session.link()?.is_some() {
        let shown = status(&app.session, &Scope::default(), false).and_then(|status| show(app, &status));
        match shown {
            Err(error) if error.kind() == Kind::OutputClosed => return Err(error),
            Err(error) => app.ui.error(&error),
            Ok(()) => {}
        }
        if !app.ui.json {
            app.ui.line("")?;
        }
    }
    if app.ui.json { Ok(()) } else { app.ui.data(help.as_bytes()) }
}
