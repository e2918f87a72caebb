//! Sealing: a vault's text to a binary age file (C2SP age v1).

use std::cell::Cell;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::io::Write as _;

use age::{DecryptError, EncryptError};
use age_core::format::{FileKey, Stanza};

use super::hardware::{HardwareKey, copy};
use super::key::AgeIdentity;
use super::open::{OpenError, Opened, open};
use super::plugin::{PluginError, Plugins};
use super::recipient::{Encryption, RecipientError, parse};
use crate::vault::Recipient;

/// A sealed file, whose key is still known.
pub struct Sealed {
    pub bytes: Vec<u8>,
    key: FileKey,
}

/// Why nothing was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealError {
    /// One of the recipients is not canonical, or there is none. [`check_recipient`](super::check_recipient) finds out
    /// which.
    Recipient(RecipientError),
    /// The plugin of a recipient did not encrypt to it. [`plugin_of`](super::plugin_of) finds out which.
    Plugin(PluginError),
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SealError::Recipient(error) => error.fmt(f),
            SealError::Plugin(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SealError {}

/// Seals a text, given in pieces, to recipients that need no plugin.
///
/// # Errors
/// If one of them cannot be encrypted to, or there is none.
pub fn seal<'a>(text: &[&[u8]], recipients: impl IntoIterator<Item = &'a Recipient>) -> Result<Vec<u8>, SealError> {
    let length = text.iter().map(|piece| piece.len()).sum();
    let write = |take: &mut dyn FnMut(&[u8])| text.iter().for_each(|piece| take(piece));
    seal_with(recipients, length, &Plugins::default(), write).map(|sealed| sealed.bytes)
}

/// Seals the text that `write` passes to its argument, in pieces. `length` estimates its length.
///
/// # Errors
/// As [`seal`].
pub fn seal_with<'a>(
    recipients: impl IntoIterator<Item = &'a Recipient>,
    length: usize,
    plugins: &Plugins,
    write: impl FnOnce(&mut dyn FnMut(&[u8])),
) -> Result<Sealed, SealError> {
    let (mut all, mut by_plugin): (Vec<Box<dyn age::Recipient>>, BTreeMap<_, Vec<_>>) = Default::default();
    let mut count = 0;
    for recipient in recipients {
        count += 1;
        match parse(recipient).map_err(SealError::Recipient)? {
            Encryption::Native(recipient) => all.push(recipient),
            Encryption::Plugin(recipient) => {
                by_plugin.entry(recipient.plugin().to_owned()).or_default().push(recipient);
            }
        }
    }
    if count == 0 {
        return Err(SealError::Recipient(RecipientError::Missing));
    }
    // A plugin starts once for all of its recipients.
    for (name, recipients) in by_plugin {
        all.push(Box::new(PluginRecipients { name, recipients, plugins: plugins.clone() }));
    }
    let keeper = KeyKeeper::default();
    let everyone = all.iter().map(|recipient| &**recipient).chain([&keeper as _]);
    let encryptor = age::Encryptor::with_recipients(everyone).map_err(|error| match error {
        EncryptError::Io(error) => PluginError::within(error).map(SealError::Plugin),
        _ => None,
    });
    let encryptor = encryptor.map_err(|error| error.unwrap_or(SealError::Recipient(RecipientError::Missing)))?;
    let key = keeper.0.take().expect("age hands the key to every recipient");

    const MEMORY: &str = "writing to memory does not fail";
    let sealed = Vec::with_capacity(length + length / 4096 + 512 + 128 * count);
    let mut writer = encryptor.wrap_output(sealed).expect(MEMORY);
    write(&mut |piece| writer.write_all(piece).expect(MEMORY));
    Ok(Sealed { bytes: writer.finish().expect(MEMORY), key })
}

/// Opens what was just sealed, with the key of its writer, to check it. A key in hardware is not asked for that: the key
/// of the file is still known.
///
/// # Errors
/// As [`open`].
pub fn open_sealed(sealed: &Sealed, writer: &impl AgeIdentity, take: impl FnMut(&[u8])) -> Result<Opened, OpenError> {
    match writer.hardware() {
        None => open(&sealed.bytes[..], std::slice::from_ref(writer), take),
        Some(_) => open(&sealed.bytes[..], &[KnownKey(&sealed.key)], take),
    }
}

/// The recipients of one plugin.
struct PluginRecipients {
    name: String,
    recipients: Vec<age::plugin::Recipient>,
    plugins: Plugins,
}

impl age::Recipient for PluginRecipients {
    fn wrap_file_key(&self, key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let stanzas = self.plugins.wrap(&self.name, &self.recipients, key);
        Ok((stanzas.map_err(|error| EncryptError::Io(error.into()))?, HashSet::new()))
    }
}

/// A recipient to whom nothing is encrypted: it keeps the key of the file.
#[derive(Default)]
struct KeyKeeper(Cell<Option<FileKey>>);

impl age::Recipient for KeyKeeper {
    fn wrap_file_key(&self, key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        self.0.set(Some(copy(key)));
        Ok((Vec::new(), HashSet::new()))
    }
}

/// The key of one file.
struct KnownKey<'k>(&'k FileKey);

impl age::Identity for KnownKey<'_> {
    fn unwrap_stanza(&self, _: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        Some(Ok(copy(self.0)))
    }
}

impl AgeIdentity for KnownKey<'_> {
    fn as_age(&self) -> &dyn age::Identity {
        self
    }

    fn hardware(&self) -> Option<&HardwareKey> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Identity;

    #[test]
    fn refuses_recipients_that_it_cannot_encrypt_to() {
        let error = |recipients: &[Recipient]| seal(&[b"text"], recipients).unwrap_err();
        let capitals = Identity::generate().recipient().as_str().to_uppercase();
        assert_eq!(error(&[]), SealError::Recipient(RecipientError::Missing));
        for (text, expected) in [
            ("age1nobody", RecipientError::Malformed),
            ("ssh-rsa AAAA", RecipientError::Rsa),
            (&capitals, RecipientError::Spelling),
        ] {
            assert_eq!(error(&[Recipient::new(text)]), SealError::Recipient(expected), "{text}");
        }
    }
}
