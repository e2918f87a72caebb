//! The one way a vault is written: signed, encrypted, read back, and only then put in the place of the old one.

use std::borrow::Cow;
use std::path::Path;

use super::Session;
use super::envelope::{self, AgeSource, Extent, OpenVault, SealedVault};
use super::locate::{VaultLocation, real};
use super::pins::new_actor;
use super::untrusted::Untrusted;
use crate::git;
use crate::keys::{Identity, Key, Plugins, Purpose};
use crate::report::{Command, Error, Kind, Message, Notice, OfVault, now};
use crate::store::{PinStore, StoreError};
use crate::vault::text::{self, SectionCache, Text};
use crate::vault::{ActorId, Distrust, MemberName, Pins, Stamp, Vault};

/// Up to so many members, trying their stanzas costs less than finding the right one by the fingerprint of the key.
const SMALL_TEAM: usize = 4;

/// Whether a vault is still what a change was meant for; an error if it is not.
pub type Condition = Box<dyn Fn(&Vault) -> Result<(), Error>>;

/// A vault on its way into a file.
pub struct Draft<'d> {
    pub vault: Vault,
    pub writer: &'d Identity,
    /// The writer's name before the change.
    pub by: MemberName,
    /// Who counts this write. None for the base of a merge, which is nobody's write.
    pub actor: Option<ActorId>,
}

impl Draft<'_> {
    /// Signs and encrypts the draft, in the name of its writer and as of now, and reads it back. None if the sections
    /// are the same as in `before`, and the head too.
    ///
    /// Sections whose text is in the cache are known to parse, and are not parsed again.
    pub fn seal(
        &mut self,
        before: Option<&OpenVault<'_>>,
        cache: SectionCache<'_>,
        plugins: &Plugins,
    ) -> Result<Option<SealedVault>, Error> {
        let is_same_head = before.is_some_and(|before| before.head == self.vault.head);

        // The change may have been of the writer's own name.
        let head = &mut self.vault.head;
        let key = self.writer.writer_key();
        let own = head.writer_with(&key);
        head.written_by = own.map_or_else(|| self.by.clone(), |(name, _)| name.clone());
        head.written_at = now();
        if let Some(actor) = self.actor {
            head.clock.tick(actor);
        }

        let outer = match self.vault.head.closed.is_empty() {
            true => Cow::Borrowed(&self.vault),
            false => Cow::Owned(self.vault.outer()),
        };
        let text = Text::new(text::print(&outer));
        if is_same_head && before.is_some_and(|before| before.has_sections_of(&text)) {
            return Ok(None);
        }
        let (signer, mut cache) = (self.writer.open_signer()?, cache);
        Ok(Some(envelope::seal(&outer, &text, signer, &mut cache, plugins)?))
    }
}

impl Session {
    /// Opens the vault, changes it, and writes it. A change that leaves everything as it was writes nothing.
    ///
    /// # Errors
    /// Those of `change`, and of opening and writing. The old vault then stays as it was.
    pub fn edit<T, E: OfVault>(&self, change: impl FnOnce(&mut Vault, &Stamp) -> Result<T, E>) -> Result<T, Error> {
        let (mut change, mut result) = (Some(change), None);
        self.write(Extent::WithHistory, &mut |vault, stamp| {
            let Some(change) = change.take() else { return Ok(()) };
            let team = vault.head.team.clone();
            result = Some(change(vault, stamp).map_err(|error| error.in_team(&team))?);
            Ok(())
        })?;
        Ok(result.expect("a write that succeeds has made its change"))
    }

    /// Writes the vault anew without its history, which is damaged.
    ///
    /// # Errors
    /// If the history is not damaged, or more than the history is.
    pub fn drop_history(&self) -> Result<(), Error> {
        if !self.is_history_damaged(self.location()?) {
            let purge = Message::from("to erase earlier values: ").command(Command::new("purge"));
            return Err(Error::new(Kind::Conflict, "history_good", "the history is not damaged").hint(purge));
        }
        self.write(Extent::Current, &mut |_, _| Ok(()))
    }

    /// Whether the vault does not open with its history, for whatever reason. Closed sections have histories of their own.
    pub fn is_history_damaged(&self, location: &VaultLocation) -> bool {
        self.open_file(location, Extent::WithHistory, None).and_then(|opened| Ok(opened.whole()?)).is_err()
    }

    /// Writes for all kinds of changes. It is not generic, which makes the program 350 KB smaller. Without the history,
    /// it writes even if nothing else has changed.
    fn write(
        &self,
        extent: Extent,
        change: &mut dyn FnMut(&mut Vault, &Stamp) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let location = self.location()?;
        let keys = self.keys()?;
        // Before the lock, whose file would create the directory of a vault that does not exist.
        if let Some(missing) = self.missing_vault() {
            return Err(missing);
        }
        self.frontend.notice(Notice::Debug(format!("changing {}", location.file.path().display())));

        location.file.update(&self.lock_request(), |_, replace| {
            // Another process may have written while this one waited for the lock.
            self.read_pins.take();
            let (opened, mut check) = self.open_trusted(location, |_| self.open_file(location, extent, None))?;
            let mut cache = SectionCache::new();
            let mut vault = opened.whole_with(&mut cache)?;
            let mut before_change = None;
            if extent == Extent::WithHistory && !opened.head.closed.is_empty() {
                self.join(&mut check, location, &opened.head, &mut vault.sections, extent)?;
                before_change = Some(vault.sections.clone());
            }
            self.accept(&check, &opened)?;
            let (writer, by) = envelope::writer(&opened.head, location, keys)?;
            let mut draft = Draft { vault, writer, by, actor: None };

            if let Some(holds) = &self.condition {
                holds(&draft.vault)?;
            }
            if !check.outdated().is_empty() {
                let known = self.pins()?.vaults.remove(&draft.vault.head.id);
                known.map_or(Ok(()), |known| self.remove_known(location, &mut draft, &known))?;
            }
            change(&mut draft.vault, &Stamp { by: draft.by.clone(), at: now() })?;

            // The root may have replaced its own key.
            if draft.vault.head.writer_with(&writer.writer_key()).is_none() {
                (draft.writer, draft.by) = envelope::writer(&draft.vault.head, location, keys)?;
            }
            let pins = self.pins()?;
            let (known, clock) = (pins.vaults.get(&draft.vault.head.id), &draft.vault.head.clock);
            let actor = known.map_or_else(new_actor, |pins| pins.actor(check.place(), clock, new_actor));
            draft.actor = Some(actor);
            let inner = self.seal_sections(location, &pins, check.place(), before_change.as_ref(), &mut draft)?;
            let before = (extent == Extent::WithHistory).then_some(&opened);
            let Some(sealed) = draft.seal(before, cache, &self.plugins())? else { return Ok(()) };
            let (head, SealedVault { bytes, digest }) = (&draft.vault.head, &sealed);
            self.record_beside(
                || Ok(replace(bytes)?),
                |pins| {
                    check.record_write(pins, head, digest, actor);
                    inner.iter().for_each(|inner| check.record_inner(pins, inner));
                },
            )?;
            self.note_merge_driver(location);
            Ok(())
        })
    }

    /// Removes the members whom this machine knows to be removed, from a vault from before their removal.
    ///
    /// # Errors
    /// If the writer itself is one of them, or a member through one of them.
    pub(super) fn remove_known(
        &self,
        location: &VaultLocation,
        draft: &mut Draft<'_>,
        known: &Pins,
    ) -> Result<(), Error> {
        let endorsers = draft.vault.head.endorsers(&draft.by);
        if let Some(removed) = endorsers.into_iter().find_map(|(_, member)| known.removal_of(&member.keys)) {
            let (signer, removed) = (draft.by.clone(), removed.name.clone());
            let distrust = Distrust::SignedByRemoved { signer, removed };
            return Err(Untrusted::new(location.origin(), &draft.vault.head, distrust).into());
        }
        let gone = self.as_endorser(draft.writer, &draft.by.clone(), |by| Ok(draft.vault.remove_known(known, by)))?;
        self.warn_removed_known(&gone.removed);
        self.warn_left_out(&gone.left_out);
        Ok(())
    }

    /// Opens the vault's file without checking it against the pins. They only spare what was checked before.
    pub(super) fn open_file<'l>(
        &self,
        location: &'l VaultLocation,
        extent: Extent,
        pins: Option<&PinStore>,
    ) -> Result<OpenVault<'l>, Error> {
        let source = match location.file.open() {
            Err(missing @ StoreError::Missing(_)) => return Err(self.missing_vault().unwrap_or(missing.into())),
            file => AgeSource::from(file?),
        };
        let keys = self.keys()?;
        if let Some(pins) = pins {
            expect_stanzas(pins, location, keys);
        }
        Ok(envelope::open(location, Purpose::Vault, source, keys, extent, pins)?)
    }

    /// Notes where git would not merge this vault secret by secret, although its attributes ask for it.
    pub fn note_merge_driver(&self, location: &VaultLocation) {
        if git::setup::lacks_driver(Path::new(&real(location.file.path()))) {
            let text = Message::from("git in this clone does not know how to merge the vault: ");
            self.frontend.notice(Notice::Note(text.command(Command::new("git install"))));
        }
    }
}

/// Tells each key at which place among the members it was last seen, and so at which place in the age header. In a large
/// team it is far faster to find out than to try all stanzas before it.
fn expect_stanzas(pins: &PinStore, location: &VaultLocation, keys: &[Key]) {
    let id = pins.paths.get(&*location.named.to_string_lossy());
    let members = id.and_then(|id| pins.vaults.get(id)).map(|pins| &pins.roster.members);
    let Some(members) = members.filter(|members| members.len() > SMALL_TEAM) else { return };
    for identity in keys.iter().filter_map(Key::signer) {
        let print = identity.fingerprint();
        if let Some(place) = members.values().position(|known| *known == print) {
            identity.expect_at(Some(place));
        }
    }
}
