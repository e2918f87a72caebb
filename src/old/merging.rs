//! Two sealed vaults become one: opened, trusted, merged, signed by who merges, and sealed again.

use std::collections::BTreeSet;
use std::thread;

use rand::Rng as _;
use rand::rngs::OsRng;

use super::context::{Cx, VaultLocation};
use super::open::{self, Opened, Sealed};
use crate::keys::{self, Identity, Purpose};
use crate::old::error::{Damage, Error, Sharing, Strange, in_team};
use crate::store::PinStore;
use crate::vault::text::{self, SectionCache, Text};
use crate::vault::{
    ActorId, Dispute, Endorser, Fingerprint, Head, Member, MemberName, MergeError, MergeOutcome, Pins, SectionId,
    Sections, Stamp, Vault,
};

/// What merging two files came to.
pub struct Met {
    pub result: Took,
    pub disputes: Vec<Dispute>,
    pub head: Head,
}

/// What a merge is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merging {
    Vault,
    /// What two histories came from, where they met more than once: git merges that first, to be their base. It is no
    /// write of anybody's: one that is counted is one that both sides would lack.
    Ancestor,
}

/// The file that says it.
#[derive(Debug, PartialEq, Eq)]
pub enum Took {
    /// One of them, byte for byte.
    Ours,
    Theirs,
    New(Vec<u8>),
}

impl Took {
    /// What the file is to hold.
    pub fn bytes(self, ours: &[u8], theirs: &[u8]) -> Vec<u8> {
        match self {
            Took::Ours => ours.to_owned(),
            Took::Theirs => theirs.to_owned(),
            Took::New(sealed) => sealed,
        }
    }
}

impl Cx {
    /// Opens a vault that is at no place: a side of a merge, or an older version.
    pub fn open_side<'p>(&self, place: &'p VaultLocation, sealed: &[u8]) -> Result<Opened<'p>, Error> {
        open::open(place, Purpose::Vault, Sealed::bytes(sealed), self.identities()?, true)
    }

    /// Merges the bytes of two vaults, for the place where the result is to stand. A base that this laptop cannot
    /// read, because it is older than this member, counts as none.
    pub fn merge_sealed(
        &self,
        place: &VaultLocation,
        what: Merging,
        base: Option<&[u8]>,
        ours: &[u8],
        theirs: &[u8],
    ) -> Result<Met, Error> {
        let memory = self.memory()?;
        let identities = self.identities()?;
        let open = |sealed| open::open(place, Purpose::Vault, Sealed::bytes(sealed), identities, true);
        let mut read = SectionCache::new();
        let ours = open(ours)?;
        // What the other two hold is mostly what ours holds: that is read while they are decrypted.
        let (ours, others) = thread::scope(|scope| {
            let others = scope.spawn(|| (open(theirs), base.map(open)));
            (ours.whole_beside(&mut read), others.join())
        });
        let (ours, (theirs, base)) = (ours?, others.expect("opening does not panic"));
        let theirs = theirs?;
        let base = match base {
            None | Some(Err(Error::NotMember { .. } | Error::NotVault { why: Damage::NotAge, .. })) => None,
            Some(opened) => Some(opened?),
        };
        let theirs = theirs.whole_beside(&mut read)?;
        let base = base.as_ref().map(|base| base.whole_beside(&mut read)).transpose()?;
        let MergeOutcome { mut vault, left_out } = merge(place, base.as_ref(), &ours, &theirs)?;
        let (writer, by) = open::writer(&vault.head, place, self.identities()?)?;
        let known = memory.vaults.get(&vault.head.id).map(|pins| &pins.removed);
        self.put_out(&mut vault, known.unwrap_or(&BTreeSet::new()), writer, &by);
        let sides = [&ours.head, &theirs.head];
        let pins = self.judge_merge(&memory, place, &vault.head, sides, base.as_ref().map(|base| &base.head))?;
        let disputes = disputes(&vault.sections);
        if what == Merging::Vault {
            self.warn_of(&vault, &left_out, &disputes);
        }
        for (side, result) in [(&ours, Took::Ours), (&theirs, Took::Theirs)] {
            if says_the_same(&vault, side) {
                return Ok(Met { result, disputes, head: vault.head });
            }
        }
        vault.head.written_by = by;
        vault.head.written_at = self.ui.now;
        let at = Cx::place_of(&place.real());
        let actor = pins.actor(at.as_ref(), &vault.head.clock, || ActorId(OsRng.r#gen()));
        if what == Merging::Vault {
            vault.head.clock.tick(actor);
        }
        let text = Text::new(text::print(&vault));
        let closed = open::close(&vault, &text, writer, &mut read)?;
        if what == Merging::Vault {
            let count = vault.head.clock.count(actor);
            self.remember(|memory| {
                let known = memory.vaults.entry(vault.head.id).or_insert_with(|| pins.clone());
                known.join(&pins);
                known.counted(at.as_ref(), actor, count);
            })?;
        }
        Ok(Met { result: Took::New(closed.sealed), disputes, head: vault.head })
    }

    /// Says what a person has to do after a merge.
    fn warn_of(&self, vault: &Vault, left_out: &[MemberName], disputes: &[Dispute]) {
        for name in left_out {
            self.ui.warn(&format!("{name} was vouched for by somebody who was removed: add {name} again"));
        }
        for dispute in disputes {
            let by: Vec<String> = dispute.by.iter().map(|(by, at)| format!("by {by} at {at}")).collect();
            let place = in_team(&dispute.section, &vault.head.team);
            self.ui.warn(&format!("{} in {place} is disputed: written {}", dispute.name, crate::report::and(&by)));
        }
    }

    /// Removes whom this laptop knows as removed, though neither side does: a rebase comes past what was before the
    /// removal. Not whoever vouches for somebody: that is for a person to look at.
    fn put_out(&self, vault: &mut Vault, removed: &BTreeSet<Fingerprint>, writer: &Identity, by: &MemberName) {
        let out = vault.head.members.iter().filter(|(_, member)| is_out(member, removed)).map(|(name, _)| name.clone());
        let stamp = Stamp { by: by.clone(), at: self.ui.now };
        let endorse = |bytes: &[u8]| writer.endorse(bytes);
        let voucher = Endorser { stamp: &stamp, key: writer.writer_key(), endorse: &endorse };
        for name in out.collect::<Vec<_>>() {
            if vault.endorsed_by(&name).is_empty() && vault.remove_member(&name, &voucher).is_ok() {
                self.ui.warn(&format!("{name} was removed, as this laptop knows, and is removed here too"));
            }
        }
    }

    /// Removes from a vault, as a person saw it, whom this laptop knows as removed. None if another stands there by now,
    /// or if one of them wrote it.
    pub fn remove_again<'p>(
        &self,
        place: &'p VaultLocation,
        seen: &Opened<'_>,
        removed: &BTreeSet<Fingerprint>,
    ) -> Result<Option<Opened<'p>>, Error> {
        let written = place.file.update(&self.locking(), |_, write| {
            let opened = self.open_as_it_is(place)?;
            let author = opened.head.members.get(&opened.head.written_by);
            if opened.digest != seen.digest || author.is_none_or(|author| is_out(author, removed)) {
                return Ok::<_, Error>(None);
            }
            let (writer, by) = open::writer(&opened.head, place, self.identities()?)?;
            let mut known = SectionCache::new();
            let mut vault = opened.whole_beside(&mut known)?;
            self.put_out(&mut vault, removed, writer, &by);
            vault.head.written_by = by;
            vault.head.written_at = self.ui.now;
            vault.head.clock.tick(ActorId(OsRng.r#gen()));
            let text = Text::new(text::print(&vault));
            let closed = open::close(&vault, &text, writer, &mut known)?;
            write(&closed.sealed)?;
            Ok(Some(closed.digest))
        })?;
        let opened = self.open_as_it_is(place)?;
        Ok(Some(opened).filter(|opened| written == Some(opened.digest)))
    }

    /// Whether both sides, and the base, are of the vault that this laptop knows, by people whom it trusts.
    pub fn judge_merge(
        &self,
        memory: &PinStore,
        place: &VaultLocation,
        merged: &Head,
        sides: [&Head; 2],
        base: Option<&Head>,
    ) -> Result<Pins, Error> {
        let strange = |distrust, by: &Head| Error::Strange {
            path: place.file.path().to_owned(),
            why: Strange::Distrust(distrust),
            by: by.written_by.clone(),
        };
        self.check_known(memory, place, merged)?;
        let known = memory.vaults.get(&merged.id);
        if known.is_none() {
            self.say_first("this laptop", merged);
        }
        let pins = Pins::merge(known, merged, sides, &keys::vouches).map_err(|distrust| strange(distrust, sides[1]))?;
        if let Some(base) = base {
            pins.trusted_once(base, &keys::vouches).map_err(|distrust| strange(distrust, base))?;
        }
        Ok(pins)
    }
}

fn is_out(member: &Member, removed: &BTreeSet<Fingerprint>) -> bool {
    member.fingerprints().iter().any(|print| removed.contains(print))
}

/// Merges vaults that stand, or are to stand, at a place.
pub fn merge(place: &VaultLocation, base: Option<&Vault>, ours: &Vault, theirs: &Vault) -> Result<MergeOutcome, Error> {
    Vault::merge(base, ours, theirs).map_err(|error| {
        let side = if let MergeError::Behind { is_first: true, .. } = error { ours } else { theirs };
        let (by, at) = (side.head.written_by.clone(), side.head.written_at);
        Sharing::Merge { path: place.file.path().to_owned(), error, by, at }.into()
    })
}

/// Whether a vault says what is in another one, and that one has all of its writes.
pub fn says_the_same(vault: &Vault, side: &Vault) -> bool {
    let same_head = vault.head.members == side.head.members
        && vault.head.removed == side.head.removed
        && vault.head.extra == side.head.extra;
    same_head && vault.sections == side.sections && vault.head.clock.beyond(&side.head.clock) == 0
}

/// Every name that is disputed.
pub fn disputes(sections: &Sections) -> Vec<Dispute> {
    let ids: BTreeSet<&SectionId> = sections.iter().map(|(id, _)| id).collect();
    let of = |id: &SectionId| {
        let names = sections.get(id).map(|section| section.disputes()).unwrap_or_default();
        names.into_iter().filter_map(|name| sections.dispute(id, name)).collect::<Vec<_>>()
    };
    ids.into_iter().flat_map(of).collect()
}
