//! Changes to the members, written as sentences such as `bob removes dan`.

use std::collections::BTreeSet;

use super::*;
use crate::vault::tests::{as_voucher, founded, key, member, name, public, replace_root, sections, verify};
use crate::vault::value::Value;
use crate::vault::{Details, SecretName, SectionId};

/// alice founds it and adds bob and cy; bob adds dan, and dan adds eve; cy adds ci, a reader.
fn team() -> Vault {
    let mut vault = founded("alice");
    for (by, name, is_writer) in
        [("alice", "bob", true), ("alice", "cy", true), ("bob", "dan", true), ("dan", "eve", true), ("cy", "ci", false)]
    {
        as_voucher(by, |by| vault.add_member(&member(name), public(name, is_writer), by)).unwrap();
    }
    vault
}

/// The members and their endorsers, as `alice<alice bob<alice`.
fn endorsers(vault: &Vault) -> String {
    let members = &vault.head.members;
    let by = |member: &Member| {
        let found = vault.head.member_with(&member.endorsed_by);
        found.map_or("nobody".to_owned(), |(name, _)| name.to_string())
    };
    members.iter().map(|(name, member)| format!("{name}<{}", by(member))).collect::<Vec<_>>().join(" ")
}

/// Whether a laptop without pins accepts the vault.
fn is_trusted(vault: &Vault) -> bool {
    vault.head.check_members(&verify) == Ok(key("alice"))
}

/// Makes a change in the name of its first word, as `bob removes dan`.
fn change(vault: &mut Vault, words: &str) -> Result<(), MemberError> {
    let words: Vec<&str> = words.split(' ').collect();
    as_voucher(words[0], |by| match words[1..] {
        ["removes", name] => vault.remove_member(&member(name), by),
        ["renames", old, new] => vault.rename_member(&member(old), &member(new), by),
        ["adds", name, card] => vault.add_member(&member(name), public(card, true), by),
        ["adds", name, "reader", card] => vault.add_member(&member(name), public(card, false), by),
        ["updates", name, "reader", card] => vault.update_member(&member(name), public(card, false), by),
        ["updates", name, card] => vault.update_member(&member(name), public(card, true), by),
        _ => panic!("{words:?}"),
    })
}

#[test]
fn after_every_change_all_members_are_endorsed_up_to_one_root() {
    assert_eq!(endorsers(&team()), "alice<alice bob<alice ci<cy cy<alice dan<bob eve<dan");
    for (words, then) in [
        ("alice removes bob", "alice<alice ci<cy cy<alice dan<alice eve<dan"),
        ("cy removes bob", "alice<alice ci<cy cy<alice dan<cy eve<dan"),
        ("bob removes eve", "alice<alice bob<alice ci<cy cy<alice dan<bob"),
        ("bob removes ci", "alice<alice bob<alice cy<alice dan<bob eve<dan"),
        // Whoever removes the root becomes the root, even if others were between the two.
        ("bob removes alice", "bob<bob ci<cy cy<bob dan<bob eve<dan"),
        ("eve removes alice", "bob<eve ci<cy cy<eve dan<bob eve<eve"),
        ("alice renames bob robert", "alice<alice ci<cy cy<alice dan<robert eve<dan robert<alice"),
        ("cy renames dan daniel", "alice<alice bob<alice ci<cy cy<alice daniel<cy eve<daniel"),
        ("alice renames alice alison", "alison<alison bob<alison ci<cy cy<alison dan<bob eve<dan"),
        ("bob renames ci bot", "alice<alice bob<alice bot<bob cy<alice dan<bob eve<dan"),
        ("cy updates bob bob2", "alice<alice bob<cy ci<cy cy<alice dan<cy eve<dan"),
        ("bob updates alice alice2", "alice<bob bob<bob ci<cy cy<bob dan<bob eve<dan"),
        ("alice updates ci ci2", "alice<alice bob<alice ci<alice cy<alice dan<bob eve<dan"),
        // A reader becomes a writer, endorsed by whoever made the change.
        ("eve updates ci ci", "alice<alice bob<alice ci<eve cy<alice dan<bob eve<dan"),
    ] {
        let mut vault = team();
        change(&mut vault, words).unwrap();
        assert_eq!(endorsers(&vault), then, "{words}");
        assert!(is_trusted(&vault), "{words}");
    }
}

#[test]
fn refused_changes_leave_the_vault_as_it_was() {
    let missing = |name: &str| MemberError::Missing {
        name: member(name),
        there: ["alice", "bob", "ci", "cy", "dan", "eve"].map(member).to_vec(),
    };
    let exists = |name: &str| MemberError::Exists { name: member(name) };
    let known = |name: &str| MemberError::Known { name: member(name) };
    let oneself = |name: &str| {
        let writers = ["alice", "bob", "cy", "dan", "eve"].into_iter().filter(|writer| *writer != name);
        MemberError::Oneself { name: member(name), others: writers.map(member).collect(), is_root: name == "alice" }
    };
    let voucher = |name: &str| MemberError::Voucher { name: member(name) };
    let root = |name: &str| MemberError::Root { name: member(name) };
    for (words, error) in [
        ("alice adds bob new", exists("bob")),
        ("alice adds rob bob", known("bob")),
        ("alice adds rob reader bob", known("bob")),
        ("alice adds bot ci", known("ci")),
        ("alice removes rob", missing("rob")),
        ("alice removes alice", oneself("alice")),
        ("bob removes bob", oneself("bob")),
        ("dan removes bob", voucher("bob")),
        ("eve removes bob", voucher("bob")),
        ("eve removes dan", voucher("dan")),
        ("alice renames rob robert", missing("rob")),
        ("alice renames bob cy", exists("cy")),
        ("bob renames alice alison", root("alice")),
        ("bob renames bob robert", oneself("bob")),
        ("eve renames bob robert", voucher("bob")),
        ("alice updates rob rob2", missing("rob")),
        ("alice updates bob bob", known("bob")),
        ("alice updates bob cy", known("cy")),
        ("alice updates bob reader bob", MemberError::Demoted { name: member("bob") }),
        ("alice updates ci reader ci", known("ci")),
        ("alice updates ci reader bob", known("bob")),
        ("alice updates alice alice2", oneself("alice")),
        ("eve updates bob bob2", voucher("bob")),
    ] {
        let mut vault = team();
        assert_eq!(change(&mut vault, words), Err(error), "{words}");
        assert_eq!(vault, team(), "{words}");
    }
}

#[test]
fn a_removed_member_cannot_come_back_by_name_key_or_recipient() {
    let mut vault = team();
    change(&mut vault, "alice removes bob").unwrap();
    change(&mut vault, "alice removes ci").unwrap();
    for words in ["alice adds bob bob", "alice adds rob bob", "alice adds rob reader bob", "alice updates cy bob"] {
        assert_eq!(change(&mut vault, words), Err(MemberError::Removed { name: member("bob") }), "{words}");
    }
    assert_eq!(change(&mut vault, "alice adds ci ci"), Err(MemberError::Removed { name: member("ci") }));
    change(&mut vault, "alice adds bob bob2").unwrap();
    change(&mut vault, "alice updates bob bob3").unwrap();
    assert_eq!(change(&mut vault, "alice adds rob bob2"), Err(MemberError::Removed { name: member("bob") }));
    assert!(is_trusted(&vault));
    assert_eq!(vault.head.removed.len(), 3);
}

#[test]
fn a_secret_is_exposed_until_no_removed_member_could_read_its_value() {
    let mut vault = Vault { sections: sections(&["team: A=1 B=2", "project web: A=1"]), ..team() };
    let exposed = |vault: &Vault| {
        let show = |(section, name, by): &(SectionId, SecretName, BTreeSet<FormerReader>)| {
            let prints = by.iter().filter_map(FormerReader::removed);
            let by: BTreeSet<String> = prints.map(|print| vault.head.removed[print].name.to_string()).collect();
            format!("{section} {name} {}", by.into_iter().collect::<Vec<_>>().join("+"))
        };
        vault.exposed().iter().map(show).collect::<Vec<_>>()
    };
    let set = |vault: &mut Vault, key: &str, value: &str| {
        let value = Value::text(value.as_bytes().to_vec().into()).unwrap();
        let stamp = crate::vault::tests::stamp();
        let team = vault.sections.get_mut(&SectionId::Team).unwrap();
        team.secrets.set(&name(key), value, Details::default(), &stamp);
    };
    assert!(exposed(&vault).is_empty());
    change(&mut vault, "alice removes bob").unwrap();
    assert_eq!(exposed(&vault), ["team A bob", "team B bob", "project web A bob"]);
    set(&mut vault, "B", "3");
    assert_eq!(exposed(&vault), ["team A bob", "project web A bob"]);
    change(&mut vault, "alice removes cy").unwrap();
    assert_eq!(exposed(&vault), ["team A bob+cy", "team B cy", "project web A bob+cy"]);
    // Earlier values could be read too, and so could the same value under another name.
    for (key, value, then) in [("B", "2", "team B bob+cy"), ("B", "1", "team B bob+cy"), ("B", "3", "team B cy")] {
        set(&mut vault, key, value);
        assert_eq!(exposed(&vault)[1], then, "{value}");
    }
    set(&mut vault, "B", "4");
    assert_eq!(exposed(&vault), ["team A bob+cy", "project web A bob+cy"]);
    // The hashes do not give a value away.
    let read: Vec<_> = vault.read.values().flatten().collect();
    assert!(read.iter().all(|hash| hash.len() == 12), "{read:?}");
    let other = Vault { head: Head { hash_key: HashKey([8; 32]), ..vault.head.clone() }, ..vault.clone() };
    assert!(other.exposed().is_empty(), "the hashes are keyed");
    // A renewed key keeps only hashes of what the vault still holds.
    let purged = |vault: &mut Vault| vault.purge(&SectionId::Team, Some(&name("B"))).unwrap();
    let count = |vault: &Vault| vault.read.values().map(BTreeSet::len).sum::<usize>();
    let before = count(&vault);
    vault.renew_hash_key(HashKey([5; 32]));
    assert_eq!(
        (exposed(&vault), count(&vault)),
        (vec!["team A bob+cy".to_owned(), "project web A bob+cy".to_owned()], before)
    );
    purged(&mut vault);
    assert!(count(&vault) < before, "purged values have no hash");
    assert_eq!(exposed(&vault), ["team A bob+cy", "project web A bob+cy"]);
}

#[test]
fn a_reader_becomes_a_writer_with_a_new_key_and_stays_the_same_member() {
    let mut vault = team();
    let before = vault.head.members[&member("ci")].clone();
    let card = |of: &str| PublicKeys { writer: public(of, true).writer, ..public("ci", false) };
    let promote = |vault: &mut Vault, of| as_voucher("bob", |by| vault.update_member(&member("ci"), card(of), by));
    assert_eq!(promote(&mut vault, "cy"), Err(MemberError::Known { name: member("cy") }));
    change(&mut vault, "alice removes cy").unwrap();
    assert_eq!(promote(&mut vault, "cy"), Err(MemberError::Removed { name: member("cy") }));
    promote(&mut vault, "ci").unwrap();
    let after = &vault.head.members[&member("ci")];
    assert_eq!((&after.keys, after.added), (&card("ci"), before.added));
    assert_eq!(vault.head.removed.len(), 1, "only cy was removed");
    assert!(is_trusted(&vault));
    // Now it can do what only a writer can.
    change(&mut vault, "ci adds rob rob").unwrap();
    assert!(is_trusted(&vault));
}

#[test]
fn the_founder_stays_the_same_however_the_root_changes() {
    let mut vault = team();
    let fingerprint = vault.head.fingerprint();
    let replace = |vault: &mut Vault, old, new| replace_root(vault, &member("alice"), old, new);
    assert_eq!(replace(&mut vault, "alice", "bob"), Err(MemberError::Known { name: member("bob") }));
    replace(&mut vault, "alice", "alice2").unwrap();
    assert_eq!(endorsers(&vault), "alice<alice bob<alice ci<cy cy<alice dan<bob eve<dan");
    assert!(is_trusted(&vault));
    assert!(replace(&mut vault, "alice", "alice3").is_err(), "the old key replaces nothing any more");
    assert_eq!(vault.head.fingerprint(), fingerprint);
    change(&mut vault, "eve removes alice").unwrap();
    change(&mut vault, "dan removes bob").unwrap_err();
    change(&mut vault, "eve removes eve").unwrap_err();
    assert_eq!(endorsers(&vault), "bob<eve ci<cy cy<eve dan<bob eve<eve");
    assert_eq!((vault.head.roots.len(), vault.head.fingerprint()), (2, fingerprint));
    assert!(is_trusted(&vault));
}
