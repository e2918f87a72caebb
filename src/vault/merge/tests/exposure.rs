//! The hash key of a merged vault, and what removed members could read.

use super::*;

/// The secrets that removed members could read, as `A bob+carol`.
fn exposed(vault: &Vault) -> Vec<String> {
    let name_of = |print: &Fingerprint| vault.head.removed[print].name.to_string();
    let names = |readers: &BTreeSet<FormerReader>| {
        readers
            .iter()
            .filter_map(FormerReader::removed)
            .map(name_of)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join("+")
    };
    vault.exposed().iter().map(|(_, name, by)| format!("{name} {}", names(by))).collect()
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
    let readers = ["bob", "carol"].map(|name| FormerReader::Removed(print_of(name)));
    assert_eq!(both.read.keys().collect::<BTreeSet<_>>(), readers.iter().collect());
    // Merging once more changes nothing.
    assert_eq!(merged(Some(&start), &both, &both.clone()), both);
    // Changing the value ends it.
    assert_eq!(exposed(&set(&both, "A", "new")), ["B carol", "C bob"]);
}
