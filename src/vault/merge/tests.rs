//! The laws of merging, over random histories of two and three laptops; and the cases people rely on, one by
//! one.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;

use crate::vault::change::Precondition;
use crate::vault::tests::{
    as_named, as_voucher, founded, id, key, member, name, print_of, public, replace_root, resolve, verify,
};
use crate::vault::*;

mod acknowledged;
mod closed;
mod exposure;
mod kept;
mod members;
mod sides;

const SECTIONS: [&str; 4] = ["team", "cluster gpu", "project web", "project api"];

/// One attempt to change a vault. A change that is refused does nothing.
#[derive(Debug, Clone)]
struct Step {
    what: u8,
    section: usize,
    name: usize,
    other: usize,
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..19u8, 0..SECTIONS.len(), 0..4usize, 0..4usize);
    prop::collection::vec(step.prop_map(|(what, section, name, other)| Step { what, section, name, other }), 0..most)
}

/// Takes the steps as one member. Each value is unique, except those of step 5.
fn work(vault: &Vault, who: &str, steps: &[Step]) -> Vault {
    let mut vault = vault.clone();
    for (at, step) in steps.iter().enumerate() {
        let moment = Timestamp::parse(&format!("2026-11-21T1{}:00:{at:02}Z", who.len() % 3)).unwrap();
        let stamp = Stamp { by: member(who), at: moment };
        let section = id(SECTIONS[step.section]);
        let (key, other) = (name(["A", "B", "C", "D"][step.name]), name(["A", "B", "C", "D"][step.other]));
        let text = |text: String| Value::from_text(text.into()).unwrap();
        let sections = &mut vault.sections;
        let mut set = |value: String| {
            drop(sections.set(&section, &key, text(value), Details::default(), Precondition::Any, &stamp))
        };
        match step.what {
            0..=4 => set(format!("{who}-{at}")),
            5 => set(format!("alike-{}", step.other)),
            6 | 7 => drop(sections.delete(&section, &key, true, &stamp)),
            8 => drop(sections.restore(&section, &key, 1 + step.other % 2, &stamp)),
            9 => drop(sections.set_entry(&section, &key, text(format!("{who}-{at}")), &stamp)),
            10 => drop(sections.delete_entry(&section, &key, &stamp)),
            11 => drop(sections.rename(&section, &key, &other, true, &stamp)),
            12 => drop(sections.shift(&section, &key, &id(SECTIONS[step.other]), true, &stamp)),
            13 => drop(sections.purge(&section, Some(&key))),
            14 => {
                if let (Some(kind), Some(id)) = (section.kind(), section.id()) {
                    drop(vault.delete_section(kind, id, true, &stamp));
                }
            }
            18 => drop(sections.turn_into_entry(&section, &key, &stamp)),
            16.. => drop(vault.acknowledge(&section, &key, format!("{who}-{}", step.other % 2), &stamp)),
            _ => {
                if let (Some(kind), Some(id)) = (section.kind(), section.id()) {
                    drop(vault.create_section(kind, id, &stamp));
                }
            }
        }
    }
    vault
}

/// The common base.
fn base(steps: &[Step]) -> Vault {
    let mut vault = founded("alice");
    for section in &SECTIONS[1..] {
        let section = id(section);
        vault.create_section(section.kind().unwrap(), section.id().unwrap(), &tests::stamp()).unwrap();
    }
    work(&vault, "alice", steps)
}

fn merged(base: Option<&Vault>, first: &Vault, second: &Vault) -> Vault {
    let merged = Vault::merge(base, first, second, None).unwrap().vault;
    let text = text::Text::new(text::print(&merged));
    assert_eq!(text.whole(&text.head().unwrap()).unwrap(), merged);
    merged
}

/// Every value in a vault, earlier ones too.
fn values(vault: &Vault) -> BTreeSet<String> {
    let sections = vault.sections.0.values();
    let records = sections.flat_map(|section| section.secrets.values().chain(section.env.values()));
    records.map(|(_, value)| value.as_text().into_owned()).collect()
}

fn unordered(mut vault: Vault) -> Vault {
    for section in vault.sections.0.values_mut().map(Arc::make_mut) {
        for history in section.env.history.values_mut().chain(section.secrets.history.values_mut()) {
            history.sort_by_key(|earlier| (earlier.updated, earlier.by.clone(), earlier.note.clone()));
        }
    }
    vault
}

fn disputes(vault: &Vault) -> Vec<String> {
    let all = vault.sections.iter().flat_map(|(id, section)| {
        section.disputes().into_iter().map(move |name| format!("{name} of {id}")).collect::<Vec<_>>()
    });
    all.collect()
}

fn nothing_is_lost(base: Option<&Vault>, first: &Vault, second: &Vault) {
    let merged = values(&merged(base, first, second));
    let known = base.map(values).unwrap_or_default();
    for (side, other) in [(first, second), (second, first)] {
        let other = values(other);
        for value in values(side) {
            let was_purged = known.contains(&value) && !other.contains(&value);
            assert!(was_purged || merged.contains(&value), "{value} is lost");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_commutative_and_idempotent_and_loses_nothing(
        at_first in steps(8), one in steps(8), other in steps(8)
    ) {
        let base = base(&at_first);
        let (first, second) = (work(&base, "bob", &one), work(&base, "carol", &other));
        for base in [Some(&base), None] {
            let both = merged(base, &first, &second);
            prop_assert_eq!(&both, &merged(base, &second, &first));
            prop_assert_eq!(&both, &merged(base, &both, &both));
            prop_assert_eq!(&first, &merged(base, &first, &first));
            nothing_is_lost(base, &first, &second);
        }
        prop_assert_eq!(&first, &merged(Some(&base), &first, &base));
        // Once merged, neither side has anything new.
        let both = merged(Some(&base), &first, &second);
        prop_assert_eq!(&both, &merged(Some(&first), &both, &first));
        prop_assert_eq!(&both, &merged(Some(&second), &both, &second));
    }

    #[test]
    fn merging_is_associative_where_nothing_is_disputed(
        at_first in steps(8), one in steps(6), two in steps(6), three in steps(6)
    ) {
        let base = base(&at_first);
        let sides = [("bob", one), ("carol", two), ("dave", three)];
        let [a, b, c] = sides.map(|(who, steps)| work(&base, who, &steps));
        let base = Some(&base);
        let pairs = [merged(base, &a, &b), merged(base, &b, &c), merged(base, &a, &c)];
        let [left, right] = [merged(base, &pairs[0], &c), merged(base, &a, &pairs[1])];
        if pairs.iter().chain([&left, &right]).all(|vault| disputes(vault).is_empty()) {
            // But for the order of earlier values that nobody's history puts in one.
            prop_assert_eq!(unordered(left), unordered(right));
        }
    }
}

/// Merges two team sections, and prints the result: `A=1` is a secret, `A:=1` an entry, `A?1|2` a dispute.
fn words(base: Option<&str>, first: &str, second: &str) -> String {
    let vault = |line: &str| Vault { sections: tests::sections(&[&format!("team: {line}")]), ..founded("alice") };
    let (first, second) = (vault(first), vault(second));
    let merged = merged(base.map(vault).as_ref(), &first, &second);
    let team = merged.sections.get(&SectionId::Team).unwrap();
    let mut names: Vec<String> =
        team.secrets.iter().map(|(name, one)| format!("{name}={}", one.value.as_text())).collect();
    names.extend(team.env.iter().map(|(name, one)| format!("{name}:={}", one.value.as_text())));
    names.extend(team.disputes().into_iter().map(|name| {
        let mut values: Vec<String> =
            team.candidates(name).iter().map(|one| one.record.value.as_text().into_owned()).collect();
        values.sort();
        format!("{name}?{}", values.join("|"))
    }));
    names.join(" ")
}

#[test]
fn takes_a_change_of_one_side_and_disputes_different_changes_of_both() {
    for (base, first, second, expected) in [
        ("A=1", "A=1", "A=1", "A=1"),
        ("A=1", "A=2", "A=1", "A=2"),
        ("A=1", "A=2", "A=2", "A=2"),
        ("A=1", "A=2", "A=3", "A?2|3"),
        ("", "A=1", "B=2", "A=1 B=2"),
        ("", "A=1", "A=1", "A=1"),
        ("", "A=1", "A=2", "A?1|2"),
        ("A=1 B=2", "B=2", "A=1", ""),
        ("A=1 B=2", "B=2", "A=3 B=2", "A=3 B=2"),
        ("A=1", "", "", ""),
        ("", "A=1", "A:=2", "A?1|2"),
        ("A=1", "A:=1", "A=1", "A:=1"),
        ("A=1", "A:=1", "A=2", "A?1|2"),
    ] {
        assert_eq!(words(Some(base), first, second), expected, "{base} / {first} / {second}");
    }
    // Without a base, a name on one side only is new there.
    for (first, second, expected) in [("A=1", "B=2", "A=1 B=2"), ("A=1", "A=2", "A?1|2"), ("A=1", "A=1", "A=1")] {
        assert_eq!(words(None, first, second), expected, "{first} / {second}");
    }
}

/// Changes the team's secret `A`: `+x` sets it to x, `-` deletes it.
fn change(start: &Vault, who: &str, second: usize, changes: &[&str]) -> Vault {
    let mut vault = start.clone();
    for (at, change) in changes.iter().enumerate() {
        let moment = Timestamp::parse(&format!("2026-11-21T10:01:{:02}Z", second + at)).unwrap();
        let (team, key, stamp) = (SectionId::Team, name("A"), Stamp { by: member(who), at: moment });
        match change.strip_prefix('+') {
            Some(text) => {
                let value = Value::from_text(text.to_owned().into()).unwrap();
                vault
                    .sections
                    .set(&team, &key, value, Details::default(), Precondition::Any, &stamp)
                    .map(drop)
                    .unwrap();
            }
            None => vault.sections.delete(&team, &key, true, &stamp).unwrap(),
        }
    }
    vault
}

/// The current value of `A`, and its earlier ones in parentheses.
fn describe(vault: &Vault) -> String {
    let secrets = &vault.sections.get(&SectionId::Team).unwrap().secrets;
    let text = |value: &Value| value.as_text().into_owned();
    let now: Vec<String> = secrets.values().take(secrets.len().max(1)).map(|(_, value)| text(value)).collect();
    let was = |earlier: &Earlier| earlier.value.as_ref().map_or("-".into(), text);
    let was: Vec<String> = secrets.earlier(&name("A")).iter().map(was).collect();
    match vault.sections.get(&SectionId::Team).unwrap().candidates(&name("A")).len() {
        0 if secrets.is_empty() => format!("- ({})", was.join(" ")),
        0 => format!("{} ({})", now[0], was.join(" ")),
        many => format!("{many} disputed ({})", was.join(" ")),
    }
}

#[test]
fn without_a_base_the_histories_of_the_sides_stand_in_for_it() {
    let start = change(&founded("alice"), "alice", 0, &["+1"]);
    for (first, second, expected) in [
        (&["+2"][..], &[][..], "2 (1)"),
        (&["+2", "+3"], &["+4"], "2 disputed (2 1)"),
        (&["-"], &[], "- (- 1)"),
        (&["-"], &["+2"], "2 (- 1)"),
        (&["-", "+5"], &[], "5 (- 1)"),
        (&["-", "+5"], &["-"], "5 (- - 1)"),
    ] {
        let (first, second) = (change(&start, "bob", 10, first), change(&start, "carol", 20, second));
        assert_eq!(describe(&merged(None, &first, &second)), expected, "{}", describe(&first));
        assert_eq!(describe(&merged(Some(&start), &first, &second)), expected, "{}", describe(&first));
    }
}

#[test]
fn a_value_that_a_side_knew_and_replaced_is_no_candidate() {
    // As in a rebase: the first commit was merged, and the second one follows.
    let start = change(&founded("alice"), "alice", 0, &["+1"]);
    let upstream = change(&start, "carol", 10, &["+u"]);
    let (mine, then) = (change(&start, "bob", 20, &["+2"]), change(&start, "bob", 20, &["+2", "+3"]));
    let once = merged(Some(&start), &upstream, &mine);
    assert_eq!(describe(&once), "2 disputed (1)");
    assert_eq!(describe(&merged(Some(&mine), &once, &then)), "2 disputed (2 1)");
    let names: Vec<String> = merged(Some(&mine), &once, &then)
        .sections
        .get(&SectionId::Team)
        .unwrap()
        .candidates(&name("A"))
        .iter()
        .map(|one| one.record.value.as_text().into_owned())
        .collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>(), ["3".to_owned(), "u".to_owned()].iter().collect());
}

#[test]
fn settling_takes_one_candidate_and_keeps_the_others_as_earlier_values() {
    let start = change(&founded("alice"), "alice", 0, &["+1"]);
    let (first, second) = (change(&start, "bob", 10, &["+2"]), change(&start, "carol", 20, &["+3"]));
    let both = merged(Some(&start), &first, &second);
    assert_eq!(resolve(&both.sections, "/", None), "A of team is disputed");
    let (team, key) = (SectionId::Team, name("A"));
    let settle = |choice| {
        let mut vault = both.clone();
        vault.sections.settle(&team, &key, choice, &tests::stamp()).map(|()| vault)
    };
    assert_eq!(describe(&settle(Choice::By(member("bob"))).unwrap()), "2 (3 1)");
    let value = Value::from_text("4".to_owned().into()).unwrap();
    let new = settle(Choice::Value(value, Details::default())).unwrap();
    assert!(["4 (2 3 1)", "4 (3 2 1)"].contains(&describe(&new).as_str()));
    let refused = |choice| settle(choice).map(drop).unwrap_err();
    assert!(matches!(refused(Choice::By(member("dave"))), ChangeError::NoCandidate { fitting: 0, .. }));
    assert!(matches!(refused(Choice::Number(3)), ChangeError::NoCandidate { .. }));
    // A laptop that did not settle it follows one that did, and two equal choices agree.
    let settled = settle(Choice::By(member("bob"))).unwrap();
    for base in [Some(&both), None] {
        assert_eq!(describe(&merged(base, &settled, &both)), "2 (3 1)");
        assert_eq!(describe(&merged(base, &settled, &settled.clone())), "2 (3 1)");
    }
    let other = settle(Choice::By(member("carol"))).unwrap();
    assert_eq!(disputes(&merged(Some(&both), &settled, &other)), ["A of team"]);
    // Until then, the name cannot be changed in any other way.
    let mut vault = both.clone();
    let stamp = tests::stamp();
    let value = || Value::from_text("5".to_owned().into()).unwrap();
    let sections = &mut vault.sections;
    for refused in [
        sections.set(&team, &key, value(), Details::default(), Precondition::Any, &stamp).map(drop),
        sections.set_entry(&team, &key, value(), &stamp).map(drop),
        sections.delete(&team, &key, true, &stamp),
        sections.rename(&team, &key, &name("B"), true, &stamp).map(drop),
        sections.restore(&team, &key, 1, &stamp).map(drop),
    ] {
        assert!(matches!(refused, Err(ChangeError::Disputed(_))), "{refused:?}");
    }
    assert_eq!(vault, both);
}

#[test]
fn only_references_to_a_disputed_secret_are_disputed() {
    let vault =
        |line: &str| Vault { sections: tests::sections(&[line, "project web: B:=secret:A C=c"]), ..founded("alice") };
    let both = merged(None, &vault("team: A=1"), &vault("team: A=2"));
    assert_eq!(resolve(&both.sections, "/web", None), "A of team is disputed");
    assert_eq!(resolve(&both.sections, "/web", Some(&["B"])), "B of project web: A of team is disputed");
    assert_eq!(resolve(&both.sections, "/web", Some(&["C"])), "C=c");
}

/// A vault of alice, bob and carol, all writers, founded by alice.
fn team() -> Vault {
    let mut vault = founded("alice");
    for who in ["bob", "carol"] {
        as_voucher("alice", |by| vault.add_member(&member(who), public(who, true), by)).unwrap();
    }
    vault
}

/// Counts a write, as an actor of its own.
fn written(mut vault: Vault, by: &str) -> Vault {
    static ACTORS: AtomicU64 = AtomicU64::new(100);
    vault.head.written_by = member(by);
    vault.head.clock.tick(ActorId(ACTORS.fetch_add(1, Ordering::Relaxed)));
    vault
}

/// Sets a secret of the team.
fn set(vault: &Vault, key: &str, value: &str) -> Vault {
    let mut vault = vault.clone();
    let value = Value::from_text(value.to_owned().into()).unwrap();
    let team = &SectionId::Team;
    vault.sections.set(team, &name(key), value, Details::default(), Precondition::Any, &tests::stamp()).unwrap();
    written(vault, "alice")
}

/// Makes changes as sentences: `bob removes alice`, `bob adds dave`, `alice renames bob rob`, `alice updates bob
/// bob2`, `alice replaces alice2` (her own key), `bob writes`. The last writer is the one who signs.
fn after(start: &Vault, sentences: &[&str]) -> Vault {
    let mut vault = start.clone();
    for sentence in sentences {
        let words: Vec<&str> = sentence.split(' ').collect();
        let by = words[0];
        let of = vault.head.members[&member(by)].recipient().as_str()["age1".len()..].to_owned();
        as_named(&member(by), &of, HashKey(fresh(sentence)), |by| match words[1..] {
            ["removes", name] => vault.remove_member(&member(name), by),
            ["renames", old, new] => vault.rename_member(&member(old), &member(new), by),
            ["adds", name] => vault.add_member(&member(name), public(name, true), by),
            ["adds", name, card] => vault.add_member(&member(name), public(card, true), by),
            ["adds", name, "reader", card] => vault.add_member(&member(name), public(card, false), by),
            ["updates", name, card] => vault.update_member(&member(name), public(card, true), by),
            ["replaces", card] => replace_root(&mut vault, &by.stamp.by, &of, card),
            ["writes"] => Ok(()),
            _ => panic!("{sentence}"),
        })
        .unwrap();
        let is_self = words[1..].first() == Some(&"renames") && words[2] == by;
        vault = written(vault, if is_self { words[3] } else { by });
    }
    vault
}

fn fresh(text: &str) -> [u8; 32] {
    key(text).0
}
