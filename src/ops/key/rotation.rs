//! The rotation of a key: a new one is made beside the old one, each vault gets it, and then the old one goes.

use std::path::PathBuf;

use super::standing::{Act, KnownVault, Standing, known_vaults, new_is_missing, old_prints};
use super::{KeyFileChange, OpenedKeyFile};
use crate::keys::{AgeIdentity, HardwareKey, Identity, Key, KeyFile, Rotation};
use crate::report::{Command, Error, Kind, Message, now};
use crate::session::{KeyError, Session};
use crate::vault::Recipient;

/// A rotation that is under way.
pub struct UnderWay {
    pub file: PathBuf,
    pub rotation: Rotation,
    /// Whether it began just now.
    pub is_new: bool,
    /// Whether `unlock` kept the key until now.
    pub was_kept: bool,
    text: OpenedKeyFile,
    /// The file as it was read; none if it was written just now.
    change: Option<KeyFileChange>,
}

/// A rotation that is finished.
pub struct Finished {
    /// Where the old key is now.
    pub aside: PathBuf,
    /// Whether `unlock` kept the keys until now.
    pub was_kept: bool,
}

impl UnderWay {
    /// Goes on with the rotation that the key file is in, or begins one: writes a new key beside the old one.
    ///
    /// # Errors
    /// If the key is in no file that can be changed, or is no age key.
    pub fn find_or_begin(session: &Session) -> Result<UnderWay, Error> {
        refuse_other_sources(session)?;
        let change = KeyFileChange::new(session)?;
        if change.file.is_ssh() {
            return Err(not_age());
        }
        let opened = change.open(session)?;
        let file = change.path.clone();
        if let Some(rotation) = Rotation::find(opened.text.as_bytes()) {
            return Ok(UnderWay { file, rotation, is_new: false, was_kept: false, text: opened, change: Some(change) });
        }

        let keys = keys(session, &opened.text)?;
        if let Some(key) = keys.iter().find_map(AgeIdentity::hardware) {
            return Err(in_hardware(key));
        }
        let old = keys.iter().find_map(Key::signer).ok_or_else(not_age)?;
        let new = Identity::generate();
        let begun = now();
        let text = Rotation::begin(&opened.text, old, &new, begun);
        let passphrase = opened.passphrase;
        let was_kept = change.write(session, &text, passphrase.as_deref().map(String::as_str))?;
        let rotation = Rotation { old: old.recipient(), new: new.recipient(), begun };
        let text = OpenedKeyFile { text, passphrase };
        Ok(UnderWay { file, rotation, is_new: true, was_kept, text, change: None })
    }

    /// Returns the new key.
    pub fn new_key(&self, session: &Session) -> Result<Identity, Error> {
        let keys = keys(session, &self.text.text)?;
        let new = keys.into_iter().find_map(|key| signer_of(key, &self.rotation));
        new.ok_or_else(|| new_is_missing(&self.rotation))
    }

    /// Gives the new key to the vaults whose root the old one is, and says what the others need.
    pub fn give(&self, session: &Session) -> Result<Vec<Standing>, Error> {
        let standing = |vault: &KnownVault| {
            let session = vault.session(session);
            session.use_keys(keys(&session, &self.text.text)?);
            Ok(vault.standing(&session, &self.rotation, Act::Update))
        };
        let old = old_prints(&keys(session, &self.text.text)?, &self.rotation);
        known_vaults(session, &old)?.iter().map(standing).collect()
    }

    /// Moves the old key into a file of its own. A vault that nobody thought of may still need it.
    ///
    /// # Errors
    /// If another process has changed the file meanwhile, or the new key would not be left alone.
    pub fn finish(self, session: &Session) -> Result<Finished, Error> {
        let text = self.rotation.finish(&self.text.text);
        let left = keys(session, &text)?;
        let has = |recipient: &Recipient| left.iter().any(|key| key.recipient().as_ref() == Some(recipient));
        if !has(&self.rotation.new) || has(&self.rotation.old) {
            return Err(KeyError::Damaged { source: self.file.display().to_string() }.into());
        }
        let passphrase = self.text.passphrase.as_deref().map(String::as_str);
        let aside = self.aside();
        // It is there already if a run was killed before it changed the key file.
        if !aside.exists() {
            let keys = keys(session, &self.text.text)?;
            let old = keys.iter().filter_map(Key::signer).find(|key| key.recipient() == self.rotation.old);
            super::write(session, &aside, old.ok_or_else(not_age)?, passphrase)?;
        }
        let change = self.change.expect("a rotation is finished in another run than it is begun in");
        Ok(Finished { aside, was_kept: change.write(session, &text, passphrase)? })
    }

    /// Where the old key goes: beside the key file, with the begin of its recipient in the name.
    fn aside(&self) -> PathBuf {
        let old: String = self.rotation.old.as_str().chars().take(12).collect();
        self.file.with_added_extension(format!("old-{old}"))
    }
}

fn keys(session: &Session, text: &str) -> Result<Vec<Key>, Error> {
    match session.parse_key_file("the key file", text.as_bytes())? {
        KeyFile::Open(list) if list.sealed.is_empty() => Ok(list.keys),
        KeyFile::Open(_) => Err(encrypted()),
        KeyFile::Locked(_) => Err(not_age()),
    }
}

fn signer_of(key: Key, rotation: &Rotation) -> Option<Identity> {
    match key {
        Key::Age(identity) if identity.recipient() == rotation.new => Some(identity),
        _ => None,
    }
}

/// Refuses keys that are in no file of their own.
fn refuse_other_sources(session: &Session) -> Result<(), Error> {
    let refused = |source: &str, store: &str| {
        let message = format!("the key comes from {source}, which etui cannot change");
        let rotate = Command::without_vault("key rotate").arg("-i FILE");
        Error::new(Kind::Usage, "key_source", message)
            .hint(Message::from("put its text into a file of mode 0600: ").command(rotate).text(store))
    };
    match &session.settings.identities[..] {
        [] if session.settings.environment.key.is_some() => {
            Err(refused("`ETUI_KEY`", ", and store the new text of the file as ETUI_KEY"))
        }
        [] if session.key_command().is_some() => {
            Err(refused("`ETUI_KEY_COMMAND`", ", and give the new text of the file to what the command reads"))
        }
        [] | [_] => Ok(()),
        _ => Err(Error::new(Kind::Usage, "usage", "`key rotate` works on one key file").hint("name one: `-i FILE`")),
    }
}

fn encrypted() -> Error {
    let message = "the key file is encrypted to another key, and etui does not write such files";
    let rotate = Command::without_vault("key rotate").arg("-i FILE");
    Error::new(Kind::Usage, "not_rotatable", message)
        .hint(Message::from("decrypt it with `age -d`, then ").command(rotate).text(", and encrypt the new text"))
}

fn in_hardware(key: &HardwareKey) -> Error {
    let message = "only an age key is rotated here, and this one is in hardware";
    let update = Command::without_vault("member update").arg("MEMBER etui1…");
    let make = format!("make another with `{}`, and its card with ", key.program());
    Error::new(Kind::Usage, "not_rotatable", message)
        .hint(Message::from(make).command(Command::without_vault("join")).text("; a writer then runs ").command(update))
}

fn not_age() -> Error {
    let message = "only an age key is rotated here, and this is an ssh key";
    let update = Command::without_vault("member update").arg("MEMBER 'ssh-ed25519 …'");
    Error::new(Kind::Usage, "not_rotatable", message)
        .hint(Message::from("make another with `ssh-keygen -t ed25519`; a writer then runs ").command(update))
}
