//! Merges in a history, and pins that are restored from a backup.

use sha2::Digest as _;

use super::{Version, World};
use crate::vault::tests::{key, verify};
use crate::vault::trust::{Checkout, Pins};
use crate::vault::{ActorId, Vault};

impl World {
    /// The laptop's owner merges the version of a checkout with another one, as git does: three ways, with
    /// the newest common base, or two ways without one.
    pub(super) fn merge(&mut self, laptop: usize, place: &Option<Checkout>, theirs: usize, has_base: bool) {
        let Some(ours) = self.laptops[laptop].files.get(place).copied() else { return };
        let (Some(known), Some(truth)) = (&self.laptops[laptop].pins, &self.laptops[laptop].truth) else { return };
        let has = |at: usize| &self.versions[at].from | &[at].into();
        let base = (&has(ours) & &has(theirs)).last().copied().filter(|_| has_base);
        let [one, other] = [ours, theirs].map(|at| &self.versions[at]);
        let Ok(merged) = Vault::merge(base.map(|base| &self.versions[base].vault), &one.vault, &other.vault) else {
            return;
        };
        let mut vault = merged.vault;
        // If one side contains the other, it is the result, and nothing is written.
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
        assert!(members.is_disjoint(&(&one.removed() | &other.removed())), "a merge brings no removed member back");
        let root = vault.head.root().expect("there is a root");
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
        vault.head.written_by = own.expect("the owner is a member").0.clone();
        let writes = &(&one.writes | &other.writes) | &[new].into();
        let from = &has(ours) | &has(theirs);
        let count = vault.head.clock.count(actor);
        let version = Version { vault, digest: sha2::Sha256::digest(new.to_be_bytes()).into(), writes, root, from };
        let own = &mut self.laptops[laptop];
        let (known, truth) = (
            own.pins.as_mut().expect("the laptop has pins"),
            own.truth.as_mut().expect("the laptop has seen a version"),
        );
        known.join(&pins);
        known.counted(place.as_ref(), actor, count);
        truth.learn(&version);
        own.files.insert(place.clone(), new);
        self.versions.push(version);
        // It contains the writes of both sides, so the laptop that merged it must open it.
        let is_open = self.open(laptop, place, new);
        let was_open = |at: usize| {
            self.laptops[laptop]
                .truth
                .as_ref()
                .is_some_and(|truth| place.as_ref().is_none_or(|place| truth.seen.get(place) == Some(&at)))
        };
        assert!(is_open || !was_open(ours), "laptop {laptop} refuses its own merge");
    }

    /// Restores the pins from a backup. The files stay, and each of them is opened again.
    pub(super) fn put_back(&mut self, laptop: usize) {
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
            // The laptop refuses this file now. With older pins, even an older file would be right there.
            let own = &mut self.laptops[laptop];
            own.pins.as_mut().expect("just restored").places.remove(&place);
            own.truth.as_mut().expect("just restored").seen.remove(&place);
        }
    }
}
