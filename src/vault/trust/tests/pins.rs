//! What a laptop records: members, removals, actors; and what a person accepts.

use std::collections::BTreeSet;

use super::*;
use crate::vault::VaultFingerprint;
use crate::vault::tests::{entry, replace_root};

#[test]
fn an_actor_belongs_to_one_laptop_in_one_checkout() {
    let mut known = pins();
    let here = clone_at("here");
    let new = || ActorId(99);
    let actor = |known: &Pins, tree: &str, counts| known.actor(&clone_at(tree), &counted(counts).clock, new);
    assert_eq!(actor(&known, "here", [1, 0, 0]), ActorId(99), "this laptop has written nothing here");
    known.wrote(&here, Snapshot { head: &counted([4, 2, 0]), digest: &DIGEST, signature: &SIGNATURE }, ActorId(2));
    assert_eq!(actor(&known, "here", [4, 2, 0]), ActorId(2));
    assert_eq!(actor(&known, "here", [9, 2, 1]), ActorId(2), "others wrote meanwhile");
    assert_eq!(actor(&known, "here", [4, 3, 0]), ActorId(99), "another laptop wrote as this actor");
    assert_eq!(actor(&known, "there", [4, 2, 0]), ActorId(99), "another checkout has another actor");
    assert_eq!(actor(&known, "here", [4, 1, 1]), ActorId(99), "its last write is not in the file");
    // Seeing the writes of others keeps the actor.
    let seen = open(Some(&known), &here, &counted([9, 2, 0]), OTHER).unwrap();
    assert_eq!(actor(&seen, "here", [9, 2, 0]), ActorId(2));
    // A version that another laptop wrote as this actor ends it, even if the file then goes back by `trust`.
    let copied = open(Some(&seen), &here, &counted([9, 3, 0]), OTHER).unwrap();
    assert_eq!(actor(&copied, "here", [9, 2, 0]), ActorId(99));
    let old = counted([4, 2, 0]);
    let back = Pins::trust(
        Some(&seen),
        &here,
        Snapshot { head: &old, digest: &DIGEST, signature: &SIGNATURE },
        &[].into(),
        &verify,
    );
    assert_eq!(actor(&back.unwrap(), "here", [4, 2, 0]), ActorId(99));
    // The count of a merge that git may still discard counts, and nothing else of it.
    let mut merged = seen.clone();
    merged.counted(&here, ActorId(2), 3);
    assert_eq!(merged.checkouts[&here.checkout].clock, counted([9, 2, 0]).clock);
    assert_eq!(actor(&merged, "here", [9, 2, 0]), ActorId(99));
    merged.counted(&clone_at("there"), ActorId(2), 3);
    assert_eq!(merged.checkouts.len(), 1);
}

#[test]
fn a_write_records_the_members_as_written() {
    let mut vault = team();
    add(&mut vault, "bob", "eve", true);
    remove(&mut vault, "bob", "alice");
    vault.head.written_by = member("bob");
    vault.head.clock.tick(ActorId(2));
    let mut known = pins();
    known.wrote(&clone_at("here"), Snapshot { head: &vault.head, digest: &OTHER, signature: &SIGNATURE }, ActorId(2));
    assert_eq!(known.roster, Roster::of(&vault.head, &|_| false));
    assert_eq!(known.roster.root, Some(print_of("bob")));
    assert_eq!(known.removed.keys().collect::<BTreeSet<_>>(), vault.head.removed.keys().collect());
    assert_eq!(known.checkouts[&clone_at("here").checkout].actor, Some((ActorId(2), 1)));
    let old = accept(Some(&known), &clone_at("new"), &team().head, DIGEST);
    assert_eq!(old, Err(signed_by_removed("alice", "alice")));
}

#[test]
fn a_signature_was_verified_if_it_is_that_of_the_last_version_of_a_checkout() {
    let signed = |digest, signature| SignedDigest { digest, signature: Signature([signature; 64]) };
    let known = pins();
    assert!(known.has_verified(&signed(DIGEST, 3)));
    assert!(!known.has_verified(&signed(DIGEST, 0)), "another signature of the same text");
    assert!(!known.has_verified(&signed(OTHER, 3)), "the same signature with another text");
    // An older version, which another process saw, does not take the place of a newer one.
    let newer = open(Some(&known), &clone_at("here"), &counted([2, 0, 0]), OTHER).unwrap();
    let mut both = newer.clone();
    both.see(&clone_at("here"), signed(DIGEST, 4).of(&team().head), 0);
    assert!(both.has_verified(&signed(OTHER, 3)) && !both.has_verified(&signed(DIGEST, 4)));
}

/// Changes the members, and writes.
fn next(vault: &Vault, change: impl FnOnce(&mut Vault)) -> Vault {
    let mut vault = vault.clone();
    change(&mut vault);
    vault.head.clock.tick(ActorId(1));
    vault
}

fn update(vault: &mut Vault, name: &str, of: &str, is_writer: bool) {
    as_voucher("alice", |by| vault.update_member(&member(name), public(of, is_writer), by)).unwrap();
}

fn rename(vault: &mut Vault, old: &str, new: &str) {
    as_voucher("alice", |by| vault.rename_member(&member(old), &member(new), by)).unwrap();
}

/// A change, and what is said of it.
type News<'a> = (&'a dyn Fn(&mut Vault), Vec<MemberNews>);

#[test]
fn says_once_what_changed_among_the_members() {
    use MemberNews::{Added, NewKey, Removed, Renamed, Root};
    let renamed = |old: &str, new: &str| Renamed { old: member(old), new: member(new) };
    let cases: &[News] = &[
        (&|_| {}, vec![]),
        (&|vault| add(vault, "bob", "eve", false), vec![Added(member("eve"))]),
        (&|vault| remove(vault, "alice", "cy"), vec![Removed(member("cy"))]),
        (&|vault| remove(vault, "alice", "bob"), vec![Removed(member("bob"))]),
        (&|vault| rename(vault, "bob", "rob"), vec![renamed("bob", "rob")]),
        (&|vault| update(vault, "bob", "bob2", true), vec![NewKey(member("bob"))]),
        (&|vault| update(vault, "cy", "cy", true), vec![NewKey(member("cy"))]),
        (&|vault| remove(vault, "bob", "alice"), vec![Removed(member("alice")), Root(member("bob"))]),
        (&|vault| replace_root(vault, &member("alice"), "alice", "alice2").unwrap(), vec![NewKey(member("alice"))]),
        (
            &|vault| {
                // Another person takes a name that has become free.
                rename(vault, "bob", "rob");
                as_voucher("alice", |by| vault.add_member(&member("bob"), public("ben", true), by)).unwrap();
            },
            vec![NewKey(member("bob")), renamed("bob", "rob")],
        ),
        (
            &|vault| {
                rename(vault, "cy", "x");
                rename(vault, "bob", "cy");
                rename(vault, "x", "bob");
            },
            vec![renamed("cy", "bob"), renamed("bob", "cy")],
        ),
    ];
    let here = clone_at("here");
    for (at, (change, news)) in cases.iter().enumerate() {
        let vault = next(&team(), change);
        let mut head = vault.head;
        head.written_by = head.root().unwrap().0.clone();
        assert_eq!(accept(Some(&pins()), &here, &head, OTHER).unwrap().members, *news, "{at}");
        // The next time it is known, wherever.
        let known = open(Some(&pins()), &here, &head, OTHER).unwrap();
        for place in ["here", "there"] {
            assert_eq!(accept(Some(&known), &clone_at(place), &head, OTHER).unwrap().members, [], "{at}");
        }
        // The first time, all is as found.
        assert_eq!(accept(None, &here, &head, OTHER).unwrap().members, []);
    }
}

#[test]
fn the_members_of_an_older_branch_are_no_news() {
    let newer = next(&team(), |vault| add(vault, "alice", "eve", true));
    let known = open(Some(&pins()), &clone_at("here"), &newer.head, OTHER).unwrap();
    assert_eq!(accept(Some(&known), &clone_at("there"), &team().head, DIGEST).unwrap().members, []);
    let seen = open(Some(&known), &clone_at("there"), &team().head, DIGEST).unwrap();
    assert_eq!(seen.roster, known.roster);
}

#[test]
fn a_branch_from_before_a_removal_teaches_no_members() {
    // dora added a puppet on a branch where bob still writes. On the main branch she was removed.
    let start = next(&team(), |vault| add(vault, "alice", "dora", true));
    let mut branch = next(&start, |vault| add(vault, "dora", "puppet", true));
    branch.head.written_by = member("bob");
    branch.head.clock.tick(ActorId(2));
    let main = next(&start, |vault| remove(vault, "alice", "dora"));
    let known = open(Some(&pins()), &clone_at("here"), &main.head, OTHER).unwrap();
    let accepted = accept(Some(&known), &clone_at("there"), &branch.head, [3; 32]).unwrap();
    assert_eq!((accepted.outdated, accepted.members), (vec![member("dora")], vec![]));
    let known = open(Some(&known), &clone_at("there"), &branch.head, [3; 32]).unwrap();
    assert_eq!(known.roster, Roster::of(&main.head, &|_| false));
    // So the next write there removes her, and leaves out the puppet.
    let mut vault = branch.clone();
    let left_out = as_voucher("bob", |by| vault.remove_known(&known, by));
    assert_eq!(left_out.left_out, [member("puppet")]);
    assert!(vault.head.members.keys().map(|name| name.as_str()).eq(["alice", "bob", "cy"]));
    // A member whom she added and whom this laptop knows from the main branch stays.
    let start = next(&start, |vault| add(vault, "dora", "eve", true));
    let branch = next(&start, |vault| add(vault, "dora", "puppet", true));
    let main = next(&start, |vault| remove(vault, "alice", "dora"));
    let known = open(Some(&pins()), &clone_at("here"), &main.head, OTHER).unwrap();
    let mut vault = branch;
    assert_eq!(as_voucher("bob", |by| vault.remove_known(&known, by)).left_out, [member("puppet")]);
    assert!(vault.head.members.contains_key("eve"));
    assert_eq!(vault.head.check_members(&verify), Ok(key("alice")));
}

#[test]
fn trust_accepts_an_older_version_in_all_related_checkouts() {
    let (here, there) = (clone_at("here"), clone_at("there"));
    let known = open(None, &here, &counted([5, 0, 0]), DIGEST).unwrap();
    let known = open(Some(&known), &file(&["here/vault.age"]), &counted([6, 0, 0]), OTHER).unwrap();
    let known = open(Some(&known), &there, &counted([7, 0, 0]), [3; 32]).unwrap();
    let (old, digest) = (counted([4, 0, 0]), [4; 32]);
    let trust = |place| {
        Pins::trust(
            Some(&known),
            place,
            Snapshot { head: &old, digest: &digest, signature: &SIGNATURE },
            &[].into(),
            &verify,
        )
    };
    let trusted = trust(&here).unwrap();
    assert_eq!(trusted.checkouts.keys().collect::<Vec<_>>(), [&here.checkout, &there.checkout]);
    assert_eq!(trusted.checkouts[&there.checkout], known.checkouts[&there.checkout]);
    let accepted = accept(Some(&trusted), &here, &old, digest).unwrap();
    assert_eq!((accepted.missing(), accepted.is_news), (3, false), "what it lacks was shown before the question");
    assert!(accept(Some(&trusted), &file(&["here/vault.age"]), &old, digest).is_ok());
    assert!(accept(Some(&trusted), &there, &old, digest).is_err());
    assert!(accept(Some(&trusted), &here, &counted([5, 0, 0]), DIGEST).is_ok(), "later versions are accepted");
}

#[test]
fn trust_keeps_the_removals_that_are_not_taken_back() {
    let known = pins_without("bob");
    let (here, dan_and_bob) = (clone_at("here"), [print_of("dan"), print_of("bob")]);
    let trust = |head: &Head, taken_back: &[&str]| {
        let taken_back = taken_back.iter().map(|name| print_of(name)).collect();
        Pins::trust(
            Some(&known),
            &here,
            Snapshot { head, digest: &DIGEST, signature: &SIGNATURE },
            &taken_back,
            &verify,
        )
    };
    // The version still has bob; only the pins know of the removal.
    let removed = |pins: Pins| pins.removed.into_keys().collect::<BTreeSet<_>>();
    assert_eq!(removed(trust(&team().head, &[]).unwrap()), dan_and_bob.iter().cloned().collect());
    assert_eq!(removed(trust(&team().head, &["bob"]).unwrap()), [print_of("dan")].into());
    // What the version itself says is learned again.
    assert_eq!(removed(trust(&team().head, &["bob", "dan"]).unwrap()), [print_of("dan")].into());
    let by_bob = Head { written_by: member("bob"), ..team().head };
    assert_eq!(trust(&by_bob, &["dan"]), Err(signed_by_removed("bob", "bob")));
    let trusted = trust(&by_bob, &["bob"]).unwrap();
    assert_eq!(accept(Some(&trusted), &here, &by_bob, DIGEST).unwrap().outdated, []);
}

#[test]
fn trust_accepts_another_founder_but_no_forged_members() {
    let trust = |head: &Head| {
        let found = Snapshot { head, digest: &OTHER, signature: &SIGNATURE };
        Pins::trust(Some(&pins()), &clone_at("here"), found, &[].into(), &verify)
    };
    let trusted = trust(&founded("eve").head).unwrap();
    assert_eq!((trusted.founder, &trusted.roster.root), (key("eve"), &Some(print_of("eve"))));
    assert!(trusted.removed.contains_key(&print_of("dan")));
    let mut head = team().head;
    head.members.insert(member("dan"), entry(&head.id, "dan", public("dan", true), "alice"));
    assert_eq!(trust(&head), Err(Distrust::Back { names: vec![member("dan")] }));
    head.members.remove(&member("dan"));
    head.members.insert(member("eve"), entry(&head.id, "eve", public("eve", true), "eve"));
    assert_eq!(trust(&head), Err(Distrust::NoRoot));
}

#[test]
fn an_older_version_may_be_written_by_one_who_was_removed_since() {
    let by_bob = Head { written_by: member("bob"), ..team().head };
    let known = pins_without("bob");
    assert_eq!(known.trusted_once(&by_bob, &verify), Ok(()));
    let other = founded("eve").head;
    let found = VaultFingerprint::of(&other.id, &key("eve"));
    assert_eq!(known.trusted_once(&other, &verify), Err(Distrust::Founder { found }));
    let mut forged = by_bob;
    forged.members.insert(member("eve"), entry(&forged.id, "eve", public("eve", true), "fay"));
    assert_eq!(known.trusted_once(&forged, &verify), Err(Distrust::Unendorsed { names: vec![member("eve")] }));
}

#[test]
fn what_several_processes_saw_is_the_same_in_any_order() {
    let start = team();
    let second = next(&start, |vault| add(vault, "alice", "eve", true));
    let third = next(&second, |vault| remove(vault, "alice", "bob"));
    let fourth = next(&third, |vault| replace_root(vault, &member("alice"), "alice", "alice2").unwrap());
    let versions = [&start, &second, &third, &fourth];
    let [here, there] = [clone_at("here"), clone_at("there")];
    let mut seen = Vec::new();
    for at in 0..256_usize {
        // All ways to record four versions in some order, the last two in another checkout too.
        let order = [at % 4, at / 4 % 4, at / 16 % 4, at / 64];
        if order.iter().collect::<BTreeSet<_>>().len() < 4 {
            continue;
        }
        let mut known = pins();
        for at in order {
            let digest = [u8::try_from(at).unwrap() + 1; 32];
            let found = Snapshot { head: &versions[at].head, digest: &digest, signature: &SIGNATURE };
            for place in [&here, &there].into_iter().take(if at < 2 { 1 } else { 2 }) {
                let before = known.clone();
                known.see(place, found, 0);
                assert!(before.removed.iter().all(|removed| known.removed.get(removed.0) == Some(removed.1)));
                assert!(before.roots.is_subset(&known.roots));
                for (checkout, seen) in &before.checkouts {
                    assert_eq!(seen.clock.beyond(&known.checkouts[checkout].clock), 0);
                }
            }
        }
        seen.push(known);
    }
    assert_eq!(seen.len(), 24);
    assert!(seen.iter().all(|known| *known == seen[0]));
    assert_eq!(seen[0].roster, Roster::of(&fourth.head, &|_| false));
}

#[test]
fn nothing_is_forgotten_of_two_versions_that_were_seen_at_once() {
    // Two processes accepted them, and neither contains the other.
    let here = clone_at("here");
    for versions in [[[2, 0, 0], [1, 1, 0]], [[1, 1, 0], [2, 0, 0]]] {
        let mut known = pins();
        for (counts, digest) in versions.into_iter().zip([[3; 32], [4; 32]]) {
            known.see(&here, Snapshot { head: &counted(counts), digest: &digest, signature: &SIGNATURE }, 0);
        }
        for (counts, digest) in versions.into_iter().zip([[3; 32], [4; 32]]) {
            let missing = match accept(Some(&known), &here, &counted(counts), digest) {
                Err(Distrust::Behind(missing)) => missing,
                other => panic!("{other:?}"),
            };
            assert_eq!(missing.changes, 1);
        }
        assert!(accept(Some(&known), &here, &counted([2, 1, 1]), [5; 32]).is_ok());
    }
}

#[test]
fn removals_in_sealed_environments_count_as_well() {
    let mut known = pins();
    let mut vault = team();
    remove(&mut vault, "alice", "bob");
    known.see_sealed("team".into(), &["env.age".to_owned()].into(), &vault.head);
    let by_bob = Head { written_by: member("bob"), ..team().head };
    assert_eq!(accept(Some(&known), &clone_at("new"), &by_bob, OTHER), Err(signed_by_removed("bob", "bob")));
    known.see_sealed("team".into(), &["other.age".to_owned()].into(), &counted([0, 2, 0]));
    let seen = &known.sealed["team"];
    assert_eq!(seen.clock, counted([1, 2, 0]).clock);
    assert_eq!(seen.files, ["env.age".to_owned(), "other.age".to_owned()].into());
}
