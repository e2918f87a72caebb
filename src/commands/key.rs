//! `key`: the identity of this laptop.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::context::Cx;
use crate::error::Error;
use crate::keys::{Card, Identity};
use crate::store::{create_private, write_new};

#[derive(Debug, Args)]
pub struct KeyCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the recipient, the card and the fingerprint of your key; all are public
    Show,
    /// Make a key; never over one that is there
    New {
        /// Where to, instead of the usual place
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl KeyCommand {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        match self.verb {
            Verb::Show => {
                let identities = cx.identities()?;
                let identity = identities.first().ok_or(Error::NoIdentity { path: cx.directories()?.identity() })?;
                show(cx, identity, None)
            }
            Verb::New { output } => {
                let path = match output {
                    Some(path) => cx.directory().join(path),
                    None => cx.directories()?.identity(),
                };
                let identity = Identity::generate();
                write_identity(&path, &identity, cx)?;
                cx.ui.say(&format!("made {}; back it up: there is no other copy", path.display()));
                show(cx, &identity, Some(&path))
            }
        }
    }
}

fn show(cx: &Cx, identity: &Identity, path: Option<&Path>) -> Result<(), Error> {
    let (recipient, card, fingerprint) = (identity.recipient(), Card::of(identity), identity.fingerprint());
    if cx.ui.json {
        return cx.ui.document(&serde_json::json!({
            "recipient": recipient.as_str(),
            "card": card.to_string(),
            "fingerprint": fingerprint.as_str(),
            "file": path,
        }));
    }
    cx.ui.line(&format!("recipient    {recipient}\ncard         {card}\nfingerprint  {fingerprint}"))
}

/// Writes an identity's file: private, whole, and never over another.
pub fn write_identity(path: &Path, identity: &Identity, cx: &Cx) -> Result<(), Error> {
    let failed = |error| Error::Io { doing: "write", path: path.to_owned(), error };
    if let Some(parent) = path.parent() {
        create_private(parent).map_err(failed)?;
    }
    let text = identity.print(cx.ui.now);
    write_new(path, ".etui-key.tmp-", text.as_bytes(), 0o600).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::IdentityExists { path: path.to_owned() },
        _ => failed(error),
    })
}
