//! Two sealed vaults become one: opened, checked against the pins, merged, and sealed by the writer who merges.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::thread;

use super::Session;
use super::commit::Draft;
use super::envelope::{self, AgeSource, Damage, Extent, OpenError, OpenVault};
use super::locate::VaultLocation;
use super::pins::{Untrusted, checkout, new_actor};
use crate::keys::{self, Identity, Purpose};
use crate::report::{Command, Error, Explain, Kind, Message, Notice, Report, and, count, in_team, now};
use crate::store::PinStore;
use crate::vault::text::SectionCache;
use crate::vault::{
    Dispute, Endorser, Fingerprint, Head, Member, MemberName, MergeError, MergeOutcome, Pins, SectionId, Sections,
    Stamp, Timestamp, Vault,
};

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

impl Session {
    /// Opens a vault that stands nowhere: a side of a merge, or an older version.
    pub fn open_bytes<'l>(&self, location: &'l VaultLocation, sealed: &[u8]) -> Result<OpenVault<'l>, Error> {
        let source = AgeSource::from(sealed);
        Ok(envelope::open(location, Purpose::Vault, source, self.keys()?, Extent::WithHistory)?)
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
    ) -> Result<MergedFile, Error> {
        let pins = self.pins()?;
        let keys = self.keys()?;
        let open = |sealed: &[u8]| {
            envelope::open(location, Purpose::Vault, AgeSource::from(sealed), keys, Extent::WithHistory)
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
        let theirs = theirs.whole_with(&mut cache)?;
        let base = base.as_ref().map(|base| base.whole_with(&mut cache)).transpose()?;

        let MergeOutcome { mut vault, left_out } = merge(location, base.as_ref(), &ours, &theirs)?;
        let (writer, by) = envelope::writer(&vault.head, location, keys)?;
        let removed = pins.vaults.get(&vault.head.id).map(|pins| &pins.removed);
        self.remove_known(&mut vault, removed.unwrap_or(&BTreeSet::new()), writer, &by);
        let sides = [&ours.head, &theirs.head];
        let pins = self.check_merge(&pins, location, &vault.head, sides, base.as_ref().map(|base| &base.head))?;

        let disputes = disputes(&vault.sections);
        if target == Target::Vault {
            self.warn_of_merge(&vault, &left_out, &disputes);
        }
        for (side, content) in [(&ours, Content::Ours), (&theirs, Content::Theirs)] {
            if says_the_same(&vault, side) {
                return Ok(MergedFile { content, disputes });
            }
        }

        let checkout = checkout(&location.real());
        let actor = pins.actor(checkout.as_ref(), &vault.head.clock, new_actor);
        let actor = (target == Target::Vault).then_some(actor);
        let mut draft = Draft { vault, writer, by, actor };
        let Some(sealed) = draft.seal(None, cache)? else {
            return Err(envelope::SealError::NotReadBack.into());
        };
        let head = draft.vault.head;
        if let Some(actor) = actor {
            let count = head.clock.count(actor);
            self.update_pins(|store| {
                let known = store.vaults.entry(head.id).or_insert_with(|| pins.clone());
                known.join(&pins);
                known.counted(checkout.as_ref(), actor, count);
            })?;
        }
        Ok(MergedFile { content: Content::New(sealed.bytes), disputes })
    }

    /// Warns of what a person has to do after a merge.
    fn warn_of_merge(&self, vault: &Vault, left_out: &[MemberName], disputes: &[Dispute]) {
        self.warn_left_out(left_out);
        for dispute in disputes {
            let by: Vec<String> = dispute.by.iter().map(|(by, at)| format!("by {by} at {at}")).collect();
            let place = in_team(&dispute.section, &vault.head.team);
            let text = format!("{} in {place} is disputed: written {}", dispute.name, and(&by));
            self.frontend.notice(Notice::Warning(text.into()));
        }
    }

    /// Warns of members whom a merge left without an endorsement.
    pub fn warn_left_out(&self, left_out: &[MemberName]) {
        for name in left_out {
            let text = format!("{name} was endorsed by a member who was removed, and is left out; add {name} again");
            self.frontend.notice(Notice::Warning(text.into()));
        }
    }

    /// Removes the members that the pins list as removed, although neither side does: a rebase passes states from
    /// before the removal. A member who endorsed others stays: a person has to look at that.
    fn remove_known(&self, vault: &mut Vault, removed: &BTreeSet<Fingerprint>, writer: &Identity, by: &MemberName) {
        let stamp = Stamp { by: by.clone(), at: now() };
        let endorse = |bytes: &[u8]| writer.endorse(bytes);
        let endorser = Endorser { stamp: &stamp, key: writer.writer_key(), endorse: &endorse };

        let members = vault.head.members.iter();
        let known: Vec<_> =
            members.filter(|(_, member)| is_removed(member, removed)).map(|(name, _)| name.clone()).collect();
        for name in known {
            if vault.endorsed_by(&name).is_empty() && vault.remove_member(&name, &endorser).is_ok() {
                let text = format!("this laptop knows that {name} was removed, so {name} is removed here too");
                self.frontend.notice(Notice::Warning(text.into()));
            }
        }
    }

    /// Removes from a vault, as a person saw it, the members that the pins list as removed. None if the file has
    /// changed since, or if one of those members wrote it.
    pub fn remove_again<'l>(
        &self,
        location: &'l VaultLocation,
        seen: &OpenVault<'_>,
        removed: &BTreeSet<Fingerprint>,
    ) -> Result<Option<OpenVault<'l>>, Error> {
        let written = location.file.update(&self.lock_request(), |_, replace| {
            let opened = self.open_file(location, Extent::WithHistory)?;
            let author = opened.head.members.get(&opened.head.written_by);
            if opened.digest != seen.digest || author.is_none_or(|author| is_removed(author, removed)) {
                return Ok::<_, Error>(None);
            }
            let (writer, by) = envelope::writer(&opened.head, location, self.keys()?)?;
            let mut cache = SectionCache::new();
            let mut vault = opened.whole_with(&mut cache)?;
            self.remove_known(&mut vault, removed, writer, &by);
            let mut draft = Draft { vault, writer, by, actor: Some(new_actor()) };
            let Some(sealed) = draft.seal(None, cache)? else { return Ok(None) };
            replace(&sealed.bytes)?;
            Ok(Some(sealed.digest))
        })?;
        let opened = self.open_unchecked(location)?;
        Ok(Some(opened).filter(|opened| written == Some(opened.digest)))
    }

    /// Checks that both sides, and the base, are of the vault that this machine knows, by people whom it trusts.
    pub fn check_merge(
        &self,
        pins: &PinStore,
        location: &VaultLocation,
        merged: &Head,
        sides: [&Head; 2],
        base: Option<&Head>,
    ) -> Result<Pins, Error> {
        let path = location.file.path();
        self.check_identity(pins, location, merged)?;
        let known = pins.vaults.get(&merged.id);
        if known.is_none() {
            self.announce_first("this laptop", merged);
        }
        let pins = Pins::merge(known, merged, sides, &keys::vouches)
            .map_err(|distrust| Untrusted::new(path, sides[1], distrust))?;
        if let Some(base) = base {
            pins.trusted_once(base, &keys::vouches).map_err(|distrust| Untrusted::new(path, base, distrust))?;
        }
        Ok(pins)
    }

    /// Checks that a vault, which may be an old one, was written by a member whom this machine trusts or trusted.
    pub fn check_once_trusted(&self, location: &VaultLocation, head: &Head) -> Result<(), Error> {
        let pins = self.pins()?;
        self.check_identity(&pins, location, head)?;
        let Some(known) = pins.vaults.get(&head.id) else { return Ok(()) };
        let checked = known.trusted_once(head, &keys::vouches);
        Ok(checked.map_err(|distrust| Untrusted::new(location.file.path(), head, distrust))?)
    }
}

fn is_removed(member: &Member, removed: &BTreeSet<Fingerprint>) -> bool {
    member.fingerprints().iter().any(|print| removed.contains(print))
}

/// Merges vaults that stand, or will stand, at a location.
pub fn merge(
    location: &VaultLocation,
    base: Option<&Vault>,
    ours: &Vault,
    theirs: &Vault,
) -> Result<MergeOutcome, MergeRefused> {
    Vault::merge(base, ours, theirs).map_err(|error| {
        let side = if let MergeError::Behind { is_first: true, .. } = error { ours } else { theirs };
        let path = location.file.path().to_owned();
        MergeRefused { path, error, by: side.head.written_by.clone(), at: side.head.written_at }
    })
}

/// Returns whether a vault says what a side says, and the side has all of its writes.
pub fn says_the_same(vault: &Vault, side: &Vault) -> bool {
    let same_head = vault.head.members == side.head.members
        && vault.head.removed == side.head.removed
        && vault.head.extra == side.head.extra;
    same_head && vault.sections == side.sections && vault.head.clock.beyond(&side.head.clock) == 0
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

/// Two vaults that cannot be merged.
#[derive(Debug)]
pub struct MergeRefused {
    pub path: PathBuf,
    pub error: MergeError,
    /// Who wrote the side at fault, and when.
    pub by: MemberName,
    pub at: Timestamp,
}

impl Explain for MergeRefused {
    fn explain(&self) -> Report {
        let MergeRefused { path, error, by, at } = self;
        let path = path.display();
        match error {
            MergeError::Other => {
                let message = format!("this is not a copy of {path}: it is another vault, written by {by}");
                let import = Command::new("import").arg("FILE");
                Report::new(Kind::Conflict, "merge_other", message)
                    .hint(Message::from("to take over values from elsewhere: ").command(import))
            }
            MergeError::Behind { changes, .. } => {
                let changes = count(*changes as usize, "change");
                let side = format!("the side that {by} wrote at {at} lacks {changes} of the common base");
                let message = format!("an older {path} was committed on top of a newer one: {side}");
                let restore = Command::new("restore").arg("NAME");
                Report::new(Kind::Damaged, "merge_behind", message).hint(
                    Message::from("take the other side; a value comes back with ")
                        .command(restore)
                        .text(", not with `git revert`"),
                )
            }
            MergeError::NoWriter => {
                let message = format!("merging {path} would leave no writer: each was removed on one of the sides");
                Report::new(Kind::Conflict, "merge_no_writer", message)
                    .hint("keep one side, for example with `git checkout --ours FILE`, and remove members there")
            }
            MergeError::TwoMembers { name } => {
                let rename = Command::new("member rename").arg(name).arg("NEW");
                let message = format!("both sides of {path} added a different member {name}");
                Report::new(Kind::Conflict, "merge_two_members", message).hint(
                    Message::from("keep your side with `git merge --abort`, and rename one first: ").command(rename),
                )
            }
        }
    }
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

explained!(MergeRefused, DisputesLeft);
