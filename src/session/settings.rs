//! What the user chose, by options and by environment variables, as data.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

/// The settings of a session. `cli` fills them in, once.
#[derive(Clone)]
pub struct Settings {
    /// The directory that relative paths follow and where a link is searched for; absolute.
    pub directory: PathBuf,
    /// `-t`: the team whose vault to use.
    pub team: Option<String>,
    /// `--vault`: the vault's file.
    pub vault: Option<PathBuf>,
    /// `-i`: files that hold keys.
    pub identities: Vec<PathBuf>,
    /// `--no-link`: act as if there were no link.
    pub no_link: bool,
    /// `--lock-timeout`: how long to wait for another writer.
    pub lock_timeout: Duration,
    /// `--allow-reserved`: accept reserved names.
    pub allow_reserved: bool,
    /// The command as others see it while they wait for its lock: program and verb, no arguments.
    pub command: String,
    pub environment: Environment,
}

/// The `ETUI_*` variables that are set and not empty.
#[derive(Clone, Default)]
pub struct Environment {
    /// `ETUI_TEAM`.
    pub team: Option<String>,
    /// `ETUI_VAULT`.
    pub vault: Option<PathBuf>,
    /// `ETUI_KEY`: the text of a key file.
    pub key: Option<Zeroizing<Vec<u8>>>,
    /// `ETUI_KEY_FILE`.
    pub key_file: Option<PathBuf>,
    /// `ETUI_KEY_COMMAND`: a command for `/bin/sh` that prints a key.
    pub key_command: Option<OsString>,
    /// `ETUI_TRUST`: the fingerprint that the vault must have.
    pub trust: Option<OsString>,
    /// `ETUI_HOME`: one directory for configuration, data and state.
    pub home: Option<OsString>,
}

impl Settings {
    /// Returns the vault's file that an option or `ETUI_VAULT` names, as it was typed.
    pub fn vault_file(&self) -> Option<&PathBuf> {
        self.vault.as_ref().or(self.environment.vault.as_ref())
    }

    /// Returns whether an option or a variable names the vault or its team.
    pub fn names_vault(&self) -> bool {
        let Environment { team, vault, .. } = &self.environment;
        self.vault.is_some() || self.team.is_some() || vault.is_some() || team.is_some()
    }
}
