//! Which versions of a vault a laptop accepts: what members, roots and clocks it refuses.

use super::*;
use crate::vault::clock::{ActorId, Clock};
use crate::vault::tests::{as_voucher, entry, founded, key, member, public, verify};
use crate::vault::{Head, Vault};

mod histories;

const DIGEST: Digest = [1; 32];

fn place(path: &str) -> Checkout {
    Checkout { path: path.to_owned(), branch: Some("main".into()) }
}

fn accept(known: Option<&Pins>, at: &str, head: &Head, digest: Digest) -> Result<Acceptance, Distrust> {
    Pins::accept(known, Some(&place(at)), Snapshot { head, digest: &digest }, &verify)
}

/// alice founds it and adds bob and dan; bob adds cy, a reader; alice removes dan.
fn team() -> Vault {
    let mut vault = founded("alice");
    for (by, name, is_writer) in [("alice", "bob", true), ("alice", "dan", true), ("bob", "cy", false)] {
        as_voucher(by, |by| vault.add_member(&member(name), public(name, is_writer), by)).unwrap();
    }
    as_voucher("alice", |by| vault.remove_member(&member("dan"), by)).unwrap();
    vault
}

fn pins() -> Pins {
    accept(None, "here", &team().head, DIGEST).unwrap().pins
}

/// A forgery: its name, how it changes a vault, and why it is refused.
type Case<'a> = (&'a str, &'a dyn Fn(&mut Head), Distrust);

#[test]
fn refuses_forged_members_and_roots() {
    let print = |of: &str| key(of).fingerprint();
    let unendorsed = |name: &str| Distrust::Unendorsed { names: vec![member(name)] };
    let back = |name: &str| Distrust::Back { names: vec![member(name)], newer: None };
    let root = |of: &str| Distrust::Root { found: Some(print(of)) };
    let add = |head: &mut Head, name: &str, public, by: &str| {
        head.members.insert(member(name), entry(&head.id.clone(), name, public, by));
    };
    let cases: [Case; 16] = [
        ("a stranger who endorses themself", &|head| add(head, "eve", public("eve", true), "eve"), root("alice")),
        ("a member who endorses themself", &|head| add(head, "bob", public("bob", true), "bob"), root("alice")),
        ("a stranger in the root's place", &|head| add(head, "alice", public("eve", true), "eve"), root("eve")),
        ("no root", &|head| add(head, "alice", public("alice", true), "bob"), Distrust::Root { found: None }),
        (
            "a trusted writer as root, although the root was not removed",
            &|head| {
                head.members.remove(&member("alice"));
                add(head, "bob", public("bob", true), "bob");
            },
            root("bob"),
        ),
        (
            "a stranger as root, after the root was removed",
            &|head| {
                let mut vault = Vault { head: head.clone(), sections: Default::default() };
                as_voucher("bob", |by| vault.remove_member(&member("alice"), by)).unwrap();
                *head = vault.head;
                head.members.clear();
                add(head, "eve", public("eve", true), "eve");
            },
            root("eve"),
        ),
        ("a writer endorsed by a stranger", &|head| add(head, "eve", public("eve", true), "fay"), unendorsed("eve")),
        ("a reader endorsed by a stranger", &|head| add(head, "eve", public("eve", false), "fay"), unendorsed("eve")),
        (
            "an endorsement that claims to be the root's",
            &|head| {
                add(head, "eve", public("eve", true), "eve");
                if let Some(eve) = head.members.get_mut(&member("eve")) {
                    eve.endorsed_by = key("alice").fingerprint();
                }
            },
            unendorsed("eve"),
        ),
        ("an endorsement by a removed member", &|head| add(head, "eve", public("eve", true), "dan"), unendorsed("eve")),
        (
            "an endorsement by a removed member, whose removal is left out",
            &|head| {
                head.removed.clear();
                add(head, "eve", public("eve", true), "dan");
            },
            unendorsed("eve"),
        ),
        ("a removed member", &|head| add(head, "dan", public("dan", true), "alice"), back("dan")),
        (
            "the recipient of a removed member, under another name",
            &|head| {
                head.removed.clear();
                add(head, "x", public("dan", false), "alice");
            },
            back("x"),
        ),
        (
            "an endorsement for another name",
            &|head| {
                let cy = head.members.remove(&member("cy")).unwrap();
                head.members.insert(member("si"), cy);
            },
            unendorsed("si"),
        ),
        (
            "an endorsement for another role",
            &|head| head.members.get_mut(&member("cy")).unwrap().key = Some(key("cy")),
            unendorsed("cy"),
        ),
        (
            "an endorsement for another vault",
            &|head| head.id.0[0] ^= 1,
            Distrust::Unendorsed { names: ["alice", "bob", "cy"].map(member).into() },
        ),
    ];
    for (case, change, why) in cases {
        let mut head = team().head;
        change(&mut head);
        head.clock.tick(ActorId(1));
        assert_eq!(accept(Some(&pins()), "here", &head, [2; 32]), Err(why.clone()), "{case}");
        assert_eq!(accept(Some(&pins()), "elsewhere", &head, [2; 32]), Err(why), "{case}");
    }
    // The signer must still be trusted.
    let mut head = team().head;
    head.written_by = member("bob");
    let mut known = pins();
    assert!(accept(Some(&known), "here", &head, DIGEST).is_ok());
    known.removed.insert(key("bob").fingerprint());
    assert_eq!(accept(Some(&known), "here", &head, DIGEST), Err(back("bob")));
}

#[test]
fn accepts_a_known_writer_as_root_after_it_removed_the_root() {
    let mut vault = team();
    let stranger = {
        let mut vault = vault.clone();
        as_voucher("alice", |by| vault.add_member(&member("eve"), public("eve", true), by)).unwrap();
        as_voucher("eve", |by| vault.remove_member(&member("alice"), by)).unwrap();
        vault.head
    };
    as_voucher("bob", |by| vault.remove_member(&member("alice"), by)).unwrap();
    vault.head.written_by = member("bob");
    let after = accept(Some(&pins()), "here", &vault.head, DIGEST).unwrap().pins;
    assert_eq!((after.root, after.writers), (key("bob"), [key("bob")].into()));
    // No writer who is still trusted ever endorsed eve.
    let why = Distrust::Root { found: Some(key("eve").fingerprint()) };
    assert_eq!(accept(Some(&pins()), "here", &stranger, DIGEST), Err(why));
}

/// A head with these counts of the actors 1, 2 and 3.
fn counted(counts: [u64; 3]) -> Head {
    let counts = counts.into_iter().zip(1..).filter(|(count, _)| *count > 0);
    Head { clock: Clock::new(counts.map(|(count, actor)| (ActorId(actor), count)).collect()), ..team().head }
}

#[test]
fn refuses_a_version_that_lacks_what_was_seen_in_the_same_checkout() {
    let lack = |changes| MissingChanges { changes, by: member("alice"), at: team().head.written_at };
    let (behind, beside) =
        (|changes| Err(Distrust::Behind(lack(changes))), |changes| Err(Distrust::Beside(lack(changes))));
    let known = accept(None, "here", &counted([5, 3, 0]), DIGEST).unwrap().pins;
    for (counts, digest, then) in [
        ([5, 3, 0], DIGEST, Ok(None)),
        ([5, 3, 0], [2; 32], beside(1)),
        ([6, 3, 0], [2; 32], Ok(None)),
        ([5, 4, 0], [2; 32], Ok(None)),
        ([5, 3, 1], [2; 32], Ok(None)),
        ([6, 4, 9], [2; 32], Ok(None)),
        ([4, 3, 0], DIGEST, behind(1)),
        ([5, 0, 0], [2; 32], behind(3)),
        ([0, 0, 0], [2; 32], behind(8)),
        ([4, 4, 0], [2; 32], beside(1)),
        ([0, 0, 9], [2; 32], beside(8)),
        ([4, 3, 1 << 53], [2; 32], beside(1)),
    ] {
        let accepted = accept(Some(&known), "here", &counted(counts), digest);
        assert_eq!(accepted.map(|accepted| accepted.lacks), then, "{counts:?}");
        // A new checkout accepts the version, and reports what it lacks.
        let elsewhere = accept(Some(&known), "elsewhere", &counted(counts), digest).unwrap();
        let lacks = 5_u64.saturating_sub(counts[0]) + 3_u64.saturating_sub(counts[1]);
        assert_eq!(elsewhere.lacks.map(|lack| lack.changes), (lacks > 0).then_some(lacks), "{counts:?}");
        assert_eq!(elsewhere.pins.places[&place("here")], known.places[&place("here")]);
        assert_eq!(elsewhere.pins.places[&place("elsewhere")].clock, counted(counts).clock);
        let nowhere = Pins::accept(Some(&known), None, Snapshot { head: &counted(counts), digest: &digest }, &verify);
        assert_eq!(nowhere.unwrap().pins, known, "a detached HEAD is not pinned");
    }
}

#[test]
fn a_new_checkout_reports_all_missing_changes_and_who_made_the_last_one() {
    let mut head = counted([5, 0, 0]);
    head.written_by = member("bob");
    head.written_at = head.written_at.plus_days(1);
    let known = accept(None, "here", &head, DIGEST).unwrap().pins;
    let known = accept(Some(&known), "there", &counted([0, 3, 0]), DIGEST).unwrap().pins;
    let lacks = |counts| accept(Some(&known), "new", &counted(counts), DIGEST).unwrap().lacks;
    assert_eq!(lacks([5, 3, 0]), None);
    let lack = |changes, by: &str, at| Some(MissingChanges { changes, by: member(by), at });
    assert_eq!(lacks([4, 2, 0]), lack(2, "bob", head.written_at));
    assert_eq!(lacks([5, 1, 7]), lack(2, "alice", team().head.written_at));
}

#[test]
fn counts_that_overflow_do_not_look_like_few_changes() {
    let largest = |actor| (ActorId(actor), u64::MAX / 2 + 1);
    let huge = Clock::new([largest(1), largest(2)].into());
    assert_eq!(huge.beyond(&Clock::default()), u64::MAX);
    assert_eq!(Clock::default().beyond(&huge), 0);
}

#[test]
fn an_actor_belongs_to_one_laptop_in_one_checkout() {
    let mut known = pins();
    let new = || ActorId(99);
    let at = |known: &Pins, path: &str, counts| known.actor(Some(&place(path)), &counted(counts).clock, new);
    assert_eq!(at(&known, "here", [1, 0, 0]), ActorId(99), "this laptop has written nothing here");
    known.wrote(Some(&place("here")), Snapshot { head: &counted([4, 2, 0]), digest: &DIGEST }, ActorId(2));
    assert_eq!(at(&known, "here", [4, 2, 0]), ActorId(2));
    assert_eq!(at(&known, "here", [9, 2, 1]), ActorId(2), "others wrote meanwhile");
    assert_eq!(at(&known, "here", [4, 3, 0]), ActorId(99), "another laptop wrote as this actor");
    assert_eq!(at(&known, "there", [4, 2, 0]), ActorId(99), "another checkout has another actor");
    assert_eq!(at(&known, "here", [4, 1, 1]), ActorId(99), "its last write is not in the file");
    assert_eq!(known.actor(None, &counted([4, 2, 0]).clock, new), ActorId(99));
    // Seeing the writes of others keeps the actor; going back to an older version does not.
    let seen = accept(Some(&known), "here", &counted([9, 2, 0]), DIGEST).unwrap().pins;
    assert_eq!(at(&seen, "here", [9, 2, 0]), ActorId(2));
    let old = counted([3, 1, 0]);
    let back =
        Pins::trust(Some(&seen), Some(&place("here")), Snapshot { head: &old, digest: &DIGEST }, &verify).unwrap();
    assert_eq!(at(&back, "here", [3, 1, 0]), ActorId(99));
}

#[test]
fn trust_accepts_anything_but_removed_members_and_several_roots() {
    let trust =
        |head: &Head| Pins::trust(Some(&pins()), Some(&place("here")), Snapshot { head, digest: &[2; 32] }, &verify);
    let old = Head { clock: Clock::default(), ..team().head };
    let trusted = trust(&old).unwrap();
    assert_eq!(accept(Some(&trusted), "here", &old, [2; 32]).unwrap().lacks, None);
    assert!(accept(Some(&trusted), "here", &team().head, DIGEST).is_ok(), "later versions are accepted");
    let other = founded("eve").head;
    assert_eq!(trust(&other).unwrap().root, key("eve"));
    assert_eq!(trust(&other).unwrap().writers, [key("eve")].into());
    let mut head = team().head;
    head.removed.clear();
    head.members.insert(member("dan"), entry(&head.id, "dan", public("dan", true), "alice"));
    assert_eq!(trust(&head), Err(Distrust::Back { names: vec![member("dan")], newer: None }));
    head.members.remove(&member("dan"));
    head.members.insert(member("eve"), entry(&head.id, "eve", public("eve", true), "eve"));
    assert_eq!(trust(&head), Err(Distrust::Root { found: Some(key("alice").fingerprint()) }));
}

#[test]
fn joining_pins_undoes_nothing() {
    let old = accept(None, "here", &counted([1, 0, 0]), DIGEST).unwrap().pins;
    let mut new = accept(Some(&old), "here", &counted([2, 0, 0]), [2; 32]).unwrap().pins;
    new.removed.insert(key("bob").fingerprint());
    new.writers.remove(&key("bob"));
    let other = accept(Some(&old), "there", &counted([1, 0, 0]), DIGEST).unwrap().pins;
    for (mut first, second) in [(new.clone(), &other), (other.clone(), &new)] {
        first.join(second);
        assert_eq!(first.places[&place("here")].clock, counted([2, 0, 0]).clock);
        assert_eq!(first.places.len(), 2);
        assert_eq!(first.writers, [key("alice")].into());
        assert_eq!(first.removed, new.removed);
    }
}

#[test]
fn a_write_pins_the_members_as_written() {
    let mut vault = team();
    as_voucher("bob", |by| {
        vault.add_member(&member("eve"), public("eve", true), by).unwrap();
        vault.remove_member(&member("alice"), by).unwrap();
    });
    for at in [Some(place("here")), None] {
        let mut known = pins();
        known.wrote(at.as_ref(), Snapshot { head: &vault.head, digest: &DIGEST }, ActorId(1));
        assert_eq!((known.root, known.writers.clone()), (key("bob"), [key("bob"), key("eve")].into()));
        assert!(known.removed.contains(&key("alice").fingerprint()));
        assert_eq!(
            accept(Some(&known), "new", &team().head, DIGEST),
            Err(Distrust::Back { names: vec![member("alice")], newer: None })
        );
    }
}

#[test]
fn laptops_that_knew_a_reader_trust_it_as_a_writer() {
    let mut vault = team();
    as_voucher("alice", |by| vault.update_member(&member("cy"), public("cy", true), by)).unwrap();
    let accepted = accept(Some(&pins()), "here", &vault.head, [2; 32]);
    vault.head.clock.tick(ActorId(1));
    assert!(accepted.is_err(), "with an equal clock it would be a diverged version");
    let known = accept(Some(&pins()), "here", &vault.head, [2; 32]).unwrap().pins;
    assert!(known.writers.contains(&key("cy")));
    // Also if the new writer wrote before this laptop looked again.
    vault.head.written_by = member("cy");
    vault.head.clock.tick(ActorId(3));
    assert!(accept(Some(&pins()), "here", &vault.head, [3; 32]).is_ok());
    // A reader cannot make itself a writer.
    let mut own = team();
    own.head.members.insert(member("cy"), entry(&own.head.id, "cy", public("cy", true), "cy"));
    let why = Distrust::Root { found: Some(key("alice").fingerprint()) };
    assert_eq!(accept(Some(&pins()), "elsewhere", &own.head, [2; 32]), Err(why));
}
