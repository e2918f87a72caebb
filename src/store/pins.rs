//! What this laptop remembers of vaults and links, in one file of its state directory.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::lock;
use super::machine::machine;
use super::private::{create_private, replace_private};
use super::vault_file::LockRequest;
use crate::vault::{
    ActorId, Checkout, Clock, Fingerprint, LastSeen, MemberName, Pins, TeamName, Timestamp, VaultId, WriterKey,
};

const NAME: &str = "trust.toml";

/// Everything that is remembered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PinStore {
    pub vaults: BTreeMap<VaultId, Pins>,
    /// The vault that a team's name belongs to.
    pub teams: BTreeMap<TeamName, VaultId>,
    /// The vault that a path belongs to.
    pub paths: BTreeMap<String, VaultId>,
    /// The links that count, by path, each with the SHA-256 of its text.
    pub links: BTreeMap<String, String>,
}

/// Why there is none.
#[derive(Debug)]
pub enum PinStoreError {
    /// The file is not what was written.
    Damaged(PathBuf),
    /// It cannot be read: nothing may be trusted then.
    Read(PathBuf, io::Error),
    /// It cannot be written: nothing is remembered.
    Write(PathBuf, io::Error),
}

impl PinStore {
    /// What is remembered in the directory: nothing, if it is not there. A memory that was copied from another
    /// machine holds what was seen, but not as whom this machine writes: two would count as one.
    pub fn load(directory: &Path) -> Result<PinStore, PinStoreError> {
        let path = directory.join(NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(PinStore::default()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(PinStoreError::Damaged(path)),
            Err(error) => return Err(PinStoreError::Read(path, error)),
        };
        let raw = toml::from_str::<RawPinStore>(&text).map_err(|_| PinStoreError::Damaged(path.clone()))?;
        let is_copy = raw.machine.as_ref().is_some_and(|other| *other != machine());
        let mut memory = raw.into_memory().ok_or(PinStoreError::Damaged(path))?;
        if is_copy {
            let places = memory.vaults.values_mut().flat_map(|pins| pins.places.values_mut());
            places.for_each(|seen| seen.actor = None);
        }
        Ok(memory)
    }

    /// Changes what is remembered, under a lock of its own. What stays the same is not written.
    pub fn update<T>(
        directory: &Path,
        locking: &LockRequest<'_>,
        change: impl FnOnce(&mut PinStore) -> T,
    ) -> Result<T, PinStoreError> {
        let path = directory.join(NAME);
        let failed = |error| PinStoreError::Write(path.clone(), error);
        create_private(directory).map_err(failed)?;
        let lock = lock::take(&directory.join("trust.toml.lock"), locking.wait, locking.command, locking.now);
        let _lock = lock.map_err(|error| match error {
            lock::LockError::Io(error) => failed(error),
            lock::LockError::Held { .. } => failed(io::ErrorKind::TimedOut.into()),
        })?;
        let mut memory = PinStore::load(directory)?;
        let before = memory.clone();
        let result = change(&mut memory);
        if memory != before {
            let text = toml::to_string(&RawPinStore::from(&memory)).map_err(|error| failed(io::Error::other(error)))?;
            replace_private(&path, ".trust.toml.tmp-", text.as_bytes()).map_err(failed)?;
        }
        Ok(result)
    }
}

#[derive(Serialize, Deserialize)]
struct RawPinStore {
    /// None was told by the first versions: then it is this one.
    machine: Option<String>,
    #[serde(default)]
    teams: BTreeMap<String, String>,
    #[serde(default)]
    paths: BTreeMap<String, String>,
    #[serde(default)]
    links: BTreeMap<String, String>,
    #[serde(default)]
    vaults: BTreeMap<String, RawPins>,
}

#[derive(Serialize, Deserialize)]
struct RawPins {
    root: String,
    writers: Vec<String>,
    removed: Vec<String>,
    #[serde(default)]
    places: Vec<RawPlace>,
}

#[derive(Serialize, Deserialize)]
struct RawPlace {
    path: String,
    branch: Option<String>,
    digest: String,
    by: String,
    at: String,
    actor: Option<String>,
    written: Option<u64>,
    clock: BTreeMap<String, u64>,
}

impl From<&PinStore> for RawPinStore {
    fn from(memory: &PinStore) -> RawPinStore {
        RawPinStore {
            machine: Some(machine()),
            teams: memory.teams.iter().map(|(team, id)| (team.to_string(), id.to_string())).collect(),
            paths: memory.paths.iter().map(|(path, id)| (path.clone(), id.to_string())).collect(),
            links: memory.links.clone(),
            vaults: memory.vaults.iter().map(|(id, pins)| (id.to_string(), RawPins::from(pins))).collect(),
        }
    }
}

impl From<&Pins> for RawPins {
    fn from(pins: &Pins) -> RawPins {
        let place = |(place, seen): (&Checkout, &LastSeen)| RawPlace {
            path: place.path.clone(),
            branch: place.branch.clone(),
            digest: hex(&seen.digest),
            by: seen.by.to_string(),
            at: seen.at.to_string(),
            actor: seen.actor.map(|(actor, _)| actor.to_string()),
            written: seen.actor.map(|(_, written)| written),
            clock: seen.clock.iter().map(|(actor, count)| (actor.to_string(), count)).collect(),
        };
        RawPins {
            root: pins.root.to_string(),
            writers: pins.writers.iter().map(ToString::to_string).collect(),
            removed: pins.removed.iter().map(ToString::to_string).collect(),
            places: pins.places.iter().map(place).collect(),
        }
    }
}

impl RawPinStore {
    fn into_memory(self) -> Option<PinStore> {
        let ids = |(path, id): (String, String)| Some((path, VaultId::parse(&id)?));
        let team = |(team, id): (String, String)| Some((TeamName::parse(&team).ok()?, VaultId::parse(&id)?));
        let pins = |(id, pins): (String, RawPins)| Some((VaultId::parse(&id)?, pins.into_pins()?));
        Some(PinStore {
            teams: self.teams.into_iter().map(team).collect::<Option<_>>()?,
            paths: self.paths.into_iter().map(ids).collect::<Option<_>>()?,
            links: self.links,
            vaults: self.vaults.into_iter().map(pins).collect::<Option<_>>()?,
        })
    }
}

impl RawPins {
    fn into_pins(self) -> Option<Pins> {
        let key = |text: &String| WriterKey::parse(text);
        Some(Pins {
            root: key(&self.root)?,
            writers: self.writers.iter().map(key).collect::<Option<_>>()?,
            removed: self.removed.iter().map(|text| Fingerprint::parse(text)).collect::<Option<BTreeSet<_>>>()?,
            places: self.places.into_iter().map(RawPlace::into_place).collect::<Option<_>>()?,
        })
    }
}

impl RawPlace {
    fn into_place(self) -> Option<(Checkout, LastSeen)> {
        let count = |(actor, count): (String, u64)| Some((ActorId::parse(&actor)?, count));
        let actor = match (self.actor, self.written) {
            (Some(actor), Some(written)) => Some((ActorId::parse(&actor)?, written)),
            _ => None,
        };
        let seen = LastSeen {
            clock: Clock::new(self.clock.into_iter().map(count).collect::<Option<_>>()?),
            digest: unhex(&self.digest)?,
            by: MemberName::parse(&self.by).ok()?,
            at: Timestamp::parse(&self.at)?,
            actor,
        };
        Some((Checkout { path: self.path, branch: self.branch }, seen))
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digit = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..text.len()).step_by(2).map(digit).collect::<Option<_>>()?;
    bytes.try_into().ok()
}
