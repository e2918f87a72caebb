//! Where the user is: team, project, cluster and key.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use crate::report::Error;
use crate::session::{KeyError, KeyLock, Scope, Session, VaultLocation};
use crate::vault::{Fingerprint, PublicKeys, VaultFingerprint};

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
    #[serde(flatten)]
    pub access: Access,
    /// The names that have no value here until their dispute is settled; none if that was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disputed: Option<Vec<String>>,
}

/// Whether a command could use the key without asking.
#[derive(Debug)]
pub enum KeyState {
    Unlocked,
    /// Something has to be asked for first.
    Locked(KeyLock),
    Missing,
    Unusable(Error),
    /// `ETUI_KEY_COMMAND` prints it. The command is not run for a prompt.
    FromCommand,
}

/// Whether a key of this user opens the vault, by what this laptop has seen: nothing is decrypted for it.
#[derive(Debug, Default, Serialize)]
pub struct Access {
    /// The vault's fingerprint; none if this laptop has not opened it yet.
    pub fingerprint: Option<String>,
    /// The member to whom a key belongs, and its role.
    pub member: Option<String>,
    pub role: Option<&'static str>,
    /// None if that is not known without a question.
    pub opens: Option<bool>,
}

impl Access {
    fn of(session: &Session, key: &KeyState) -> Result<Access, Error> {
        let Some((id, pins)) = session.known_vault()? else { return Ok(Access::default()) };
        let fingerprint = Some(VaultFingerprint::of(&id, &pins.founder).to_string());
        // The key file of a key in hardware says what is public.
        let (KeyState::Unlocked | KeyState::Locked(KeyLock::Hardware(_))) = key else {
            return Ok(Access { fingerprint, ..Access::default() });
        };

        let member_with = |print: &Fingerprint| pins.roster.members.iter().find(|(_, known)| *known == print);
        let (mut member, mut role) = (None, None);
        for key in session.keys()? {
            let writer = key.signer().and_then(|identity| member_with(&identity.fingerprint()));
            let found = writer.or_else(|| member_with(&PublicKeys::reader(key.recipient()?).fingerprint()));
            if let Some((name, _)) = found {
                member = Some(name.to_string());
                role = Some(if writer.is_some() { "writer" } else { "reader" });
                break;
            }
        }
        Ok(Access { fingerprint, opens: Some(member.is_some()), member, role })
    }
}

fn is_unlocked<S: Serializer>(key: &KeyState, serializer: S) -> Result<S::Ok, S::Error> {
    match key {
        // Whether the hardware asks for anything is its own affair.
        KeyState::FromCommand | KeyState::Locked(KeyLock::Hardware(_)) => serializer.serialize_none(),
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
    let key = key_state(session);
    Ok(Status {
        team: team(location),
        project: context.project.map(|id| id.to_string()),
        cluster: context.cluster.map(|id| id.to_string()),
        vault: location.file.path().to_owned(),
        link: location.link.as_ref().map(|link| link.path.clone()),
        access: Access::of(session, &key)?,
        key,
        disputed: with_disputes.then(|| disputed(session, scope)).transpose()?,
    })
}

fn key_state(session: &Session) -> KeyState {
    if session.key_command().is_some() {
        return KeyState::FromCommand;
    }
    if let Some(lock) = session.key_lock() {
        return KeyState::Locked(lock);
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
