//! The pins: what this machine has recorded about vaults and links, in one file of its state directory.
//!
//! Only the owner may write the file: anyone who can edit it decides whom this machine trusts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::atomic::{Replacement, remove_temporaries};
use super::attributes::user_of;
use super::exposure::{Exposed, require_own};
use super::locations::Locations;
use super::lock::{self, Lock, LockError, LockRequest};
use super::machine::machine;
use super::private::create_private;
use super::regular::{if_found, open_regular, read_up_to};
use crate::vault::hex;
use crate::vault::trust::{ClosedSeen, Roster, SealedSeen};
use crate::vault::{
    Checkout, Clock, Fingerprint, LastSeen, Pins, Recipient, Removed, SectionId, TeamName, VaultFingerprint, VaultId,
};

const NAME: &str = "trust.toml";
const LOCK: &str = "trust.toml.lock";

/// The last line. A file that was cut, be it at the end of a line, has another.
const END: &str = "# end\n";

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
    /// Where the vault of each team is.
    pub locations: Locations,
    /// The accepted links: the path of each, and its digest.
    pub links: BTreeMap<String, String>,
}

/// Why the pins cannot be used.
#[derive(Debug)]
pub enum PinStoreError {
    /// The file is not what this version of etui wrote. What it does not know might be a reason for distrust.
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
        let parse = || {
            let text = std::str::from_utf8(&bytes).ok()?.strip_suffix(END)?;
            toml::from_str::<RawPinStore>(text).ok()?.pins()
        };
        parse().ok_or_else(|| PinStoreError::Damaged(directory.join(NAME)))
    }

    /// Counts the vaults of teams: those that are not the inner vaults of closed sections.
    pub fn team_vaults(&self) -> usize {
        let seen = self.vaults.values().flat_map(|pins| pins.closed.values());
        let closed: BTreeSet<&VaultFingerprint> = seen.filter_map(|seen| seen.vault.as_ref()).collect();
        let is_inner = |(id, pins): &(&VaultId, &Pins)| {
            // One that this machine knows as closed, or that was: it stands at no path of its own.
            let has_place = self.paths.values().chain(self.teams.values()).any(|known| known == *id);
            closed.contains(&VaultFingerprint::of(id, &pins.founder)) || !has_place && pins.sealed.is_empty()
        };
        self.vaults.iter().filter(|vault| !is_inner(vault)).count()
    }

    /// Changes the pins under a lock of their own. The file is written only if they differ afterwards.
    pub fn update<T>(
        directory: &Path,
        request: &LockRequest<'_>,
        change: impl FnOnce(&mut PinStore) -> T,
    ) -> Result<T, PinStoreError> {
        let (update, result) = PinUpdate::prepare(directory, request, change)?;
        update.finish()?;
        Ok(result)
    }
}

/// A change of the pins that is on the disk beside their file, and holds their lock. It counts once it is finished.
pub struct PinUpdate {
    path: PathBuf,
    replacement: Option<Replacement>,
    _lock: Lock,
}

impl PinUpdate {
    /// Changes the pins, and returns what `change` returns.
    pub fn prepare<T>(
        directory: &Path,
        request: &LockRequest<'_>,
        change: impl FnOnce(&mut PinStore) -> T,
    ) -> Result<(PinUpdate, T), PinStoreError> {
        let path = directory.join(NAME);
        let failed = |error| PinStoreError::Write(path.clone(), error);
        create_private(directory).map_err(failed)?;
        let lock = lock::take(&directory.join(LOCK), request, None);
        let lock = lock.map_err(|error| match error {
            LockError::Directory(_, error) => failed(error),
            LockError::File { path, error, .. } => PinStoreError::Write(path, error),
            LockError::Held { .. } => failed(io::ErrorKind::TimedOut.into()),
        })?;
        remove_temporaries(&path);

        let mut pins = PinStore::load(directory)?;
        let before = pins.clone();
        let result = change(&mut pins);
        let mut replacement = None;
        if pins != before {
            let text = toml::to_string(&RawPinStore::from(&pins));
            let text = text.map_err(|error| failed(io::Error::other(error)))? + END;
            replacement = Some(Replacement::private(&path, text.as_bytes()).map_err(failed)?);
        }
        Ok((PinUpdate { path, replacement, _lock: lock }, result))
    }

    /// Makes the change count, if there is one.
    pub fn finish(self) -> Result<(), PinStoreError> {
        let PinUpdate { path, replacement, _lock } = self;
        let put = replacement.map_or(Ok(()), Replacement::put);
        put.map_err(|error| PinStoreError::Write(path, error))
    }
}

/// Reads the file of a state directory, if there is one. Nobody else may be able to change it.
fn read(directory: &Path) -> Result<Option<Vec<u8>>, PinStoreError> {
    let path = directory.join(NAME);
    let failed = |error| PinStoreError::Read(path.clone(), error);
    let Some(metadata) = if_found(fs::metadata(directory)).map_err(failed)? else { return Ok(None) };
    let user = user_of(directory);
    require_own(directory, &metadata, user)?;
    let Some(file) = if_found(open_regular(&path)).map_err(failed)? else { return Ok(None) };
    require_own(&path, &file.metadata().map_err(failed)?, user)?;
    Ok(Some(read_up_to(file, LIMIT).map_err(failed)?))
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPinStore {
    /// The machine that wrote the file.
    machine: String,
    teams: BTreeMap<String, String>,
    paths: BTreeMap<String, String>,
    /// Earlier versions had none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    locations: BTreeMap<String, String>,
    links: BTreeMap<String, String>,
    vaults: BTreeMap<String, RawPins>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPins {
    founder: String,
    roots: Vec<String>,
    /// The fingerprint of the root as last seen.
    root: Option<String>,
    members: BTreeMap<String, String>,
    removed: Vec<RawRemoved>,
    checkouts: Vec<RawCheckout>,
    sealed: Vec<RawSealed>,
    /// Earlier versions had none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed: Vec<RawClosed>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRemoved {
    name: String,
    recipient: String,
    key: Option<String>,
    at: String,
    by: String,
    /// Earlier versions had none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    closed: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClosed {
    section: String,
    vault: Option<String>,
    clock: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheckout {
    tree: Option<String>,
    branch: Option<String>,
    commit: Option<String>,
    file: Option<String>,
    locations: BTreeSet<String>,
    digest: String,
    signature: Option<String>,
    by: String,
    at: String,
    actor: Option<String>,
    written: Option<u64>,
    noted: u64,
    clock: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSealed {
    context: String,
    files: BTreeSet<String>,
    clock: BTreeMap<String, u64>,
}

impl From<&PinStore> for RawPinStore {
    fn from(pins: &PinStore) -> RawPinStore {
        RawPinStore {
            machine: machine(),
            teams: pins.teams.iter().map(|(team, id)| (team.to_string(), id.to_string())).collect(),
            paths: pins.paths.iter().map(|(path, id)| (path.clone(), id.to_string())).collect(),
            locations: pins.locations.0.iter().map(|(team, path)| (team.to_string(), path.clone())).collect(),
            links: pins.links.clone(),
            vaults: pins.vaults.iter().map(|(id, pins)| (id.to_string(), RawPins::from(pins))).collect(),
        }
    }
}

impl From<&Pins> for RawPins {
    fn from(pins: &Pins) -> RawPins {
        let sealed = |(context, seen): (&String, &SealedSeen)| RawSealed {
            context: context.clone(),
            files: seen.files.clone(),
            clock: raw_clock(&seen.clock),
        };
        let closed = |(section, seen): (&SectionId, &ClosedSeen)| RawClosed {
            section: section.as_typed(),
            vault: seen.vault.as_ref().map(ToString::to_string),
            clock: raw_clock(&seen.clock),
        };
        RawPins {
            founder: pins.founder.to_string(),
            roots: pins.roots.iter().map(|root| hex::encode(root)).collect(),
            root: pins.roster.root.as_ref().map(ToString::to_string),
            members: pins.roster.members.iter().map(|(name, print)| (name.to_string(), print.to_string())).collect(),
            removed: pins.removed.values().map(RawRemoved::from).collect(),
            checkouts: pins.checkouts.iter().map(RawCheckout::from).collect(),
            sealed: pins.sealed.iter().map(sealed).collect(),
            closed: pins.closed.iter().map(closed).collect(),
        }
    }
}

impl From<&Removed> for RawRemoved {
    fn from(removed: &Removed) -> RawRemoved {
        RawRemoved {
            name: removed.name.to_string(),
            recipient: removed.recipient.to_string(),
            key: removed.key.map(|key| key.to_string()),
            at: removed.at.to_string(),
            by: removed.by.to_string(),
            closed: removed.closed.iter().map(|digest| hex::encode(digest)).collect(),
        }
    }
}

impl From<(&Checkout, &LastSeen)> for RawCheckout {
    fn from((checkout, seen): (&Checkout, &LastSeen)) -> RawCheckout {
        let (mut branch, mut commit, mut file) = (None, None, None);
        match checkout {
            Checkout::Branch { branch: name, .. } => branch = Some(name.clone()),
            Checkout::Commit { commit: id, .. } => commit = Some(id.clone()),
            Checkout::File(path) => file = Some(path.clone()),
        }
        RawCheckout {
            tree: checkout.tree().map(str::to_owned),
            branch,
            commit,
            file,
            locations: seen.locations.clone(),
            digest: hex::encode(&seen.digest),
            signature: seen.signature.map(|signature| signature.to_string()),
            by: seen.by.to_string(),
            at: seen.at.to_string(),
            actor: seen.actor.map(|(actor, _)| actor.to_string()),
            written: seen.actor.map(|(_, written)| written),
            noted: seen.noted,
            clock: raw_clock(&seen.clock),
        }
    }
}

impl RawPinStore {
    fn pins(self) -> Option<PinStore> {
        // In a copy from another machine the actor ids belong to that machine. If both wrote under one, their
        // writes would count as one.
        let is_copy = self.machine != machine();
        let vault = |(id, pins): (String, RawPins)| Some((parse(&id)?, pins.pins(is_copy)?));
        Some(PinStore {
            teams: self
                .teams
                .into_iter()
                .map(|(team, id)| Some((parse(&team)?, parse(&id)?)))
                .collect::<Option<_>>()?,
            paths: self.paths.into_iter().map(|(path, id)| Some((path, parse(&id)?))).collect::<Option<_>>()?,
            locations: Locations(
                self.locations.into_iter().map(|(team, path)| Some((parse(&team)?, path))).collect::<Option<_>>()?,
            ),
            links: self.links,
            vaults: self.vaults.into_iter().map(vault).collect::<Option<_>>()?,
        })
    }
}

impl RawPins {
    fn pins(self, is_copy: bool) -> Option<Pins> {
        let checkout = |raw: RawCheckout| {
            let (checkout, mut seen) = raw.checkout()?;
            seen.actor = seen.actor.filter(|_| !is_copy);
            Some((checkout, seen))
        };
        let sealed = |raw: RawSealed| Some((raw.context, SealedSeen { clock: clock(raw.clock)?, files: raw.files }));
        let closed = |raw: RawClosed| {
            Some((parse(&raw.section)?, ClosedSeen { vault: parse_optional(&raw.vault)?, clock: clock(raw.clock)? }))
        };
        let members = self.members.iter().map(|(name, print)| Some((parse(name)?, parse(print)?)));
        Some(Pins {
            founder: parse(&self.founder)?,
            roots: self.roots.iter().map(|root| hex::decode(root)).collect::<Option<_>>()?,
            roster: Roster { members: members.collect::<Option<_>>()?, root: parse_optional(&self.root)? },
            removed: distinct(self.removed.into_iter().map(RawRemoved::removed))?,
            checkouts: distinct(self.checkouts.into_iter().map(checkout))?,
            sealed: distinct(self.sealed.into_iter().map(sealed))?,
            closed: distinct(self.closed.into_iter().map(closed))?,
        })
    }
}

impl RawRemoved {
    fn removed(self) -> Option<(Fingerprint, Removed)> {
        let removed = Removed {
            name: parse(&self.name)?,
            recipient: Recipient::new(&self.recipient),
            key: parse_optional(&self.key)?,
            at: parse(&self.at)?,
            by: parse(&self.by)?,
            closed: self.closed.iter().map(|digest| hex::decode(digest)).collect::<Option<_>>()?,
            extra: toml::Table::new(),
        };
        Some((removed.fingerprint(), removed))
    }
}

impl RawCheckout {
    fn checkout(self) -> Option<(Checkout, LastSeen)> {
        let checkout = match (self.tree, self.branch, self.commit, self.file) {
            (Some(tree), Some(branch), None, None) => Checkout::Branch { tree, branch },
            (Some(tree), None, Some(commit), None) => Checkout::Commit { tree, commit },
            (None, None, None, Some(file)) => Checkout::File(file),
            _ => return None,
        };
        let actor = match (self.actor, self.written) {
            (Some(actor), Some(written)) => Some((parse(&actor)?, written)),
            (None, None) => None,
            _ => return None,
        };
        let seen = LastSeen {
            locations: self.locations,
            clock: clock(self.clock)?,
            digest: hex::decode(&self.digest)?,
            signature: parse_optional(&self.signature)?,
            by: parse(&self.by)?,
            at: parse(&self.at)?,
            actor,
            noted: self.noted,
        };
        Some((checkout, seen))
    }
}

fn raw_clock(clock: &Clock) -> BTreeMap<String, u64> {
    clock.iter().map(|(actor, count)| (actor.to_string(), count)).collect()
}

fn clock(counts: BTreeMap<String, u64>) -> Option<Clock> {
    let count = |(actor, count): (String, u64)| Some((parse(&actor)?, count));
    counts.into_iter().map(count).collect::<Option<_>>().map(Clock::new)
}

/// Collects the entries of a list. None if one is malformed, or two have the same key: only one of them would count.
fn distinct<K: Ord, V>(entries: impl Iterator<Item = Option<(K, V)>>) -> Option<BTreeMap<K, V>> {
    let mut all = BTreeMap::new();
    for entry in entries {
        let (key, value) = entry?;
        if all.insert(key, value).is_some() {
            return None;
        }
    }
    Some(all)
}

fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// Parses a text if there is one. The outer None means that it is malformed.
fn parse_optional<T: FromStr>(text: &Option<String>) -> Option<Option<T>> {
    match text {
        None => Some(None),
        Some(text) => Some(Some(text.parse().ok()?)),
    }
}
