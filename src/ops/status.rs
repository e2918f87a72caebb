//! Where the user is: team, project, cluster and key.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::report::Error;
use crate::session::{KeyError, Scope, Session, VaultLocation};

/// What a prompt shows. Serialized, it is the answer of `status --json`.
#[derive(Debug, Serialize)]
pub struct Status {
    pub team: String,
    pub project: Option<String>,
    pub cluster: Option<String>,
    pub vault: PathBuf,
    pub link: Option<PathBuf>,
    #[serde(rename = "unlocked", serialize_with = "is_unlocked")]
    pub key: KeyState,
    /// The names that have no value here until their dispute is settled; none if that was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disputed: Option<Vec<String>>,
}

/// Whether a command could use the key without asking.
#[derive(Debug)]
pub enum KeyState {
    Unlocked,
    Locked,
    Missing,
    Unusable(Error),
    /// `ETUI_KEY_COMMAND` prints it. The command is not run for a prompt.
    FromCommand,
}

fn is_unlocked<S: Serializer>(key: &KeyState, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        KeyState::FromCommand => serializer.serialize_none(),
        key => serializer.serialize_bool(matches!(key, KeyState::Unlocked)),
    }
}

/// Looks up where the user is. It decrypts nothing, unless disputes are asked for.
///
/// # Errors
/// If the vault does not exist, or a link that was not accepted names the context.
pub fn status(session: &Session, scope: &Scope, with_disputes: bool) -> Result<Status, Error> {
    let location = session.location()?;
    if let Some(missing) = session.missing_vault() {
        return Err(missing);
    }
    let context = session.context(scope)?;
    Ok(Status {
        team: team(location),
        project: context.project.map(|id| id.to_string()),
        cluster: context.cluster.map(|id| id.to_string()),
        vault: location.file.path().to_owned(),
        link: location.link.as_ref().map(|link| link.path.clone()),
        key: key_state(session),
        disputed: with_disputes.then(|| disputed(session, scope)).transpose()?,
    })
}

fn key_state(session: &Session) -> KeyState {
    if session.key_command().is_some() {
        return KeyState::FromCommand;
    }
    if session.is_locked() {
        return KeyState::Locked;
    }
    match session.keys() {
        Ok(_) => KeyState::Unlocked,
        Err(error) if matches!(error.cause(), Some(KeyError::Missing { .. })) => KeyState::Missing,
        Err(error) => KeyState::Unusable(error),
    }
}

fn disputed(session: &Session, scope: &Scope) -> Result<Vec<String>, Error> {
    let (context, view) = session.context_view(scope)?;
    let merged = view.sections.merge(&context);
    let disputed = merged.filter(|layered| layered.wins.is_disputed);
    Ok(disputed.map(|layered| layered.name.to_string()).collect())
}

/// Returns the team, or the name of the vault's file: the vault itself is not opened for it.
fn team(location: &VaultLocation) -> String {
    let file = location.file.path().file_stem().unwrap_or_default().to_string_lossy();
    location.team.as_ref().map_or(file.into_owned(), ToString::to_string)
}
