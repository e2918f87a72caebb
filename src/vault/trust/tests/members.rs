//! Forged members, and members that a laptop knows to be removed.

use super::*;
use crate::vault::key::Recipient;
use crate::vault::label::Digest;
use crate::vault::member::{PublicKeys, WriterHalf, carded};
use crate::vault::tests::{entry, sign};
use crate::vault::{Member, VaultFingerprint};

fn put(head: &mut Head, name: &str, keys: PublicKeys, by: &str) {
    let member_entry = entry(&head.id, name, keys, by);
    head.members.insert(member(name), member_entry);
}

fn change(head: &mut Head, name: &str, change: impl FnOnce(&mut Member)) {
    change(head.members.get_mut(&member(name)).unwrap());
}

/// The keys of one who has this recipient and this verifying key, and made a card of both.
fn mixed(recipient: &str, of: &str) -> PublicKeys {
    let recipient = Recipient::new(&format!("age1{recipient}"));
    let card_signature = sign(&key(of), &carded(&recipient, &key(of)));
    PublicKeys { recipient, writer: Some(WriterHalf { key: key(of), card_signature }) }
}

fn founder(of: &str) -> Distrust {
    Distrust::Founder { found: VaultFingerprint::of(&team().head.id, &key(of)) }
}

fn unendorsed(names: &[&str]) -> Distrust {
    Distrust::Unendorsed { names: names.iter().map(|name| member(name)).collect() }
}

#[test]
fn refuses_forged_members() {
    let back = |name: &str| Distrust::Back { names: vec![member(name)] };
    let card = |name: &str| Distrust::Card { name: member(name) };
    let twice = |name: &str| Distrust::Twice { name: member(name) };
    let cases: &[Forgery] = &[
        ("a stranger who endorses themself", &|head| put(head, "eve", public("eve", true), "eve"), Distrust::NoRoot),
        ("a member who endorses themself", &|head| put(head, "bob", public("bob", true), "bob"), Distrust::NoRoot),
        ("no root", &|head| drop(head.members.remove(&member("alice"))), Distrust::NoRoot),
        (
            "a root and a member who endorse each other",
            &|head| put(head, "alice", public("alice", true), "bob"),
            Distrust::NoRoot,
        ),
        (
            "a reader as root",
            &|head| {
                let keys = public("cy", false);
                head.members.retain(|name, _| name.as_str() == "cy");
                change(head, "cy", |cy| cy.endorsed_by = keys.fingerprint());
            },
            Distrust::NoRoot,
        ),
        (
            "a stranger in the root's place",
            &|head| put(head, "alice", public("eve", true), "eve"),
            unendorsed(&["bob", "cy"]),
        ),
        (
            "another founder",
            &|head| {
                head.members.clear();
                put(head, "eve", public("eve", true), "eve");
            },
            founder("eve"),
        ),
        (
            "a trusted writer as root, although the root was not removed",
            &|head| {
                head.members.remove(&member("alice"));
                put(head, "bob", public("bob", true), "bob");
            },
            founder("bob"),
        ),
        ("a writer by a stranger", &|head| put(head, "eve", public("eve", true), "fay"), unendorsed(&["eve"])),
        ("a reader by a stranger", &|head| put(head, "eve", public("eve", false), "fay"), unendorsed(&["eve"])),
        (
            "two strangers who endorse each other",
            &|head| {
                put(head, "eve", public("eve", true), "fay");
                put(head, "fay", public("fay", true), "eve");
            },
            unendorsed(&["eve", "fay"]),
        ),
        (
            "a stranger and a reader who endorse each other",
            &|head| {
                put(head, "eve", public("eve", true), "cy");
                put(head, "cy", public("cy", false), "eve");
            },
            unendorsed(&["cy", "eve"]),
        ),
        (
            "an endorsement that claims to be the root's",
            &|head| {
                put(head, "eve", public("eve", true), "eve");
                change(head, "eve", |eve| eve.endorsed_by = print_of("alice"));
            },
            unendorsed(&["eve"]),
        ),
        (
            "the endorsement of another member",
            &|head| {
                let bob = head.members[&member("bob")].clone();
                head.members.insert(member("eve"), Member { keys: public("eve", true), ..bob });
            },
            unendorsed(&["eve"]),
        ),
        (
            "an endorsement by a reader",
            &|head| {
                put(head, "eve", public("eve", true), "cy");
                change(head, "eve", |eve| eve.endorsed_by = public("cy", false).fingerprint());
            },
            unendorsed(&["eve"]),
        ),
        (
            "an endorsement by a removed member",
            &|head| put(head, "eve", public("eve", true), "dan"),
            unendorsed(&["eve"]),
        ),
        (
            "an endorsement by a removed member, whose removal is left out",
            &|head| {
                head.removed.clear();
                put(head, "eve", public("eve", true), "dan");
            },
            unendorsed(&["eve"]),
        ),
        ("a removed member", &|head| put(head, "dan", public("dan", true), "alice"), back("dan")),
        ("a removed recipient", &|head| put(head, "x", public("dan", false), "alice"), back("x")),
        ("a removed key", &|head| put(head, "x", mixed("x", "dan"), "alice"), back("x")),
        (
            "an endorsement for another name",
            &|head| {
                let cy = head.members.remove(&member("cy")).unwrap();
                head.members.insert(member("si"), cy);
            },
            unendorsed(&["si"]),
        ),
        ("a reader as a writer", &|head| change(head, "cy", |cy| cy.keys = public("cy", true)), unendorsed(&["cy"])),
        (
            "a writer as a reader",
            &|head| change(head, "bob", |bob| bob.keys = public("bob", false)),
            unendorsed(&["bob", "cy"]),
        ),
        ("another vault", &|head| head.id.0[0] ^= 1, unendorsed(&["alice", "bob", "cy"])),
        (
            "another recipient with the same key",
            &|head| change(head, "bob", |bob| bob.keys.recipient = Recipient::new("age1eve")),
            card("bob"),
        ),
        (
            "another recipient with the same key, endorsed by the root",
            &|head| {
                let keys = PublicKeys { recipient: Recipient::new("age1eve"), ..public("bob", true) };
                put(head, "bob", keys, "alice");
            },
            card("bob"),
        ),
        (
            "a card that another key signed",
            &|head| {
                let card_signature = public("eve", true).writer.unwrap().card_signature;
                let keys = public("bob", true);
                let writer = Some(WriterHalf { key: key("bob"), card_signature });
                put(head, "bob", PublicKeys { writer, ..keys }, "alice");
            },
            card("bob"),
        ),
        ("a recipient twice", &|head| put(head, "eve", mixed("bob", "eve"), "alice"), twice("eve")),
        ("a recipient twice, once as a reader", &|head| put(head, "eve", public("bob", false), "alice"), twice("eve")),
        ("a key twice", &|head| put(head, "eve", mixed("eve", "bob"), "alice"), twice("eve")),
    ];
    for (case, change, why) in cases {
        let mut head = team().head;
        change(&mut head);
        head.clock.tick(ActorId(1));
        for place in ["here", "elsewhere"] {
            assert_eq!(accept(Some(&pins()), &clone_at(place), &head, OTHER), Err(why.clone()), "{case}");
        }
        // The first time, only the founder is trusted as found.
        let first = accept(None, &clone_at("here"), &head, OTHER).map(drop);
        let is_other_founder = matches!(why, Distrust::Founder { .. });
        assert_eq!(first, if is_other_founder { Ok(()) } else { Err(why.clone()) }, "{case}");
    }
}

#[test]
fn refuses_a_signer_that_was_removed_or_is_a_member_through_a_removed_one() {
    let mut old = team();
    add(&mut old, "bob", "eve", true);
    add(&mut old, "eve", "fay", true);
    let here = clone_at("new");
    for (removed, signer, then) in [
        ("bob", "alice", Ok(vec!["bob"])),
        ("bob", "bob", Err(signed_by_removed("bob", "bob"))),
        ("bob", "eve", Err(signed_by_removed("eve", "bob"))),
        ("bob", "fay", Err(signed_by_removed("fay", "bob"))),
        ("cy", "fay", Ok(vec!["cy"])),
    ] {
        let head = Head { written_by: member(signer), ..old.head.clone() };
        let accepted = accept(Some(&pins_without(removed)), &here, &head, OTHER);
        let then = then.map(|names| names.into_iter().map(member).collect());
        assert_eq!(accepted.map(|accepted| accepted.outdated), then, "{removed} {signer}");
        // A laptop that does not know of the removal cannot tell.
        assert_eq!(accept(Some(&pins()), &here, &head, OTHER).unwrap().outdated, []);
    }
    // Recipient and key are banned each by itself.
    for keys in [mixed("bob", "x"), mixed("x", "bob")] {
        let mut head = Head { written_by: member("x"), ..team().head };
        head.members.remove(&member("bob"));
        head.members.remove(&member("cy"));
        put(&mut head, "x", keys, "alice");
        assert_eq!(accept(Some(&pins_without("bob")), &here, &head, OTHER), Err(signed_by_removed("x", "x")));
    }
}

#[test]
fn once_the_root_is_known_to_be_removed_no_version_of_its_time_is_accepted() {
    let mut vault = team();
    remove(&mut vault, "bob", "alice");
    (vault.head.written_by, vault.head.clock) = (member("bob"), counted([2, 0, 0]).clock);
    let known = open(Some(&pins()), &clone_at("here"), &vault.head, OTHER).unwrap();
    for signer in ["alice", "bob"] {
        let head = Head { written_by: member(signer), ..team().head };
        assert_eq!(accept(Some(&known), &clone_at("new"), &head, DIGEST), Err(signed_by_removed(signer, "alice")));
    }
}

#[test]
fn signatures_in_bytes_that_were_accepted_before_are_not_checked_again() {
    let (known, head) = (pins(), team().head);
    let accept = |head: &Head, digest: &Digest| {
        Pins::accept(
            Some(&known),
            None,
            &clone_at("there"),
            Snapshot { head, digest, signature: &SIGNATURE },
            &|_, _, _| false,
        )
        .map(drop)
    };
    assert_eq!(accept(&head, &DIGEST), Ok(()));
    assert_eq!(accept(&head, &OTHER), Err(Distrust::Card { name: member("alice") }));
    // All else is.
    assert!(matches!(accept(&founded("eve").head, &DIGEST), Err(Distrust::Founder { .. })));
}
