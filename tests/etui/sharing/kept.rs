//! A change beats a deletion, and every merge says so.

use super::{Team, map};
use crate::bench::{Outcome, bytes};

const KEPT: &str = "warning: A in team acme stays: it was deleted by alice at WHEN, and changed by bob at WHEN; \
                    to delete it after all: `etui delete A -g`";

/// alice deleted `A` and shared that; bob changed it and committed.
fn disagreeing() -> Team {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.etui("delete A -g").ok();
    alice.etui("sync").ok();
    bob.set("A", "changed");
    bob.commit();
    team
}

/// What was said, without the dates.
fn said(outcome: &Outcome) -> Vec<String> {
    let masked = Outcome { code: 0, out: Vec::new(), err: outcome.err.clone() }.mask_times();
    masked.err.lines().filter(|line| line.starts_with("warning: ")).map(str::to_owned).collect()
}

#[test]
fn git_merge_shows_it_and_the_hint_works() {
    let team = disagreeing();
    let bob = &team.laptops[1];
    bob.git("fetch -q").ok();
    assert_eq!(said(&bob.git("merge --no-edit origin/main").ok()), [KEPT]);
    assert_eq!(bob.team_values(), map(&[("A", "changed")]));
    bob.etui("delete A -g").ok();
    assert_eq!(bob.team_values(), map(&[]));
}

#[test]
fn sync_shows_it_once() {
    let team = disagreeing();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    assert_eq!(said(&bob.etui("sync").ok()), [KEPT]);
    assert_eq!(said(&bob.etui("sync").ok()), [""; 0]);
    // To the other side, it is a change like any other. Within one second it looks like the creation.
    let arrived = alice.etui("sync").ok().err.replace("created", "updated");
    assert_eq!(arrived, "in sync: team acme\narrived: A (team, updated by bob)\n");
}

#[test]
fn git_resolve_shows_it() {
    let team = disagreeing();
    let bob = &team.laptops[1];
    bob.merge_without_a_key();
    assert_eq!(said(&bob.etui("git resolve").ok()), [KEPT]);
}

#[test]
fn merging_a_stray_copy_shows_it() {
    let team = disagreeing();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    std::fs::write(bob.bench.work().join("copy.age"), bytes(alice.file())).unwrap();
    assert_eq!(said(&bob.etui("merge copy.age").ok()), [KEPT]);
}

#[test]
fn an_entry_is_deleted_by_its_own_command() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.etui("env set LEVEL info -g").ok();
    alice.etui("sync").ok();
    bob.etui("sync").ok();
    alice.etui("env delete LEVEL -g").ok();
    alice.etui("sync").ok();
    bob.etui("env set LEVEL debug -g").ok();
    let synced = bob.etui("sync").ok();
    assert!(synced.err.contains("to delete it after all: `etui env delete LEVEL -g`\n"), "{}", synced.err);
    bob.etui("env delete LEVEL -g").ok();
}
