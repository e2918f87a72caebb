//! Changes of the root: which steps prove that it descends from the founder.

use super::*;
use crate::vault::roots::RootStep;
use crate::vault::tests::{entry, replace_root, sign};
use crate::vault::{Distrust, Member, VaultFingerprint};

/// alice founds it and adds bob; bob adds cy; cy removes alice and becomes the root; cy adds dan.
fn taken_over() -> Vault {
    let mut vault = founded("alice");
    add(&mut vault, "alice", "bob", true);
    add(&mut vault, "bob", "cy", true);
    remove(&mut vault, "cy", "alice");
    add(&mut vault, "cy", "dan", true);
    vault.head.written_by = member("cy");
    vault
}

/// cy also replaced its own key.
fn replaced() -> Vault {
    let mut vault = taken_over();
    replace_root(&mut vault, &member("cy"), "cy", "cy2").unwrap();
    vault
}

/// The pins of a laptop that saw the vault when alice was the root, with these members.
fn pins_from_the_start() -> Pins {
    let mut vault = founded("alice");
    add(&mut vault, "alice", "bob", true);
    add(&mut vault, "bob", "cy", true);
    open(None, &clone_at("here"), &vault.head, DIGEST).unwrap()
}

fn accepts(known: &Pins, head: &Head) -> Result<(), Distrust> {
    accept(Some(known), &clone_at("new"), head, OTHER).map(drop)
}

#[test]
fn follows_the_steps_from_the_founder_to_the_root() {
    let mut again = replaced();
    as_voucher("bob", |by| again.remove_member(&member("cy"), by)).unwrap();
    again.head.written_by = member("bob");
    for (vault, steps) in [(taken_over(), 1), (replaced(), 2), (again, 3)] {
        assert_eq!((vault.head.roots.len(), vault.head.check_members(&verify)), (steps, Ok(key("alice"))));
        assert_eq!(accepts(&pins_from_the_start(), &vault.head), Ok(()));
        let known = open(Some(&pins_from_the_start()), &clone_at("new"), &vault.head, OTHER).unwrap();
        assert_eq!((known.roots.len(), known.founder), (steps, key("alice")));
    }
}

#[test]
fn refuses_forged_steps() {
    let step = |from: &str, to: &str, signer: &str, vouchers: Vec<(&str, Member)>| {
        let signature = sign(&key(signer), &RootStep::signed(&founded("alice").head.id, &key(from), &key(to)));
        let vouchers = vouchers.into_iter().map(|(name, entry)| (member(name), entry)).collect();
        RootStep { from: key(from), to: key(to), signature, vouchers }
    };
    let by = |name: &str, endorser: &str| {
        (name.to_owned(), entry(&founded("alice").head.id, name, public(name, true), endorser))
    };
    // Makes eve the root, who endorses everybody.
    let eve = |head: &mut Head, step: RootStep| {
        let id = head.id;
        head.roots = vec![step];
        head.members = [(member("eve"), entry(&id, "eve", public("eve", true), "eve"))].into();
        head.written_by = member("eve");
    };
    let founder = |of: &str| Distrust::Founder { found: VaultFingerprint::of(&team().head.id, &key(of)) };
    let bad = Distrust::BadStep;
    let cases: &[Forgery] = &[
        ("no step", &|head| head.roots.clear(), founder("cy2")),
        ("without the first step", &|head| drop(head.roots.remove(0)), founder("cy")),
        ("without the last step", &|head| drop(head.roots.pop()), bad.clone()),
        ("the steps in another order", &|head| head.roots.reverse(), bad.clone()),
        ("from another founder", &|head| head.roots[0].from = key("eve"), bad.clone()),
        ("to another root", &|head| head.roots[1].to = key("eve"), bad.clone()),
        ("no voucher", &|head| head.roots[0].vouchers.clear(), bad.clone()),
        ("without the last voucher", &|head| drop(head.roots[0].vouchers.pop()), bad.clone()),
        ("without the first voucher", &|head| drop(head.roots[0].vouchers.remove(0)), bad.clone()),
        ("vouchers in another order", &|head| head.roots[0].vouchers.reverse(), bad.clone()),
        ("a renamed voucher", &|head| head.roots[0].vouchers[0].0 = member("rob"), bad.clone()),
        (
            "a voucher that names another endorser",
            &|head| head.roots[0].vouchers[0].1.endorsed_by = print_of("bob"),
            bad.clone(),
        ),
        ("a reader as voucher", &|head| head.roots[0].vouchers[0].1.keys.writer = None, bad.clone()),
        ("a replacement with vouchers", &|head| head.roots[1].vouchers = head.roots[0].vouchers.clone(), bad.clone()),
        ("an old root that was not removed", &|head| drop(head.removed.remove(&print_of("alice"))), bad.clone()),
        ("no removal", &|head| head.removed.clear(), bad.clone()),
        ("another vault", &|head| head.id.0[0] ^= 1, bad.clone()),
        ("a replacement that the new root signed", &|head| eve(head, step("alice", "eve", "eve", vec![])), bad.clone()),
        (
            "a takeover by a stranger whom nobody endorsed",
            &|head| eve(head, step("alice", "eve", "eve", vec![("eve", by("eve", "eve").1)])),
            bad.clone(),
        ),
        (
            "a takeover that somebody else signed",
            &|head| {
                eve(head, step("alice", "eve", "bob", vec![("bob", by("bob", "alice").1), ("eve", by("eve", "bob").1)]))
            },
            bad.clone(),
        ),
        (
            "a takeover by a stranger who claims an endorsement",
            &|head| {
                let claimed = Member { endorsed_by: print_of("bob"), ..by("eve", "eve").1 };
                eve(head, step("alice", "eve", "eve", vec![("bob", by("bob", "alice").1), ("eve", claimed)]));
            },
            bad.clone(),
        ),
        (
            "a takeover that leads to another writer",
            &|head| eve(head, step("alice", "eve", "eve", vec![("bob", by("bob", "alice").1)])),
            bad,
        ),
    ];
    for (case, change, why) in cases {
        let mut head = replaced().head;
        change(&mut head);
        assert_eq!(accepts(&pins_from_the_start(), &head), Err(why.clone()), "{case}");
        let first = accept(None, &clone_at("here"), &head, OTHER).map(drop);
        let is_other_founder = matches!(why, Distrust::Founder { .. });
        assert_eq!(first, if is_other_founder { Ok(()) } else { Err(why.clone()) }, "{case}");
    }
}

/// The pins from the start, with the removal of these members seen elsewhere, by a writer under alice.
fn pins_without(names: &[&str]) -> Pins {
    let mut known = pins_from_the_start();
    for name in names {
        let mut vault = taken_over();
        vault.head.members.insert(member(name), entry(&vault.head.id, name, public(name, true), "cy"));
        remove(&mut vault, if *name == "cy" { "bob" } else { "cy" }, name);
        let removed = vault.head.removed.remove(&print_of(name)).unwrap();
        known.removed.insert(print_of(name), removed);
    }
    known
}

#[test]
fn refuses_new_steps_that_rest_on_a_removed_member() {
    let by = |name: &str| Err(Distrust::StepByRemoved { name: member(name) });
    // bob vouched for cy when cy took over.
    assert_eq!(accepts(&pins_without(&["bob"]), &taken_over().head), by("bob"));
    assert_eq!(accepts(&pins_without(&["cy"]), &taken_over().head), by("cy"));
    assert_eq!(accepts(&pins_without(&["dan"]), &taken_over().head), Ok(()));
    // A step that this laptop or its token accepted before is not new.
    let seen = open(Some(&pins_from_the_start()), &clone_at("new"), &taken_over().head, OTHER).unwrap();
    let mut known = pins_without(&["bob"]);
    known.roots.clone_from(&seen.roots);
    assert_eq!(accepts(&known, &taken_over().head), Ok(()));
    let token = Token { roots: seen.roots.clone(), ..pins_without(&["bob"]).export(team().head.id, None) };
    let found = taken_over();
    let snapshot = Snapshot { head: &found.head, digest: &OTHER, signature: &SIGNATURE };
    assert!(Pins::accept(None, Some(&token), &clone_at("new"), snapshot, &verify).is_ok());
    assert!(Pins::accept(Some(&pins_without(&["bob"])), Some(&token), &clone_at("new"), snapshot, &verify).is_ok());
    let token = Token { roots: [].into(), ..token };
    assert_eq!(Pins::accept(None, Some(&token), &clone_at("new"), snapshot, &verify).map(drop), by("bob"));
    // This very version lists alice as removed. That does not count against its own step.
    assert!(taken_over().head.removed.contains_key(&print_of("alice")));
}

#[test]
fn a_removed_root_hands_its_place_to_nobody() {
    // bob removed alice. She, or whoever stole her key, makes versions in which she did not lose her place.
    let mut main = founded("alice");
    add(&mut main, "alice", "bob", true);
    add(&mut main, "bob", "cy", true);
    let start = main.clone();
    remove(&mut main, "bob", "alice");
    (main.head.written_by, main.head.clock) = (member("bob"), counted([2, 0, 0]).clock);
    let known = open(Some(&pins_from_the_start()), &clone_at("here"), &main.head, OTHER).unwrap();
    let by_alice = Err(Distrust::StepByRemoved { name: member("alice") });

    let mut own = start.clone();
    replace_root(&mut own, &member("alice"), "alice", "eve").unwrap();
    own.head.written_by = member("alice");
    assert_eq!(accepts(&known, &own.head), by_alice);

    for helpers in [vec!["eve"], vec!["fay", "eve"]] {
        let mut puppet = start.clone();
        let mut endorser = "alice";
        for helper in helpers {
            add(&mut puppet, endorser, helper, true);
            endorser = helper;
        }
        remove(&mut puppet, "eve", "alice");
        puppet.head.written_by = member("eve");
        assert_eq!(accepts(&known, &puppet.head), by_alice);
        // The puppet cannot hide behind a writer whom this laptop knows, since it cannot sign for one.
        puppet.head.written_by = member("cy");
        assert_eq!(accepts(&known, &puppet.head), Ok(()));
    }

    // A writer whom this laptop knows can have removed her too, on another branch.
    let mut topic = start;
    remove(&mut topic, "cy", "alice");
    topic.head.written_by = member("cy");
    assert_eq!(accepts(&known, &topic.head), Ok(()));
    add(&mut topic, "cy", "gil", true);
    topic.head.written_by = member("gil");
    assert_eq!(accepts(&known, &topic.head), Ok(()));
}
