//! Random histories of three laptops, and an attacker who writes any file that he can build from what he ever
//! saw. The pins are compared with the truth, which is kept here as sets of writes and of people, without any
//! clock or fingerprint.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sha2::Digest as _;

use super::{at, branch, clone_at, commit};
use crate::vault::HashKey;
use crate::vault::tests::{as_named, founded, key, member, public, replace_root, verify};
use crate::vault::trust::{Acceptance, Checkout, Pins, Place, Snapshot};
use crate::vault::{ActorId, Endorser, Head, Member, MemberName, Vault};

mod attacker;
mod merges;

/// The person behind a recipient and a key: a name that never changes, from which both are made.
type Person = String;

/// One version of a vault, and the truth about it.
#[derive(Clone)]
struct Version {
    vault: Vault,
    digest: [u8; 32],
    /// The writes that it contains.
    writes: BTreeSet<usize>,
    /// The versions that it descends from, and itself.
    from: BTreeSet<usize>,
    /// The version that it was made of.
    parent: usize,
}

fn person(member: &Member) -> Person {
    member.recipient().as_str()["age1".len()..].to_owned()
}

/// The signer, the one who endorsed the signer, and so on up to the root.
fn chain(head: &Head) -> Vec<Person> {
    let mut chain = vec![&head.members[&head.written_by]];
    while let Some(next) = chain.last().filter(|last| !last.is_root()) {
        let is_endorser = |member: &&Member| member.fingerprint() == next.endorsed_by;
        chain.push(head.members.values().find(is_endorser).expect("everybody is endorsed up to the root"));
    }
    chain.into_iter().map(person).collect()
}

fn members(head: &Head) -> BTreeSet<Person> {
    head.members.values().map(person).collect()
}

fn removed(head: &Head) -> BTreeSet<Person> {
    head.removed.values().map(|removed| removed.recipient.as_str()["age1".len()..].to_owned()).collect()
}

impl Version {
    fn found(&self) -> Snapshot<'_> {
        Snapshot { head: &self.vault.head, digest: &self.digest, signature: &super::SIGNATURE }
    }
}

/// The truth about what a laptop has seen.
#[derive(Clone, Default)]
struct Truth {
    /// The writes seen in each place.
    seen: BTreeMap<usize, BTreeSet<usize>>,
    removed: BTreeSet<Person>,
    /// The members as last seen, but for versions from before a removal.
    members: BTreeSet<Person>,
    /// The root steps that were accepted: from whom to whom, and the signature.
    steps: Vec<crate::vault::roots::RootStep>,
}

impl Truth {
    fn learn(&mut self, place: usize, version: &Version) {
        let head = &version.vault.head;
        let is_outdated = !members(head).is_disjoint(&self.removed);
        let all: BTreeSet<usize> = self.seen.values().flatten().copied().collect();
        if place == PASSING {
            return;
        }
        if self.members.is_empty() || !is_outdated && !version.writes.is_subset(&all) {
            self.members = members(head);
        }
        self.removed.extend(removed(head));
        self.steps.extend(head.roots.iter().cloned());
        self.seen.entry(place).or_default().extend(&version.writes);
    }

    /// Whether the rules let a laptop that knows this accept a version at a place.
    fn may_accept(&self, place: usize, version: &Version) -> bool {
        let head = &version.vault.head;
        let related = self.seen.iter().filter(|(other, _)| is_related(place, **other));
        let mut lacks = related.map(|(_, writes)| !writes.is_subset(&version.writes));
        !lacks.any(|lacks| lacks) && self.may_trust(head)
    }

    /// Whether a laptop that knows this trusts the signer and the root.
    fn may_trust(&self, head: &Head) -> bool {
        let is_removed = |key| self.removed.iter().any(|person| super::key(person) == key);
        let chain = chain(head);
        let knows_signer = chain.iter().any(|person| self.members.contains(person));
        let rests_on_removed = head.roots.iter().filter(|step| !self.steps.contains(step)).any(|step| {
            let vouchers = step.vouchers.iter().any(|(_, member)| self.removed.contains(&person(member)));
            vouchers || is_removed(*step.signer()) || is_removed(step.from) && !knows_signer
        });
        !rests_on_removed && chain.iter().all(|person| !self.removed.contains(person))
    }
}

/// A laptop of one person, whose key may be replaced.
struct Laptop {
    owner: Person,
    pins: Option<Pins>,
    truth: Truth,
    /// The version that each place has now.
    files: BTreeMap<usize, usize>,
    /// A process that accepted a version in a place, and has not written its pins yet.
    slow: Option<(Acceptance, usize, usize)>,
    /// A backup of the pins.
    backup: Option<(Pins, Truth)>,
}

impl Laptop {
    fn new(owner: &str) -> Laptop {
        let (pins, truth, files, slow, backup) = (None, Truth::default(), BTreeMap::new(), None, None);
        Laptop { owner: owner.to_owned(), pins, truth, files, slow, backup }
    }
}

struct World {
    versions: Vec<Version>,
    laptops: [Laptop; 3],
    /// How many members and actors have been made.
    made: u64,
}

/// The place that is passed by a rebase of the branch at place 0.
const PASSING: usize = 5;

/// Two branches of one clone, another clone, the same file as if outside of git, a detached HEAD, a rebase.
fn places() -> [Place; 6] {
    let file = "b/vault.age";
    let here = clone_at("a");
    [
        here.clone(),
        branch("a", "topic", &["a/vault.age"]),
        clone_at("b"),
        at(Checkout::File(file.to_owned()), &[file]),
        commit("a", "1", &["a/vault.age"]),
        Place { is_passing: true, ..here },
    ]
}

fn is_related(place: usize, other: usize) -> bool {
    place == other && place != PASSING || [(2, 3), (3, 2)].contains(&(place, other))
}

impl World {
    /// ann founds the vault and adds bob and cy, who have a laptop each.
    fn new() -> World {
        let vault = founded("ann");
        let first = Version { vault, digest: [0; 32], writes: [0].into(), from: [0].into(), parent: 0 };
        let laptops = ["ann", "bob", "cy"].map(Laptop::new);
        let mut world = World { versions: vec![first], laptops, made: 0 };
        world.laptops[0].files.insert(0, 0);
        assert!(world.open(0, 0, 0));
        for name in ["bob", "cy"] {
            world.write(0, 0, |vault, by| vault.add_member(&member(name), public(name, true), by).is_ok());
        }
        world
    }

    /// A laptop opens a version at a place. It accepts exactly what the rules allow.
    fn open(&mut self, laptop: usize, place: usize, at: usize) -> bool {
        let (own, version) = (&mut self.laptops[laptop], &self.versions[at]);
        let accepted = Pins::accept(own.pins.as_ref(), None, &places()[place], version.found(), &verify);
        let may = own.pins.is_none() || own.truth.may_accept(place, version);
        assert_eq!(accepted.is_ok(), may, "laptop {laptop} opens {at} at {place}: {accepted:?}");
        let Ok(accepted) = accepted else { return false };
        let outdated: BTreeSet<Person> =
            accepted.outdated.iter().map(|name| person(&version.vault.head.members[name])).collect();
        assert_eq!(outdated, &members(&version.vault.head) & &own.truth.removed);
        let pins = own.pins.get_or_insert_with(|| Pins::new(key("ann")));
        pins.see(&places()[place], version.found(), accepted.missing());
        own.truth.learn(place, version);
        true
    }

    /// The owner of a laptop changes its file.
    fn write(&mut self, laptop: usize, place: usize, change: impl FnOnce(&mut Vault, &Endorser<'_>) -> bool) {
        let Some(at) = self.laptops[laptop].files.get(&place).copied() else { return };
        if !self.open(laptop, place, at) {
            return;
        }
        let own = &self.laptops[laptop];
        let mut vault = self.versions[at].vault.clone();
        let Some((name, _)) = vault.head.writer_with(&key(&own.owner)) else { return };
        let name = name.clone();
        let pins = own.pins.as_ref().expect("it was opened");
        // A version from before a removal: the write removes the member here too, unless it is the writer.
        let mut endorsers = vault.head.endorsers(&name).into_iter();
        if endorsers.any(|(_, member)| pins.removal_of(&member.keys).is_some()) {
            return;
        }
        let is_changed = self.as_owner(&name, &own.owner, |by| {
            vault.remove_known(pins, by);
            assert!(members(&vault.head).is_disjoint(&own.truth.removed));
            let before = vault.clone();
            let is_changed = change(&mut vault, by);
            assert!(is_changed || vault == before, "a refused change leaves the vault as it was");
            is_changed
        });
        if !is_changed {
            return;
        }
        let new = self.add_version(laptop, place, vault, at, &[at], true);
        let own = &mut self.laptops[laptop];
        own.files.insert(place, new);
        assert!(self.open(laptop, place, new), "laptop {laptop} refuses its own write");
    }

    fn as_owner<T>(&self, name: &MemberName, owner: &str, change: impl FnOnce(&Endorser<'_>) -> T) -> T {
        as_named(name, owner, HashKey(sha2::Sha256::digest(self.made.to_be_bytes()).into()), change)
    }

    /// Signs and records what a laptop wrote. It contains the writes of the given versions.
    fn add_version(
        &mut self,
        laptop: usize,
        place: usize,
        mut vault: Vault,
        parent: usize,
        contains: &[usize],
        is_write: bool,
    ) -> usize {
        let new = self.versions.len();
        self.made += 1;
        let own = &mut self.laptops[laptop];
        let pins = own.pins.as_mut().expect("it has opened a version");
        let actor = pins.actor(&places()[place], &vault.head.clock, || ActorId(1_000 + self.made));
        vault.head.clock.tick(actor);
        vault.head.written_by = vault.head.writer_with(&key(&own.owner)).expect("the owner is a writer").0.clone();
        assert_eq!(vault.head.check_members(&verify), Ok(key("ann")));
        let all = |of: &dyn Fn(&Version) -> BTreeSet<usize>| -> BTreeSet<usize> {
            contains.iter().flat_map(|at| of(&self.versions[*at])).chain([new]).collect()
        };
        let (writes, from) = (all(&|version| version.writes.clone()), all(&|version| version.from.clone()));
        let digest = sha2::Sha256::digest(new.to_be_bytes()).into();
        let version = Version { vault, digest, writes, from, parent };
        if is_write {
            pins.wrote(&places()[place], version.found(), actor);
            own.truth.learn(place, &version);
        } else {
            pins.counted(&places()[place], actor, version.vault.head.clock.count(actor));
        }
        self.versions.push(version);
        new
    }

    fn step(&mut self, step: &Step) {
        let Step { what, laptop, place, which, how } = *step;
        // Mostly the newest versions.
        let last = self.versions.len() - 1;
        let at = if which < 160 { last - usize::from(which % 4).min(last) } else { usize::from(which) % (last + 1) };
        self.made += 1;
        let new = format!("new{}", self.made);
        let nth = |vault: &Vault| vault.head.members.keys().nth(usize::from(how) % vault.head.members.len()).cloned();
        let nth = |vault: &Vault| nth(vault).expect("there is always the root");
        match what {
            0..4 => {
                self.laptops[laptop].files.insert(place, at);
                self.open(laptop, place, at);
            }
            4..6 => self.write(laptop, place, |_, _| true),
            6 => self
                .write(laptop, place, |vault, by| vault.add_member(&member(&new), public(&new, how < 170), by).is_ok()),
            // Half of the time the root is removed.
            7 => self.write(laptop, place, |vault, by| {
                let root = vault.head.root().filter(|_| how >= 128).map(|(name, _)| name.clone());
                vault.remove_member(&root.unwrap_or_else(|| nth(vault)), by).is_ok()
            }),
            8 => self.write(laptop, place, |vault, by| vault.rename_member(&nth(vault), &member(&new), by).is_ok()),
            9 => self.update(laptop, place, &new, how),
            10 => self.replace_root(laptop, place, &new),
            11 => {
                let own = &mut self.laptops[laptop];
                let Some(at) = own.files.get(&place).copied() else { return };
                let accepted =
                    Pins::accept(own.pins.as_ref(), None, &places()[place], self.versions[at].found(), &verify);
                own.slow = accepted.ok().filter(|_| own.pins.is_some()).map(|accepted| (accepted, at, place));
            }
            12 => self.finish_slow_process(laptop),
            13 if how < 40 => {
                let own = &mut self.laptops[laptop];
                (own.pins, own.truth, own.slow, own.backup) = (None, Truth::default(), None, None);
            }
            14 => {
                let own = &mut self.laptops[laptop];
                own.backup = own.pins.clone().map(|pins| (pins, own.truth.clone()));
            }
            15 => self.restore_backup(laptop),
            16..20 => self.merge(laptop, place, at, how),
            _ => self.attack(laptop, place, step),
        }
    }

    /// A member gets another card, or one with the old recipient, which makes a reader a writer. If it is the
    /// owner of a laptop, that laptop has the new key from then on.
    fn update(&mut self, laptop: usize, place: usize, new: &str, how: u8) {
        let mut updated = None;
        self.write(laptop, place, |vault, by| {
            let name = vault.head.members.keys().nth(usize::from(how) % vault.head.members.len()).cloned();
            let name = name.expect("there is always the root");
            let old = person(&vault.head.members[&name]);
            let of = if how.is_multiple_of(2) { new } else { &old };
            let is_updated = vault.update_member(&name, public(of, how < 170), by).is_ok();
            updated = Some((old.clone(), of.to_owned())).filter(|_| is_updated && how < 170);
            is_updated
        });
        let Some((old, new)) = updated else { return };
        if let Some(own) = self.laptops.iter_mut().find(|own| own.owner == old) {
            own.owner = new;
        }
    }

    /// The root replaces its own key.
    fn replace_root(&mut self, laptop: usize, place: usize, new: &str) {
        let old = self.laptops[laptop].owner.clone();
        let mut is_replaced = false;
        let Some(at) = self.laptops[laptop].files.get(&place).copied() else { return };
        if !self.open(laptop, place, at) {
            return;
        }
        let mut vault = self.versions[at].vault.clone();
        let pins = self.laptops[laptop].pins.as_ref().expect("it was opened");
        let is_outdated = vault.head.members.values().any(|member| pins.removal_of(&member.keys).is_some());
        let root = vault.head.root().filter(|(_, root)| root.key() == Some(&key(&old)) && !is_outdated);
        if let Some(name) = root.map(|(name, _)| name.clone()) {
            is_replaced = replace_root(&mut vault, &name, &old, new).is_ok();
        }
        if is_replaced {
            self.laptops[laptop].owner = new.to_owned();
            let new = self.add_version(laptop, place, vault, at, &[at], true);
            self.laptops[laptop].files.insert(place, new);
            assert!(self.open(laptop, place, new));
        }
    }

    /// A slow process writes its pins. Nothing that was learned meanwhile may be lost.
    fn finish_slow_process(&mut self, laptop: usize) {
        let own = &mut self.laptops[laptop];
        let (Some((accepted, at, place)), Some(pins)) = (own.slow.take(), &mut own.pins) else { return };
        pins.see(&places()[place], self.versions[at].found(), accepted.missing());
        own.truth.learn(place, &self.versions[at]);
    }

    /// Restores the pins from a backup. The files stay, and each of them is opened again.
    fn restore_backup(&mut self, laptop: usize) {
        let own = &mut self.laptops[laptop];
        let Some((pins, truth)) = own.backup.clone() else { return };
        (own.pins, own.truth, own.slow) = (Some(pins), truth, None);
        for (place, at) in own.files.clone() {
            self.open(laptop, place, at);
        }
    }
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
    // Seldom a rebase.
    let place = (0..20_usize).prop_map(|number| if number == 19 { PASSING } else { number % 5 });
    (0..26_u8, 0..3_usize, place, any::<u8>(), any::<u8>()).prop_map(|(what, laptop, place, which, how)| Step {
        what,
        laptop,
        place,
        which,
        how,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_laptop_accepts_exactly_what_the_rules_allow_and_nothing_of_an_attacker(
        steps in proptest::collection::vec(step(), 1..80)
    ) {
        let mut world = World::new();
        steps.iter().for_each(|step| world.step(step));
        // A new laptop accepts every version: all members are endorsed, whatever happened.
        for version in &world.versions {
            let accepted = Pins::accept(None, None, &places()[0], version.found(), &verify);
            prop_assert!(accepted.is_ok());
        }
    }
}
