//! Whether a vault that opened is one that this laptop trusts, and what is remembered of it.
//!
//! What is remembered is read before the vault: a reader beside a writer then sees a vault that is newer
//! than what it knows, never an older one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rand::Rng as _;
use rand::rngs::OsRng;

use super::context::{Cx, VaultLocation, variable};
use super::open::{self, Opened, Sealed};
use crate::git::Branch;
use crate::keys::{self, Purpose};
use crate::old::error::{Error, Strange};
use crate::store::{LinkFile, PinStore, PinStoreError};
use crate::vault::text::Selection;
use crate::vault::trust::{Acceptance, Digest, Snapshot};
use crate::vault::{self, ActorId, Fingerprint, Head, Pins, View};

/// What is known where a vault is.
pub struct Trusted {
    /// None on a detached HEAD.
    pub place: Option<vault::Checkout>,
    path: String,
    pub accepted: Acceptance,
    is_first: bool,
}

impl Cx {
    fn state(&self) -> Result<PathBuf, Error> {
        Ok(self.directories()?.state)
    }

    /// What this laptop remembers.
    pub fn memory(&self) -> Result<PinStore, Error> {
        Ok(PinStore::load(&self.state()?)?)
    }

    /// Opens a vault that is trusted, and remembers what was seen.
    pub fn trusted<'p>(
        &self,
        place: &'p VaultLocation,
        open: impl Fn() -> Result<Opened<'p>, Error>,
    ) -> Result<(Opened<'p>, Trusted), Error> {
        let memory = self.memory()?;
        let opened = open()?;
        match self.judge(&memory, place, &opened) {
            Ok(trusted) => {
                self.tell(&trusted, &opened.head);
                if memory.vaults.get(&opened.head.id) != Some(&trusted.accepted.pins) || trusted.is_first {
                    self.remember(|memory| trusted.keep(memory, &opened.head))?;
                }
                Ok((opened, trusted))
            }
            // A writer of this laptop may have been between the two: then both together, once more.
            Err(strange) => {
                let again = PinStore::update(&self.state()?, &self.locking(), |memory| {
                    let opened = open()?;
                    let trusted = self.judge(memory, place, &opened)?;
                    trusted.keep(memory, &opened.head);
                    Ok::<_, Error>((opened, trusted))
                });
                let (opened, trusted) = match again {
                    // Where nothing can be remembered there is no such writer.
                    Err(PinStoreError::Write(_, error)) if error.kind() != ErrorKind::TimedOut => return Err(strange),
                    again => again??,
                };
                self.tell(&trusted, &opened.head);
                Ok((opened, trusted))
            }
        }
    }

    /// The place of a file: none on a detached HEAD.
    pub(super) fn place_of(path: &str) -> Option<vault::Checkout> {
        let branch = match Branch::of(Path::new(path)) {
            Branch::None => None,
            Branch::On(branch) => Some(branch),
            Branch::Detached => return None,
        };
        Some(vault::Checkout { path: path.to_owned(), branch })
    }

    /// Remembers a vault that this laptop founded, in the place of whatever was at its path.
    pub fn founded(&self, file: &Path, head: &Head, digest: &Digest) -> Result<(), Error> {
        let (path, found) = (real(file), Snapshot { head, digest });
        let pins = Pins::founded(Cx::place_of(&path).as_ref(), found);
        self.remember(|memory| {
            memory.vaults.extend(pins.map(|pins| (head.id, pins)));
            memory.teams.insert(head.team.clone(), head.id);
            memory.paths.insert(path, head.id);
        })
    }

    /// Whether what was opened is what this laptop knows, or a successor of it.
    pub fn judge(&self, memory: &PinStore, place: &VaultLocation, opened: &Opened<'_>) -> Result<Trusted, Error> {
        let head = &opened.head;
        self.check_known(memory, place, head)?;
        let known = memory.vaults.get(&head.id);
        let path = place.real();
        let at = Cx::place_of(&path);
        let found = Snapshot { head, digest: &opened.digest };
        let accepted = Pins::accept(known, at.as_ref(), found, &keys::vouches).map_err(|distrust| Error::Strange {
            path: place.file.path().to_owned(),
            why: Strange::Distrust(distrust),
            by: head.written_by.clone(),
        })?;
        Ok(Trusted { place: at, path, accepted, is_first: known.is_none() })
    }

    /// An error if the vault is not the one that belongs to its path and to its team, or that is demanded.
    pub fn check_known(&self, memory: &PinStore, place: &VaultLocation, head: &Head) -> Result<(), Error> {
        let path = place.real();
        let strange = |why| Error::Strange { path: place.file.path().to_owned(), why, by: head.written_by.clone() };
        let (own, named) = (memory.paths.get(&path), memory.teams.get(&head.team));
        // Two teams may be of one name: then a vault that has no other name is known by its path.
        let is_known_here = own == Some(&head.id) && !memory.teams.values().any(|id| *id == head.id);
        let known = [own, named.filter(|_| !is_known_here)].into_iter().flatten();
        if let Some(other) = known.into_iter().find(|id| **id != head.id) {
            let at = memory.paths.iter().find(|(at, id)| *id == other && **at != path);
            return Err(strange(Strange::Vault {
                team: head.team.clone(),
                found: head.fingerprint(),
                known: memory.vaults.get(other).map(|pins| Fingerprint::of_vault(other, &pins.root)),
                at: at.map(|(at, _)| at.clone()),
            }));
        }
        if let Some(demanded) = demanded()?.filter(|demanded| head.fingerprint().as_ref() != Some(demanded)) {
            return Err(strange(Strange::Demanded { demanded, found: head.fingerprint() }));
        }
        Ok(())
    }

    /// Whether a sealed environment was written by who is trusted: by what `ETUI_TRUST` demands, by what this
    /// machine remembers, or else as found, the first time.
    pub fn judge_sealed(&self, path: &Path, head: &Head) -> Result<(), Error> {
        let strange = |why| Error::Strange { path: path.to_owned(), why, by: head.written_by.clone() };
        let demanded = demanded()?;
        if let Some(demanded) = demanded.clone().filter(|demanded| head.fingerprint().as_ref() != Some(demanded)) {
            return Err(strange(Strange::Demanded { demanded, found: head.fingerprint() }));
        }
        // A machine may have no home, and then no memory: ETUI_TRUST is for those.
        let memory = match self.state() {
            Err(Error::NoHome) => None,
            state => Some(PinStore::load(&state?)?),
        };
        let known = memory.as_ref().and_then(|memory| memory.vaults.get(&head.id));
        let pins = Pins::vouch(known, head, &keys::vouches).map_err(|distrust| strange(Strange::Distrust(distrust)))?;
        if known == Some(&pins) {
            return Ok(());
        }
        if known.is_none() && demanded.is_none() {
            self.say_first("this machine", head);
        }
        match memory {
            None => Ok(()),
            Some(_) => self.remember(|memory| match memory.vaults.get_mut(&head.id) {
                Some(known) => known.join(&pins),
                None => drop(memory.vaults.insert(head.id, pins)),
            }),
        }
    }

    pub(super) fn say_first(&self, who: &str, head: &Head) {
        let root = head.members.iter().find(|(_, member)| member.key.as_ref() == head.root());
        let founder = root.map(|(name, _)| name.to_string()).unwrap_or_default();
        let fingerprint = head.fingerprint().map(|print| print.to_string()).unwrap_or_default();
        let team = &head.team;
        self.ui.say(&format!("first time {who} opens team {team}; trusting its founder {founder}, {fingerprint}"));
    }

    /// Says what a person should know of it.
    fn tell(&self, trusted: &Trusted, head: &Head) {
        if trusted.is_first && variable("ETUI_TRUST").is_none() {
            self.say_first("this laptop", head);
        }
        if let Some(lack) = &trusted.accepted.lacks {
            let changes = crate::report::count(lack.changes as usize, "change");
            self.ui.note(&format!("this copy lacks {changes} seen elsewhere, the last by {} at {}", lack.by, lack.at));
        }
    }

    /// Opens the vault as it is, whoever wrote it: for whoever is to decide about it.
    pub fn open_as_it_is<'p>(&self, place: &'p VaultLocation) -> Result<Opened<'p>, Error> {
        open::open(place, Purpose::Vault, Sealed::file(place.file.open()?), self.identities()?, false)
    }

    /// What is wanted of a vault that this laptop knows, if it opens without asking anybody anything. Nothing
    /// is remembered of it.
    pub fn view_silently(&self, want: Selection<'_>) -> Option<View> {
        if self.is_locked() || self.key_command().is_some() {
            return None;
        }
        let (place, memory) = (self.place().ok()?, self.memory().ok()?);
        let opened = self.open_as_it_is(place).ok()?;
        self.judge(&memory, place, &opened).ok()?;
        memory.vaults.get(&opened.head.id)?;
        opened.view(want).ok()
    }

    /// Trusts a vault as it is, because a person said so.
    pub fn accept(&self, place: &VaultLocation, opened: &Opened<'_>) -> Result<(), Error> {
        let (head, path) = (&opened.head, real(place.file.path()));
        let found = Snapshot { head, digest: &opened.digest };
        let accepted = PinStore::update(&self.state()?, &self.locking(), |memory| {
            let pins = Pins::trust(memory.vaults.get(&head.id), Cx::place_of(&path).as_ref(), found, &keys::vouches)?;
            memory.vaults.insert(head.id, pins);
            memory.teams.insert(head.team.clone(), head.id);
            memory.paths.insert(path.clone(), head.id);
            Ok(())
        });
        accepted?.map_err(|distrust| Error::Strange {
            path: place.file.path().to_owned(),
            why: Strange::Distrust(distrust),
            by: head.written_by.clone(),
        })
    }

    /// Whether a link counts: this laptop wrote it, or somebody accepted it, as it is.
    pub fn is_accepted(&self, link: &LinkFile) -> Result<bool, Error> {
        Ok(self.memory()?.links.get(&*link.real().to_string_lossy()) == Some(&link.digest))
    }

    /// Makes a link count from now on, as it is.
    pub fn accept_link(&self, link: &LinkFile) -> Result<(), Error> {
        let path = link.real().to_string_lossy().into_owned();
        self.remember(|memory| drop(memory.links.insert(path, link.digest.clone())))
    }

    /// An error unless the link counts, and the one above that it takes its vault from. A terminal is asked:
    /// links are other people's files, and could name a vault of yours beside code of theirs. `-y` is no yes to it:
    /// who says that does not know yet what there is to say it to.
    pub fn settle_link(&self, link: &LinkFile) -> Result<(), Error> {
        if !self.is_accepted(link)? {
            if !self.ui.interactive || self.ui.yes {
                return Err(Error::LinkUnaccepted { path: link.path.clone() });
            }
            let says = &link.link;
            self.ui.confirm(&format!(
                "{} says: {says}. Do you know this link, and is it to count?",
                link.path.display()
            ))?;
            self.accept_link(link)?;
        }
        match link.above()? {
            Some(above) => self.settle_link(&above),
            None => Ok(()),
        }
    }

    /// Changes what is remembered. Where that cannot be written, a vault can still be used.
    pub fn remember(&self, change: impl FnOnce(&mut PinStore)) -> Result<(), Error> {
        match PinStore::update(&self.state()?, &self.locking(), change) {
            Err(error @ PinStoreError::Write(..)) => {
                let why = Error::from(error).report().message;
                self.ui.warn(&format!("nothing is remembered of this vault: {why}"));
                Ok(())
            }
            done => Ok(done?),
        }
    }
}

impl Trusted {
    /// Remembers what was seen.
    pub fn keep(&self, memory: &mut PinStore, head: &Head) {
        match memory.vaults.get_mut(&head.id) {
            Some(pins) => pins.join(&self.accepted.pins),
            None => drop(memory.vaults.insert(head.id, self.accepted.pins.clone())),
        }
        memory.teams.entry(head.team.clone()).or_insert(head.id);
        memory.paths.entry(self.path.clone()).or_insert(head.id);
    }

    /// Remembers what this laptop wrote.
    pub fn wrote(&self, memory: &mut PinStore, head: &Head, digest: &Digest, actor: ActorId) {
        self.keep(memory, head);
        if let Some(pins) = memory.vaults.get_mut(&head.id) {
            pins.wrote(self.place.as_ref(), Snapshot { head, digest }, actor);
        }
    }

    /// As whom this laptop writes here.
    pub fn actor(&self, head: &Head) -> ActorId {
        self.accepted.pins.actor(self.place.as_ref(), &head.clock, || ActorId(OsRng.r#gen()))
    }
}

/// The fingerprint that the vault must have, if that is said.
fn demanded() -> Result<Option<Fingerprint>, Error> {
    let Some(said) = variable("ETUI_TRUST") else { return Ok(None) };
    said.to_str().and_then(|said| Fingerprint::parse(said.trim())).map(Some).ok_or(Error::TrustBad)
}

impl VaultLocation {
    /// The vault's path without symbolic links, as it is remembered.
    pub fn real(&self) -> String {
        real(self.file.path())
    }
}

/// The file's path without symbolic links, as it is remembered.
fn real(path: &Path) -> String {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}
