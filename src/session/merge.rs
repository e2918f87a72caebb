//! Two sealed vaults become one: opened, checked against the pins, merged, and sealed by the writer who merges.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;

use super::Session;
use super::closed::{Around, Standing};
use super::commit::Draft;
use super::envelope::{self, AgeSource, Damage, Extent, OpenError, OpenVault};
use super::inner::WrittenInner;
use super::locate::VaultLocation;
use super::merge_refused::{MergeRefused, SideUnclosed};
use super::pins::{new_actor, new_hash_key};
use super::place::place;
use super::side::secrets_of;
use super::untrusted::{Reason, Untrusted};
use crate::keys::{self, Card, Identity, Purpose};
use crate::report::{Command, Error, Explain, Kind, Message, Notice, Report, and, count, in_team, now, or};
use crate::store::PinStore;
use crate::vault::merge::{self, Kept};
use crate::vault::outline::differences;
use crate::vault::text::SectionCache;
use crate::vault::{
    Access, Dispute, Distrust, Endorser, Head, MemberName, MergeError, MergeOutcome, Pins, SectionId, Sections, Stamp,
    TeamName, Vault,
};

/// How many names a warning lists one by one.
const WARNED: usize = 20;

/// The result of merging two files.
pub struct MergedFile {
    pub content: Content,
    pub disputes: Vec<Dispute>,
}

/// What the merged file holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Content {
    /// Our side, byte for byte.
    Ours,
    /// Their side, byte for byte.
    Theirs,
    New(Vec<u8>),
}

impl Content {
    pub fn bytes(self, ours: &[u8], theirs: &[u8]) -> Vec<u8> {
        match self {
            Content::Ours => ours.to_owned(),
            Content::Theirs => theirs.to_owned(),
            Content::New(sealed) => sealed,
        }
    }
}

/// What a merge makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The vault.
    Vault,
    /// A common base for two histories that met more than once, which git merges first. It counts as nobody's write:
    /// both sides would lack a write that was counted.
    Base,
}

/// What happens with a side of a merge that a removed member signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemovedAuthors {
    Refused,
    /// Its secrets and entries count, its members and removals do not. A person has said yes to that.
    SecretsCount,
}

impl Session {
    /// Opens a vault that stands nowhere: a side of a merge, or an older version.
    pub fn open_bytes<'l>(&self, location: &'l VaultLocation, sealed: &[u8]) -> Result<OpenVault<'l>, Error> {
        let source = AgeSource::from(sealed);
        Ok(envelope::open(location, Purpose::Vault, source, self.keys()?, Extent::WithHistory, None)?)
    }

    /// Reads a vault that stands nowhere, with the closed sections that the keys at hand open.
    pub fn read_bytes(&self, location: &VaultLocation, sealed: &[u8], standing: Standing<'_>) -> Result<Vault, Error> {
        let mut vault = self.open_bytes(location, sealed)?.whole()?;
        self.join_version(location, &self.pins()?, standing, &mut vault)?;
        Ok(vault)
    }

    /// Opens the closed sections of a version of the vault, as far as the keys at hand do.
    fn join_version(
        &self,
        location: &VaultLocation,
        pins: &PinStore,
        standing: Standing<'_>,
        vault: &mut Vault,
    ) -> Result<(), Error> {
        let around = Around { location, head: &vault.head, pins, standing, extent: Extent::WithHistory };
        self.open_sections(around, &mut vault.sections).map(drop)
    }

    /// Merges the bytes of two vaults, for the location where the result will stand. A base that this key cannot open,
    /// because it is older than this member, counts as none.
    pub fn merge_files(
        &self,
        location: &VaultLocation,
        target: Target,
        base: Option<&[u8]>,
        ours: &[u8],
        theirs: &[u8],
        removed_authors: RemovedAuthors,
    ) -> Result<MergedFile, Error> {
        let keys = self.keys()?;
        let open = |sealed: &[u8]| {
            envelope::open(location, Purpose::Vault, AgeSource::from(sealed), keys, Extent::WithHistory, None)
        };

        let mut cache = SectionCache::new();
        let ours = open(ours)?;
        // The other two mostly hold what ours holds, which is read while they are decrypted.
        let (ours, others) = thread::scope(|scope| {
            let others = scope.spawn(|| (open(theirs), base.map(open)));
            (ours.whole_with(&mut cache), others.join())
        });
        let (ours, (theirs, base)) = (ours?, others.expect("opening does not panic"));
        let theirs = theirs?;
        let base = match base {
            None | Some(Err(OpenError::NotMember { .. } | OpenError::Damaged { damage: Damage::NotAge, .. })) => None,
            Some(opened) => Some(opened?),
        };
        let (mut ours, mut theirs) = (ours, theirs.whole_with(&mut cache)?);
        let mut base = base.as_ref().map(|base| base.whole_with(&mut cache)).transpose()?;
        let pins = self.pins()?;
        self.join_version(location, &pins, Standing::Side, &mut ours)?;
        self.join_version(location, &pins, Standing::Side, &mut theirs)?;
        if let Some(base) = &mut base {
            self.join_version(location, &pins, Standing::Past, base)?;
        }

        let merged = match self.merge(location, base.as_ref(), &ours, &theirs, removed_authors) {
            // A base is nobody's version, so that nobody can be asked to make it. One of two counts as well.
            Err(error) if target == Target::Base && is_closed(&error) => {
                return Ok(MergedFile { content: Content::Ours, disputes: Vec::new() });
            }
            merged => merged.map_err(SideUnclosed::of)?,
        };
        let Merged { vault, writer, by, left_out, kept } = merged;
        let disputes = disputes(&vault.sections);
        if target == Target::Vault {
            self.warn_left_out(&left_out);
            self.warn_kept(&vault.head.team, &kept);
            self.warn_disputed(&vault.head.team, &disputes);
            self.note_versions(&ours.sections, &vault.sections);
            self.warn_left_out_inside([&ours.sections, &theirs.sections], &vault.sections);
        }
        for (side, content) in [(&ours, Content::Ours), (&theirs, Content::Theirs)] {
            if says_the_same(&vault, side) {
                return Ok(MergedFile { content, disputes });
            }
        }

        let place = location.place()?;
        let known = pins.vaults.get(&vault.head.id);
        let actor = known.map_or_else(new_actor, |pins| pins.actor(&place, &vault.head.clock, new_actor));
        let actor = (target == Target::Vault).then_some(actor);
        let counted = actor.map(|actor| (vault.head.id, actor, vault.head.clock.count(actor) + 1));
        let mut draft = Draft { vault, writer, by, actor };
        let inner = self.seal_sections(location, &pins, &place, None, &mut draft)?;
        let seal = || Ok(draft.seal(None, cache, &self.plugins())?.ok_or(envelope::SealError::NotReadBack)?);
        let sealed = match counted {
            Some((id, actor, count)) => self.record_beside(seal, |store| {
                if let Some(pins) = store.vaults.get_mut(&id) {
                    pins.counted(&place, actor, count);
                }
                for WrittenInner { head, actor, .. } in &inner {
                    if let (Some(pins), Some(actor)) = (store.vaults.get_mut(&head.id), actor) {
                        pins.counted(&place, *actor, head.clock.count(*actor));
                    }
                }
            })?,
            None => seal()?,
        };
        Ok(MergedFile { content: Content::New(sealed.bytes), disputes })
    }

    /// Merges two versions of the vault that this machine knows, as the writer whose key is at hand.
    ///
    /// # Errors
    /// If this machine does not trust a side, as in an opening, except that no clock is compared; if a side was signed
    /// by a member whom the other removed; or if the two cannot be merged.
    pub fn merge(
        &self,
        location: &VaultLocation,
        base: Option<&Vault>,
        ours: &Vault,
        theirs: &Vault,
        removed_authors: RemovedAuthors,
    ) -> Result<Merged<'_>, Error> {
        let refused = |error, side: &Vault| MergeRefused {
            path: location.file.path().to_owned(),
            error,
            by: side.head.written_by.clone(),
            at: side.head.written_at,
        };
        if theirs.head.id != ours.head.id {
            return Err(refused(MergeError::Other, theirs).into());
        }
        let pins = self.pins()?;
        let token = self.check_identity(&pins, location, &place(&location.named), &ours.head)?;
        let known = pins.vaults.get(&ours.head.id);
        let untrusted = |distrust, side: &Head| Untrusted::new(location.origin(), side, distrust);
        let vouch = |head: &Head| {
            Pins::vouch(known, token.as_ref(), head, &keys::vouches).map_err(|distrust| untrusted(distrust, head))
        };
        if let Some(base) = base {
            let founder =
                base.head.check_members(&keys::vouches).map_err(|distrust| untrusted(distrust, &base.head))?;
            let known = known.map_or(ours.head.founder() == Some(&founder), |known| known.founder == founder);
            if !known || base.head.id != ours.head.id {
                return Err(refused(MergeError::Other, base).into());
            }
        }

        let (writer, by) = self.merging_writer(location, ours, theirs)?;
        // A side whose every write the other contains is no change, whoever signed it.
        let newer = Vault::newer(base, ours, theirs);
        let counts = |side: &Vault| newer.is_none_or(|newer| std::ptr::eq(newer, side));
        let (mut checked_ours, mut checked_theirs) = (None, None);
        for (side, other, checked) in [(ours, theirs, &mut checked_ours), (theirs, ours, &mut checked_theirs)] {
            if !counts(side) {
                continue;
            }
            // Otherwise what is closed on one side would be merged with what others put in its place.
            if let Some(known) = known {
                known.check_closed(&side.head).map_err(|distrust| untrusted(distrust, &side.head))?;
            }
            // An older theirs says nothing about ours.
            let removals = (counts(other) || std::ptr::eq(other, ours)).then_some(&other.head);
            let Some(removed) = removed_author(&side.head, removals, vouch(&side.head))? else { continue };
            if newer.is_some() || Vault::counts_more(base, side, other) {
                // Nobody who was removed knows all writes of the other side. The clock is forged.
                let distrust = Distrust::SignedByRemoved { signer: side.head.written_by.clone(), removed };
                return Err(untrusted(distrust, &side.head).into());
            }
            if removed_authors == RemovedAuthors::Refused {
                let path = location.file.path().to_owned();
                return Err(RemovedAuthor::new(path, removed, base.unwrap_or(other), side).into());
            }
            *checked = Some(secrets_of(side, &other.head, known));
        }
        // If removed members wrote both, those of ours stay: a person has said yes to this side by checking it out.
        let ours = checked_ours.as_ref().filter(|_| checked_theirs.is_none()).unwrap_or(ours);
        let theirs = checked_theirs.as_ref().unwrap_or(theirs);
        if known.is_none() {
            self.announce_first("this laptop", &ours.head);
        }

        let closed = known.into_iter().flat_map(|known| &known.closed);
        let closed = closed.filter_map(|(id, seen)| Some((id.clone(), seen.vault.clone()?))).collect();
        let signer = writer.open_signer()?;
        let sign = |bytes: &[u8]| signer.sign(bytes);
        let stamp = Stamp { by: by.clone(), at: now() };
        let keys = Card::of(writer).public_keys();
        let endorser = Endorser { stamp: &stamp, keys, sign: &sign, fresh: &new_hash_key };
        let merged = Vault::merge_knowing(base, ours, theirs, Some(&endorser), &closed);
        let MergeOutcome { mut vault, mut left_out, kept, is_side } = merged.map_err(|error| refused(error, theirs))?;
        if is_side {
            return Ok(Merged { vault, writer, by, left_out, kept });
        }
        let gone = known.map(|known| vault.remove_known(known, &endorser)).unwrap_or_default();
        self.warn_removed_known(&gone.removed);
        left_out.extend(gone.left_out);
        // The result must be a vault that this machine would open.
        let Some((name, _)) = vault.head.writer_with(&writer.writer_key()) else {
            return Err(refused(MergeError::LeavesOut { name: by }, theirs).into());
        };
        vault.head.written_by = name.clone();
        vouch(&vault.head)?;
        Ok(Merged { vault, writer, by, left_out, kept })
    }

    fn merging_writer(
        &self,
        location: &VaultLocation,
        ours: &Vault,
        theirs: &Vault,
    ) -> Result<(&Identity, MemberName), Error> {
        let keys = self.keys()?;
        let is_removed = |key: &Identity| {
            let key = key.writer_key();
            theirs.head.removed.values().any(|removed| removed.bans_key(Some(&key)))
        };
        match (envelope::writer(&ours.head, location, keys), envelope::writer(&theirs.head, location, keys)) {
            // A key that was rotated: ours lists the old one, and theirs the new one.
            (Ok((old, _)), Ok(writer)) if is_removed(old) => Ok(writer),
            (Ok(writer), _) | (Err(_), Ok(writer)) => Ok(writer),
            (Err(error), Err(_)) => Err(error.into()),
        }
    }

    /// Warns of names that a merge left disputed.
    fn warn_disputed(&self, team: &TeamName, disputes: &[Dispute]) {
        for dispute in disputes {
            let by: Vec<String> = dispute.by.iter().map(|(by, at)| format!("by {by} at {at}")).collect();
            let place = in_team(&dispute.section, team);
            let text = format!("{} in {place} is disputed: written {}", dispute.name, and(&by));
            self.frontend.notice(Notice::Warning(text.into()));
        }
    }

    /// Notes the closed sections that a merge keeps in several versions, which others must merge.
    pub fn note_versions(&self, before: &Sections, after: &Sections) {
        for (id, closed) in after.in_versions().filter(|(id, _)| after.existing(id).is_err()) {
            let known = before.get(id).and_then(|section| section.closed.as_ref());
            if known.is_some_and(|known| known.sealed == closed.sealed) {
                continue;
            }
            let by = match &closed.access {
                Access::Locked { by } if !by.is_empty() => or(by),
                _ => "a writer of it".to_owned(),
            };
            let versions = count(closed.sealed.len(), "version");
            let text = format!("closed section {id} is kept in {versions}, until {by} writes there or runs ");
            let settle = Command::new("settle").section(id);
            self.frontend.notice(Notice::Note(Message::from(text).command(settle)));
        }
    }

    /// Warns of names that stay although somebody deleted them.
    pub fn warn_kept(&self, team: &TeamName, kept: &[Kept]) {
        for Kept { section, name, is_entry, changed, deleted, reason } in kept.iter().take(WARNED) {
            let place = in_team(section, team);
            let reason = reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
            let deleted = format!("deleted by {} at {}{reason}", deleted.0, deleted.1);
            let changed = format!("changed by {} at {}", changed.0, changed.1);
            let text = format!("{name} in {place} stays: it was {deleted}, and {changed}; to delete it after all: ");
            let delete = Command::new(if *is_entry { "env delete" } else { "delete" });
            let text = Message::from(text).command(delete.arg(name).section(section));
            self.frontend.notice(Notice::Warning(text));
        }
        if let Some(more @ 1..) = kept.len().checked_sub(WARNED) {
            let names = count(more, "more name");
            let text = format!("{names} stayed like this: ");
            self.frontend.notice(Notice::Warning(Message::from(text).command(Command::new("log"))));
        }
    }

    /// Warns of members who are removed because this machine knows of their removal.
    pub fn warn_removed_known(&self, removed: &[MemberName]) {
        for name in removed {
            let text = format!("this laptop knows that {name} was removed, so {name} is removed here too");
            self.frontend.notice(Notice::Warning(text.into()));
        }
    }

    /// Warns of members who are left without an endorsement.
    pub fn warn_left_out(&self, left_out: &[MemberName]) {
        for name in left_out {
            let text = format!("{name} was endorsed by a member who was removed, and is left out; add {name} again");
            self.frontend.notice(Notice::Warning(text.into()));
        }
    }

    /// Checks that a vault, which may be an old one, was valid in its time and is the one that this machine knows.
    pub fn check_once_trusted(&self, location: &VaultLocation, head: &Head) -> Result<(), Error> {
        let pins = self.pins()?;
        self.check_identity(&pins, location, &place(&location.named), head)?;
        let Some(known) = pins.vaults.get(&head.id) else { return Ok(()) };
        let checked = known.trusted_once(head, &keys::vouches);
        Ok(checked.map_err(|distrust| Untrusted::new(location.origin(), head, distrust))?)
    }
}

/// A merged vault, and who will sign it.
pub struct Merged<'k> {
    pub vault: Vault,
    pub writer: &'k Identity,
    /// The writer's name before the merge.
    pub by: MemberName,
    /// Members whom nobody who stays endorses.
    pub left_out: Vec<MemberName>,
    /// Names that one side deleted and the other changed.
    pub kept: Vec<Kept>,
}

/// Whether only others can merge a section that was closed or opened on one side.
fn is_closed(error: &Error) -> bool {
    let refused = error.cause::<MergeRefused>();
    refused.is_some_and(|refused| matches!(refused.error, MergeError::Closed { .. }))
}

/// Returns the removed member who signed a side, or through whom its signer is endorsed. A signer whom the other side
/// still has as a member has another endorsement there.
///
/// # Errors
/// If the side is not trusted for any other reason.
fn removed_author(
    side: &Head,
    other: Option<&Head>,
    vouched: Result<(), Untrusted>,
) -> Result<Option<MemberName>, Untrusted> {
    match vouched {
        Err(Untrusted { reason: Reason::Distrust(Distrust::SignedByRemoved { removed: name, .. }), .. })
        | Err(Untrusted { reason: Reason::Distrust(Distrust::StepByRemoved { name }), .. }) => Ok(Some(name)),
        Err(other) => Err(other),
        Ok(()) => Ok(other.and_then(|other| merge::removed_author(side, other)).cloned()),
    }
}

/// A side of a merge that a removed member signed.
#[derive(Debug)]
pub struct RemovedAuthor {
    pub path: PathBuf,
    pub author: MemberName,
    /// What the side changes.
    pub changes: Vec<String>,
}

impl RemovedAuthor {
    fn new(path: PathBuf, author: MemberName, before: &Vault, side: &Vault) -> RemovedAuthor {
        let (old, new) = (before.outline(side), side.outline(side));
        let changes = differences(&old, &new).into_iter().filter(|(subject, _)| subject.section().is_some());
        let changes = changes.map(|(subject, _)| subject.to_string()).collect();
        RemovedAuthor { path, author, changes }
    }

    /// Returns what the side changes, in words.
    pub fn changed(&self) -> String {
        if self.changes.is_empty() { "no name".to_owned() } else { and(&self.changes) }
    }
}

impl Explain for RemovedAuthor {
    fn explain(&self) -> Report {
        let RemovedAuthor { path, author, .. } = self;
        let path = path.display();
        let message = format!("one side of {path} was written by {author}, who was removed");
        let resolve = Message::from(format!("it changes {}; to use that anyway: ", self.changed()));
        Report::new(Kind::Damaged, "signer_removed", message).hint(resolve.command(Command::new("git resolve")))
    }
}

explained!(RemovedAuthor);

/// Returns whether a vault says what a side says, and the side has all of its writes.
pub fn says_the_same(vault: &Vault, side: &Vault) -> bool {
    let (one, other) = (&vault.head, &side.head);
    let same_head = one.members == other.members
        && one.removed == other.removed
        && one.roots == other.roots
        && one.hash_key == other.hash_key
        && one.extra == other.extra;
    let same_content = vault.sections == side.sections && vault.read == side.read;
    same_head && same_content && one.clock.beyond(&other.clock) == 0
}

/// Lists every disputed name.
pub fn disputes(sections: &Sections) -> Vec<Dispute> {
    let ids: BTreeSet<&SectionId> = sections.iter().map(|(id, _)| id).collect();
    let of = |id: &SectionId| {
        let names = sections.get(id).map(|section| section.disputes()).unwrap_or_default();
        names.into_iter().filter_map(|name| sections.dispute(id, name)).collect::<Vec<_>>()
    };
    ids.into_iter().flat_map(of).collect()
}

/// Disputes that a merge left.
#[derive(Debug)]
pub struct DisputesLeft {
    pub disputes: Vec<Dispute>,
    pub path: PathBuf,
    /// The command that goes on once they are settled.
    pub resume: Option<Command>,
}

impl DisputesLeft {
    /// The error for disputes in the vault at this path; `resume` goes on once they are settled.
    pub fn new(disputes: Vec<Dispute>, path: &Path, resume: Option<Command>) -> DisputesLeft {
        DisputesLeft { disputes, path: path.to_owned(), resume }
    }
}

impl Explain for DisputesLeft {
    fn explain(&self) -> Report {
        let DisputesLeft { disputes, path, resume } = self;
        let shown = disputes.iter().take(5);
        let names: Vec<String> = shown.map(|dispute| format!("{} in {}", dispute.name, dispute.section)).collect();
        let more = disputes.len() - names.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        let counted = count(disputes.len(), "disputed name");
        let message = format!("{counted} in {}: {}{more}", path.display(), and(&names));
        let report = Report::new(Kind::Conflict, "disputed", message);

        let Some(Dispute { name, section, .. }) = disputes.first() else { return report };
        let mut hint = Message::from(Command::new("settle").arg(name).section(section));
        if let Some(resume) = resume {
            hint = hint.text(", then ").command(resume.clone());
        }
        report.hint(hint)
    }
}

explained!(DisputesLeft);
