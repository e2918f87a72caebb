//! Members, roots and endorsements in a merge.

use super::*;

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
    let all_but_alice = |root: &str| format!("bob<{root} carol<{root} dave<bob");
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
        // What a removed member could read on a side still counts as read.
        let (held, new) = (both.hashes(both.head.hash_key), both.head.hash_key);
        for side in [&first, &second] {
            let old = side.head.hash_key;
            for (print, read) in &side.read {
                let values = side.values().filter(|value| read.contains(&old.hash(value)));
                let mut hashes = values.map(|value| new.hash(value)).filter(|hash| held.contains(hash));
                prop_assert!(hashes.all(|hash| both.read[print].contains(&hash)));
            }
        }
    }
}
