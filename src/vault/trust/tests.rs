use super::*;
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

/// alice founded it and added bob, who added cy, who reads; dan was removed.
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

/// What is done to a vault, and why it is refused then.
type Case<'a> = (&'a str, &'a dyn Fn(&mut Head), Distrust);

#[test]
fn a_vault_that_no_trusted_writer_wrote_is_refused() {
    let print = |of: &str| key(of).fingerprint();
    let unendorsed = |name: &str| Distrust::Unendorsed { names: vec![member(name)] };
    let back = |name: &str| Distrust::Back { names: vec![member(name)], newer: None };
    let root = |of: &str| Distrust::Root { found: Some(print(of)) };
    let add = |head: &mut Head, name: &str, public, by: &str| {
        head.members.insert(member(name), entry(&head.id.clone(), name, public, by));
    };
    let cases: [Case; 16] = [
        ("a stranger endorses himself", &|head| add(head, "eve", public("eve", true), "eve"), root("alice")),
        ("so does a member", &|head| add(head, "bob", public("bob", true), "bob"), root("alice")),
        ("a stranger in the root's place", &|head| add(head, "alice", public("eve", true), "eve"), root("eve")),
        ("no root", &|head| add(head, "alice", public("alice", true), "bob"), Distrust::Root { found: None }),
        (
            "a trusted writer makes himself root, and nobody removed the root",
            &|head| {
                head.members.remove(&member("alice"));
                add(head, "bob", public("bob", true), "bob");
            },
            root("bob"),
        ),
        (
            "a stranger says that the root was removed, and is the root",
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
            "an endorsement that is said to be the root's",
            &|head| {
                add(head, "eve", public("eve", true), "eve");
                if let Some(eve) = head.members.get_mut(&member("eve")) {
                    eve.endorsed_by = key("alice").fingerprint();
                }
            },
            unendorsed("eve"),
        ),
        ("an endorsement by somebody removed", &|head| add(head, "eve", public("eve", true), "dan"), unendorsed("eve")),
        (
            "the same, and the removal is left out",
            &|head| {
                head.removed.clear();
                add(head, "eve", public("eve", true), "dan");
            },
            unendorsed("eve"),
        ),
        ("somebody removed", &|head| add(head, "dan", public("dan", true), "alice"), back("dan")),
        (
            "the recipient of somebody removed, under another name",
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
    for (what, change, why) in cases {
        let mut head = team().head;
        change(&mut head);
        head.clock.tick(ActorId(1));
        assert_eq!(accept(Some(&pins()), "here", &head, [2; 32]), Err(why.clone()), "{what}");
        assert_eq!(accept(Some(&pins()), "elsewhere", &head, [2; 32]), Err(why), "{what}");
    }
    // What is left of the members is not enough: who wrote it must be one of them.
    let mut head = team().head;
    head.written_by = member("bob");
    let mut known = pins();
    assert!(accept(Some(&known), "here", &head, DIGEST).is_ok());
    known.removed.insert(key("bob").fingerprint());
    assert_eq!(accept(Some(&known), "here", &head, DIGEST), Err(back("bob")));
}

#[test]
fn whoever_removes_the_root_is_trusted_as_root_by_those_who_knew_him() {
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
    // Nobody here ever heard of eve from somebody who is still trusted.
    let why = Distrust::Root { found: Some(key("eve").fingerprint()) };
    assert_eq!(accept(Some(&pins()), "here", &stranger, DIGEST), Err(why));
}

/// A head with these counts of the actors 1, 2 and 3.
fn counted(counts: [u64; 3]) -> Head {
    let counts = counts.into_iter().zip(1..).filter(|(count, _)| *count > 0);
    Head { clock: Clock::new(counts.map(|(count, actor)| (ActorId(actor), count)).collect()), ..team().head }
}

#[test]
fn what_was_seen_at_a_place_is_never_taken_back_there() {
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
        // A new place is told what it lacks, and takes it.
        let elsewhere = accept(Some(&known), "elsewhere", &counted(counts), digest).unwrap();
        let lacks = 5_u64.saturating_sub(counts[0]) + 3_u64.saturating_sub(counts[1]);
        assert_eq!(elsewhere.lacks.map(|lack| lack.changes), (lacks > 0).then_some(lacks), "{counts:?}");
        assert_eq!(elsewhere.pins.places[&place("here")], known.places[&place("here")]);
        assert_eq!(elsewhere.pins.places[&place("elsewhere")].clock, counted(counts).clock);
        let nowhere = Pins::accept(Some(&known), None, Snapshot { head: &counted(counts), digest: &digest }, &verify);
        assert_eq!(nowhere.unwrap().pins, known, "a detached HEAD is no place");
    }
}

#[test]
fn a_new_place_is_told_all_that_it_lacks_and_who_wrote_the_last_of_it() {
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
fn counts_that_add_up_beyond_all_numbers_are_no_small_lack() {
    let largest = |actor| (ActorId(actor), u64::MAX / 2 + 1);
    let huge = Clock::new([largest(1), largest(2)].into());
    assert_eq!(huge.beyond(&Clock::default()), u64::MAX);
    assert_eq!(Clock::default().beyond(&huge), 0);
}

#[test]
fn an_actor_counts_for_one_laptop_at_one_place() {
    let mut known = pins();
    let new = || ActorId(99);
    let at = |known: &Pins, path: &str, counts| known.actor(Some(&place(path)), &counted(counts).clock, new);
    assert_eq!(at(&known, "here", [1, 0, 0]), ActorId(99), "it has written nothing here");
    known.wrote(Some(&place("here")), Snapshot { head: &counted([4, 2, 0]), digest: &DIGEST }, ActorId(2));
    assert_eq!(at(&known, "here", [4, 2, 0]), ActorId(2));
    assert_eq!(at(&known, "here", [9, 2, 1]), ActorId(2), "others wrote meanwhile");
    assert_eq!(at(&known, "here", [4, 3, 0]), ActorId(99), "somebody else wrote as this laptop");
    assert_eq!(at(&known, "there", [4, 2, 0]), ActorId(99), "another place is another line");
    assert_eq!(at(&known, "here", [4, 1, 1]), ActorId(99), "what it wrote last is not in it");
    assert_eq!(known.actor(None, &counted([4, 2, 0]).clock, new), ActorId(99));
    // Seeing more of others does not forget it; going back does.
    let seen = accept(Some(&known), "here", &counted([9, 2, 0]), DIGEST).unwrap().pins;
    assert_eq!(at(&seen, "here", [9, 2, 0]), ActorId(2));
    let old = counted([3, 1, 0]);
    let back =
        Pins::trust(Some(&seen), Some(&place("here")), Snapshot { head: &old, digest: &DIGEST }, &verify).unwrap();
    assert_eq!(at(&back, "here", [3, 1, 0]), ActorId(99));
}

#[test]
fn a_person_can_accept_all_but_who_was_removed_and_a_vault_without_one_root() {
    let trust =
        |head: &Head| Pins::trust(Some(&pins()), Some(&place("here")), Snapshot { head, digest: &[2; 32] }, &verify);
    let old = Head { clock: Clock::default(), ..team().head };
    let trusted = trust(&old).unwrap();
    assert_eq!(accept(Some(&trusted), "here", &old, [2; 32]).unwrap().lacks, None);
    assert!(accept(Some(&trusted), "here", &team().head, DIGEST).is_ok(), "it goes on from there");
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
fn two_processes_take_nothing_back_from_each_other() {
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
fn whom_this_laptop_put_in_or_out_is_so_from_its_own_write_on() {
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
fn a_reader_that_became_a_writer_is_trusted_by_laptops_that_knew_the_reader() {
    let mut vault = team();
    as_voucher("alice", |by| vault.update_member(&member("cy"), public("cy", true), by)).unwrap();
    let accepted = accept(Some(&pins()), "here", &vault.head, [2; 32]);
    vault.head.clock.tick(ActorId(1));
    assert!(accepted.is_err(), "at the same clock it would be beside what was seen");
    let known = accept(Some(&pins()), "here", &vault.head, [2; 32]).unwrap().pins;
    assert!(known.writers.contains(&key("cy")));
    // Also what it wrote itself before this laptop looked again.
    vault.head.written_by = member("cy");
    vault.head.clock.tick(ActorId(3));
    assert!(accept(Some(&pins()), "here", &vault.head, [3; 32]).is_ok());
    // Nobody makes himself one.
    let mut own = team();
    own.head.members.insert(member("cy"), entry(&own.head.id, "cy", public("cy", true), "cy"));
    let why = Distrust::Root { found: Some(key("alice").fingerprint()) };
    assert_eq!(accept(Some(&pins()), "elsewhere", &own.head, [2; 32]), Err(why));
}
