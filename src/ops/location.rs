//! Where this laptop finds the vault of each team.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::report::{Command, Error, Kind, Message, and, shell_quote};
use crate::session::Session;
use crate::store::PinStore;
use crate::vault::near::nearest;
use crate::vault::text::Selection;
use crate::vault::{TeamName, VaultFingerprint};

/// A vault that a team's name means. Serialized, it is an item of `vault list --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    pub team: String,
    pub vault: PathBuf,
    pub state: State,
    /// None if this laptop has not opened it yet.
    pub fingerprint: Option<String>,
}

/// Whether a vault is where its name leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    There,
    Gone,
    /// The system does not let this user look.
    Unreadable,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            State::There => "there",
            State::Gone => "gone",
            State::Unreadable => "unreadable",
        }
    }
}

impl Location {
    fn of(session: &Session, pins: &PinStore, team: &TeamName) -> Result<Location, Error> {
        let vault = session.vault_of(team)?;
        let state = match vault.try_exists() {
            Ok(true) => State::There,
            Ok(false) => State::Gone,
            Err(_) => State::Unreadable,
        };
        let fingerprint = fingerprint(pins, &vault).map(|print| print.to_string());
        Ok(Location { team: team.to_string(), state, fingerprint, vault })
    }
}

/// Returns the fingerprint of the vault that was seen at a path.
pub fn fingerprint(pins: &PinStore, vault: &Path) -> Option<VaultFingerprint> {
    let id = pins.paths.get(&*vault.to_string_lossy())?;
    Some(VaultFingerprint::of(id, &pins.vaults.get(id)?.founder))
}

/// Lists the teams that this laptop knows.
pub fn list(session: &Session) -> Result<Vec<Location>, Error> {
    let pins = session.pins()?;
    session.known_teams()?.iter().map(|team| Location::of(session, &pins, team)).collect()
}

/// A location that was recorded.
pub struct Recorded {
    pub location: Location,
    /// Where the name led before, if anywhere.
    pub before: Option<PathBuf>,
}

/// Opens the vault in use, and makes its team's name mean it.
pub fn record(session: &Session) -> Result<Recorded, Error> {
    refuse_directory(session)?;
    // Before it is opened: the first vault of a team that is opened is recorded already.
    let known = list(session)?;
    let head = session.view(Selection::Current(&[]))?.head;
    session.name_vault(&head)?;
    let location = Location::of(session, &session.pins()?, &head.team)?;
    let before = known.into_iter().find(|known| known.team == location.team).map(|known| known.vault);
    Ok(Recorded { location, before })
}

/// Does the same for a vault that its team's name already means, and that was moved or cloned again.
///
/// # Errors
/// If it is another one.
pub fn relocate(session: &Session) -> Result<Recorded, Error> {
    refuse_directory(session)?;
    if let Some(missing) = session.missing_vault() {
        return Err(missing);
    }
    let (location, pins) = (session.location()?, session.pins()?);
    let opened = session.open_unchecked(location)?;
    let (shown, team) = (location.file.path().display(), &opened.head.team);
    let add = Command::without_vault("vault add").quoted(&location.named.to_string_lossy());
    match pins.teams.get(team) {
        Some(known) if *known == opened.head.id => record(session),
        Some(_) => {
            // Whether it is trusted comes first.
            session.view(Selection::Current(&[]))?;
            let message = format!("{shown} is not the vault that team {team} means on this laptop");
            let hint = Message::from("to let the name mean it: ").command(add);
            Err(Error::new(Kind::Conflict, "vault_other_team", message).hint(hint))
        }
        None => {
            let message = format!("this laptop knows no vault of team {team} yet");
            Err(Error::new(Kind::NotFound, "team_unknown", message)
                .hint(Message::from("to record this one: ").command(add)))
        }
    }
}

/// Refuses the repository of a vault in place of its file.
fn refuse_directory(session: &Session) -> Result<(), Error> {
    let path = &session.location()?.named;
    if !path.is_dir() {
        return Ok(());
    }
    let ls = format!("`ls {}/*.age`", shell_quote(&path.to_string_lossy()));
    let message = format!("{} is a directory, not a vault", path.display());
    Err(Error::new(Kind::Usage, "not_a_file", message).hint(format!("to see the vaults in it: {ls}")))
}

/// A location that was dropped.
#[derive(Debug, Serialize)]
pub struct Forgotten {
    pub team: String,
    pub vault: PathBuf,
    /// What the name means now, if that exists.
    pub now: Option<PathBuf>,
}

/// Drops the location of a team's vault. The vault and its pins stay.
pub fn forget(session: &Session, team: &TeamName) -> Result<Forgotten, Error> {
    let (vault, teams) = (session.vault_of(team)?, session.known_teams()?);
    let mut is_dropped = false;
    session.update_pins_for_good(|pins| is_dropped = pins.locations.forget(team))?;
    if is_dropped {
        let now = session.vault_of(team)?;
        return Ok(Forgotten { team: team.to_string(), vault, now: Some(now).filter(|now| now.exists()) });
    }
    if teams.contains(team) {
        let message = format!("{} is in the data directory, where its name finds it", vault.display());
        let mv = format!("`mv {} DIRECTORY`", shell_quote(&vault.to_string_lossy()));
        return Err(Error::new(Kind::Conflict, "vault_usual", message).hint(format!("to keep it elsewhere: {mv}")));
    }
    let error = Error::new(Kind::NotFound, "team_unknown", format!("this laptop knows no vault of team {team}"));
    let near = nearest(team.as_str(), teams.iter().map(|team| (team.as_str(), team)));
    Err(match near {
        Some(near) => error.hint(format!("did you mean team {near}?")),
        None if teams.is_empty() => error,
        None => error.hint(format!("it knows {}", and(&teams))),
    })
}
