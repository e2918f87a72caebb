//! `key`: the key of this machine.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::App;
use crate::keys::Identity;
use crate::ops::key::{self, KeyFileChange, KeyView};
use crate::report::{Command, Error, Message};
use crate::ui::no_terminal;

const EXAMPLES: &str = "\
Examples:
  etui key show                      print the fingerprint, to compare it by voice
  etui key new --output ci.key       create a key for a machine
  etui key passphrase                set a passphrase";

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
}

impl KeyCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Verb::Show => show(app, key::own(&app.session)?, None),
            Verb::Passphrase => change_passphrase(app),
            Verb::New { output } => create(app, output),
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
    if !app.ui.interactive {
        let hint = Message::from("run it on a terminal: ").command(Command::without_vault("key passphrase"));
        return Err(no_terminal("this asks for a passphrase", hint));
    }
    let plain = change.open(&app.session)?;
    let passphrase = app.ask_new_passphrase()?;

    let file = change.path.display().to_string();
    change.write(&plain, passphrase.as_deref().map(String::as_str))?;

    app.ui.say(match passphrase {
        Some(_) => format!("{file} has the new passphrase; your backup does not"),
        None => format!("{file} has no passphrase now"),
    });
    Ok(())
}

fn show(app: &App, identity: &Identity, file: Option<&Path>) -> Result<(), Error> {
    let view = KeyView::new(identity, file);
    if app.ui.json {
        return app.ui.document(&view);
    }
    let KeyView { recipient, card, fingerprint, reader_fingerprint, .. } = view;
    app.ui.lines([
        format!("recipient                    {recipient}"),
        format!("card                         {card}"),
        format!("key fingerprint              {fingerprint}"),
        format!("key fingerprint as a reader  {reader_fingerprint}"),
    ])?;
    app.ui.note("the list of members shows the first if the card was added, and the second if the recipient was");
    Ok(())
}
