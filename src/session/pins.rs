//! Whether this machine trusts a vault that opened, and what the pins record of it.
//!
//! The pins are read before the vault. A reader beside a writer then sees a vault that is newer than what it knows, never
//! an older one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rand::Rng as _;
use rand::rngs::OsRng;

use super::Session;
use super::envelope::{self, AgeSource, Extent, OpenVault};
use super::locate::{VaultLocation, real};
use crate::git::{self, WorkTree};
use crate::keys::{self, Purpose};
use crate::report::{Command, Error, Explain, Kind, Message, Notice, Report, and, count};
use crate::store::{PinStore, PinStoreError};
use crate::vault::text::Selection;
use crate::vault::trust::{Acceptance, Digest, Snapshot};
use crate::vault::{ActorId, Checkout, Distrust, Fingerprint, Head, MemberName, MissingChanges, Pins, TeamName, View};

/// The result of checking a vault against the pins.
pub struct TrustCheck {
    /// None on a detached HEAD.
    checkout: Option<Checkout>,
    path: String,
    acceptance: Acceptance,
    first: bool,
}

impl TrustCheck {
    /// Records what was seen.
    fn record(&self, store: &mut PinStore, head: &Head) {
        match store.vaults.get_mut(&head.id) {
            Some(pins) => pins.join(&self.acceptance.pins),
            None => drop(store.vaults.insert(head.id, self.acceptance.pins.clone())),
        }
        store.teams.entry(head.team.clone()).or_insert(head.id);
        store.paths.entry(self.path.clone()).or_insert(head.id);
    }

    /// Records what this machine wrote.
    pub fn record_write(&self, store: &mut PinStore, head: &Head, digest: &Digest, actor: ActorId) {
        self.record(store, head);
        if let Some(pins) = store.vaults.get_mut(&head.id) {
            pins.wrote(self.checkout.as_ref(), Snapshot { head, digest }, actor);
        }
    }

    /// Returns the actor under which this machine writes here.
    pub fn actor(&self, head: &Head) -> ActorId {
        self.acceptance.pins.actor(self.checkout.as_ref(), &head.clock, new_actor)
    }
}

/// Makes an actor that nobody has been.
pub fn new_actor() -> ActorId {
    ActorId(OsRng.r#gen())
}

impl Session {
    fn state_directory(&self) -> Result<PathBuf, Error> {
        Ok(self.directories()?.state)
    }

    /// Reads the pins.
    pub fn pins(&self) -> Result<PinStore, Error> {
        Ok(PinStore::load(&self.state_directory()?)?)
    }

    /// Opens a vault, checks it against the pins, and records what was seen.
    ///
    /// # Errors
    /// Those of `open`, and exit 6 if this machine does not trust what opened.
    pub fn open_trusted<'l>(
        &self,
        location: &'l VaultLocation,
        open: impl Fn() -> Result<OpenVault<'l>, Error>,
    ) -> Result<(OpenVault<'l>, TrustCheck), Error> {
        let pins = self.pins()?;
        let opened = open()?;
        let error = match self.check_trust(&pins, location, &opened) {
            Ok(check) => {
                self.announce(&check, &opened.head);
                if pins.vaults.get(&opened.head.id) != Some(&check.acceptance.pins) || check.first {
                    self.update_pins(|pins| check.record(pins, &opened.head))?;
                }
                return Ok((opened, check));
            }
            Err(error) => error,
        };

        // Another process of this machine may have written between the two reads. Read both again under the lock.
        let again = PinStore::update(&self.state_directory()?, &self.lock_request(), |pins| {
            let opened = open()?;
            let check = self.check_trust(pins, location, &opened)?;
            check.record(pins, &opened.head);
            Ok::<_, Error>((opened, check))
        });
        let (opened, check) = match again {
            // Where no pins can be written, no other process wrote any.
            Err(PinStoreError::Write(_, cause)) if cause.kind() != ErrorKind::TimedOut => return Err(error),
            again => again??,
        };
        self.announce(&check, &opened.head);
        Ok((opened, check))
    }

    /// Records a vault that this machine founded. It takes the place of whatever was known at its path.
    pub fn record_founded(&self, file: &Path, head: &Head, digest: &Digest) -> Result<(), Error> {
        let path = real(file);
        let pins = Pins::founded(checkout(&path).as_ref(), Snapshot { head, digest });
        self.update_pins(|store| {
            store.vaults.extend(pins.map(|pins| (head.id, pins)));
            store.teams.insert(head.team.clone(), head.id);
            store.paths.insert(path, head.id);
        })
    }

    /// Checks that a vault is the one that the pins know, or a successor of it.
    pub fn check_trust(
        &self,
        pins: &PinStore,
        location: &VaultLocation,
        opened: &OpenVault<'_>,
    ) -> Result<TrustCheck, Error> {
        let head = &opened.head;
        self.check_identity(pins, location, head)?;
        let known = pins.vaults.get(&head.id);
        let path = location.real();
        let checkout = checkout(&path);
        let snapshot = Snapshot { head, digest: &opened.digest };
        let acceptance = Pins::accept(known, checkout.as_ref(), snapshot, &keys::vouches)
            .map_err(|distrust| Untrusted::new(location.file.path(), head, distrust))?;
        Ok(TrustCheck { checkout, path, acceptance, first: known.is_none() })
    }

    /// Checks that a vault is the one that its path, its team and `ETUI_TRUST` demand.
    pub fn check_identity(&self, pins: &PinStore, location: &VaultLocation, head: &Head) -> Result<(), Error> {
        let path = location.real();
        let (at_path, of_team) = (pins.paths.get(&path), pins.teams.get(&head.team));
        // Two teams may have the same name. A vault that is known by its path alone is then not compared by name.
        let is_known_here = at_path == Some(&head.id) && !pins.teams.values().any(|id| *id == head.id);
        let known = [at_path, of_team.filter(|_| !is_known_here)].into_iter().flatten();
        if let Some(other) = known.into_iter().find(|id| **id != head.id) {
            let elsewhere = pins.paths.iter().find(|(at, id)| *id == other && **at != path);
            let reason = Reason::OtherVault {
                team: head.team.clone(),
                found: head.fingerprint(),
                known: pins.vaults.get(other).map(|pins| Fingerprint::of_vault(other, &pins.root)),
                at: elsewhere.map(|(at, _)| at.clone()),
            };
            return Err(Untrusted::new(location.file.path(), head, reason).into());
        }
        self.check_demanded(location.file.path(), head).map(drop)
    }

    /// Checks a vault against the fingerprint in `ETUI_TRUST`; returns whether there is one.
    fn check_demanded(&self, path: &Path, head: &Head) -> Result<bool, Error> {
        let Some(text) = &self.settings.environment.trust else { return Ok(false) };
        let demanded = text.to_str().and_then(|text| Fingerprint::parse(text.trim())).ok_or_else(|| {
            Error::new(Kind::Usage, "bad_trust", "`ETUI_TRUST` is not a fingerprint")
                .hint("it is `SHA256:…`, as `etui init` and `etui trust` print it")
        })?;
        let found = head.fingerprint();
        if found.as_ref() == Some(&demanded) {
            return Ok(true);
        }
        Err(Untrusted::new(path, head, Reason::OtherThanDemanded { demanded, found }).into())
    }

    /// Checks that somebody whom this machine trusts wrote a sealed environment: by `ETUI_TRUST`, by the pins, or,
    /// the first time, as found.
    pub fn check_sealed(&self, path: &Path, head: &Head) -> Result<(), Error> {
        let is_demanded = self.check_demanded(path, head)?;
        // `ETUI_TRUST` also serves machines without a home, which have no pins.
        let store = if self.directories().is_ok() { Some(self.pins()?) } else { None };
        let known = store.as_ref().and_then(|store| store.vaults.get(&head.id));
        let pins = Pins::vouch(known, head, &keys::vouches).map_err(|distrust| Untrusted::new(path, head, distrust))?;
        if known == Some(&pins) {
            return Ok(());
        }
        if known.is_none() && !is_demanded {
            self.announce_first("this machine", head);
        }
        if store.is_none() {
            return Ok(());
        }
        self.update_pins(|store| match store.vaults.get_mut(&head.id) {
            Some(known) => known.join(&pins),
            None => drop(store.vaults.insert(head.id, pins)),
        })
    }

    pub(super) fn announce_first(&self, machine: &str, head: &Head) {
        let root = head.members.iter().find(|(_, member)| member.key.as_ref() == head.root());
        let founder = root.map(|(name, _)| name.to_string()).unwrap_or_default();
        let fingerprint = head.fingerprint().map(|print| print.to_string()).unwrap_or_default();
        let team = &head.team;
        let text = format!("first time {machine} opens team {team}; trusting its founder {founder}, {fingerprint}");
        self.frontend.notice(Notice::Done(text.into()));
    }

    /// Tells what a person should know about a vault that was accepted.
    fn announce(&self, check: &TrustCheck, head: &Head) {
        if check.first && self.settings.environment.trust.is_none() {
            self.announce_first("this laptop", head);
        }
        if let Some(MissingChanges { changes, by, at }) = &check.acceptance.lacks {
            let changes = count(*changes as usize, "change");
            let text = format!("this copy lacks {changes} seen elsewhere, the last by {by} at {at}");
            self.frontend.notice(Notice::Note(text.into()));
        }
    }

    /// Opens the vault whoever wrote it, for `trust` and for callers that check it themselves.
    pub fn open_unchecked<'l>(&self, location: &'l VaultLocation) -> Result<OpenVault<'l>, Error> {
        let source = AgeSource::from(location.file.open()?);
        Ok(envelope::open(location, Purpose::Vault, source, self.keys()?, Extent::Current)?)
    }

    /// Reads a vault that this machine knows, if it opens without a question. Records nothing. For completions.
    pub fn view_silently(&self, selection: Selection<'_>) -> Option<View> {
        if self.is_locked() || self.settings.environment.key_command.is_some() {
            return None;
        }
        let (location, pins) = (self.location().ok()?, self.pins().ok()?);
        let opened = self.open_unchecked(location).ok()?;
        self.check_trust(&pins, location, &opened).ok()?;
        pins.vaults.get(&opened.head.id)?;
        opened.view(selection).ok()
    }

    /// Trusts a vault as it is. The user decided so.
    pub fn trust(&self, location: &VaultLocation, opened: &OpenVault<'_>) -> Result<(), Error> {
        let (head, path) = (&opened.head, real(location.file.path()));
        let snapshot = Snapshot { head, digest: &opened.digest };
        let trusted = PinStore::update(&self.state_directory()?, &self.lock_request(), |store| {
            let known = store.vaults.get(&head.id);
            let pins = Pins::trust(known, checkout(&path).as_ref(), snapshot, &keys::vouches)?;
            store.vaults.insert(head.id, pins);
            store.teams.insert(head.team.clone(), head.id);
            store.paths.insert(path.clone(), head.id);
            Ok(())
        })?;
        trusted.map_err(|distrust: Distrust| Untrusted::new(location.file.path(), head, distrust).into())
    }

    /// Changes the pins. Where they cannot be written, a vault can still be used, with a warning.
    pub fn update_pins(&self, change: impl FnOnce(&mut PinStore)) -> Result<(), Error> {
        match PinStore::update(&self.state_directory()?, &self.lock_request(), change) {
            Err(error @ PinStoreError::Write(..)) => {
                let text = format!("what was seen of this vault is not recorded: {}", Error::from(error));
                self.frontend.notice(Notice::Warning(text.into()));
                Ok(())
            }
            updated => Ok(updated?),
        }
    }
}

/// Returns the checkout of a file: its path, and its branch if it lies in a repository. None on a detached HEAD.
pub fn checkout(path: &str) -> Option<Checkout> {
    let branch = match WorkTree::of(Path::new(path)).map(|tree| tree.head) {
        None => None,
        Some(git::Head::Branch(branch)) => Some(branch),
        Some(_) => return None,
    };
    Some(Checkout { path: path.to_owned(), branch })
}

/// A vault that is whole and signed, but that this machine does not trust.
#[derive(Debug, Clone)]
pub struct Untrusted {
    pub path: PathBuf,
    pub reason: Reason,
    /// Who wrote it, as it claims.
    pub by: MemberName,
}

/// Why a vault is not trusted.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Another vault belongs to this path, or to this team.
    OtherVault {
        team: TeamName,
        found: Option<Fingerprint>,
        known: Option<Fingerprint>,
        /// Where else the known vault was seen.
        at: Option<String>,
    },
    /// `ETUI_TRUST` demands another.
    OtherThanDemanded { demanded: Fingerprint, found: Option<Fingerprint> },
    /// The pins do not accept it.
    Distrust(Distrust),
}

impl From<Distrust> for Reason {
    fn from(distrust: Distrust) -> Reason {
        Reason::Distrust(distrust)
    }
}

impl Untrusted {
    pub fn new(path: &Path, head: &Head, reason: impl Into<Reason>) -> Untrusted {
        Untrusted { path: path.to_owned(), reason: reason.into(), by: head.written_by.clone() }
    }

    fn report(&self, code: &'static str, message: impl Into<Message>) -> Report {
        Report::new(Kind::Damaged, code, message)
    }
}

impl Explain for Untrusted {
    fn explain(&self) -> Report {
        let Untrusted { path, reason, by } = self;
        let path = path.display();
        let trust = || Command::new("trust");
        let ask = || Message::from(format!("ask {by}; to see what differs, and accept it: ")).command(trust());
        let fingerprint = |print: &Option<Fingerprint>| print.as_ref().map_or("none".into(), ToString::to_string);
        let not_trusted = |detail: String| format!("{path} was not written by anyone this laptop trusts{detail}");
        match reason {
            Reason::OtherVault { team, found, known, at } => {
                let at = at.as_ref().map(|at| format!(", at {at}")).unwrap_or_default();
                let (found, known) = (fingerprint(found), fingerprint(known));
                let what = format!("{path} is not the vault of team {team} that this laptop knows");
                self.report("vault_other", format!("{what}: it is {found}, written by {by}, not {known}{at}"))
                    .hint(ask())
            }
            Reason::OtherThanDemanded { demanded, found } => {
                let found = fingerprint(found);
                let message = format!("{path} is not the vault that `ETUI_TRUST` demands: {found}, not {demanded}");
                self.report("vault_other", message)
                    .hint(Message::from("compare the fingerprints with another member: ").command(trust()))
            }
            Reason::Distrust(Distrust::Root { found }) => {
                let root = found.as_ref().map(|found| format!(": its root is {found}")).unwrap_or_default();
                self.report("not_trusted", not_trusted(root)).hint(ask())
            }
            Reason::Distrust(Distrust::Writer { by, key }) => {
                self.report("not_trusted", not_trusted(format!(": {by}, {key}, wrote it"))).hint(ask())
            }
            Reason::Distrust(Distrust::Gone { by }) => {
                let message = format!("{path} was written by {by}, who was removed");
                self.report("not_trusted", message)
                    .hint("nothing of it was used; keep the other side: `git checkout --ours FILE`")
            }
            Reason::Distrust(Distrust::Unendorsed { names }) => {
                let members = members(names, "is", "are");
                let message = format!("{members} endorsed by nobody whom this laptop trusts, in {path}; {by} wrote it");
                self.report("not_endorsed", message).hint(ask())
            }
            Reason::Distrust(Distrust::Back { names, newer }) => {
                let members = members(names, "was", "were");
                let again = if names.len() == 1 { "is" } else { "are" };
                let message = format!("{members} removed, and {again} in {path} again; {by} wrote it");
                let newer = match newer {
                    Some(branch) => format!("merge the newer vault: `git merge {branch}`").into(),
                    None => {
                        Message::from("get the newer vault: ").command(Command::new("sync")).text(" or `git merge`")
                    }
                };
                let keep = Message::from("if it no longer exists: ").command(trust());
                self.report("member_back", message).hint(newer).hint(keep)
            }
            Reason::Distrust(Distrust::Behind(lack)) => {
                let message = format!("{path} is older than what this laptop has seen: it lacks {}", changes(lack));
                self.report("rolled_back", message).hint(bring_back()).hint(given_up())
            }
            Reason::Distrust(Distrust::Beside(lack)) => self
                .report("beside", format!("{path}, written by {by}, lacks {}", changes(lack)))
                .hint(bring_back())
                .hint(given_up()),
        }
    }
}

fn bring_back() -> Message {
    "restore the newer file, for example with `git checkout`".into()
}

fn given_up() -> Message {
    Message::from("if it was dropped on purpose, as by `git merge --abort`: ").command(Command::new("trust"))
}

fn changes(lack: &MissingChanges) -> String {
    let MissingChanges { changes, by, at } = lack;
    format!("{} that this laptop has seen, the last by {by} at {at}", count(*changes as usize, "change"))
}

/// Names members, with the verb that fits their number.
fn members(names: &[MemberName], one: &str, many: &str) -> String {
    if names.len() == 1 { format!("member {} {one}", and(names)) } else { format!("members {} {many}", and(names)) }
}

explained!(Untrusted);
