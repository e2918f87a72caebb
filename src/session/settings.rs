//! What the user chose, by options and by environment variables, as data.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::report::{Explain, Kind, Report};

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

/// The `ETUI_*` variables that are set. None is empty but the key and the trust.
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
    /// `ETUI_TRUST`: a token, or the fingerprint that the vault must have.
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

impl Environment {
    /// Returns the text of the key.
    ///
    /// # Errors
    /// If the variable is there without a key.
    pub fn key(&self) -> Result<Option<&[u8]>, EmptyVariable> {
        if self.is_key_empty() { Err(EmptyVariable("ETUI_KEY")) } else { Ok(self.key.as_ref().map(|key| &key[..])) }
    }

    /// Returns the text of the token or fingerprint.
    ///
    /// # Errors
    /// If the variable is there without one. Where the key is empty as well, the error names that.
    pub fn trust(&self) -> Result<Option<&OsStr>, EmptyVariable> {
        match self.trust.as_deref() {
            Some(trust) if trust.as_encoded_bytes().trim_ascii().is_empty() => {
                Err(EmptyVariable(if self.is_key_empty() { "ETUI_KEY" } else { "ETUI_TRUST" }))
            }
            trust => Ok(trust),
        }
    }

    fn is_key_empty(&self) -> bool {
        self.key.as_ref().is_some_and(|key| key.trim_ascii().is_empty())
    }
}

/// A variable that is set, but to nothing.
#[derive(Debug)]
pub struct EmptyVariable(&'static str);

impl Explain for EmptyVariable {
    fn explain(&self) -> Report {
        let name = self.0;
        let message = format!("`{name}` is empty: a CI system gives no secrets to the jobs of forks");
        let instead = if name == "ETUI_KEY" { "use the key of this machine" } else { "trust what this machine knows" };
        Report::new(Kind::NoAccess, "variable_empty", message)
            .hint("skip this step there")
            .hint(format!("to {instead}: `unset {name}`"))
    }
}

explained!(EmptyVariable);
