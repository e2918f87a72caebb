//! Random histories of three laptops. What is true is told here by what each vault has in it: which writes, which
//! members, which root; no clock, no signature and no fingerprint is looked at.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sha2::Digest as _;

use crate::vault::tests::{as_voucher, entry, founded, key, member, public, verify};
use crate::vault::trust::{Found, Pins, Place};
use crate::vault::{ActorId, Vault};

/// Somebody is known by his recipient.
type Who = String;

/// A vault as it was at one time, and the truth about it.
#[derive(Clone)]
struct Version {
    vault: Vault,
    digest: [u8; 32],
    /// The writes that are in it.
    writes: BTreeSet<usize>,
    root: Who,
    /// The versions that it was made of.
    from: BTreeSet<usize>,
}

impl Version {
    fn members(&self) -> BTreeSet<Who> {
        self.vault.head.members.values().map(|member| member.recipient.to_string()).collect()
    }

    fn writers(&self) -> BTreeSet<Who> {
        let writers = self.vault.head.members.values().filter(|member| member.key.is_some());
        writers.map(|member| member.recipient.to_string()).collect()
    }

    fn removed(&self) -> BTreeSet<Who> {
        self.vault.head.removed.values().map(|removed| removed.recipient.to_string()).collect()
    }

    fn found(&self) -> Found<'_> {
        Found { head: &self.vault.head, digest: &self.digest }
    }
}

/// What a laptop has seen.
#[derive(Clone)]
struct Truth {
    root: Who,
    writers: BTreeSet<Who>,
    removed: BTreeSet<Who>,
    /// The version last seen at each place.
    seen: BTreeMap<Place, usize>,
}

#[derive(Default)]
struct Laptop {
    pins: Option<Pins>,
    truth: Option<Truth>,
    /// What stands at each place now, the detached HEAD (which is none) among them.
    files: BTreeMap<Option<Place>, usize>,
    /// A reader that accepted something at a place, and has not yet said so to the others.
    slow: Option<(Pins, usize, Option<Place>)>,
    /// A copy of what was remembered, as a backup keeps it.
    kept: Option<(Pins, Truth)>,
}

impl Truth {
    /// Whether its root is out.
    fn removed_root(&self, removed: &BTreeSet<Who>) -> bool {
        removed.contains(&self.root)
    }

    /// What is learned of a version, wherever it stands.
    fn learn(&mut self, version: &Version) {
        self.removed.extend(version.removed());
        self.writers = &(&self.writers | &version.writers()) - &self.removed;
        self.root.clone_from(&version.root);
    }
}

impl Laptop {
    /// Whether the rules let this laptop take a version at a place.
    fn may_take(&self, place: &Option<Place>, at: usize, versions: &[Version]) -> bool {
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

    fn take(&mut self, place: &Option<Place>, at: usize, version: &Version) {
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
    /// How many have ever been made: people, and actors.
    made: u64,
}

impl World {
    /// ann founds it, and adds bob and cy, who have a laptop each.
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

    /// Opens a version at a place, and holds what the laptop says against the truth.
    fn open(&mut self, laptop: usize, place: &Option<Place>, at: usize) -> bool {
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

    /// The laptop's owner changes what stands at a place, under whatever name he has in it.
    fn write(&mut self, laptop: usize, place: &Option<Place>, change: impl FnOnce(&mut Vault) -> bool) {
        let Some(at) = self.laptops[laptop].files.get(place).copied() else { return };
        let owner = ["ann", "bob", "cy"][laptop];
        if !self.open(laptop, place, at) || !self.versions[at].writers().contains(&format!("age1{owner}")) {
            return;
        }
        let Version { mut vault, mut writes, root, mut from, .. } = self.versions[at].clone();
        let before = vault.clone();
        if !change(&mut vault) {
            assert!(vault == before, "what is refused changes nothing");
            return;
        }
        from.insert(at);
        let new = self.versions.len();
        self.made += 1;
        let pins = self.laptops[laptop].pins.as_mut().expect("it was opened");
        let actor = pins.actor(place.as_ref(), &vault.head.clock, || ActorId(1_000 + self.made));
        vault.head.clock.tick(actor);
        let own = vault.head.members.iter().find(|(_, member)| member.key == Some(key(owner)));
        vault.head.written_by = own.expect("nobody removes himself").0.clone();
        writes.insert(new);
        let gone = vault.head.removed.values().any(|removed| *removed.recipient.as_str() == *root);
        let root = if gone { format!("age1{owner}") } else { root };
        let version = Version { vault, digest: sha2::Sha256::digest(new.to_be_bytes()).into(), writes, root, from };
        pins.wrote(place.as_ref(), version.found(), actor);
        self.laptops[laptop].take(place, new, &version);
        self.versions.push(version);
        self.laptops[laptop].files.insert(place.clone(), new);
    }

    /// The laptop's owner merges what stands at a place with another version, as git has it done: three ways, with
    /// the newest that both came from; or two ways, where that is not at hand.
    fn merge(&mut self, laptop: usize, place: &Option<Place>, theirs: usize, has_base: bool) {
        let Some(ours) = self.laptops[laptop].files.get(place).copied() else { return };
        let (Some(known), Some(truth)) = (&self.laptops[laptop].pins, &self.laptops[laptop].truth) else { return };
        let has = |at: usize| &self.versions[at].from | &[at].into();
        let base = (&has(ours) & &has(theirs)).last().copied().filter(|_| has_base);
        let [one, other] = [ours, theirs].map(|at| &self.versions[at]);
        let Ok(merged) = Vault::merge(base.map(|base| &self.versions[base].vault), &one.vault, &other.vault) else {
            return;
        };
        let mut vault = merged.vault;
        // What is in one of them already is written by nobody.
        let is_same = |side: &Version| {
            let head = &side.vault.head;
            (&vault.head.members, &vault.head.removed) == (&head.members, &head.removed)
                && vault.head.clock == head.clock
        };
        if let Some(same) = [ours, theirs].into_iter().find(|at| is_same(&self.versions[*at])) {
            self.laptops[laptop].files.insert(place.clone(), same);
            self.open(laptop, place, same);
            return;
        }
        let of = |vault: &Vault| Version { vault: vault.clone(), ..one.clone() };
        let (members, writers) = (of(&vault).members(), of(&vault).writers());
        let removed = &(&truth.removed | &one.removed()) | &other.removed();
        assert!(members.is_disjoint(&(&one.removed() | &other.removed())), "a merge brings nobody back");
        let root = vault.head.root().expect("one vouches for himself");
        let root = vault.head.members.values().find(|member| member.key.as_ref() == Some(root)).expect("a member");
        let root = root.recipient.to_string();
        let may_be_root = root == truth.root || truth.removed_root(&removed) && truth.writers.contains(&root);
        let wrote =
            |version: &Version| version.vault.head.members[&version.vault.head.written_by].recipient.to_string();
        let trusted = &(&truth.writers | &writers) - &removed;
        let may = members.is_disjoint(&removed)
            && may_be_root
            && [one, other].map(wrote).iter().all(|by| trusted.contains(by));
        let pins = Pins::merge(Some(known), &vault.head, [&one.vault.head, &other.vault.head], &verify);
        assert_eq!(pins.is_ok(), may, "laptop {laptop} merges {ours} and {theirs} at {place:?}: {:?}", pins.err());
        let owner = ["ann", "bob", "cy"][laptop];
        let (Ok(pins), true) = (pins, writers.contains(&format!("age1{owner}"))) else { return };
        let new = self.versions.len();
        self.made += 1;
        let actor = pins.actor(place.as_ref(), &vault.head.clock, || ActorId(1_000 + self.made));
        vault.head.clock.tick(actor);
        let own = vault.head.members.iter().find(|(_, member)| member.key == Some(key(owner)));
        vault.head.written_by = own.expect("he is there").0.clone();
        let writes = &(&one.writes | &other.writes) | &[new].into();
        let from = &has(ours) | &has(theirs);
        let count = vault.head.clock.count(actor);
        let version = Version { vault, digest: sha2::Sha256::digest(new.to_be_bytes()).into(), writes, root, from };
        let own = &mut self.laptops[laptop];
        let (known, truth) = (own.pins.as_mut().expect("there are"), own.truth.as_mut().expect("there is"));
        known.join(&pins);
        known.counted(place.as_ref(), actor, count);
        truth.learn(&version);
        own.files.insert(place.clone(), new);
        self.versions.push(version);
        // What both laptops wrote is in it: whoever merged it opens it.
        let is_open = self.open(laptop, place, new);
        let was_open = |at: usize| {
            self.laptops[laptop]
                .truth
                .as_ref()
                .is_some_and(|truth| place.as_ref().is_none_or(|place| truth.seen.get(place) == Some(&at)))
        };
        assert!(is_open || !was_open(ours), "laptop {laptop} is locked out of what it merged itself");
    }

    /// What the laptop remembers is as it was once; its files stay, and it looks at each of them.
    fn put_back(&mut self, laptop: usize) {
        let own = &mut self.laptops[laptop];
        let (Some((pins, truth)), Some(seen)) = (own.kept.clone(), own.truth.as_ref().map(|truth| truth.seen.clone()))
        else {
            return;
        };
        (own.pins, own.truth, own.slow) = (Some(pins), Some(truth), None);
        for (place, at) in seen {
            let own = &mut self.laptops[laptop];
            own.files.insert(Some(place.clone()), at);
            if self.open(laptop, &Some(place.clone()), at) {
                continue;
            }
            // A file that it does not take any more: an older one there, beside an older memory, would be no lie.
            let own = &mut self.laptops[laptop];
            own.pins.as_mut().expect("put back").places.remove(&place);
            own.truth.as_mut().expect("put back").seen.remove(&place);
        }
    }

    /// Nothing that a stranger, or somebody whom the laptop knows to be removed, makes of a version is taken.
    fn forge(&self, laptop: usize, place: &Option<Place>, at: usize, how: u8) {
        let own = &self.laptops[laptop];
        let (Some(pins), Some(truth)) = (&own.pins, &own.truth) else { return };
        let Version { mut vault, .. } = self.versions[at].clone();
        let head = &mut vault.head;
        let id = head.id;
        let mut forger = "eve";
        let gone = truth.removed.iter().nth(usize::from(how) % truth.removed.len().max(1));
        if let Some(gone) = gone.and_then(|gone| gone.strip_prefix("age1")).filter(|_| how >= 128) {
            forger = gone;
            // Whoever forges leaves out that he was removed.
            head.removed.clear();
        }
        let public = public(forger, true);
        match how % 5 {
            0 => drop(head.members.insert(member("eve"), entry(&id, "eve", public, forger))),
            1 => {
                head.members.clear();
                head.members.insert(member("eve"), entry(&id, "eve", public, forger));
            }
            2 => {
                let by = head.root().map(|root| root.fingerprint()).expect("there is always one");
                let eve = crate::vault::Member { endorsed_by: by, ..entry(&id, "eve", public, forger) };
                head.members.insert(member("eve"), eve);
            }
            3 => {
                let accomplice = crate::vault::tests::public("fay", how.is_multiple_of(2));
                head.members.insert(member("fay"), entry(&id, "fay", accomplice, forger));
            }
            _ => {
                let copied = head.members.values().next().cloned().expect("there is always the root");
                head.members.insert(
                    member("eve"),
                    crate::vault::Member { recipient: public.recipient, key: public.key, ..copied },
                );
            }
        }
        head.written_by = member(if head.members.contains_key("eve") { "eve" } else { "fay" });
        head.clock.tick(ActorId(666));
        let found = Found { head, digest: &[6; 32] };
        let taken = Pins::accept(Some(pins), place.as_ref(), found, &verify);
        assert!(taken.is_err(), "laptop {laptop} took what {forger} made of version {at} ({})", how % 5);
    }

    fn step(&mut self, step: Step) {
        let Step { what, laptop, place, which, how } = step;
        let place = &places()[place];
        // Mostly the newest ones.
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
            // Every other one is the root.
            7 => self.write(laptop, place, |vault| {
                let root = vault.head.members.iter().find(|(_, member)| member.key.as_ref() == vault.head.root());
                let root = root.filter(|_| how >= 128).map(|(name, _)| name.clone());
                as_voucher(owner, |by| vault.remove_member(&root.unwrap_or_else(|| nth(vault)), by)).is_ok()
            }),
            8 => self.write(laptop, place, |vault| {
                as_voucher(owner, |by| vault.rename_member(&nth(vault), &member(&new), by)).is_ok()
            }),
            // A new card; or one with the recipient that is there, which makes a reader a writer.
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
            11 => self.say_slowly(laptop),
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

    /// A reader that took long says what it saw: nothing that was learned meanwhile is forgotten.
    fn say_slowly(&mut self, laptop: usize) {
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
fn places() -> [Option<Place>; 4] {
    let place = |path: &str, branch: &str| Some(Place { path: path.to_owned(), branch: Some(branch.to_owned()) });
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
    fn a_laptop_takes_what_the_rules_let_it_take_and_nothing_else(steps in proptest::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        steps.into_iter().for_each(|step| world.step(step));
        // Whoever is new takes any of them: all members are vouched for, whatever happened.
        for version in &world.versions {
            prop_assert!(Pins::accept(None, None, version.found(), &verify).is_ok());
        }
    }
}
