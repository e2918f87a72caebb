//! Whether this machine trusts a vault that opened, and what the pins record of it.
//!
//! The pins are read before the vault. A reader beside a writer then sees a vault that is newer than what it knows, never
//! an older one.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;

use rand::Rng as _;
use rand::rngs::OsRng;

use super::Session;
use super::envelope::{Extent, OpenVault};
use super::inner::{InnerCheck, WrittenInner, pins_of};
use super::locate::{Origin, VaultLocation};
use super::place::{place, without_parents};
use super::token::Demand;
use super::untrusted::{Reason, Untrusted};
use crate::keys;
use crate::report::{Command, Error, Message, Notice, and, count};
use crate::store::{PinStore, PinStoreError, PinUpdate};
use crate::vault::text::Selection;
use crate::vault::trust::{Acceptance, MemberNews, SignedDigest, Snapshot};
use crate::vault::{
    ActorId, HashKey, Head, MemberName, MissingChanges, Pins, Place, SectionId, Token, VaultFingerprint, VaultId, View,
};

/// The result of checking a vault against the pins.
pub struct TrustCheck {
    pub(super) place: Place,
    /// The pins that it was checked against, until its closed sections are checked.
    pub(super) pins: Option<Box<PinStore>>,
    /// The closed sections that were opened.
    inner: Vec<InnerCheck>,
    acceptance: Acceptance,
    token: Option<Token>,
    first: bool,
    /// The location as it was named, and the usual one of the team.
    at: PathBuf,
    usual: PathBuf,
    /// Whether there is anything to record.
    is_new: bool,
}

impl TrustCheck {
    /// The check with the pins that it was made against.
    fn with(self, pins: PinStore) -> TrustCheck {
        TrustCheck { pins: Some(pins.into()), ..self }
    }

    /// Records what was seen.
    pub(super) fn record(&self, store: &mut PinStore, snapshot: Snapshot<'_>) {
        let head = snapshot.head;
        if let Some(pins) = pins_of(store, head) {
            if let Some(token) = &self.token {
                pins.learn(token);
            }
            pins.see(&self.place, snapshot, self.acceptance.missing());
        }
        // Where two teams have one name, it means the vault that was trusted last.
        if *store.teams.entry(head.team.clone()).or_insert(head.id) == head.id {
            store.locations.see(&head.team, &self.at, &self.usual);
        }
        for location in &self.place.locations {
            store.paths.entry(location.clone()).or_insert(head.id);
        }
        self.inner.iter().for_each(|inner| inner.record(store, &self.place));
    }

    /// Takes what was found of the closed sections.
    pub(super) fn see_inner(&mut self, pins: &PinStore, inner: Vec<InnerCheck>) {
        self.inner = inner;
        self.is_new |= self.inner.iter().any(|inner| inner.is_new(pins, &self.place));
    }

    /// Records an inner vault that this machine wrote.
    pub(super) fn record_inner(&self, store: &mut PinStore, WrittenInner { head, signed, actor }: &WrittenInner) {
        if let (Some(pins), Some(actor)) = (pins_of(store, head), actor) {
            pins.wrote(&self.place, signed.of(head), *actor);
        }
    }

    /// Records what this machine wrote.
    pub fn record_write(&self, store: &mut PinStore, head: &Head, signed: &SignedDigest, actor: ActorId) {
        let snapshot = signed.of(head);
        if let Some(pins) = pins_of(store, head) {
            pins.wrote(&self.place, snapshot, actor);
        }
        self.record(store, snapshot);
    }

    /// Returns the members of the vault whom this machine knows to be removed.
    pub fn outdated(&self) -> &[MemberName] {
        &self.acceptance.outdated
    }

    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// Makes an actor that nobody has been.
pub fn new_actor() -> ActorId {
    ActorId(OsRng.r#gen())
}

/// Makes an id that no vault has.
pub fn new_vault_id() -> VaultId {
    VaultId(OsRng.r#gen())
}

/// Makes a hash key that was never used.
pub fn new_hash_key() -> HashKey {
    HashKey(OsRng.r#gen())
}

impl Session {
    pub(super) fn state_directory(&self) -> Result<PathBuf, Error> {
        Ok(self.directories()?.state)
    }

    /// Reads the pins.
    pub fn pins(&self) -> Result<PinStore, Error> {
        Ok(PinStore::load(&self.state_directory()?)?)
    }

    /// Opens a vault and checks it against the pins, which `open` gets too. Records nothing: see [`Session::accept`].
    ///
    /// # Errors
    /// Those of `open`, and exit 6 if this machine does not trust what opened.
    pub fn open_trusted<'l>(
        &self,
        location: &'l VaultLocation,
        open: impl Fn(&PinStore) -> Result<OpenVault<'l>, Error>,
    ) -> Result<(OpenVault<'l>, TrustCheck), Error> {
        let read = self.read_pins.take();
        let pins = read.map_or_else(|| self.pins(), Ok)?;
        let opened = open(&pins)?;
        let error = match self.check_trust(&pins, location, &opened) {
            Ok(check) => return Ok((opened, check.with(pins))),
            Err(error) => error,
        };

        // Another process of this machine may have written between the two reads. Read both again under the lock.
        let again = PinStore::update(&self.state_directory()?, &self.lock_request(), |pins| {
            let opened = open(pins)?;
            let check = self.check_trust(pins, location, &opened)?;
            Ok::<_, Error>((opened, check.with(pins.clone())))
        });
        match again {
            // Where no pins can be written, no other process wrote any.
            Err(PinStoreError::Write(_, cause)) if cause.kind() != ErrorKind::TimedOut => Err(error),
            again => again?,
        }
        .map_err(|error| self.with_newer(location, error))
    }

    /// Tells what is new in a vault that is trusted, and records what was seen. Call it only once everything that the
    /// command reads of the vault has parsed: the clock of a damaged file would refuse the good copy ever after.
    pub fn accept(&self, check: &TrustCheck, opened: &OpenVault<'_>) -> Result<(), Error> {
        self.announce(check, &opened.head);
        // What is in the place of a lost section must not become known.
        if !check.is_new || self.lost.get().is_some() {
            return Ok(());
        }
        self.update_pins(|pins| check.record(pins, opened.snapshot()))
    }

    /// Records a vault that this machine founded. It takes the place of whatever was known at its path.
    pub fn record_founded(&self, location: &VaultLocation, head: &Head, signed: &SignedDigest) -> Result<(), Error> {
        let place = place(&location.named);
        let (at, usual) = (without_parents(&location.named), self.usual_vault(&head.team)?);
        let actor = head.clock.iter().next().map(|(actor, _)| actor);
        self.update_pins(|store| {
            if let (Some(pins), Some(actor)) = (pins_of(store, head), actor) {
                pins.wrote(&place, signed.of(head), actor);
            }
            store.teams.insert(head.team.clone(), head.id);
            store.locations.set(&head.team, &at, &usual);
            store.paths.extend(place.locations.iter().map(|location| (location.clone(), head.id)));
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
        let place = location.place()?;
        let token = self.check_identity(pins, location, &place, head)?;
        let known = pins.vaults.get(&head.id);
        let first = known.is_none();
        let (known, token) = self.without_lost(known, token);
        let acceptance = Pins::accept(known.as_deref(), token.as_ref(), &place, opened.snapshot(), &keys::vouches)
            .map_err(|distrust| Untrusted::new(location.origin(), head, distrust))?;
        let (at, usual) = (without_parents(&location.named), self.usual_vault(&head.team)?);
        let (inner, is_new) = (Vec::new(), false);
        let mut check = TrustCheck { place, pins: None, inner, acceptance, token, first, at, usual, is_new };
        let mut seen = pins.clone();
        check.record(&mut seen, opened.snapshot());
        check.is_new = seen != *pins;
        Ok(check)
    }

    /// What this machine knows, and what a token says, but for the section that is about to be brought back.
    fn without_lost<'p>(
        &self,
        known: Option<&'p Pins>,
        mut token: Option<Token>,
    ) -> (Option<Cow<'p, Pins>>, Option<Token>) {
        let mut known = known.map(Cow::Borrowed);
        if let Some(lost) = self.lost.get() {
            known.iter_mut().for_each(|known| drop(known.to_mut().closed.remove(lost)));
            token.iter_mut().for_each(|token| drop(token.sections.remove(lost)));
        }
        (known, token)
    }

    /// Checks that a vault is the one that its location, its team and `ETUI_TRUST` demand. Returns the token, if
    /// `ETUI_TRUST` is one.
    pub fn check_identity(
        &self,
        pins: &PinStore,
        location: &VaultLocation,
        Place { locations, .. }: &Place,
        head: &Head,
    ) -> Result<Option<Token>, Error> {
        let at_location: Vec<_> = locations.iter().filter_map(|location| pins.paths.get(location)).collect();
        let of_team = pins.teams.get(&head.team);
        // Two teams may have the same name. A vault that is known by its path alone is then not compared by name.
        let is_known_here = at_location.contains(&&head.id) && !pins.teams.values().any(|id| *id == head.id);
        let known = at_location.into_iter().chain(of_team.filter(|_| !is_known_here));
        if let Some(other) = known.into_iter().find(|id| **id != head.id) {
            let mut seen = pins.paths.iter().filter(|(at, id)| *id == other && !locations.contains(*at));
            // One that was moved has been at several places.
            let elsewhere = seen.clone().find(|(at, _)| Path::new(at).exists()).or_else(|| seen.next());
            let reason = Reason::OtherVault {
                team: head.team.clone(),
                found: head.fingerprint(),
                known: pins.vaults.get(other).map(|pins| VaultFingerprint::of(other, &pins.founder)),
                at: elsewhere.map(|(at, _)| at.clone()),
            };
            return Err(Untrusted::new(location.origin(), head, reason).into());
        }
        Ok(self.check_demanded(location.origin(), head, Untrusted::new)?.and_then(|demand| demand.token().cloned()))
    }

    /// Returns what `ETUI_TRUST` demands of any vault.
    pub fn demand(&self) -> Result<Option<Demand>, Error> {
        let text = self.settings.environment.trust()?;
        text.map(|text| Demand::parse(&text.to_string_lossy())).transpose()
    }

    /// Checks a vault against the fingerprint that `ETUI_TRUST` demands, if it demands one.
    pub(super) fn check_demanded(
        &self,
        at: Origin,
        head: &Head,
        untrusted: impl Fn(Origin, &Head, Reason) -> Untrusted,
    ) -> Result<Option<Demand>, Error> {
        let Some(demand) = self.demand()? else { return Ok(None) };
        let (demanded, found) = (demand.fingerprint(), head.fingerprint());
        if found.as_ref() == Some(&demanded) {
            return Ok(Some(demand));
        }
        Err(untrusted(at, head, Reason::OtherThanDemanded { demanded, found }).into())
    }

    pub(super) fn announce_first(&self, machine: &str, head: &Head) {
        let founder = head.founder().and_then(|key| head.writer_with(key)).map(|(name, _)| format!(" {name}"));
        let founder = founder.unwrap_or_default();
        let fingerprint = head.fingerprint().map(|print| print.to_string()).unwrap_or_default();
        let team = &head.team;
        let first = format!("first time {machine} opens team {team}; trusting its founder{founder}");
        let text = Message::from(format!("{first}, vault fingerprint {fingerprint}; compare it with what "));
        let trust = Command::without_vault("trust");
        self.frontend.notice(Notice::Done(text.command(trust).text(" shows to another member")));
    }

    /// Tells what a person should know about a vault that was accepted.
    fn announce(&self, check: &TrustCheck, head: &Head) {
        if check.first && self.settings.environment.trust.is_none() {
            self.announce_first("this laptop", head);
        }
        let TrustCheck { acceptance, .. } = check;
        if let Some(MissingChanges { changes, by, at }) = acceptance.lacks.as_ref().filter(|_| acceptance.is_news) {
            let changes = count(*changes as usize, "change");
            let text = format!("this copy lacks {changes} seen elsewhere, the last by {by} at {at}");
            self.frontend.notice(Notice::Note(text.into()));
        }
        if !acceptance.outdated.is_empty() {
            let (names, were) = (and(&acceptance.outdated), was(acceptance.outdated.len()));
            let text =
                format!("this copy is from before {names} {were} removed; the next change removes them here too");
            self.frontend.notice(Notice::Note(text.into()));
        }
        if !acceptance.closed_later.is_empty() {
            let (sections, were) = (and(&acceptance.closed_later), was(acceptance.closed_later.len()));
            let text = format!("this copy is from before {sections} {were} closed");
            self.frontend.notice(Notice::Note(text.into()));
        }
        self.announce_members(&acceptance.members, head);
        check.inner.iter().for_each(|inner| self.announce_inner(inner));
    }

    pub(super) fn announce_first_section(&self, machine: &str, section: &SectionId, head: &Head) {
        let print = head.fingerprint().map(|print| print.to_string()).unwrap_or_default();
        let text = format!("first time {machine} opens closed {section} of team {}, {print}", head.team);
        self.frontend.notice(Notice::Done(text.into()));
    }

    /// Tells what a person should know about a closed section that was opened.
    fn announce_inner(&self, inner: &InnerCheck) {
        let InnerCheck { section, head, acceptance, is_misstated, first, .. } = inner;
        if *first && self.settings.environment.trust.is_none() {
            self.announce_first_section("this laptop", section, head);
        }
        if let Some(MissingChanges { changes, by, at }) = acceptance.lacks.as_ref().filter(|_| acceptance.is_news) {
            let changes = count(*changes as usize, "change");
            let text = format!("{section} here lacks {changes} seen elsewhere, the last by {by} at {at}");
            self.frontend.notice(Notice::Note(text.into()));
        }
        if *is_misstated {
            let text =
                format!("the vault shows other members of closed {section} than it has; the next change corrects it");
            self.frontend.notice(Notice::Note(text.into()));
        }
        if !acceptance.members.is_empty() {
            let news: Vec<String> = acceptance.members.iter().map(news).collect();
            let news = news.join("; ");
            let text = format!("members of closed {section} changed since this laptop last looked: {news}");
            self.frontend.notice(Notice::Note(text.into()));
        }
    }

    /// Tells what a vault changes among the members that this machine knows, if a write will record it as known.
    pub fn announce_news(&self, head: &Head) -> Result<(), Error> {
        if let Some(known) = self.pins()?.vaults.get(&head.id) {
            self.announce_members(&known.news(head), head);
        }
        Ok(())
    }

    fn announce_members(&self, members: &[MemberNews], head: &Head) {
        if !members.is_empty() {
            let news: Vec<String> = members.iter().map(news).collect();
            let text =
                format!("members of team {} changed since this laptop last looked: {}", head.team, news.join("; "));
            self.frontend.notice(Notice::Note(text.into()));
        }
    }

    /// Opens the vault whoever wrote it, for `trust` and for callers that check it themselves.
    pub fn open_unchecked<'l>(&self, location: &'l VaultLocation) -> Result<OpenVault<'l>, Error> {
        self.open_file(location, Extent::Current, None)
    }

    /// Reads a vault that this machine knows, if it opens without a question. Records nothing. For completions.
    pub fn view_silently(&self, selection: Selection<'_>) -> Option<View> {
        if self.is_locked() || self.settings.environment.key_command.is_some() {
            return None;
        }
        let (location, pins) = (self.location().ok()?, self.pins().ok()?);
        let opened = self.open_file(location, Extent::Current, Some(&pins)).ok()?;
        let check = self.check_trust(&pins, location, &opened).ok()?;
        pins.vaults.get(&opened.head.id)?;
        let mut check = check.with(pins);
        self.view_of(&mut check, location, &opened, selection).ok()
    }

    /// Changes the pins. Where they cannot be written, a vault can still be used, with a warning.
    pub fn update_pins(&self, change: impl FnOnce(&mut PinStore)) -> Result<(), Error> {
        self.read_pins.take();
        self.recorded(PinStore::update(&self.state_directory()?, &self.lock_request(), change))
    }

    /// Changes the pins.
    ///
    /// # Errors
    /// If they cannot be written.
    pub fn update_pins_for_good(&self, change: impl FnOnce(&mut PinStore)) -> Result<(), Error> {
        self.read_pins.take();
        Ok(PinStore::update(&self.state_directory()?, &self.lock_request(), change)?)
    }

    /// Does some work, and records in the pins what it made, unless it fails.
    ///
    /// While the work is done, the bytes of the pins go to the disk on another thread. They count only after the work:
    /// a crash in between leaves the pins behind the vault, never before it. They are synced for good all the same, or
    /// this laptop could use one count of its actor for two writes.
    pub fn record_beside<T>(
        &self,
        work: impl FnOnce() -> Result<T, Error>,
        record: impl FnOnce(&mut PinStore) + Send,
    ) -> Result<T, Error> {
        let (directory, request) = (self.state_directory()?, self.lock_request());
        let (done, update) = thread::scope(|scope| {
            let update = scope.spawn(|| PinUpdate::prepare(&directory, &request, record));
            (work(), update.join().expect("recording does not panic"))
        });
        let done = done?;
        self.recorded(update.and_then(|(update, ())| update.finish()))?;
        Ok(done)
    }

    /// Warns if pins could not be written.
    fn recorded(&self, updated: Result<(), PinStoreError>) -> Result<(), Error> {
        match updated {
            Err(error @ PinStoreError::Write(..)) => {
                let text = format!("what was seen of this vault is not recorded: {}", Error::from(error));
                self.frontend.notice(Notice::Warning(text.into()));
                Ok(())
            }
            updated => Ok(updated?),
        }
    }
}

fn was(names: usize) -> &'static str {
    if names == 1 { "was" } else { "were" }
}

fn news(news: &MemberNews) -> String {
    match news {
        MemberNews::Added(name) => format!("{name} was added"),
        MemberNews::Removed(name) => format!("{name} was removed"),
        MemberNews::Renamed { old, new } => format!("{old} is now called {new}"),
        MemberNews::NewKey(name) => format!("{name} has other keys"),
        MemberNews::Root(name) => format!("{name} is the new root"),
    }
}
