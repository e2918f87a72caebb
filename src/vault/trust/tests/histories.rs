//! Random histories of three laptops. The pins are compared with the truth, which is kept here as sets of
//! writes, members and roots, without any clock, signature or fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sha2::Digest as _;

use crate::vault::tests::{as_voucher, founded, key, member, public, verify};
use crate::vault::trust::{Checkout, Pins, Snapshot};
use crate::vault::{ActorId, Vault};

mod forgeries;
mod merges;

/// A member, identified by recipient.
type Identity = String;

/// One version of a vault, and the truth about it.
#[derive(Clone)]
struct Version {
    vault: Vault,
    digest: [u8; 32],
    /// The writes that it contains.
    writes: BTreeSet<usize>,
    root: Identity,
    /// The versions that it descends from.
    from: BTreeSet<usize>,
}

impl Version {
    fn members(&self) -> BTreeSet<Identity> {
        self.vault.head.members.values().map(|member| member.recipient.to_string()).collect()
    }

    fn writers(&self) -> BTreeSet<Identity> {
        let writers = self.vault.head.members.values().filter(|member| member.key.is_some());
        writers.map(|member| member.recipient.to_string()).collect()
    }

    fn removed(&self) -> BTreeSet<Identity> {
        self.vault.head.removed.values().map(|removed| removed.recipient.to_string()).collect()
    }

    fn found(&self) -> Snapshot<'_> {
        Snapshot { head: &self.vault.head, digest: &self.digest }
    }
}

/// The truth about what a laptop has seen.
#[derive(Clone)]
struct Truth {
    root: Identity,
    writers: BTreeSet<Identity>,
    removed: BTreeSet<Identity>,
    /// The version last seen in each checkout.
    seen: BTreeMap<Checkout, usize>,
}

#[derive(Default)]
struct Laptop {
    pins: Option<Pins>,
    truth: Option<Truth>,
    /// The version that each checkout has now. None stands for a detached HEAD.
    files: BTreeMap<Option<Checkout>, usize>,
    /// A process that accepted a version in a checkout, and has not written its pins yet.
    slow: Option<(Pins, usize, Option<Checkout>)>,
    /// A backup of the pins.
    kept: Option<(Pins, Truth)>,
}

impl Truth {
    /// Whether its root was removed.
    fn removed_root(&self, removed: &BTreeSet<Identity>) -> bool {
        removed.contains(&self.root)
    }

    /// Learns what a version says, in whatever checkout it is.
    fn learn(&mut self, version: &Version) {
        self.removed.extend(version.removed());
        self.writers = &(&self.writers | &version.writers()) - &self.removed;
        self.root.clone_from(&version.root);
    }
}

impl Laptop {
    /// Whether the rules let this laptop accept a version in a checkout.
    fn may_take(&self, place: &Option<Checkout>, at: usize, versions: &[Version]) -> bool {
        let Some(truth) = &self.truth else { return true };
        let version = &versions[at];
        let removed = &truth.removed | &version.removed();
        let is_root = version.root == truth.root
            || removed.contains(&truth.root)
                && truth.writers.contains(&version.root)
                && !removed.contains(&version.root);
        let is_newer = |seen: &usize| *seen == at || versions[*seen].writes.is_subset(&version.writes);
        let seen = place.as_ref().and_then(|place| truth.seen.get(place));
        is_root && version.members().is_disjoint(&removed) && seen.is_none_or(is_newer)
    }

    fn take(&mut self, place: &Option<Checkout>, at: usize, version: &Version) {
        let none = || Truth {
            root: version.root.clone(),
            writers: BTreeSet::new(),
            removed: BTreeSet::new(),
            seen: BTreeMap::new(),
        };
        let truth = self.truth.get_or_insert_with(none);
        truth.learn(version);
        truth.seen.extend(place.clone().map(|place| (place, at)));
    }
}

#[derive(Default)]
struct World {
    versions: Vec<Version>,
    laptops: [Laptop; 3],
    /// How many members and actors have been made.
    made: u64,
}

impl World {
    /// ann founds the vault and adds bob and cy, who have a laptop each.
    fn new() -> World {
        let vault = founded("ann");
        let first =
            Version { vault, digest: [0; 32], writes: [0].into(), root: "age1ann".into(), from: BTreeSet::new() };
        let mut world = World { versions: vec![first], ..World::default() };
        world.laptops[0].files.insert(places()[0].clone(), 0);
        world.open(0, &places()[0], 0);
        for who in ["bob", "cy"] {
            world.write(0, &places()[0], |vault| {
                as_voucher("ann", |by| vault.add_member(&member(who), public(who, true), by)).is_ok()
            });
        }
        world
    }

    /// Opens a version in a checkout, and compares the pins with the truth.
    fn open(&mut self, laptop: usize, place: &Option<Checkout>, at: usize) -> bool {
        let own = &mut self.laptops[laptop];
        let version = &self.versions[at];
        let accepted = Pins::accept(own.pins.as_ref(), place.as_ref(), version.found(), &verify);
        let may = own.may_take(place, at, &self.versions);
        assert_eq!(accepted.is_ok(), may, "laptop {laptop}, version {at} at {place:?}: {:?}", accepted.err());
        let Ok(accepted) = accepted else { return false };
        own.pins.get_or_insert_with(|| accepted.pins.clone()).join(&accepted.pins);
        own.take(place, at, version);
        true
    }

    /// The laptop's owner changes the version of a checkout, under whatever name the owner has there.
    fn write(&mut self, laptop: usize, place: &Option<Checkout>, change: impl FnOnce(&mut Vault) -> bool) {
        let Some(at) = self.laptops[laptop].files.get(place).copied() else { return };
        let owner = ["ann", "bob", "cy"][laptop];
        if !self.open(laptop, place, at) || !self.versions[at].writers().contains(&format!("age1{owner}")) {
            return;
        }
        let Version { mut vault, mut writes, root, mut from, .. } = self.versions[at].clone();
        let before = vault.clone();
        if !change(&mut vault) {
            assert!(vault == before, "a refused change leaves the vault as it was");
            return;
        }
        from.insert(at);
        let new = self.versions.len();
        self.made += 1;
        let pins = self.laptops[laptop].pins.as_mut().expect("it was opened");
        let actor = pins.actor(place.as_ref(), &vault.head.clock, || ActorId(1_000 + self.made));
        vault.head.clock.tick(actor);
        let own = vault.head.members.iter().find(|(_, member)| member.key == Some(key(owner)));
        vault.head.written_by = own.expect("a writer cannot remove itself").0.clone();
        writes.insert(new);
        let gone = vault.head.removed.values().any(|removed| *removed.recipient.as_str() == *root);
        let root = if gone { format!("age1{owner}") } else { root };
        let version = Version { vault, digest: sha2::Sha256::digest(new.to_be_bytes()).into(), writes, root, from };
        pins.wrote(place.as_ref(), version.found(), actor);
        self.laptops[laptop].take(place, new, &version);
        self.versions.push(version);
        self.laptops[laptop].files.insert(place.clone(), new);
    }

    fn step(&mut self, step: Step) {
        let Step { what, laptop, place, which, how } = step;
        let place = &places()[place];
        // Mostly the newest versions.
        let last = self.versions.len() - 1;
        let at = if which < 160 { last - usize::from(which % 4).min(last) } else { usize::from(which) % (last + 1) };
        let owner = ["ann", "bob", "cy"][laptop];
        self.made += 1;
        let new = format!("new{}", self.made);
        let nth = |vault: &Vault| {
            let names: Vec<_> = vault.head.members.keys().cloned().collect();
            names[usize::from(how) % names.len()].clone()
        };
        match what {
            0..4 => {
                self.laptops[laptop].files.insert(place.clone(), at);
                self.open(laptop, place, at);
            }
            4..6 => self.write(laptop, place, |_| true),
            6 => self.write(laptop, place, |vault| {
                as_voucher(owner, |by| vault.add_member(&member(&new), public(&new, how < 170), by)).is_ok()
            }),
            // Half of the time the root is removed.
            7 => self.write(laptop, place, |vault| {
                let root = vault.head.members.iter().find(|(_, member)| member.key.as_ref() == vault.head.root());
                let root = root.filter(|_| how >= 128).map(|(name, _)| name.clone());
                as_voucher(owner, |by| vault.remove_member(&root.unwrap_or_else(|| nth(vault)), by)).is_ok()
            }),
            8 => self.write(laptop, place, |vault| {
                as_voucher(owner, |by| vault.rename_member(&nth(vault), &member(&new), by)).is_ok()
            }),
            // A new card, or one with the old recipient, which makes a reader a writer.
            9 => self.write(laptop, place, |vault| {
                let name = nth(vault);
                let own = vault.head.members[&name].recipient.as_str()[4..].to_owned();
                let card = public(if which.is_multiple_of(2) { &new } else { &own }, how < 170);
                as_voucher(owner, |by| vault.update_member(&name, card, by)).is_ok()
            }),
            10 => {
                let own = &mut self.laptops[laptop];
                let Some(at) = own.files.get(place).copied() else { return };
                let version = &self.versions[at];
                let accepted = Pins::accept(own.pins.as_ref(), place.as_ref(), version.found(), &verify);
                own.slow = accepted.ok().map(|accepted| (accepted.pins, at, place.clone()));
            }
            11 => self.finish_slow_process(laptop),
            12 if how < 40 => self.laptops[laptop] = Laptop::default(),
            13 => {
                let own = &mut self.laptops[laptop];
                own.kept = own.pins.clone().zip(own.truth.clone());
            }
            14 => self.put_back(laptop),
            15..18 => self.merge(laptop, place, at, how >= 64),
            _ => self.forge(laptop, place, at, how),
        }
    }

    /// A slow process writes its pins. Nothing that was learned meanwhile may be lost.
    fn finish_slow_process(&mut self, laptop: usize) {
        let own = &mut self.laptops[laptop];
        let (Some((pins, at, place)), Some(ours)) = (own.slow.take(), &mut own.pins) else { return };
        ours.join(&pins);
        let Some(truth) = &mut own.truth else { return };
        let version = &self.versions[at];
        truth.removed.extend(version.removed());
        truth.writers = &(&truth.writers | &version.writers()) - &truth.removed;
        if truth.removed.contains(&truth.root) {
            truth.root.clone_from(&version.root);
        }
        if let Some(place) = place {
            let seen = truth.seen.entry(place).or_insert(at);
            if self.versions[*seen].writes.is_subset(&version.writes) {
                *seen = at;
            }
        }
    }
}

/// Two branches of one clone, another clone, and a detached HEAD.
fn places() -> [Option<Checkout>; 4] {
    let place = |path: &str, branch: &str| Some(Checkout { path: path.to_owned(), branch: Some(branch.to_owned()) });
    [place("a", "main"), place("a", "topic"), place("b", "main"), None]
}

#[derive(Debug, Clone)]
struct Step {
    what: u8,
    laptop: usize,
    place: usize,
    which: u8,
    how: u8,
}

fn step() -> impl Strategy<Value = Step> {
    (0..21_u8, 0..3_usize, 0..4_usize, any::<u8>(), any::<u8>()).prop_map(|(what, laptop, place, which, how)| Step {
        what,
        laptop,
        place,
        which,
        how,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_laptop_accepts_exactly_what_the_rules_allow(steps in proptest::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        // A new laptop accepts every version: all members are endorsed, whatever happened.
        for version in &world.versions {
            prop_assert!(Pins::accept(None, None, version.found(), &verify).is_ok());
        }
    }
}
