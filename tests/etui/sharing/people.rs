//! Members who come on two branches at once, and a base that is older than who merges.

use super::{Laptop, Team, map};
use crate::bench::Ran;

/// alice alone, and bob with a clone, a key, and what is to be typed to add him.
fn joining() -> (Team, Laptop, String) {
    let team = Team::of(&["alice"]);
    let bob = Laptop::clone_of(team.hub.path(), "bob");
    bob.etui("link --accept").ok();
    let joined = bob.etui("join --as bob").ok();
    let line = joined.text().trim_end().strip_prefix("etui ").unwrap().to_owned();
    (team, bob, line)
}

/// On a branch of its own, from where both begin: alice adds somebody, and changes something.
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

/// bob takes both branches, and merges them.
fn take(bob: &Laptop) -> Ran {
    bob.git("fetch -q").ok();
    bob.git("checkout -q one").ok();
    bob.etui("git install").ok();
    bob.git("merge --no-edit origin/two")
}

#[test]
fn who_was_added_on_both_branches_merges_them_though_their_base_is_older_than_he() {
    let (team, bob, add) = joining();
    let alice = &team.laptops[0];
    branch(alice, "one", &add, "ONE");
    branch(alice, "two", &add, "TWO");
    // He cannot read what both came from: what they keep of the deleted A stands in for it.
    assert_eq!(bob.etui("list -g").code, 5);
    take(&bob).ok();
    // And who can read it comes to the same.
    alice.git("merge -q --no-edit one").ok();
    for laptop in [alice, &bob] {
        assert_eq!(laptop.tells(), map(&[("ONE", "one"), ("TWO", "two")]), "{}", laptop.who);
        assert_eq!(laptop.values(), ["one", "start", "two"], "{}", laptop.who);
        assert_eq!(members(laptop), ["alice", "bob"], "{}", laptop.who);
        laptop.etui("get TWO -g").prints("two");
    }
    // Both have merged both: what they came from is not one commit but two.
    bob.set("BOBS", "b1");
    bob.etui("delete ONE -g").ok();
    bob.commit();
    bob.git("push -q").ok();
    alice.set("TWO", "2");
    alice.commit();
    alice.git("fetch -q").ok();
    alice.git("merge -q --no-edit origin/one").ok();
    assert_eq!(alice.tells(), map(&[("BOBS", "b1"), ("TWO", "2")]));
    assert_eq!(alice.values(), ["2", "b1", "one", "start", "two"]);
}

#[test]
fn two_people_of_one_name_are_told_apart_before_their_branches_merge() {
    let (team, bob, add) = joining();
    let alice = &team.laptops[0];
    let other = etui::keys::Card::of(&etui::keys::Identity::generate()).to_string();
    branch(alice, "one", &add, "ONE");
    branch(alice, "two", &format!("member add bob {other}"), "TWO");
    let refused = alice.git("merge --no-edit one");
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("error: both sides of "), "{}", refused.err);
    assert!(
        refused
            .err
            .contains("added a different member bob\n hint: keep your side with `git merge --abort`, and rename one first"),
        "{}",
        refused.err
    );
    // As it says.
    alice.git("merge --abort").ok();
    alice.etui("member rename bob rob").ok();
    alice.commit();
    alice.git("merge -q --no-edit one").ok();
    assert_eq!(members(alice), ["alice", "bob", "rob"]);
    assert_eq!(alice.tells(), map(&[("ONE", "one"), ("TWO", "two")]));
    alice.git("push -q origin two").ok();
    bob.git("fetch -q").ok();
    bob.git("checkout -q two").ok();
    bob.etui("get TWO -g").prints("two");
}

#[test]
fn what_was_merged_by_nobody_who_could_is_merged_by_the_next_who_can() {
    let (team, bob, add) = joining();
    let alice = &team.laptops[0];
    branch(alice, "one", "env set X x -g", "ONE");
    branch(alice, "two", "env set Y y -g", "TWO");
    // bob is no member yet, and git keeps all three versions.
    let stopped = take(&bob);
    assert_eq!(stopped.code, 1);
    assert!(stopped.err.contains("error: ") && stopped.err.contains("etui git resolve"), "{}", stopped.err);
    assert_eq!(bob.git("ls-files -u").text().lines().count(), 3);
    assert_eq!(bob.etui("git resolve").code, 5);
    assert_eq!(bob.git("ls-files -u").text().lines().count(), 3);
    bob.git("merge --abort").ok();
    bob.git("status --porcelain").prints("");
    // alice does it, adds him, and he goes on from there.
    alice.git("merge -q --no-edit one").ok();
    alice.etui(&format!("-y {add}")).ok();
    alice.commit();
    alice.git("push -q origin two").ok();
    bob.git("fetch -q").ok();
    bob.git("checkout -q two").ok();
    bob.git("pull -q").ok();
    assert_eq!(bob.tells(), map(&[("ONE", "one"), ("TWO", "two")]));
}

#[test]
fn a_vault_that_the_other_side_renamed_is_merged_by_who_renamed_it_too() {
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
    // git takes what differs that much for another file, one that is new here and one that was deleted.
    alice.git("fetch -q").ok();
    assert_ne!(alice.git("merge --no-edit origin/main").code, 0);
    alice.etui("git resolve").ok().says("merged team.age\nnote: to continue: `git commit --no-edit`");
    alice.git("commit -q --no-edit").ok();
    alice.git("status --porcelain").prints("");
    assert!(!alice.file().exists());
    alice.etui("resolve -g").prints("A=start\nALICES=a1\nBOBS=b1\n");
    alice.etui("sync").ok();
    bob.git("pull -q").ok();
    assert!(!bob.file().exists() && bob.bench.work().join("team.age").exists());
}
