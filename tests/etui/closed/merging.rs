//! Closed sections in merges by real git, by people of whom some may read them.

use std::collections::BTreeMap;
use std::fs;

use crate::sharing::{Laptop, Team};

/// alice and bob are in cluster prod, carol is not; it holds `A=0`.
fn team() -> Team {
    let team = Team::of(&["alice", "bob", "carol"]);
    let alice = &team.laptops[0];
    alice.etui("cluster create prod").ok();
    alice.etui("set A -c prod --value 0").ok();
    alice.etui("cluster close prod --for bob -y").ok();
    alice.etui("sync").ok();
    for laptop in &team.laptops[1..] {
        laptop.etui("sync").ok();
    }
    team
}

/// Commits a change, and pushes it to a branch of one's own.
fn push(laptop: &Laptop, change: &str) {
    laptop.etui(change).ok();
    laptop.commit();
    laptop.git(&format!("push -q -f origin HEAD:refs/heads/{}", laptop.who)).ok();
}

/// Merges the branches of others, as far as git does that.
fn merge(laptop: &Laptop, branches: &[&str]) -> String {
    laptop.git("fetch -q").ok();
    let merge = |branch: &&str| laptop.git(&format!("merge --no-edit -q origin/{branch}")).err;
    branches.iter().map(merge).collect()
}

#[test]
fn an_opening_is_accepted_before_it_is_merged() {
    let team = team();
    let [alice, bob, _] = &team.laptops[..] else { unreachable!() };
    push(alice, "cluster open prod -y");
    push(bob, "set X -c prod --value 1");
    let merged = merge(bob, &["alice"]);
    assert!(merged.contains("was closed, and is open or gone; alice wrote it"), "{merged}");
    assert!(merged.contains("accept their side: `git checkout --theirs -- "), "{merged}");
    let name = bob.git("diff --name-only --diff-filter=U").ok();
    bob.git(&format!("checkout --theirs -- {}", name.text().trim_end())).ok();
    bob.etui("trust -y").ok();
    bob.etui("git resolve").ok();
    bob.etui("get X -c prod").prints("1");
    bob.etui("get A -c prod").prints("0");
}

#[test]
fn what_an_outsider_merges_is_kept_in_two_versions_until_a_writer_settles_it() {
    let team = team();
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    push(alice, "set X -c prod --value 1");
    push(bob, "set Y -c prod --value 2");
    let kept = "note: closed section cluster prod is kept in 2 versions, until alice or bob writes there or runs \
                `etui settle -c prod`\n";
    assert_eq!(merge(carol, &["alice", "bob"]), kept);
    carol.etui("sync --all").ok();

    // Members read both at once.
    alice.git("pull -q").ok();
    alice.etui("resolve -c prod").prints("A=0\nX=1\nY=2\n");
    bob.etui("sync").says("in sync: team acme\narrived: X (cluster prod, created by alice)");
    bob.etui("get X -c prod").prints("1");
    // What is written elsewhere leaves the section as it is.
    bob.etui("set B -g --value b").ok();
    bob.etui("sync").ok();
    carol.etui("sync").ok();
    carol.etui("settle").says("note: closed section cluster prod is kept in 2 versions, until alice or bob writes there or runs `etui settle -c prod`\n\
         nothing is left to settle in team acme");
    carol.etui("settle -c prod").fails(
        5,
        "error: cluster prod of team acme is closed to your key\n \
         hint: ask alice or bob, who can let you in: `etui member add YOU --to cluster:prod`",
    );
    alice.etui("sync").ok();
    alice.etui("settle").says("settled cluster prod of team acme: its versions are one");
    alice.etui("settle -c prod").says("nothing is left to settle in cluster prod of team acme");
    alice.etui("sync").ok();
    carol.etui("sync").ok();
    carol.etui("settle").says("nothing is left to settle in team acme");
    bob.etui("sync").ok();
    bob.etui("resolve -c prod").prints("A=0\nB=b\nX=1\nY=2\n");
    bob.etui("doctor").ok();
}

#[test]
fn names_that_differ_are_disputed_for_members_only() {
    let team = team();
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    push(alice, "set A -c prod --value 1");
    push(bob, "set A -c prod --value 2");
    merge(carol, &["alice", "bob"]);
    carol.etui("sync --all").ok();
    alice.etui("sync").says("in sync: team acme\narrived: A (cluster prod, disputed)");
    alice.etui("sync").fails(
        4,
        "error: 1 disputed name in acme.age: A in cluster prod\n \
         hint: `etui settle A -c prod`, then `etui sync`",
    );
    assert_eq!(alice.etui("resolve -c prod").code, 4);
    alice.etui("get A -g").prints("start");
    let settle = alice.etui("settle");
    assert_eq!((settle.code, settle.text()), (4, ""));
    assert!(settle.err.ends_with(" hint: `etui settle A -c prod`\n"), "{}", settle.err);
    alice.etui("settle A -c prod --by bob").ok();
    alice.etui("sync").ok();
    bob.etui("sync").ok();
    bob.etui("get A -c prod").prints("2");

    // Members who merge see it at once.
    push(alice, "set A -c prod --value 3");
    push(bob, "set A -c prod --value 4");
    assert!(merge(alice, &["bob"]).contains("warning: A in cluster prod of team acme is disputed"));
    alice.etui("settle A -c prod --by alice").ok();
    alice.etui("git resolve").ok();
    alice.git("commit -q --no-edit").ok();
    alice.etui("sync --all").ok();
    bob.etui("sync").ok();
    bob.etui("get A -c prod").prints("3");
}

#[test]
fn what_changed_in_the_open_while_it_was_closed_is_for_its_writers_to_merge() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    alice.etui("cluster create prod").ok();
    alice.etui("set A -c prod --value 0").ok();
    alice.etui("sync").ok();
    carol.etui("sync").ok();
    push(carol, "set B -c prod --value late");
    alice.etui("cluster close prod --for bob -y").ok();
    alice.etui("sync").ok();

    let refused = format!(
        "error: cluster prod of {} was closed or opened on one side, and changed on the other\n \
         hint: hand your branch, or your copy, to a member who can merge it: alice or bob",
        carol.file().display()
    );
    carol.etui("sync").fails(5, &refused);
    carol.git("status --porcelain -b").prints("## main...origin/main [ahead 1, behind 1]\n");
    // Git keeps all versions for whoever resolves it.
    assert!(merge(carol, &["main"]).contains("git keeps all versions"));
    carol.etui("git resolve").fails(5, &refused);
    carol.git("merge --abort").ok();

    bob.etui("sync").ok();
    assert_eq!(merge(bob, &["carol"]), "");
    bob.git("status --porcelain").prints("");
    bob.etui("resolve -c prod").prints("A=0\nB=late\n");
    bob.etui("audit").exits(
        1,
        "A\tcluster prod\tread by carol, until its section was closed\n\
         B\tcluster prod\tread by carol, until its section was closed\n",
    );
    bob.etui("sync --all").ok();
    carol.etui("sync").says("in sync: team acme\narrived: closed cluster prod, changed by bob");
    carol.etui("get B -c prod").fails(
        5,
        "error: cluster prod of team acme is closed to your key\n \
         hint: ask alice or bob, who can let you in: `etui member add YOU --to cluster:prod`",
    );
}

#[test]
fn rebase_and_cherry_pick_keep_what_is_in_a_closed_section() {
    for how in ["merge -q --no-edit other", "rebase -q other", "cherry-pick other"] {
        let team = Team::of(&["alice"]);
        let alice = &team.laptops[0];
        alice.etui("cluster create prod").ok();
        alice.etui("set A -c prod --value 0").ok();
        alice.etui("cluster close prod --for alice -y").ok();
        alice.commit();
        alice.git("checkout -q -b other").ok();
        alice.etui("set B -c prod --value theirs").ok();
        alice.etui("delete A -c prod").ok();
        alice.commit();
        alice.git("checkout -q main").ok();
        alice.etui("set C -c prod --value ours").ok();
        alice.commit();
        alice.git(how).ok();
        alice.etui("resolve -c prod --only B,C").prints("B=theirs\nC=ours\n");
        alice.etui("get A -c prod").prints("start");
        alice.etui("set D -c prod --value after").ok();
        alice.etui("doctor").ok();
    }
}

#[test]
fn criss_cross_histories_of_members_and_others_come_to_an_end() {
    let team = team();
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    push(alice, "set X -c prod --value x1");
    push(bob, "set Y -c prod --value y1");
    // Each merges the other's first change, carol as an outsider.
    merge(alice, &["bob"]);
    merge(carol, &["bob", "alice"]);
    push(alice, "set X -c prod --value x2");
    push(carol, "set C -g --value c");
    for laptop in [carol, alice] {
        let other = if laptop.who == "alice" { "carol" } else { "alice" };
        assert_eq!(merge(laptop, &[other]), "", "{}", laptop.who);
        laptop.git("status --porcelain").prints("");
    }
    alice.etui("sync --all").ok();
    bob.etui("sync --all").ok();
    carol.etui("sync --all").ok();
    alice.etui("sync").ok();
    for laptop in [alice, bob] {
        laptop.etui("resolve -c prod --only A,X,Y").prints("A=0\nX=x2\nY=y1\n");
    }
}

#[test]
fn a_stray_copy_is_merged_without_a_base() {
    let team = team();
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    bob.etui("set Y -c prod --value 2").ok();
    let copy = |to: &Laptop| fs::copy(bob.file(), to.bench.work().join("copy.age")).unwrap();
    copy(alice);
    copy(carol);
    alice.etui("set X -c prod --value 1").ok();
    alice.etui("merge copy.age").says("merged copy.age into team acme; the copy is no longer needed");
    alice.etui("merge copy.age").says("unchanged: team acme already has everything in copy.age");
    alice.etui("resolve -c prod --only A,X,Y").prints("A=0\nX=1\nY=2\n");
    carol.etui("set B -g --value b").ok();
    carol.etui("merge copy.age").says("note: closed section cluster prod is kept in 2 versions, until alice or bob writes there or runs `etui settle -c prod`\n\
         merged copy.age into team acme; the copy is no longer needed");
    fs::copy(alice.file(), carol.bench.work().join("copy.age")).unwrap();
    carol.etui("merge copy.age").says("note: closed section cluster prod is kept in 3 versions, until alice or bob writes there or runs `etui settle -c prod`\n\
         merged copy.age into team acme; the copy is no longer needed");
}

#[test]
fn what_a_removed_member_wrote_meanwhile_does_not_count_and_stops_nobody() {
    let team = team();
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    push(bob, "set B -c prod --value 2");
    push(alice, "member remove bob --from cluster:prod -y");
    merge(carol, &["alice", "bob"]);
    carol.etui("sync --all").ok();
    alice.etui("sync").says("warning: bob, who was removed, wrote a version of closed section cluster prod; it does not count, and the next write there drops it; to use it: `etui settle -c prod`\n\
         in sync: team acme");
    alice.etui("resolve -c prod --only A").says("warning: bob, who was removed, wrote a version of closed section cluster prod; it does not count, and the next write there drops it; to use it: `etui settle -c prod`").prints("A=0\n");
    alice.etui("get B -c prod").exits(3, "");
    bob.etui("sync").ok();
    bob.etui("get A -c prod").exits(5, "");

    // Nothing of it counts unless somebody says yes.
    alice.etui("settle").fails(2, "warning: bob, who was removed, wrote a version of closed section cluster prod; it does not count, and the next write there drops it; to use it: `etui settle -c prod`\n\
         error: `settle` needs confirmation\n \
         hint: run it again with `-y`");
    alice.etui("settle -y").says("warning: bob, who was removed, wrote a version of closed section cluster prod; it does not count, and the next write there drops it; to use it: `etui settle -c prod`\n\
         settled cluster prod of team acme: its versions are one");
    alice.etui("sync").ok();
    alice.etui("get B -c prod").prints("2");
    alice.etui("doctor").ok();
    bob.etui("sync").ok();
    bob.etui("get A -c prod").exits(5, "");
    carol.etui("sync").ok();
    carol.etui("doctor").ok();
}

#[test]
fn four_laptops_with_different_access_end_up_equal() {
    let team = Team::of(&["alice", "bob", "carol", "dave"]);
    let [alice, _, carol, _] = &team.laptops[..] else { unreachable!() };
    alice.etui("cluster create prod").ok();
    alice.etui("cluster close prod --for bob,carol -y").ok();
    alice.etui("sync").ok();
    carol.etui("sync").ok();
    carol.etui("project create web").ok();
    carol.etui("project close web --for carol -y").ok();
    carol.etui("sync").ok();
    team.laptops.iter().for_each(|laptop| drop(laptop.etui("sync").ok()));

    // Nobody else writes these names, so that no dispute stops anyone; the sections are changed by several.
    let may = |who: &str, section: &str| match section {
        "-c prod" => who != "dave",
        "-p web" => who == "carol",
        _ => true,
    };
    let mut values: BTreeMap<(&str, String), String> = BTreeMap::new();
    let mut random: u64 = 18;
    let mut next = |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    for step in 0..48 {
        let laptop = &team.laptops[next(4) as usize];
        let section = ["-c prod", "-c prod", "-p web", "-g"][next(4) as usize];
        match next(5) {
            0 | 1 => {
                let name = format!("{}_{}", laptop.who.to_uppercase(), next(3));
                let set = laptop.etui(&format!("set {name} {section} --value v{step}"));
                assert_eq!(set.code, if may(laptop.who, section) { 0 } else { 5 }, "{set:?}");
                if set.code == 0 {
                    values.insert((section, name), format!("v{step}"));
                }
            }
            2 => drop(laptop.etui("sync --all").ok()),
            3 => {
                laptop.git_with(["commit", "-q", "--allow-empty", "-a", "-m", "Update"]).ok();
                laptop.git(&format!("push -q -f origin HEAD:refs/heads/{}", laptop.who)).ok();
            }
            _ => {
                let other = &team.laptops[next(4) as usize];
                laptop.git_with(["commit", "-q", "--allow-empty", "-a", "-m", "Update"]).ok();
                laptop.git("fetch -q").ok();
                if laptop.git(&format!("rev-parse -q --verify origin/{}", other.who)).code == 0 {
                    laptop.git(&format!("merge -q --no-edit origin/{}", other.who)).ok();
                }
            }
        }
    }
    for _ in 0..2 {
        team.laptops.iter().rev().for_each(|laptop| drop(laptop.etui("sync --all").ok()));
    }
    alice.etui("settle").ok();
    team.laptops.iter().for_each(|laptop| drop(laptop.etui("sync --all").ok()));

    for laptop in &team.laptops {
        assert_eq!(fs::read(laptop.file()).unwrap(), fs::read(alice.file()).unwrap(), "{}", laptop.who);
        for ((section, name), value) in &values {
            let got = laptop.etui(&format!("get {name} {section} --exact"));
            match may(laptop.who, section) {
                true => drop(got.prints(value)),
                false => assert_eq!(got.code, 5, "{got:?}"),
            }
        }
    }
}
