//! `key`: the key of this machine.

mod backup;
mod restore;
mod rotate;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use self::show::{show, show_own};
use super::App;
use crate::ops::key::{self, KeyFileChange};
use crate::report::{Command, Error, Message};
use crate::ui::no_terminal;

const EXAMPLES: &str = "\
Examples:
  etui key show                      print the fingerprint, to compare it by voice
  etui key new --output ci.key       create a key for a machine
  etui key backup                    print it as 24 words, for paper
  etui key rotate                    replace it by a new one";

const NEW_EXAMPLES: &str = "\
Examples:
  etui key new                       create your key in the usual place
  etui key new --output ci.key       create a key for a machine";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct KeyCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the recipient, the card and the fingerprints of your key; all of it is public
    #[command(after_help = "Examples:\n  etui key show\n  etui key show -i ci.key")]
    Show,
    /// Set, change or remove the passphrase of your key
    #[command(after_help = "Examples:\n  etui key passphrase\n  etui key passphrase -i ci.key")]
    Passphrase,
    /// Create a key; an existing one is never overwritten
    #[command(after_help = NEW_EXAMPLES)]
    New {
        /// Write it to this file instead of the usual place
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Print the key as 24 words, for paper
    Backup(backup::KeyBackup),
    /// Restore the key from the 24 words
    Restore(restore::KeyRestore),
    /// Replace the key by a new one, in all vaults; the old one stays until each has the new one
    Rotate(rotate::KeyRotate),
}

impl KeyCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Verb::Show => show_own(app),
            Verb::Passphrase => change_passphrase(app),
            Verb::New { output } => create(app, output),
            Verb::Backup(verb) => verb.run(app),
            Verb::Restore(verb) => verb.run(app),
            Verb::Rotate(verb) => verb.run(app),
        }
    }
}

fn create(app: &App, output: Option<PathBuf>) -> Result<(), Error> {
    let path = match output {
        Some(path) => app.session.settings.directory.join(path),
        None => app.session.directories()?.identity(),
    };

    let identity = key::create(&app.session, &path, None)?;

    app.ui.say(format!("created {}; back it up: there is no other copy", path.display()));
    show(app, &identity, Some(&path))
}

fn change_passphrase(app: &App) -> Result<(), Error> {
    let change = KeyFileChange::new(&app.session)?;
    change.refuse_passphrase()?;
    if !app.ui.interactive {
        let hint = Message::from("run it on a terminal: ").command(Command::without_vault("key passphrase"));
        return Err(no_terminal("this asks for a passphrase", hint));
    }
    let plain = change.open(&app.session)?.text;
    let passphrase = app.ask_new_passphrase()?;

    let file = change.path.display().to_string();
    change.write(&app.session, &plain, passphrase.as_deref().map(String::as_str))?;

    app.ui.say(match passphrase {
        Some(_) => format!("{file} has the new passphrase; your backup does not"),
        None => format!("{file} has no passphrase now"),
    });
    Ok(())
}
