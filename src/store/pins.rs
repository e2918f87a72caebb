//! The pins: what this machine has recorded about vaults and links, in one file of its state directory.
//!
//! Only the owner may write the file: anyone who can edit it decides whom this machine trusts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::atomic::replace_private;
use super::exposure::{Exposed, require_own};
use super::lock::{self, LockError, LockRequest};
use super::machine::machine;
use super::private::create_private;
use super::regular::{if_found, open_regular, read_up_to};
use crate::vault::hex;
use crate::vault::{
    ActorId, Checkout, Clock, Fingerprint, LastSeen, MemberName, Pins, TeamName, Timestamp, VaultId, WriterKey,
};

const NAME: &str = "trust.toml";
const LOCK: &str = "trust.toml.lock";

/// The largest file that is read, in bytes.
const LIMIT: u64 = 64 << 20;

/// All pins of this machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PinStore {
    pub vaults: BTreeMap<VaultId, Pins>,
    /// The vault of each team.
    pub teams: BTreeMap<TeamName, VaultId>,
    /// The vault at each path.
    pub paths: BTreeMap<String, VaultId>,
    /// The accepted links: the path of each, and its digest.
    pub links: BTreeMap<String, String>,
}

/// Why the pins cannot be used.
#[derive(Debug)]
pub enum PinStoreError {
    /// The file is not what etui wrote.
    Damaged(PathBuf),
    /// Somebody else can change the file, or the directory that holds it.
    Exposed(Exposed),
    /// The file cannot be read. Without it nothing may be trusted.
    Read(PathBuf, io::Error),
    /// The file cannot be written, so nothing was recorded.
    Write(PathBuf, io::Error),
}

impl From<Exposed> for PinStoreError {
    fn from(exposed: Exposed) -> PinStoreError {
        PinStoreError::Exposed(exposed)
    }
}

impl PinStore {
    /// Loads the pins from the state directory. If there is no file, there are none.
    pub fn load(directory: &Path) -> Result<PinStore, PinStoreError> {
        let Some(bytes) = read(directory)? else { return Ok(PinStore::default()) };
        let parse = || toml::from_str::<RawPinStore>(std::str::from_utf8(&bytes).ok()?).ok()?.pins();
        parse().ok_or_else(|| PinStoreError::Damaged(directory.join(NAME)))
    }

    /// Changes the pins under a lock of their own. The file is written only if they differ afterwards.
    pub fn update<T>(
        directory: &Path,
        request: &LockRequest<'_>,
        change: impl FnOnce(&mut PinStore) -> T,
    ) -> Result<T, PinStoreError> {
        let path = directory.join(NAME);
        let failed = |error| PinStoreError::Write(path.clone(), error);
        create_private(directory).map_err(failed)?;
        let lock = lock::take(&directory.join(LOCK), request);
        let _lock = lock.map_err(|error| match error {
            LockError::Io(error) => failed(error),
            LockError::Held { .. } => failed(io::ErrorKind::TimedOut.into()),
        })?;

        let mut pins = PinStore::load(directory)?;
        let before = pins.clone();
        let result = change(&mut pins);
        if pins != before {
            let text = toml::to_string(&RawPinStore::from(&pins));
            let text = text.map_err(|error| failed(io::Error::other(error)))?;
            replace_private(&path, text.as_bytes()).map_err(failed)?;
        }
        Ok(result)
    }
}

/// Reads the file of a state directory, if there is one. Nobody else may be able to change it.
fn read(directory: &Path) -> Result<Option<Vec<u8>>, PinStoreError> {
    let path = directory.join(NAME);
    let failed = |error| PinStoreError::Read(path.clone(), error);
    let Some(metadata) = if_found(fs::metadata(directory)).map_err(failed)? else { return Ok(None) };
    require_own(directory, &metadata)?;
    let Some(file) = if_found(open_regular(&path)).map_err(failed)? else { return Ok(None) };
    require_own(&path, &file.metadata().map_err(failed)?)?;
    Ok(Some(read_up_to(file, LIMIT).map_err(failed)?))
}

#[derive(Serialize, Deserialize)]
struct RawPinStore {
    /// The machine that wrote the file. The first versions did not record it.
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
    places: Vec<RawCheckout>,
}

#[derive(Serialize, Deserialize)]
struct RawCheckout {
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
    fn from(pins: &PinStore) -> RawPinStore {
        RawPinStore {
            machine: Some(machine()),
            teams: pins.teams.iter().map(|(team, id)| (team.to_string(), id.to_string())).collect(),
            paths: pins.paths.iter().map(|(path, id)| (path.clone(), id.to_string())).collect(),
            links: pins.links.clone(),
            vaults: pins.vaults.iter().map(|(id, pins)| (id.to_string(), RawPins::from(pins))).collect(),
        }
    }
}

impl From<&Pins> for RawPins {
    fn from(pins: &Pins) -> RawPins {
        let checkout = |(checkout, seen): (&Checkout, &LastSeen)| RawCheckout {
            path: checkout.path.clone(),
            branch: checkout.branch.clone(),
            digest: hex::encode(&seen.digest),
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
            places: pins.places.iter().map(checkout).collect(),
        }
    }
}

impl RawPinStore {
    fn pins(self) -> Option<PinStore> {
        // In a copy from another machine the actor ids belong to that machine. If both wrote under one, their
        // writes would count as one.
        let is_copy = self.machine.is_some_and(|other| other != machine());
        let team = |(team, id): (String, String)| Some((TeamName::parse(&team).ok()?, VaultId::parse(&id)?));
        let path = |(path, id): (String, String)| Some((path, VaultId::parse(&id)?));
        let vault = |(id, pins): (String, RawPins)| Some((VaultId::parse(&id)?, pins.pins(is_copy)?));
        Some(PinStore {
            teams: self.teams.into_iter().map(team).collect::<Option<_>>()?,
            paths: self.paths.into_iter().map(path).collect::<Option<_>>()?,
            links: self.links,
            vaults: self.vaults.into_iter().map(vault).collect::<Option<_>>()?,
        })
    }
}

impl RawPins {
    fn pins(self, is_copy: bool) -> Option<Pins> {
        let key = |text: &String| WriterKey::parse(text);
        let fingerprint = |text: &String| Fingerprint::parse(text);
        let checkout = |raw: RawCheckout| {
            let (checkout, mut seen) = raw.checkout()?;
            seen.actor = seen.actor.filter(|_| !is_copy);
            Some((checkout, seen))
        };
        Some(Pins {
            root: key(&self.root)?,
            writers: self.writers.iter().map(key).collect::<Option<_>>()?,
            removed: self.removed.iter().map(fingerprint).collect::<Option<BTreeSet<_>>>()?,
            places: self.places.into_iter().map(checkout).collect::<Option<_>>()?,
        })
    }
}

impl RawCheckout {
    fn checkout(self) -> Option<(Checkout, LastSeen)> {
        let count = |(actor, count): (String, u64)| Some((ActorId::parse(&actor)?, count));
        let actor = match (self.actor, self.written) {
            (Some(actor), Some(written)) => Some((ActorId::parse(&actor)?, written)),
            _ => None,
        };
        let seen = LastSeen {
            clock: Clock::new(self.clock.into_iter().map(count).collect::<Option<_>>()?),
            digest: hex::decode(&self.digest)?,
            by: MemberName::parse(&self.by).ok()?,
            at: Timestamp::parse(&self.at)?,
            actor,
        };
        Some((Checkout { path: self.path, branch: self.branch }, seen))
    }
}
