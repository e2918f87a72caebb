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
    let step = (0..16u8, 0..SECTIONS.len(), 0..4usize, 0..4usize);
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

/// All of a merge but who wrote it, which is left as the first side has it, and the clock.
fn unsigned(merged: Result<MergeOutcome, MergeError>) -> Result<(Vault, Vec<MemberName>), MergeError> {
    merged.map(|MergeOutcome { mut vault, left_out, .. }| {
        vault.head.written_by = member("nobody");
        (vault, left_out)
    })
}

/// Merges in both directions as this writer, and prints the members with their endorsers, as `alice<alice
/// bob<alice`, or the error. Everybody in the result is endorsed up to its root, which descends from alice.
fn members(who: &str, start: &Vault, first: &Vault, second: &Vault) -> String {
    let merge = |first, second| as_voucher(who, |by| unsigned(Vault::merge(Some(start), first, second, Some(by))));
    let merged = merge(first, second);
    assert_eq!(merged, merge(second, first));
    let (vault, left_out) = match merged {
        Ok(merged) => merged,
        Err(error) => return format!("{error:?}"),
    };
    let head = &vault.head;
    assert_eq!(head.check_members(&verify), Ok(key("alice")));
    let of = |print| head.member_with(print).map_or("nobody".to_owned(), |(name, _)| name.to_string());
    let members = head.members.iter().map(|(name, one)| format!("{name}<{}", of(&one.endorsed_by)));
    let left_out = left_out.iter().map(|name| format!("not {name}"));
    members.chain(left_out).collect::<Vec<_>>().join(" ")
}

#[test]
fn merges_the_members_of_both_sides_and_a_removal_overrides_membership() {
    for (first, second, then) in [
        (vec!["bob adds dave"], vec![], "alice<alice bob<alice carol<alice dave<bob"),
        (
            vec!["bob adds dave"],
            vec!["carol adds eve reader eve"],
            "alice<alice bob<alice carol<alice dave<bob eve<carol",
        ),
        // Two cards under one name.
        (vec!["bob adds dave"], vec!["carol adds dave eve"], "TwoMembers { name: \"dave\" }"),
        // A removed member is out, whatever the other side did.
        (vec!["alice removes bob"], vec!["carol adds dave"], "alice<alice carol<alice dave<carol"),
        (vec!["alice removes bob"], vec!["alice renames bob rob"], "alice<alice carol<alice"),
        (vec!["alice removes bob"], vec!["alice updates bob bob2"], "alice<alice bob<alice carol<alice"),
        (vec!["alice removes bob"], vec!["carol removes bob"], "alice<alice carol<alice"),
        (
            vec!["alice renames bob rob"],
            vec!["carol adds eve reader eve"],
            "alice<alice carol<alice eve<carol rob<alice",
        ),
        (vec!["alice renames bob rob"], vec!["carol renames bob robert"], "alice<alice carol<alice rob<alice"),
        // Members that only bob endorsed are left out; those that the remover endorsed anew stay.
        (vec!["alice removes bob"], vec!["bob adds dave", "alice writes"], "alice<alice carol<alice not dave"),
        (
            vec!["alice removes bob"],
            vec!["bob adds dave", "dave adds eve", "alice writes"],
            "alice<alice carol<alice not dave not eve",
        ),
        (
            vec!["alice removes bob"],
            vec!["bob adds dave", "alice renames dave david"],
            "alice<alice carol<alice david<alice",
        ),
        (
            vec!["alice removes bob", "alice removes carol"],
            vec!["carol adds dave", "alice writes"],
            "alice<alice not dave",
        ),
        // Two remove each other, and there is no other writer.
        (vec!["alice removes carol", "alice removes bob"], vec!["bob removes carol", "bob removes alice"], "NoWriter"),
    ] {
        let start = team();
        let (first, second) = (after(&start, &first), after(&start, &second));
        assert_eq!(members("alice", &start, &first, &second), then);
    }
    let start = after(&team(), &["bob adds dave"]);
    let (first, second) = (after(&start, &["alice removes bob"]), after(&start, &["carol adds eve"]));
    assert_eq!(members("carol", &start, &first, &second), "alice<alice carol<alice dave<alice eve<carol");
}

#[test]
fn a_reader_that_became_a_writer_on_one_side_is_a_writer() {
    let start = after(&team(), &["bob adds ci reader ci"]);
    let promoted = after(&start, &["carol updates ci ci"]);
    let is_writer = |first: &Vault, second: &Vault| {
        let merged = Vault::merge(Some(&start), first, second, None).unwrap().vault;
        assert_eq!(merged.head.check_members(&verify), Ok(key("alice")));
        merged.head.members.values().any(|ci| ci.key() == Some(&key("ci")))
    };
    for other in [vec!["bob writes"], vec!["alice renames ci bot"], vec!["alice updates ci ci"]] {
        let other = after(&start, &other);
        assert!(is_writer(&promoted, &other) && is_writer(&other, &promoted));
    }
}

#[test]
fn a_member_keeps_the_endorsement_on_the_shortest_way_and_then_the_smaller_text() {
    let start = after(&team(), &["bob adds dave"]);
    let smaller = if print_of("bob") < print_of("carol") { "bob" } else { "carol" };
    for (first, second, by) in [
        ("bob adds eve", "alice adds eve", "alice"),
        ("dave adds eve", "carol adds eve", "carol"),
        ("dave adds eve", "bob adds eve", "bob"),
        ("carol adds eve", "bob adds eve", smaller),
    ] {
        let expected = format!("alice<alice bob<alice carol<alice dave<bob eve<{by}");
        assert_eq!(members("carol", &start, &after(&start, &[first]), &after(&start, &[second])), expected);
    }
}

#[test]
fn chooses_among_the_roots_of_both_sides() {
    let start = after(&team(), &["bob adds dave"]);
    let [low, high] = if print_of("bob") < print_of("carol") { ["bob", "carol"] } else { ["carol", "bob"] };
    let all_but_alice = |root: &str| {
        let of = |name: &str| format!("{name}<{root}");
        format!("{} {} ", of("bob"), of("carol")) + if root == "bob" { "dave<bob" } else { "dave<bob" }
    };
    let sentence = |words: &str| words.replace("LOW", low).replace("HIGH", high);
    for (case, first, second, then) in [
        ("one side changed it", vec!["bob removes alice"], vec!["carol writes"], all_but_alice("bob")),
        (
            "one side replaced its own key",
            vec!["alice replaces alice2"],
            vec!["carol adds eve"],
            "alice<alice bob<alice carol<alice dave<bob eve<carol".into(),
        ),
        (
            "two took over: the smaller fingerprint",
            vec!["HIGH removes alice"],
            vec!["LOW removes alice"],
            all_but_alice(low),
        ),
        (
            "a takeover goes before a replacement",
            vec!["HIGH removes alice"],
            vec!["alice replaces alice2"],
            format!("{} not alice", all_but_alice(high)),
        ),
        (
            "two replaced their own key: the smaller fingerprint",
            vec!["alice replaces alice2"],
            vec!["alice replaces alice3"],
            "TwoMembers { name: \"alice\" }".into(),
        ),
        (
            "a root that was removed goes last",
            vec!["LOW removes alice"],
            vec!["HIGH removes alice", "HIGH removes LOW"],
            if high == "bob" { "bob<bob dave<bob".into() } else { "carol<carol dave<carol".into() },
        ),
        (
            "a replaced root that is a member goes before a takeover that was removed",
            vec!["alice replaces alice2", "alice removes HIGH"],
            vec!["HIGH removes alice", "LOW writes"],
            if high == "bob" {
                "alice<alice carol<alice dave<alice".into()
            } else {
                "alice<alice bob<alice dave<bob".into()
            },
        ),
        (
            "the same takeover, and a further one",
            vec!["LOW removes alice"],
            vec!["LOW removes alice", "HIGH removes LOW"],
            if high == "bob" { "bob<bob dave<bob".into() } else { "carol<carol dave<carol".into() },
        ),
    ] {
        let [first, second] = [first, second].map(|words| words.into_iter().map(sentence).collect::<Vec<_>>());
        let side = |words: &[String]| after(&start, &words.iter().map(String::as_str).collect::<Vec<_>>());
        let merged = members(high, &start, &side(&first), &side(&second));
        assert_eq!(merged, then, "{case}");
    }
}

#[test]
fn the_same_root_on_two_ways_is_one_root() {
    // carol removed alice on one side, and on the other bob did, whom she removed then.
    let start = team();
    let first = after(&start, &["carol removes alice"]);
    let second = after(&start, &["bob removes alice", "carol removes bob"]);
    assert_eq!(members("carol", &start, &first, &second), "carol<carol");
    // She did so on both sides, and others vouched for her.
    let start = after(&team(), &["bob adds dave"]);
    let first = after(&start, &["dave removes alice"]);
    let second = after(&start, &["carol removes bob", "dave removes alice"]);
    assert_eq!(members("dave", &start, &first, &second), "carol<dave dave<dave");
}

#[test]
fn a_root_that_the_other_side_renamed_stays_the_root_under_its_own_name() {
    let start = after(&team(), &["bob adds dave"]);
    let first = after(&start, &["bob removes alice"]);
    let second = after(&start, &["carol renames bob rob"]);
    assert_eq!(members("carol", &start, &first, &second), "bob<bob carol<bob dave<bob");
    // The root itself may do so.
    let second = after(&first, &["bob renames bob rob"]);
    assert_eq!(members("carol", &first, &after(&first, &["carol writes"]), &second), "carol<rob dave<rob rob<rob");
    // Another member who took the name is another member.
    let second = after(&start, &["carol renames bob rob", "carol adds bob ben"]);
    assert_eq!(members("carol", &start, &first, &second), "TwoMembers { name: \"bob\" }");
}

#[test]
fn if_no_root_is_left_the_writer_who_merges_becomes_the_root() {
    let start = after(&team(), &["bob adds dave", "alice adds fay reader fay"]);
    let first = after(&start, &["bob removes alice", "carol adds eve"]);
    let second = after(&start, &["alice removes bob", "carol writes"]);
    // Those whom bob and alice endorsed anew are left out, except whom the writer endorses.
    assert_eq!(members("carol", &start, &first, &second), "carol<carol eve<carol not dave not fay");
    assert_eq!(members("dave", &start, &first, &second), "dave<dave not carol not eve not fay");
    // It is none of the readers or removed members, and must have been there when the last root was.
    assert_eq!(members("bob", &start, &first, &second), "LeavesOut { name: \"bob\" }");
    assert_eq!(members("alice", &start, &first, &second), "LeavesOut { name: \"alice\" }");
    assert_eq!(Vault::merge(Some(&start), &first, &second, None), Err(MergeError::NoWriter));
    let later = after(&second, &["carol adds gil"]);
    assert_eq!(members("gil", &start, &first, &later), "NoWriter");

    let merged = as_voucher("carol", |by| Vault::merge(Some(&start), &first, &second, Some(by))).unwrap().vault;
    let ways: Vec<(WriterKey, WriterKey, bool)> =
        merged.head.roots.iter().map(|step| (step.from, step.to, step.is_takeover())).collect();
    assert_eq!(ways, [(key("alice"), key("bob"), true), (key("bob"), key("carol"), true)]);
    assert_eq!(merged.head.fingerprint(), start.head.fingerprint());

    // The writer who merges has the name that the other side gave it.
    let renamed = after(&start, &["alice renames carol caro", "alice removes bob", "caro writes"]);
    assert_eq!(members("carol", &start, &first, &renamed), "caro<caro eve<caro not dave not fay");
}

#[test]
fn one_side_that_contains_every_write_of_the_other_is_the_result() {
    let set = |vault: &Vault, value: &str| written(change(vault, "bob", 10, &[value]), "bob");
    let start = set(&team(), "+1");
    let middle = set(&set(&start, "+2"), "-");
    // Someone replays the middle one, and the newest one has a purged history.
    let mut newest = set(&middle, "+3");
    newest.purge(&SectionId::Team, None).unwrap();
    let newest = written(newest, "carol");
    let bases = [None, Some(&start), Some(&middle)];
    for (base, old) in bases.into_iter().flat_map(|base| [(base, &start), (base, &middle)]) {
        if base.is_some_and(|base| base.head.clock.beyond(&old.head.clock) > 0) {
            continue;
        }
        for (ours, theirs) in [(old, &newest), (&newest, old), (&newest, &newest)] {
            let merged = Vault::merge(base, ours, theirs, None).unwrap();
            assert_eq!((&merged.vault, merged.is_side), (&newest, true));
            assert_eq!(Vault::newer(base, ours, theirs), Some(&newest));
        }
    }
    // Equal clocks, but other content: neither contains the other.
    let mut other = newest.clone();
    other.head.written_by = member("carol");
    other = change(&other, "carol", 30, &["+4"]);
    assert_eq!(Vault::newer(None, &newest, &other), None);
    assert!(!Vault::merge(None, &newest, &other, None).unwrap().is_side);
}

fn counted(vault: &Vault, counts: &[(u64, u64)]) -> Vault {
    let clock = Clock::new(counts.iter().map(|(actor, count)| (ActorId(*actor), *count)).collect());
    Vault { head: Head { clock, ..vault.head.clone() }, ..vault.clone() }
}

#[test]
fn refuses_an_incoming_side_that_lacks_writes_of_the_base() {
    let counted = |counts| counted(&team(), counts);
    let base = counted(&[(1, 3), (2, 1)]);
    let newer = counted(&[(1, 3), (2, 2)]);
    let merge = |first: &Vault, second: &Vault| {
        Vault::merge(Some(&base), first, second, None).map(|merged| merged.vault.head.clock.iter().collect::<Vec<_>>())
    };
    for (back, changes) in [(&[(1, 2), (2, 1), (3, 1)][..], 1), (&[(1, 2)], 2), (&[(3, 9)], 4)] {
        let back = counted(back);
        for ours in [&newer, &base, &back] {
            assert_eq!(merge(ours, &back), Err(MergeError::Behind { changes }));
        }
    }
    let both = merge(&newer, &counted(&[(1, 4), (2, 1)]));
    assert_eq!(both, Ok(vec![(ActorId(1), 4), (ActorId(2), 2)]));
}

#[test]
fn applies_a_change_to_a_side_that_lacks_writes_of_the_base() {
    // A commit of the main branch is picked to a release branch that began before.
    let values = |line: &str| Vault { sections: tests::sections(&[&format!("team: {line}")]), ..team() };
    let show = |vault: &Vault| {
        let team = vault.sections.get(&SectionId::Team).unwrap();
        let all = team.secrets.iter().map(|(name, one)| format!("{name}={}", one.value.as_text()));
        let disputed = team.disputes().into_iter().map(|name| format!("{name}?"));
        all.chain(disputed).collect::<Vec<_>>().join(" ")
    };
    for (ours, base, theirs, then) in [
        ("A=1 R=1", "A=1 B=1", "A=2 B=1", "A=2 R=1"),
        ("A=1", "A=1 B=1", "A=1 B=1 C=1", "A=1 C=1"),
        ("A=1 R=1", "A=1 B=1", "B=1", "R=1"),
        ("A=0", "A=1 B=1", "A=2 B=1", "A?"),
        ("A=1", "A=1 B=1", "A=1 B=1", "A=1"),
    ] {
        let ours = counted(&values(ours), &[(1, 1), (3, 1)]);
        let base = counted(&values(base), &[(1, 2), (2, 1)]);
        let theirs = counted(&values(theirs), &[(1, 3), (2, 1)]);
        let merged = Vault::merge(Some(&base), &ours, &theirs, None).unwrap();
        assert_eq!(show(&merged.vault), then);
        // It does not claim to contain the writes of the main branch.
        assert_eq!((merged.vault.head.clock, merged.is_side), (ours.head.clock.clone(), false));
        assert_eq!(Vault::newer(Some(&base), &ours, &theirs), None);
    }
    // Neither is the incoming side the result where it contains all of the current one.
    let (ours, base, theirs) = ([(1, 1)], [(1, 2)], [(1, 3)]);
    let [ours, base, theirs] =
        [("A=1", ours), ("A=1 B=1", base), ("A=2 B=1", theirs)].map(|(line, counts)| counted(&values(line), &counts));
    let merged = Vault::merge(Some(&base), &ours, &theirs, None).unwrap();
    assert_eq!((show(&merged.vault).as_str(), merged.is_side), ("A=2", false));
    assert_eq!(merged.vault.head.clock, ours.head.clock);
}

#[test]
fn refuses_another_vault_or_team() {
    let (start, mut other, mut renamed) = (team(), team(), team());
    other.head.id = VaultId([8; 16]);
    renamed.head.team = TeamName::parse("other").unwrap();
    for other in [&other, &renamed] {
        assert_eq!(Vault::merge(None, &start, other, None), Err(MergeError::Other));
        assert_eq!(Vault::merge(Some(other), &start, &start, None), Err(MergeError::Other));
    }
}

/// The secrets that removed members could read, as `A bob+carol`.
fn exposed(vault: &Vault) -> Vec<String> {
    let names = |names: &[MemberName]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join("+");
    vault.exposed().iter().map(|(_, name, by)| format!("{name} {}", names(by))).collect()
}

/// Sets a secret of the team.
fn set(vault: &Vault, key: &str, value: &str) -> Vault {
    let mut vault = vault.clone();
    let value = Value::from_text(value.to_owned().into()).unwrap();
    let team = &SectionId::Team;
    vault.sections.set(team, &name(key), value, Details::default(), Precondition::Any, &tests::stamp()).unwrap();
    written(vault, "alice")
}

#[test]
fn a_removed_member_counts_as_having_read_what_the_other_side_wrote() {
    let start = set(&team(), "A", "1");
    let first = set(&after(&start, &["alice removes bob"]), "B", "2");
    let second = set(&start, "C", "3");
    for base in [Some(&start), None] {
        for (one, other) in [(&first, &second), (&second, &first)] {
            assert_eq!(exposed(&merged(base, one, other)), ["A bob", "C bob"]);
        }
    }
}

#[test]
fn the_hash_key_is_renewed_if_a_side_renewed_it_and_hashes_are_made_anew() {
    let start = set(&set(&team(), "A", "1"), "GONE", "9");
    let unchanged = set(&start, "X", "1x");
    let first = set(&after(&start, &["alice removes bob"]), "B", "2");
    let second = set(&after(&start, &["alice removes carol"]), "C", "3");
    let hash_key = |one: &Vault, other: &Vault| {
        let keys = [(one, other), (other, one)].map(|(one, other)| merged(Some(&start), one, other).head.hash_key);
        assert_eq!(keys[0], keys[1]);
        keys[0]
    };
    assert_eq!(hash_key(&unchanged, &set(&start, "Y", "2")), start.head.hash_key);
    assert_eq!(hash_key(&first, &unchanged), first.head.hash_key);
    let both = hash_key(&first, &second);
    assert!(![&start, &first, &second].map(|vault| vault.head.hash_key).contains(&both));
    assert_eq!(both, first.head.hash_key.merged(second.head.hash_key));

    // A value that neither side holds any more has no hash: it is purged on one side.
    let mut purged = second.clone();
    purged.sections.delete(&SectionId::Team, &name("GONE"), true, &tests::stamp()).unwrap();
    purged.purge(&SectionId::Team, None).unwrap();
    let purged = written(purged, "alice");
    for base in [Some(&start), None] {
        let both = merged(base, &first, &second);
        assert_eq!(exposed(&both), ["A bob+carol", "B carol", "C bob", "GONE bob+carol"]);
        assert_eq!(both.read, merged(base, &second, &first).read);
    }
    let both = merged(Some(&start), &first, &purged);
    assert_eq!(exposed(&both), ["A bob+carol", "B carol", "C bob"]);
    let held = both.hashes(both.head.hash_key);
    assert!(both.read.values().all(|read| read.is_subset(&held)));
    assert_eq!(both.read.keys().collect::<BTreeSet<_>>(), [&print_of("bob"), &print_of("carol")].into());
    // Merging once more changes nothing.
    assert_eq!(merged(Some(&start), &both, &both.clone()), both);
    // Changing the value ends it.
    assert_eq!(exposed(&set(&both, "A", "new")), ["B carol", "C bob"]);
}

/// A change to the members: what, by whom, to whom.
type Change = (u8, usize, usize);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec((0..7_u8, 0..5_usize, 0..5_usize), 0..5)
}

/// Makes changes to the members. What is refused is left out. New members and keys carry the tag.
fn changed(start: &Vault, tag: &str, changes: &[Change]) -> Vault {
    let mut vault = start.clone();
    for (at, (what, by, whom)) in changes.iter().enumerate() {
        let nth = |vault: &Vault, nth: usize| vault.head.members.keys().nth(nth % vault.head.members.len()).cloned();
        let (by, whom) = (nth(&vault, *by).unwrap(), nth(&vault, *whom).unwrap());
        if vault.head.members[&by].key().is_none() {
            continue;
        }
        let of = vault.head.members[&by].recipient().as_str()["age1".len()..].to_owned();
        let new = format!("{tag}{at}");
        let fresh = HashKey(fresh(&new));
        drop(as_named(&by, &of, fresh, |by| match what {
            0 => vault.add_member(&member(&new), public(&new, true), by),
            1 => vault.add_member(&member(&new), public(&new, false), by),
            2 => vault.rename_member(&whom, &member(&new), by),
            3 => vault.update_member(&whom, public(&new, at % 2 == 0), by),
            4 => replace_root(&mut vault, &by.stamp.by, &of, &new),
            _ => vault.remove_member(&whom, by),
        }));
        vault = written(vault, "alice");
    }
    vault
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_members_is_commutative_and_idempotent_and_leaves_one_chain(
        at_first in changes(), one in changes(), other in changes(), with_base in any::<bool>()
    ) {
        let start = changed(&set(&team(), "A", "1"), "s", &at_first);
        let first = set(&changed(&start, "f", &one), "B", "2");
        let second = set(&changed(&start, "g", &other), "C", "3");
        let base = Some(&start).filter(|_| with_base);
        // Whoever is a writer in both.
        let writers = first.head.members.iter().filter(|(_, member)| member.key().is_some());
        let mut writers = writers.filter(|(_, writer)| second.head.writer_with(writer.key().unwrap()).is_some());
        let Some((name, writer)) = writers.next() else { return Ok(()) };
        let of = &writer.recipient().as_str()["age1".len()..];
        let merge = |first: &Vault, second: &Vault| {
            as_named(name, of, HashKey([9; 32]), |by| unsigned(Vault::merge(base, first, second, Some(by))))
        };
        let both = merge(&first, &second);
        prop_assert_eq!(&both, &merge(&second, &first));
        let Ok((both, left_out)) = both else { return Ok(()) };
        prop_assert_eq!(both.head.check_members(&verify), Ok(key("alice")));
        prop_assert_eq!(merge(&both, &both), Ok((both.clone(), vec![])));
        // Everybody is a member, or is removed, or was named.
        for (name, member) in first.head.members.iter().chain(&second.head.members) {
            let is_member = both.head.members.values().any(|other| other.recipient() == member.recipient());
            let is_left_out = left_out.contains(name) || !left_out.is_empty();
            prop_assert!(is_member || is_left_out || both.head.removal_of(&member.keys).is_some(), "{}", name);
        }
        for (print, removed) in first.head.removed.iter().chain(&second.head.removed) {
            prop_assert_eq!(&both.head.removed[print].recipient, &removed.recipient);
        }
        for side in [&first, &second] {
            let is_exposed = |(id, name, by): (SectionId, SecretName, Vec<MemberName>)| {
                let merged = both.exposed().into_iter().find(|(other, key, _)| (other, key) == (&id, &name));
                merged.is_some_and(|(_, _, names)| names.len() >= by.len())
            };
            prop_assert!(side.exposed().into_iter().all(is_exposed));
        }
    }
}
