//! Members added on two branches at once, and merges by members who are newer than the merge base.

use super::{Laptop, Team, map};
use crate::bench::Outcome;

/// alice alone, and bob with a clone and a key; and the command that adds him.
fn joining() -> (Team, Laptop, String) {
    let team = Team::of(&["alice"]);
    let bob = Laptop::clone_of(team.hub.path(), "bob");
    bob.etui("link --accept").ok();
    let joined = bob.etui("join --as bob").ok();
    let line = joined.text().trim_end().strip_prefix("etui ").unwrap().to_owned();
    (team, bob, line)
}

/// On a new branch from the start: alice adds a member and sets a secret.
fn branch(alice: &Laptop, branch: &str, add: &str, name: &str) {
    alice.git(&format!("checkout -q -b {branch} main")).ok();
    alice.etui(&format!("-y {add}")).ok();
    alice.set(name, branch);
    if branch == "one" {
        alice.etui("delete A -g").ok();
    }
    alice.commit();
    alice.git(&format!("push -q origin {branch}")).ok();
}

fn members(laptop: &Laptop) -> Vec<String> {
    laptop.vault().head.members.keys().map(ToString::to_string).collect()
}

/// bob fetches both branches and merges them.
fn merge_both(bob: &Laptop) -> Outcome {
    bob.git("fetch -q").ok();
    bob.git("checkout -q one").ok();
    bob.etui("git install").ok();
    bob.git("merge --no-edit origin/two")
}

#[test]
fn a_member_added_on_both_branches_merges_them_without_their_base() {
    let (team, bob, add) = joining();
    let alice = &team.laptops[0];
    branch(alice, "one", &add, "ONE");
    branch(alice, "two", &add, "TWO");
    // He cannot read the merge base. The history of the deleted A in both branches replaces it.
    assert_eq!(bob.etui("list -g").code, 5);
    merge_both(&bob).ok();
    // A member who can read the base gets the same result.
    alice.git("merge -q --no-edit one").ok();
    for laptop in [alice, &bob] {
        assert_eq!(laptop.team_values(), map(&[("ONE", "one"), ("TWO", "two")]), "{}", laptop.who);
        assert_eq!(laptop.values(), ["one", "start", "two"], "{}", laptop.who);
        assert_eq!(members(laptop), ["alice", "bob"], "{}", laptop.who);
        laptop.etui("get TWO -g").prints("two");
    }
    // Both have merged both, so there are two merge bases.
    bob.set("BOBS", "b1");
    bob.etui("delete ONE -g").ok();
    bob.commit();
    bob.git("push -q").ok();
    alice.set("TWO", "2");
    alice.commit();
    alice.git("fetch -q").ok();
    alice.git("merge -q --no-edit origin/one").ok();
    assert_eq!(alice.team_values(), map(&[("BOBS", "b1"), ("TWO", "2")]));
    assert_eq!(alice.values(), ["2", "b1", "one", "start", "two"]);
}

#[test]
fn two_people_of_one_name_must_be_renamed_before_their_branches_merge() {
    let (team, bob, add) = joining();
    let alice = &team.laptops[0];
    let other = etui::keys::Card::of(&etui::keys::Identity::generate()).to_string();
    branch(alice, "one", &add, "ONE");
    branch(alice, "two", &format!("member add bob {other}"), "TWO");
    let refused = alice.git("merge --no-edit one");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("error: both sides of "), "{}", refused.err);
    assert!(
        refused.err.contains(
            "added a different member bob\n hint: keep your side with `git merge --abort`, and rename one first"
        ),
        "{}",
        refused.err
    );
    // Follow the hint.
    alice.git("merge --abort").ok();
    alice.etui("member rename bob rob").ok();
    alice.commit();
    alice.git("merge -q --no-edit one").ok();
    assert_eq!(members(alice), ["alice", "bob", "rob"]);
    assert_eq!(alice.team_values(), map(&[("ONE", "one"), ("TWO", "two")]));
    alice.git("push -q origin two").ok();
    bob.git("fetch -q").ok();
    bob.git("checkout -q two").ok();
    bob.etui("get TWO -g").prints("two");
}

#[test]
fn an_unresolved_merge_is_done_by_the_next_member() {
    let (team, bob, add) = joining();
    let alice = &team.laptops[0];
    branch(alice, "one", "env set X x -g", "ONE");
    branch(alice, "two", "env set Y y -g", "TWO");
    // bob is not a member yet, so git keeps all three versions.
    let stopped = merge_both(&bob);
    assert_eq!(stopped.code, 1);
    assert!(stopped.err.contains("error: ") && stopped.err.contains("etui git resolve"), "{}", stopped.err);
    assert_eq!(bob.git("ls-files -u").text().lines().count(), 3);
    assert_eq!(bob.etui("git resolve").code, 5);
    assert_eq!(bob.git("ls-files -u").text().lines().count(), 3);
    bob.git("merge --abort").ok();
    bob.git("status --porcelain").prints("");
    // alice merges and adds him, and he continues from there.
    alice.git("merge -q --no-edit one").ok();
    alice.etui(&format!("-y {add}")).ok();
    alice.commit();
    alice.git("push -q origin two").ok();
    bob.git("fetch -q").ok();
    bob.git("checkout -q two").ok();
    bob.git("pull -q").ok();
    assert_eq!(bob.team_values(), map(&[("ONE", "one"), ("TWO", "two")]));
}

#[test]
fn a_vault_renamed_on_both_sides_is_merged() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    bob.set("BOBS", "b1");
    bob.etui("sync").ok();
    alice.git("mv acme.age team.age").ok();
    std::fs::write(alice.bench.work().join(".etui.toml"), "team = \"acme\"\nvault = \"team.age\"\n").unwrap();
    alice.etui("link --accept").ok();
    alice.set("ALICES", "a1");
    alice.etui("git install").ok();
    alice.git("add -A").ok();
    alice.git("commit -q -m renamed").ok();
    // The two differ so much that git sees no rename but a new file and a deleted one.
    alice.git("fetch -q").ok();
    assert_ne!(alice.git("merge --no-edit origin/main").code, 0);
    alice.etui("git resolve").ok().says("merged team.age\nnote: to continue: `git commit --no-edit`");
    alice.git("commit -q --no-edit").ok();
    alice.git("status --porcelain").prints("");
    assert!(!alice.file().exists());
    alice.etui("resolve -g").prints("A=start\nALICES=a1\nBOBS=b1\n");
    alice.etui("sync --all").ok();
    bob.git("pull -q").ok();
    assert!(!bob.file().exists() && bob.bench.work().join("team.age").exists());
}
