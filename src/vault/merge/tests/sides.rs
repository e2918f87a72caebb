//! Which side a merge takes as it is, which one it refuses, and cherry-picks.

use super::*;

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
