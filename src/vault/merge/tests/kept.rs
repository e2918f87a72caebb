//! What a merge says about names that one side deleted and the other changed.

use super::*;
use crate::vault::merge::Kept;

/// What is said about the team's secret `A`: `changed by X, deleted by Y`.
fn said(base: Option<&Vault>, first: &Vault, second: &Vault) -> Vec<String> {
    let line = |kept: Kept| {
        let reason = kept.reason.map_or(String::new(), |reason| format!(" ({reason})"));
        format!(
            "{} of {}: changed by {}, deleted by {}{reason}",
            kept.name, kept.section, kept.changed.0, kept.deleted.0
        )
    };
    let merged = Vault::merge(base, first, second, None).unwrap();
    merged.kept.into_iter().map(line).collect()
}

#[test]
fn a_change_that_beat_a_deletion_is_named_with_both_sides() {
    let start = change(&founded("alice"), "alice", 0, &["+1"]);
    let kept = "A of team: changed by bob, deleted by carol";
    for (bob, carol, expected) in [
        (&["+2"][..], &["-"][..], &[kept][..]),
        (&["-", "+2"], &["-"], &[kept]),
        (&["-"], &["-"], &[]),
        (&["+2"], &["+3"], &[]),
        (&["+2"], &["-", "+3"], &[]),
        (&[], &["-"], &[]),
        (&["+2"], &[], &[]),
    ] {
        let (bob, carol) = (change(&start, "bob", 10, bob), change(&start, "carol", 20, carol));
        for base in [Some(&start), None] {
            assert_eq!(said(base, &bob, &carol), expected, "{} / {}", describe(&bob), describe(&carol));
            assert_eq!(said(base, &carol, &bob), expected, "{} / {}", describe(&bob), describe(&carol));
        }
    }
}

#[test]
fn it_says_what_else_deleted_the_name() {
    let start = change(&founded("alice"), "alice", 0, &["+1"]);
    let bob = change(&start, "bob", 10, &["+2"]);
    let mut carol = start.clone();
    let stamp = Stamp { by: member("carol"), ..tests::stamp() };
    carol.sections.rename(&SectionId::Team, &name("A"), &name("B"), false, &stamp).unwrap();
    let kept = "A of team: changed by bob, deleted by carol (renamed to B)";
    assert_eq!(said(Some(&start), &bob, &carol), [kept]);
}

#[test]
fn a_deletion_that_the_other_side_knows_is_no_news() {
    let start = change(&founded("alice"), "alice", 0, &["+1", "-"]);
    let bob = change(&start, "bob", 10, &["+2"]);
    let mut carol = start.clone();
    let value = Value::from_text("x".to_owned().into()).unwrap();
    let stamp = tests::stamp();
    carol.sections.set(&SectionId::Team, &name("B"), value, Details::default(), Precondition::Any, &stamp).unwrap();
    for base in [Some(&start), None] {
        assert_eq!(said(base, &bob, &carol), [""; 0]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_name_that_stays_against_a_deletion_is_named(
        at_first in steps(8), one in steps(8), other in steps(8)
    ) {
        let base = base(&at_first);
        let (first, second) = (work(&base, "bob", &one), work(&base, "carol", &other));
        let merged = Vault::merge(Some(&base), &first, &second, None).unwrap();
        for (id, section) in &merged.vault.sections.0 {
            let of = |vault: &Vault| vault.sections.0.get(id).cloned().unwrap_or_default();
            let [base, first, second] = [&base, &first, &second].map(of);
            for (name, _) in section.secrets.iter() {
                let holds = |section: &Section| section.secrets.holds(name);
                if holds(&base) && holds(&first) != holds(&second) {
                    let is_named = |kept: &Kept| (&kept.section, &kept.name, kept.is_entry) == (id, name, false);
                    prop_assert!(merged.kept.iter().any(is_named), "{} of {}", name, id);
                }
            }
        }
        let swapped = Vault::merge(Some(&base), &second, &first, None).unwrap();
        prop_assert_eq!(merged.kept, swapped.kept);
    }
}
