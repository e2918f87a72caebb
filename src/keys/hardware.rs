//! A key in hardware: an age plugin identity, `AGE-PLUGIN-NAME-1…`.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use age::DecryptError;
use age::secrecy::ExposeSecret as _;
use age_core::format::{FileKey, Stanza};
use sha2::{Digest as _, Sha256};

use super::plugin::{PluginError, Plugins, is_plugin_name};
use crate::vault::Recipient;

/// How many files' keys are remembered.
const REMEMBERED: usize = 64;

/// A key that a plugin has.
pub struct HardwareKey {
    identity: age::plugin::Identity,
    /// The public half, if the key file says what it is: only the plugin could tell otherwise.
    pub recipient: Option<Recipient>,
    plugins: Plugins,
    /// The keys of files that it has opened, so that the same file never asks for a second touch.
    opened: Mutex<Vec<([u8; 32], FileKey)>>,
}

impl HardwareKey {
    /// Parses one line of a key file. None if it is no such key.
    pub(super) fn parse(line: &str, recipient: Option<Recipient>, plugins: &Plugins) -> Option<HardwareKey> {
        let identity: age::plugin::Identity = line.parse().ok()?;
        let is_program = is_plugin_name(identity.plugin());
        is_program.then(|| HardwareKey { identity, recipient, plugins: plugins.clone(), opened: Mutex::default() })
    }

    /// The program that uses the key.
    pub fn program(&self) -> String {
        format!("age-plugin-{}", self.identity.plugin())
    }

    /// Checks that the program is installed. It is not started.
    pub fn check_program(&self) -> Result<(), PluginError> {
        self.plugins.find(self.identity.plugin())
    }

    /// The same key, which has opened nothing yet.
    pub(super) fn again(&self) -> HardwareKey {
        let (identity, recipient, plugins) = (self.identity.clone(), self.recipient.clone(), self.plugins.clone());
        HardwareKey { identity, recipient, plugins, opened: Mutex::default() }
    }

    /// The line of the key file. It is no secret: the hardware has that.
    pub fn line(&self) -> String {
        self.identity.to_string()
    }

    /// The key file of this key alone.
    pub(super) fn print(&self) -> String {
        let recipient = self.recipient.as_ref().map(|recipient| format!("# public key: {recipient}\n"));
        format!("{}{}\n", recipient.unwrap_or_default(), self.line())
    }

    pub(super) fn plugins(&self) -> &Plugins {
        &self.plugins
    }
}

impl fmt::Debug for HardwareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HardwareKey({})", self.program())
    }
}

impl age::Identity for HardwareKey {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.unwrap_stanzas(std::slice::from_ref(stanza))
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        let digest = digest(stanzas);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = opened.iter().find(|(known, _)| *known == digest) {
            return Some(Ok(copy(key)));
        }
        let unwrapped = self.plugins.unwrap(&self.identity, stanzas)?;
        if let Ok(key) = &unwrapped {
            let excess = (opened.len() + 1).saturating_sub(REMEMBERED);
            opened.drain(..excess);
            opened.push((digest, copy(key)));
        }
        Some(unwrapped.map_err(|error| DecryptError::Io(error.into())))
    }
}

/// Copies the key of a file.
pub(super) fn copy(key: &FileKey) -> FileKey {
    FileKey::init_with_mut(|copy| copy.copy_from_slice(key.expose_secret()))
}

/// Tells headers apart. Each part is hashed with its length.
fn digest(stanzas: &[Stanza]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    for Stanza { tag, args, body } in stanzas {
        part(&(args.len() as u64).to_le_bytes());
        part(tag.as_bytes());
        args.iter().for_each(|arg| part(arg.as_bytes()));
        part(body);
    }
    hash.finalize().into()
}
