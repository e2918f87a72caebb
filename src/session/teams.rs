//! The teams that this machine knows, and the file that each name means.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Session;
use super::locate::LocateError;
use super::missing::{Known, VaultMissing};
use super::place::{locations, without_parents};
use crate::git;
use crate::report::{Error, Kind};
use crate::store::{PinStore, StoreError};
use crate::vault::{Head, Pins, TeamName, VaultId};

impl Session {
    /// Looks into the pins. What is read to find the vault is kept for whoever opens it. Later each look reads them
    /// anew: a session may last.
    pub(super) fn with_pins<T>(&self, look: impl FnOnce(&PinStore) -> T) -> Result<T, Error> {
        if self.location.get().is_some() {
            return Ok(look(&self.pins()?));
        }
        let mut read = self.read_pins.borrow_mut();
        let pins = match &mut *read {
            Some(pins) => pins,
            none => none.insert(self.pins()?),
        };
        Ok(look(pins))
    }

    /// Returns the file that a team's name means: where this machine last knew its vault, or else the usual one.
    pub fn vault_of(&self, team: &TeamName) -> Result<PathBuf, Error> {
        let known = self.with_pins(|pins| pins.locations.get(team).map(Path::to_owned))?;
        known.map_or_else(|| self.usual_vault(team), Ok)
    }

    /// Returns where the vault of a team is that is in no repository.
    pub(super) fn usual_vault(&self, team: &TeamName) -> Result<PathBuf, Error> {
        Ok(self.directories()?.vault(team))
    }

    /// Returns the teams whose vaults this machine can find by their names, sorted.
    pub fn known_teams(&self) -> Result<Vec<TeamName>, Error> {
        let mut teams = BTreeSet::from_iter(self.directories()?.teams()?);
        self.with_pins(|pins| teams.extend(pins.locations.iter().map(|(team, _)| team.clone())))?;
        Ok(Vec::from_iter(teams))
    }

    /// Returns what this machine recorded of the vault in use: its id and its pins; none if it was not opened here.
    pub fn known_vault(&self) -> Result<Option<(VaultId, Pins)>, Error> {
        let location = self.location()?;
        let at = locations(&location.named);
        self.with_pins(|pins| {
            let here = at.iter().find_map(|at| pins.paths.get(at));
            let id = here.or_else(|| pins.teams.get(location.team.as_ref()?))?;
            Some((*id, pins.vaults.get(id)?.clone()))
        })
    }

    /// Makes the name of a team mean the vault in use, which was opened.
    ///
    /// # Errors
    /// If the pins cannot be written.
    pub fn name_vault(&self, head: &Head) -> Result<(), Error> {
        let (team, at) = (&head.team, without_parents(&self.location()?.named));
        if at.to_str().is_none() {
            let message = format!("{} is not UTF-8 text, and cannot be recorded", at.display());
            return Err(Error::new(Kind::Usage, "bad_path", message));
        }
        let usual = self.usual_vault(team)?;
        self.update_pins_for_good(|pins| {
            pins.teams.insert(team.clone(), head.id);
            pins.locations.set(team, &at, &usual);
        })
    }

    /// Returns the error for a vault that does not exist, which says where it may be; none if it exists.
    pub fn missing_vault(&self) -> Option<Error> {
        let location = match self.location() {
            Ok(location) => location,
            Err(error) => return Some(error),
        };
        let path = location.file.path().to_owned();
        match path.try_exists() {
            Ok(true) => return None,
            Ok(false) => {}
            Err(error) => return Some(StoreError::Read(path, error).into()),
        }
        match git::absent(&path) {
            Ok(None) => {}
            Ok(Some(absent)) => {
                let restore = absent.restore(&self.settings.directory);
                return Some(LocateError::VaultGone { path, reason: absent.reason(), restore }.into());
            }
            Err(error) => return Some(LocateError::VaultUnknown { path, error }.into()),
        }
        Some(self.missing(path).map_or_else(|error| error, Error::from))
    }

    /// Gathers what this machine knows of a vault that does not exist.
    fn missing(&self, path: PathBuf) -> Result<VaultMissing, Error> {
        let location = self.location()?;
        let link = location.link.as_ref();
        let is_file =
            self.settings.vault_file().is_some() || link.is_some_and(|link| matches!(link.vault(), Ok(Some(_))));
        let team = location.team.clone();
        let (mut known, mut elsewhere) = (Known::Nothing, None);
        if let Some(team) = &team {
            let named = self.vault_of(team)?;
            let usual = self.usual_vault(team)?;
            self.with_pins(|pins| {
                let id = pins.teams.get(team);
                known = match id {
                    _ if pins.locations.get(team).is_some() => Known::Location,
                    None => Known::Nothing,
                    Some(_) if pins.paths.get(&*path.to_string_lossy()) == id => Known::Usual,
                    Some(_) => Known::Vault,
                };
                let seen = pins.paths.iter().filter(|(_, of)| id == Some(of)).map(|(seen, _)| PathBuf::from(seen));
                // Where its name leads is a better guess than where a copy was seen.
                elsewhere = [named, usual].into_iter().chain(seen).find(|seen| *seen != path && seen.exists());
            })?;
        }
        let mut others = self.known_teams()?;
        others.retain(|other| Some(other) != team.as_ref());
        let link = link.map(|link| link.path.clone());
        Ok(VaultMissing { path, team, is_file, link, known, elsewhere, others })
    }
}
