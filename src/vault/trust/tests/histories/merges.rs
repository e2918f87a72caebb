//! Merges in a history, as git makes them.

use super::{Truth, World, chain, members, removed};
use crate::vault::tests::{key, verify};
use crate::vault::trust::Pins;
use crate::vault::{MergeError, Vault};

impl World {
    /// The laptop's owner merges the version at a place with another one: with their newest common base, as
    /// `git merge` does, with the parent of theirs, as `git cherry-pick` does, with any other version, as `git
    /// rebase --onto` can, or without a base.
    pub(super) fn merge(&mut self, laptop: usize, place: usize, theirs: usize, how: u8) {
        let own = &self.laptops[laptop];
        let (Some(ours), Some(known)) = (own.files.get(&place).copied(), &own.pins) else { return };
        let [one, other] = [ours, theirs].map(|at| &self.versions[at]);
        let base = match how % 8 {
            0 => None,
            1 | 2 => Some(other.parent),
            3 => Some(usize::from(how) % self.versions.len()),
            _ => (&one.from & &other.from).last().copied(),
        };
        let base = base.map(|base| &self.versions[base]);
        let sides = [&one.vault, &other.vault];

        let has_base = |side: &super::Version| base.is_none_or(|base| base.writes.is_subset(&side.writes));
        let is_newer = Vault::newer(base.map(|base| &base.vault), sides[0], sides[1]);
        let contains = |one: &super::Version, other: &super::Version| other.writes.is_subset(&one.writes);
        let newer = [(one, other), (other, one)].into_iter().find(|(one, other)| contains(one, other));
        let newer = newer.filter(|_| has_base(one) && has_base(other)).map(|(newer, _)| newer);
        assert_eq!(is_newer, newer.map(|newer| &newer.vault), "{ours} {theirs}");

        // A side counts if an opening would trust it. If it is no change, it does not matter who signed it.
        let is_trusted = |side: &Vault| {
            let vouched = Pins::vouch(Some(known), None, &side.head, &verify);
            assert_eq!(vouched.is_ok(), own.truth.may_trust(&side.head), "{vouched:?}");
            vouched.is_ok()
        };
        let all_trusted = match is_newer {
            Some(newer) => is_trusted(newer),
            None => sides.into_iter().all(is_trusted),
        };
        let signs_removed = |one: &Vault, other: &Vault| removed(&other.head).contains(&chain(&one.head)[0]);
        let is_signed_by_removed = signs_removed(sides[0], sides[1]) || signs_removed(sides[1], sides[0]);
        let writer = sides.into_iter().find_map(|side| side.head.writer_with(&key(&own.owner)));
        let Some((name, _)) = writer.filter(|_| all_trusted) else { return };
        if is_newer.is_none() && is_signed_by_removed {
            return;
        }

        let name = name.clone();
        let base_vault = base.map(|base| &base.vault);
        let merge =
            |ours, theirs| self.as_owner(&name, &own.owner, |by| Vault::merge(base_vault, ours, theirs, Some(by)));
        let merged = merge(sides[0], sides[1]);
        let is_behind = matches!(merged, Err(MergeError::Behind { .. }));
        assert_eq!(is_behind, !has_base(other), "{merged:?}");
        let Ok(merged) = merged else { return };
        assert_eq!(merged.is_side, newer.is_some());
        if merged.is_side {
            let at = if contains(other, one) { theirs } else { ours };
            self.laptops[laptop].files.insert(place, at);
            self.open(laptop, place, at);
            return;
        }

        let mut vault = merged.vault;
        assert_eq!(vault.head.check_members(&verify), Ok(key("ann")));
        let all_removed = &removed(&sides[0].head) | &removed(&sides[1].head);
        assert_eq!(removed(&vault.head), all_removed);
        assert!(members(&vault.head).is_disjoint(&all_removed), "a merge brings no removed member back");
        if has_base(one) {
            let turned = merge(sides[1], sides[0]).expect("merging is commutative").vault;
            let of = |vault: &Vault| {
                let head = vault.head.clone();
                (
                    vault.sections.clone(),
                    vault.read.clone(),
                    head.members,
                    head.removed,
                    head.roots,
                    head.hash_key,
                    head.clock,
                )
            };
            assert_eq!(of(&vault), of(&turned));
        }

        // The result must be a vault that this laptop would open.
        self.as_owner(&name, &own.owner, |by| vault.remove_known(known, by));
        let Some((name, _)) = vault.head.writer_with(&key(&own.owner)) else { return };
        vault.head.written_by = name.clone();
        let vouched = Pins::vouch(Some(known), None, &vault.head, &verify);
        if vouched.is_err() {
            return;
        }
        assert!(own.truth.may_trust(&vault.head));
        let before: Truth = own.truth.clone();
        let was_seen = before.may_accept(place, one);
        let contains = if has_base(one) { vec![ours, theirs] } else { vec![ours] };
        let new = self.add_version(laptop, place, vault, ours, &contains, false);
        self.laptops[laptop].files.insert(place, new);
        let is_open = self.open(laptop, place, new);
        // It has what the file had before, so the laptop must open it if it opened that one.
        assert!(is_open || !was_seen, "laptop {laptop} refuses its own merge");
    }
}
