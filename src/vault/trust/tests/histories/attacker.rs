//! An attacker who has seen every version, and has the keys of strangers and of those whom a laptop knows to
//! be removed.

use std::collections::BTreeSet;

use super::{Person, Step, World, person, places};
use crate::vault::roots::RootStep;
use crate::vault::tests::{as_named, entry, key, member, print_of, public, replace_root, sign, verify};
use crate::vault::trust::{Pins, Snapshot};
use crate::vault::{ActorId, Endorser, HashKey, Head, Member, MemberName, Removed, Vault};

/// Numbers that decide what the attacker does next.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        // Knuth's MMIX generator, whose upper bits are good enough.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % sides
    }

    fn pick<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        if all.is_empty() { None } else { all.get(self.roll(all.len())) }
    }
}

impl World {
    /// The people whose keys the attacker may have, as this laptop must assume: strangers, those whom it knows
    /// to be removed, and everyone whom nobody but these ever endorsed. Members that it saw last are none.
    fn owned(&self, laptop: usize) -> BTreeSet<Person> {
        let truth = &self.laptops[laptop].truth;
        let mut owned: BTreeSet<Person> = ["eve", "fay"].map(str::to_owned).into();
        owned.extend(truth.removed.iter().cloned());
        let heads = self.versions.iter().map(|version| &version.vault.head);
        let mut endorsed: Vec<(Person, Person)> = Vec::new();
        for head in heads {
            for one in head.members.values() {
                if let Some((_, by)) = head.member_with(&one.endorsed_by) {
                    endorsed.push((person(one), person(by)));
                }
            }
        }
        let people: BTreeSet<Person> = endorsed.iter().map(|(one, _)| one.clone()).collect();
        loop {
            let is_puppet = |one: &&Person| {
                let mut by = endorsed.iter().filter(|(other, _)| other == *one).map(|(_, by)| by);
                !owned.contains(*one) && !truth.members.contains(*one) && by.all(|by| owned.contains(by))
            };
            let puppets: Vec<Person> = people.iter().filter(is_puppet).cloned().collect();
            if puppets.is_empty() {
                return owned;
            }
            owned.extend(puppets);
        }
    }

    /// The attacker builds a version and puts it in a laptop's place. The laptop must refuse it.
    pub(super) fn attack(&self, laptop: usize, place: usize, step: &Step) {
        let own = &self.laptops[laptop];
        let Some(pins) = &own.pins else { return };
        let owned: Vec<Person> = self.owned(laptop).into_iter().collect();
        let seed = u64::from(step.which) << 8 | u64::from(step.how);
        for round in 0..8 {
            let dice = Dice(seed << 8 | round << 24 | self.made);
            let mut attacker = Attacker { world: self, owned: &owned, dice };
            let Some(vault) = attacker.build() else { continue };
            let found = Snapshot { head: &vault.head, digest: &[6; 32], signature: &super::super::SIGNATURE };
            let accepted = Pins::accept(Some(pins), None, &places()[place], found, &verify);
            assert!(accepted.is_err(), "laptop {laptop} accepted a forgery at {place}: {:#?}", vault.head);
        }
    }
}

struct Attacker<'w> {
    world: &'w World,
    owned: &'w [Person],
    dice: Dice,
}

impl Attacker<'_> {
    fn version(&mut self) -> Vault {
        let versions = &self.world.versions;
        // Half of the time one of the newest.
        let last = versions.len() - 1;
        let at = match self.dice.roll(2) {
            0 => last - self.dice.roll(4).min(last),
            _ => self.dice.roll(versions.len()),
        };
        versions[at].vault.clone()
    }

    fn person(&mut self) -> Person {
        self.dice.pick(self.owned).expect("there are always strangers").clone()
    }

    /// A name in a head of somebody whose key the attacker has.
    fn writer(&mut self, head: &Head) -> Option<(MemberName, Person)> {
        let is_owned = |(_, one): &(&MemberName, &Member)| one.key().is_some() && self.owned.contains(&person(one));
        let writers: Vec<(MemberName, Person)> =
            head.members.iter().filter(is_owned).map(|(name, one)| (name.clone(), person(one))).collect();
        self.dice.pick(&writers).cloned()
    }

    fn act<T>(&self, name: &MemberName, of: &str, change: impl FnOnce(&Endorser<'_>) -> T) -> T {
        as_named(name, of, HashKey([3; 32]), change)
    }

    /// Puts in a member, endorsed by somebody whose key the attacker has.
    fn put(head: &mut Head, name: &str, of: &str, by: &str) {
        let member_entry = entry(&head.id, name, public(of, true), by);
        head.members.insert(member(name), member_entry);
    }

    /// Builds a version that somebody signs whose key the attacker has; None if nothing came of it.
    fn build(&mut self) -> Option<Vault> {
        let mut vault = self.version();
        // Versions from before a removal, and removals left out.
        if self.dice.roll(3) == 0 {
            let other = self.version().head;
            vault.head.removed = other.removed;
        }
        let signer = match self.dice.roll(9) {
            0 => self.impostor(&mut vault),
            1 => self.former_member(&mut vault),
            2 => self.puppet(&mut vault),
            3 => self.takeover(&mut vault),
            4 => self.takeover_by_puppet(&mut vault),
            5 => self.successor_of_removed_root(&mut vault),
            6 => self.earlier_root(&mut vault),
            7 => self.forged_step(&mut vault),
            _ => self.mixture(&mut vault),
        }?;
        if self.dice.roll(4) == 0 {
            self.mix(&mut vault);
        }
        let head = &mut vault.head;
        head.written_by = signer;
        let one = head.members.get(&head.written_by)?;
        if !self.owned.contains(&person(one)) || one.key().is_none() {
            return None;
        }
        // The clock may be any: that of a version, all that was seen, or more.
        for version in &self.world.versions {
            if self.dice.roll(3) > 0 {
                head.clock.raise(&version.vault.head.clock);
            }
        }
        head.clock.tick(ActorId(666));
        Some(vault)
    }

    /// A stranger or former member, with an endorsement of their own making or a copied one.
    fn impostor(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let (of, by) = (self.person(), self.person());
        let head = &mut vault.head;
        Attacker::put(head, "eve", &of, &by);
        let all: Vec<Member> = head.members.values().cloned().collect();
        let copied = self.dice.pick(&all)?.clone();
        let eve = head.members.get_mut(&member("eve"))?;
        match self.dice.roll(3) {
            0 => {}
            1 => eve.endorsed_by = copied.endorsed_by,
            _ => (eve.endorsed_by, eve.endorsement) = (copied.endorsed_by, copied.endorsement),
        }
        Some(member("eve"))
    }

    /// A former member in a version of their time.
    fn former_member(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let (name, of) = self.writer(&vault.head)?;
        vault
            .head
            .removed
            .retain(|_, removed| removed.name != name && removed.recipient.as_str() != format!("age1{of}"));
        Some(name)
    }

    /// Someone whom a former member added, with or without that member.
    fn puppet(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let (name, of) = self.writer(&vault.head)?;
        let second = self.person();
        self.act(&name, &of, |by| vault.add_member(&member("puppet"), public("eve", true), by)).ok()?;
        match self.dice.roll(4) {
            0 => drop(vault.head.members.remove(&name)),
            1 => Attacker::put(&mut vault.head, "second", &second, "eve"),
            2 => {
                Attacker::put(&mut vault.head, "second", "fay", "eve");
                Attacker::put(&mut vault.head, "puppet", "eve", "fay");
            }
            _ => {}
        }
        Some(member("puppet"))
    }

    /// A former member removes the root of a version of their time.
    fn takeover(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let (name, of) = self.writer(&vault.head)?;
        let root = vault.head.root()?.0.clone();
        self.act(&name, &of, |by| vault.remove_member(&root, by)).ok()?;
        Some(name)
    }

    /// Someone whom a former member added removes the root of that time, and perhaps that member too.
    fn takeover_by_puppet(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let (name, of) = self.writer(&vault.head)?;
        let root = vault.head.root()?.0.clone();
        self.act(&name, &of, |by| vault.add_member(&member("puppet"), public("eve", true), by)).ok()?;
        let mut puppet = "eve";
        if self.dice.roll(2) == 0 {
            self.act(&member("puppet"), "eve", |by| vault.add_member(&member("second"), public("fay", true), by))
                .ok()?;
            puppet = "fay";
        }
        let by = member(if puppet == "eve" { "puppet" } else { "second" });
        self.act(&by, puppet, |by| vault.remove_member(&root, by)).ok()?;
        if self.dice.roll(2) == 0 {
            drop(self.act(&by, puppet, |by| vault.remove_member(&name, by)));
        }
        Some(by)
    }

    /// A former root hands its place to a stranger.
    fn successor_of_removed_root(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let (name, root) = vault.head.root()?;
        let (name, of) = (name.clone(), person(root));
        if !self.owned.contains(&of) {
            return None;
        }
        match self.dice.roll(2) {
            0 => {
                replace_root(vault, &name, &of, "eve").ok()?;
                Some(name)
            }
            _ => {
                self.act(&name, &of, |by| vault.add_member(&member("puppet"), public("eve", true), by)).ok()?;
                self.act(&member("puppet"), "eve", |by| vault.remove_member(&name, by)).ok()?;
                Some(member("puppet"))
            }
        }
    }

    /// The root after some of the steps, as if the others had not happened.
    fn earlier_root(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let head = &mut vault.head;
        let kept = self.dice.roll(head.roots.len() + 1);
        let key_of = |at: usize| head.roots.get(at).map(|step| step.from);
        let root = key_of(kept)?;
        let of = self.owned.iter().find(|person| key(person) == root)?.clone();
        head.roots.truncate(kept);
        head.removed.remove(&print_of(&of));
        if self.dice.roll(2) == 0 {
            head.members.clear();
        }
        head.members.retain(|_, one| !one.is_root() && person(one) != of);
        Attacker::put(head, "eve", &of, &of);
        Some(member("eve"))
    }

    /// A step from the root, or from an earlier one, to somebody whose key the attacker has.
    fn forged_step(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let head = &mut vault.head;
        head.roots.truncate(self.dice.roll(head.roots.len() + 1));
        let from = match head.roots.last() {
            Some(step) => step.to,
            None => key("ann"),
        };
        let (to, signer) = (self.person(), self.person());
        let people: Vec<Person> = self.world.versions.iter().flat_map(|one| super::members(&one.vault.head)).collect();
        let old = people.iter().find(|one| key(one) == from).cloned().unwrap_or_else(|| "ann".to_owned());
        let mut vouchers = Vec::new();
        for _ in 0..self.dice.roll(3) {
            let other = self.version().head;
            let (name, voucher) = other.members.iter().nth(self.dice.roll(other.members.len()))?;
            vouchers.push((name.clone(), voucher.clone()));
        }
        if self.dice.roll(3) > 0 {
            let by = self.person();
            let mut last = entry(&head.id, "eve", public(&to, true), &by);
            if let Some((_, voucher)) = vouchers.last().filter(|_| self.dice.roll(2) == 0) {
                last.endorsed_by = voucher.fingerprint();
            }
            vouchers.push((member("eve"), last));
        }
        let signature = sign(&key(&signer), &RootStep::signed(&head.id, &from, &key(&to)));
        head.roots.push(RootStep { from, to: key(&to), signature, vouchers });
        let keys = public(&old, true);
        let (at, by) = (head.written_at, head.written_by.clone());
        let removed = Removed {
            name: member("old"),
            recipient: keys.recipient.clone(),
            key: Some(from),
            at,
            by,
            closed: BTreeSet::new(),
            extra: toml::Table::new(),
        };
        head.removed.insert(removed.fingerprint(), removed);
        head.members.clear();
        Attacker::put(head, "eve", &to, &to);
        Some(member("eve"))
    }

    /// Parts of several versions.
    fn mixture(&mut self, vault: &mut Vault) -> Option<MemberName> {
        let others = self.version().head.members;
        for (name, one) in others {
            if self.dice.roll(2) == 0 {
                vault.head.members.insert(name, one);
            }
        }
        self.mix(vault);
        Some(self.writer(&vault.head)?.0)
    }

    fn mix(&mut self, vault: &mut Vault) {
        let other = self.version().head;
        match self.dice.roll(5) {
            0 => vault.head.removed = other.removed,
            1 => vault.head.roots = other.roots,
            2 => vault.head.hash_key = other.hash_key,
            3 => vault.head.removed.extend(other.removed),
            _ => {
                let gone = self.dice.roll(vault.head.members.len().max(1));
                let mut at = 0..;
                vault.head.members.retain(|_, _| at.next() != Some(gone));
            }
        }
    }
}
