//! Closed sections: which versions of the vault around them are refused, what is remembered, and whose inner vaults count.

use std::collections::BTreeMap;

use super::*;
use crate::vault::tests::id;
use crate::vault::{Fingerprint, Removed, SectionId, VaultFingerprint, VaultId};

fn print(of: u8) -> VaultFingerprint {
    VaultFingerprint::of(&VaultId([of; 16]), &key("alice"))
}

/// A version with these counts, in which these sections are closed.
fn closed<const N: usize>(counts: [u64; 3], sections: [(&str, u8); N]) -> Head {
    let closed = sections.map(|(section, of)| (id(section), print(of)));
    Head { closed: closed.into(), ..counted(counts) }
}

fn prod<T>(of: T) -> [(&'static str, T); 1] {
    [("cluster prod", of)]
}

fn known_as<const N: usize>(sections: [(&str, Option<u8>); N]) -> BTreeMap<SectionId, Option<VaultFingerprint>> {
    sections.map(|(section, of)| (id(section), of.map(print))).into()
}

fn known(pins: &Pins) -> BTreeMap<SectionId, Option<VaultFingerprint>> {
    pins.closed.iter().map(|(section, seen)| (section.clone(), seen.vault.clone())).collect()
}

fn snapshot(head: &Head) -> Snapshot<'_> {
    Snapshot { head, digest: &OTHER, signature: &SIGNATURE }
}

fn wrote(known: &Pins, place: &Place, head: &Head) -> Pins {
    let mut pins = known.clone();
    pins.wrote(place, snapshot(head), ActorId(1));
    pins
}

fn trust(known: &Pins, place: &Place, head: &Head) -> Pins {
    Pins::trust(Some(known), place, snapshot(head), &[].into(), &verify).unwrap()
}

#[test]
fn a_section_that_was_closed_stays_closed_under_its_fingerprint() {
    let (here, branch) = (clone_at("here"), branch("here", "topic", &["here/vault.age"]));
    let passing = Place { is_passing: true, ..here.clone() };
    // Closed in the third write.
    let before = open(None, &here, &closed([2, 0, 0], []), DIGEST).unwrap();
    let pins = open(Some(&before), &here, &closed([3, 0, 0], [("cluster prod", 1)]), OTHER).unwrap();
    let (same, gone, other) = (Ok(vec![]), Err(InItsPlace::NotClosed), Err(InItsPlace::Other { found: print(2) }));
    let renamed = Err(InItsPlace::Renamed { now: id("cluster prod2") });
    let later = Ok(vec![id("cluster prod")]);
    for (case, place, head, expected) in [
        ("the next write", &here, closed([4, 0, 0], prod(1)), &same),
        ("another section is closed too", &here, closed([4, 0, 0], [prod(1)[0], ("project web", 2)]), &same),
        ("it is open or gone", &here, closed([4, 0, 0], []), &gone),
        ("another inner vault in its place", &here, closed([4, 0, 0], prod(2)), &other),
        ("it is at another place", &here, closed([4, 0, 0], [("cluster prod2", 1)]), &renamed),
        ("a branch with it", &branch, closed([3, 0, 0], prod(1)), &same),
        ("a branch from before the closing", &branch, closed([2, 0, 0], []), &later),
        ("a branch from before, changed", &branch, closed([2, 9, 0], []), &later),
        ("a branch from before that closed it too", &branch, closed([2, 1, 0], prod(2)), &later),
        ("a branch with the closing, where it is open", &branch, closed([3, 0, 0], []), &gone),
        ("a later branch, where it is open", &branch, closed([3, 1, 0], []), &gone),
        ("a later branch with another inner vault", &branch, closed([3, 1, 0], prod(2)), &other),
        ("a rebase, on a commit from before", &passing, closed([2, 0, 0], []), &later),
        ("a rebase, on a later commit where it is open", &passing, closed([4, 0, 0], []), &gone),
    ] {
        let accepted = accept(Some(&pins), place, &head, [7; 32]).map(|accepted| accepted.closed_later);
        let expected = expected.clone().map_err(|place| {
            let section = id("cluster prod");
            Distrust::Unclosed { section, known: print(1), place }
        });
        assert_eq!(accepted, expected, "{case}");
    }
    // In the same checkout, a version from before is told of as the older one that it is.
    let older = accept(Some(&pins), &here, &closed([2, 0, 0], []), DIGEST);
    assert!(matches!(older, Err(Distrust::Behind(_))), "{older:?}");
}

#[test]
fn what_is_known_of_closed_sections_follows_the_newest_version() {
    let (here, branch) = (clone_at("here"), branch("here", "topic", &["here/vault.age"]));
    let pins = open(None, &here, &closed([3, 0, 0], prod(1)), DIGEST).unwrap();
    assert_eq!(known(&pins), known_as(prod(Some(1))));
    assert_eq!(pins.closed[&id("cluster prod")].clock, counted([3, 0, 0]).clock);

    // Versions that lack the closing change nothing of it, wherever they come from and whoever writes them.
    for head in [closed([2, 0, 0], []), closed([2, 1, 0], []), closed([2, 1, 0], prod(2))] {
        let seen = open(Some(&pins), &branch, &head, OTHER).unwrap();
        assert_eq!(seen.closed, pins.closed);
        let written = wrote(&seen, &branch, &Head { clock: counted([2, 5, 0]).clock, ..head });
        assert_eq!(written.closed, pins.closed);
        let unclosed = accept(Some(&written), &here, &closed([4, 0, 0], []), OTHER);
        assert!(matches!(unclosed, Err(Distrust::Unclosed { .. })), "{unclosed:?}");
    }
    // Nor does a write while git passes through commits.
    let passing = Place { is_passing: true, ..here.clone() };
    assert_eq!(wrote(&pins, &passing, &closed([4, 0, 0], [])), pins);

    // Who opens it, or closes it anew, knows it so. An older version with it is then no news.
    let opened = wrote(&pins, &here, &closed([4, 0, 0], []));
    assert_eq!(known(&opened), known_as(prod(None)));
    let older = open(Some(&opened), &branch, &closed([3, 0, 0], prod(1)), DIGEST).unwrap();
    assert_eq!(older.closed, opened.closed);
    let again = open(Some(&older), &here, &closed([5, 0, 0], prod(2)), OTHER).unwrap();
    assert_eq!(known(&again), known_as(prod(Some(2))));
    assert_eq!(known(&wrote(&pins, &here, &closed([4, 0, 0], prod(2)))), known_as(prod(Some(2))));

    // So does who accepts a version, even an older one.
    for (head, expected) in [
        (closed([4, 0, 0], []), None),
        (closed([4, 0, 0], prod(2)), Some(2)),
        (closed([4, 0, 0], prod(1)), Some(1)),
        (closed([2, 0, 0], []), None),
    ] {
        let trusted = trust(&pins, &here, &head);
        assert_eq!(known(&trusted), known_as(prod(expected)), "{head:?}");
        assert!(accept(Some(&trusted), &here, &head, OTHER).unwrap().closed_later.is_empty());
        let newer = Head { clock: counted([9, 0, 0]).clock, ..head };
        assert!(open(Some(&trusted), &here, &newer, DIGEST).is_ok());
    }
    // The newer version comes back.
    let back = open(Some(&trust(&pins, &here, &closed([2, 0, 0], []))), &here, &closed([3, 0, 0], prod(1)), OTHER);
    assert_eq!(known(&back.unwrap()), known_as(prod(Some(1))));
}

const SEALED: Digest = [5; 32];

/// A removal as a vault records it, which names these encrypted bytes.
fn removed(name: &str, recipient: &str, closed: &[Digest]) -> (Fingerprint, Removed) {
    let recipient = public(recipient, true).recipient;
    let (key, at, by) = (Some(key(name)), crate::vault::tests::stamp().at, member("alice"));
    let closed = closed.iter().copied().collect();
    let removed = Removed { name: member(name), recipient, key, at, by, closed, extra: toml::Table::new() };
    (removed.fingerprint(), removed)
}

/// alice founds the inner vault, and adds bob and dan; dan adds pip, who adds pop.
fn inner() -> Vault {
    let mut vault = founded("alice");
    vault.head.id = VaultId([8; 16]);
    vault.head.members.clear();
    for (by, name) in [("alice", "alice"), ("alice", "bob"), ("alice", "dan"), ("dan", "pip"), ("pip", "pop")] {
        let new = crate::vault::tests::entry(&vault.head.id, name, public(name, true), by);
        vault.head.members.insert(member(name), new);
    }
    vault
}

#[test]
fn who_was_removed_from_the_vault_signs_no_inner_vault_after_that() {
    let inner = inner().head;
    // What the inner pins know: nothing, or a version in which the members are these.
    let listing = |members: &[&str], digest| {
        let mut head = inner.clone();
        head.members.retain(|name, _| members.contains(&name.as_str()));
        open(None, &clone_at("here"), &Head { written_by: member("alice"), ..head }, digest)
    };
    let (all, some) = (["alice", "bob", "dan", "pip", "pop"], ["alice", "bob", "dan", "pip"]);
    let (other, seen) = (listing(&all, OTHER).unwrap(), listing(&some, DIGEST).unwrap());
    let few = listing(&some[..3], OTHER).unwrap();
    // Where the removal stands: in the head of the vault around it, in the pins of that, or in both.
    let around = |removals: &[(Fingerprint, Removed)]| {
        let removed: BTreeMap<_, _> = removals.iter().cloned().collect();
        (Head { removed: removed.clone(), ..founded("alice").head }, Pins { removed, ..Pins::new(key("alice")) })
    };
    let dan = |named: &[Digest]| removed("dan", "dan", named);
    let (none, unnamed, named) = (around(&[]), around(&[dan(&[])]), around(&[dan(&[OTHER, SEALED])]));
    let by_key = around(&[removed("dan", "elsewhere", &[])]);
    let both = around(&[dan(&[SEALED]), removed("pip", "pip", &[])]);
    let second = around(&[dan(&[]), removed("dan", "elsewhere", &[SEALED])]);
    for (case, signer, known, (head, _), (_, pins), expected) in [
        ("he still is a member", "alice", None, &unnamed, &unnamed, None),
        ("by another member", "bob", None, &unnamed, &unnamed, None),
        ("nobody was removed", "dan", None, &none, &none, None),
        ("by him, as the head says", "dan", None, &unnamed, &none, Some("dan")),
        ("by him, as the pins say", "dan", None, &none, &unnamed, Some("dan")),
        ("by him, whose key alone was removed", "dan", None, &by_key, &none, Some("dan")),
        ("by him, and the inner pins list him", "dan", Some(&other), &unnamed, &unnamed, Some("dan")),
        ("by him, seen before", "dan", Some(&seen), &unnamed, &unnamed, None),
        ("by him, as it stood at the removal", "dan", None, &named, &none, None),
        ("the same, as the pins say", "dan", None, &none, &named, None),
        ("the same, as one of two removals says", "dan", None, &second, &none, None),
        ("through him", "pip", None, &unnamed, &unnamed, Some("dan")),
        ("through him, over another", "pop", None, &unnamed, &none, Some("dan")),
        ("through him, seen before", "pip", Some(&seen), &unnamed, &unnamed, None),
        ("through him, as it stood at the removal", "pop", None, &named, &named, None),
        ("through him, and the inner pins list the signer", "pop", Some(&other), &unnamed, &unnamed, None),
        ("through him, and the inner pins list others", "pip", Some(&few), &unnamed, &unnamed, Some("dan")),
        ("through two, one of whom no list names", "pop", None, &both, &none, Some("pip")),
        ("by one and through another, listed", "pip", Some(&other), &both, &none, Some("pip")),
    ] {
        let head_of_inner = Head { written_by: member(signer), ..inner.clone() };
        let checked = Pins::check_inner_signer(known, Some(pins), head, &head_of_inner, &SEALED, &DIGEST);
        assert_eq!(checked.err(), expected.map(|removed| signed_by_removed(signer, removed)), "{case}");
    }
    // On a laptop that has no pins of the vault around it.
    let by_dan = Head { written_by: member("dan"), ..inner };
    let checked = Pins::check_inner_signer(None, None, &unnamed.0, &by_dan, &SEALED, &DIGEST);
    assert_eq!(checked, Err(signed_by_removed("dan", "dan")));
}
