//! `key`: the identity of this laptop.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::unlock::{forget, printed};
use crate::keys::{self, Card, Identity, Key, KeyFile};
use crate::old::context::Cx;
use crate::old::error::Error;
use crate::store::{create_private, replace_private, target, write_new};

#[derive(Debug, Args)]
pub struct KeyCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the recipient, the card and the fingerprint of your key; all are public
    Show,
    /// Set, change or drop the passphrase of your key
    Passphrase,
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
                let signer = identities.iter().find_map(Key::signer);
                let identity = signer.ok_or(Error::NoIdentity { path: cx.directories()?.identity() })?;
                show(cx, identity, None)
            }
            Verb::Passphrase => passphrase(cx),
            Verb::New { output } => {
                let path = match output {
                    Some(path) => cx.directory().join(path),
                    None => cx.directories()?.identity(),
                };
                let identity = Identity::generate();
                write_identity(&path, &identity, None, cx)?;
                cx.ui.say(&format!("made {}; back it up: there is no other copy", path.display()));
                show(cx, &identity, Some(&path))
            }
        }
    }
}

/// Puts the key behind another passphrase, or behind none: the file is replaced whole.
fn passphrase(cx: &Cx) -> Result<(), Error> {
    let path = cx.key_path()?;
    let text = cx.read_key(&path)?;
    let source = path.display().to_string();
    let file = KeyFile::parse(&text).map_err(|error| Error::Identity { source: source.clone(), error })?;
    if file.is_ssh() {
        let way_out = format!("ssh-keygen -p -f {source}");
        return Err(Error::Usage { message: "ssh has its own passphrases".into(), hint: way_out });
    }
    if !cx.ui.interactive {
        let way_out = "run it on a terminal: etui key passphrase".to_owned();
        return Err(Error::Unasked { what: "a passphrase is asked for", way_out });
    }
    let damaged = || Error::KeyDamaged { source: source.clone() };
    let plain = match file {
        KeyFile::Open(_) => text.clone(),
        KeyFile::Locked(locked) => {
            let keys = cx.ask_passphrase(&source, &locked)?;
            let text = printed(&keys, cx).ok_or_else(damaged)?;
            Zeroizing::new(text.as_bytes().to_vec())
        }
    };
    let plain = std::str::from_utf8(&plain).map_err(|_| damaged())?;
    let new = cx.ask_new_passphrase()?;
    // The file itself: over a link, the key would stay where it leads to, as it was.
    let path = target(&path);
    let failed = |error| Error::Io { doing: "write", path: path.clone(), error };
    match &new {
        Some(passphrase) => replace_private(&path, &keys::lock(plain, passphrase)),
        None => replace_private(&path, plain.as_bytes()),
    }
    .map_err(failed)?;
    // `lock` would look for the new file only.
    forget(&text);
    cx.ui.say(&match new {
        Some(_) => format!("{source} is behind the new passphrase; your backup is not"),
        None => format!("{source} has no passphrase now"),
    });
    Ok(())
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

/// Writes an identity's file: private, whole, never over another, and behind a passphrase if there is one.
pub fn write_identity(path: &Path, identity: &Identity, passphrase: Option<&str>, cx: &Cx) -> Result<(), Error> {
    let failed = |error| Error::Io { doing: "write", path: path.to_owned(), error };
    if let Some(parent) = path.parent() {
        create_private(parent).map_err(failed)?;
    }
    let text = identity.print(cx.ui.now);
    let written = match passphrase {
        Some(passphrase) => write_new(path, &keys::lock(&text, passphrase), 0o600),
        None => write_new(path, text.as_bytes(), 0o600),
    };
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::IdentityExists { path: path.to_owned() },
        _ => failed(error),
    })
}
